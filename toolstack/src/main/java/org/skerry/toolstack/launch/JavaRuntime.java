package org.skerry.toolstack.launch;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

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
    private static final String AOT_CACHE = "domain.aot";

    /** The lists are ours. */
    public JavaRuntime
    {
        jars = List.copyOf(jars);
    }

    /**
     * @return the runtime of this process.
     * @throws ToolstackException when its class path is not a list of jars in one directory.
     */
    public static JavaRuntime ofThisProcess()
    {
        final List<String> jars = new ArrayList<>();
        Path lib = null;
        for (final String entry : System.getProperty("java.class.path").split(":"))
        {
            final Path jar = Path.of(entry).toAbsolutePath().normalize();
            if (!Files.isRegularFile(jar) || lib != null && !lib.equals(jar.getParent()))
            {
                throw new ToolstackException("class path must be jars of one directory, found " + entry +
                    ": start Domain-0 with bin/skerry up");
            }
            lib = jar.getParent();
            jars.add(jar.getFileName().toString());
        }

        return new JavaRuntime(Path.of(System.getProperty("java.home")), lib, jars);
    }

    /** @return the program. */
    public Path java()
    {
        return home.resolve("bin/java");
    }

    /**
     * @param spec      what to run.
     * @param libAt     where the jars are for the process.
     * @param kernelAt  where the kernel's jar is for the process; not looked at when there is none.
     * @return program and arguments.
     */
    List<String> command(final LaunchSpec spec, final String libAt, final String kernelAt)
    {
        final List<String> command = new ArrayList<>(List.of(
            java().toString(),
            "-XX:+UseSerialGC", "-XX:-UsePerfData", "-XX:+DisableAttachMechanism", "-XX:-UseContainerSupport",
            "-XX:-CreateCoredumpOnCrash",
            "-Xms4m", "-Xmx" + spec.heapMb() + "m", "-Xss512k",
            "-XX:CompressedClassSpaceSize=32m", "-XX:ReservedCodeCacheSize=32m",
            "--add-opens=java.base/jdk.internal.misc=ALL-UNNAMED", "--enable-native-access=ALL-UNNAMED"));
        if (Files.exists(lib.resolve(AOT_CACHE)))
        {
            command.add("-XX:AOTCache=" + libAt + "/" + AOT_CACHE);
            command.add("-Xlog:disable");
        }
        final StringBuilder classPath = new StringBuilder();
        for (final String jar : jars)
        {
            classPath.append(classPath.isEmpty() ? "" : ":").append(libAt).append('/').append(jar);
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
