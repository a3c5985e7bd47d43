package org.skerry.toolstack.launch;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

import org.skerry.toolstack.Patience;
import org.skerry.toolstack.ToolstackException;

/**
 * The Java and the jars that every process of the host runs on: those of this process.
 *
 * @param home  of the Java runtime.
 * @param lib   directory of the jars.
 * @param jars  file names in it, in the order of the class path.
 */
public record JavaRuntime(Path home, Path lib, List<String> jars)
{
    /** Of the domains, beside the jars. */
    static final String AOT_CACHE = "domain.aot";

    /** The lists are ours. */
    public JavaRuntime
    {
        jars = List.copyOf(jars);
    }

    /**
     * @param lib directory of the jars.
     * @return the Java of this process, with those jars.
     * @throws ToolstackException when there are none.
     */
    public static JavaRuntime of(final Path lib)
    {
        try (Stream<Path> files = Files.list(lib))
        {
            final List<String> jars = files.map(path -> path.getFileName().toString())
                .filter(name -> name.endsWith(".jar")).sorted().toList();

            return new JavaRuntime(Path.of(System.getProperty("java.home")), lib, jars);
        }
        catch (final IOException e)
        {
            throw new ToolstackException("no jars in " + lib + ": start Domain-0 with bin/skerry up");
        }
    }

    /** @return flags that must be the same when a cache is recorded and when it is used; see bin/launch, too. */
    static List<String> recordedFlags()
    {
        return List.of("-XX:+UseSerialGC", "-XX:-UsePerfData", "-XX:-UseContainerSupport", "-Xms4m", "-Xmx64m",
            "-Xss512k", "-XX:CompressedClassSpaceSize=32m", "-XX:ReservedCodeCacheSize=32m",
            "--add-opens=java.base/jdk.internal.misc=ALL-UNNAMED", "--enable-native-access=ALL-UNNAMED");
    }

    /** @return the program. */
    public Path java()
    {
        return home.resolve("bin/java");
    }

    /**
     * @param spec      what to run.
     * @param kernelAt  where the kernel's jar is for the process; not looked at when there is none.
     * @return program and arguments.
     */
    List<String> command(final LaunchSpec spec, final String kernelAt)
    {
        final List<String> command = new ArrayList<>();
        command.add(java().toString());
        command.addAll(spec.heap().flags());
        command.addAll(List.of(
            "-XX:-UsePerfData", "-XX:+DisableAttachMechanism", "-XX:-UseContainerSupport",
            "-XX:-CreateCoredumpOnCrash",
            "-Xms4m", "-Xmx" + spec.heap().maxMb() + "m", "-Xss512k",
            "-XX:CompressedClassSpaceSize=32m", "-XX:ReservedCodeCacheSize=32m",
            "--add-opens=java.base/jdk.internal.misc=ALL-UNNAMED", "--enable-native-access=ALL-UNNAMED"));
        if (Patience.isNeeded())
        {
            command.add("-XX:TieredStopAtLevel=1");        // the second compiler would take the CPU from all the others
        }
        if (Files.exists(lib.resolve(AOT_CACHE)))
        {
            command.add("-XX:AOTCache=" + lib + "/" + AOT_CACHE);
            command.add("-Xlog:disable");
        }
        final StringBuilder classPath = new StringBuilder();
        for (final String jar : jars)
        {
            classPath.append(classPath.isEmpty() ? "" : ":").append(lib).append('/').append(jar);
        }
        if (spec.kernelJar() != null)
        {
            classPath.append(':').append(kernelAt);
        }
        command.add("-cp");
        command.add(classPath.toString());
        command.add(spec.mainClass());
        command.addAll(spec.arguments());

        return command;
    }
}
