package org.skerry.toolstack.launch;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.skerry.toolstack.Distribution;
import org.skerry.toolstack.ToolstackException;

/**
 * Classes of the client, of Domain-0 and of the domains, loaded and linked once and for all: what bin/launch does after
 * a build, for jars that it did not build. A process without its cache is slower, and no worse.
 */
public final class AotCaches
{
    /** Of the clients, beside the jars. */
    private static final String CLIENT = "xl.aot";

    /** Of Domain-0, in the directory above the jars. */
    private static final String DOMAIN0 = "domain0.aot";

    private AotCaches()
    {
    }

    /**
     * @param lib directory of the jars; a process that takes a cache has them at the same path and of the same time.
     * @throws ToolstackException when Java cannot be run.
     */
    public static void record(final Path lib)
    {
        final String classPath = classPath(lib);
        try
        {
            final List<Process> processes = List.of(
                start(lib.resolve(CLIENT), "org.skerry.toolstack.xl.AotTraining", Distribution.jvmFlags(), classPath),
                start(lib.resolveSibling(DOMAIN0), AotTraining.class.getName(), Distribution.jvmFlags(), classPath));
            for (final Process process : processes)
            {
                process.waitFor();
            }
            start(lib.resolve(JavaRuntime.AOT_CACHE), AotTraining.class.getName(), JavaRuntime.recordedFlags(),
                classPath).waitFor();
        }
        catch (final IOException e)
        {
            throw new ToolstackException("cannot run " + Distribution.java() + ": " + e.getMessage());
        }
        catch (final InterruptedException e)
        {
            Thread.currentThread().interrupt();
            throw new ToolstackException("interrupted while quick starts were prepared");
        }
    }

    private static Process start(
        final Path cache, final String mainClass, final List<String> flags, final String classPath) throws IOException
    {
        final List<String> command = new ArrayList<>(List.of(Distribution.java().toString()));
        command.addAll(flags);
        command.addAll(List.of("-Xlog:disable", "-XX:AOTCacheOutput=" + cache, "-cp", classPath, mainClass));
        final Process process = new ProcessBuilder(command).redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
        process.getOutputStream().close();
        return process;
    }

    private static String classPath(final Path lib)
    {
        try (Stream<Path> files = Files.list(lib))
        {
            return String.join(":", files.map(Path::toString).filter(file -> file.endsWith(".jar")).sorted().toList());
        }
        catch (final IOException e)
        {
            throw new ToolstackException("cannot read " + lib + ": " + e.getMessage());
        }
    }
}
