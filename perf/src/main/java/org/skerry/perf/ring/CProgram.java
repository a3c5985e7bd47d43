package org.skerry.perf.ring;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A program in C to compare with, compiled where it runs. */
public final class CProgram implements AutoCloseable
{
    private final Path directory;
    private final Path source;
    private final Path program;

    private CProgram(final Path directory, final String name)
    {
        this.directory = directory;
        this.source = directory.resolve(name + ".c");
        this.program = directory.resolve(name);
    }

    /**
     * @param owner class in whose package the source is.
     * @param name  of the source, without its ending.
     * @return null when this machine has no C compiler.
     * @throws IOException when it cannot be written.
     */
    public static CProgram compile(final Class<?> owner, final String name) throws IOException
    {
        final CProgram made = new CProgram(Files.createTempDirectory("xenperf"), name);
        try (InputStream in = owner.getResourceAsStream(name + ".c"))
        {
            Files.write(made.source, in.readAllBytes());
        }
        for (final String compiler : List.of("cc", "gcc", "clang"))
        {
            if (canRun(compiler, "-O2", "-o", made.program.toString(), made.source.toString()))
            {
                return made;
            }
        }
        made.close();

        return null;
    }

    /** @return what to run. */
    public Path path()
    {
        return program;
    }

    /** @return a path in a directory that goes with the program. */
    public Path scratch(final String name)
    {
        return directory.resolve(name);
    }

    @Override
    public void close() throws IOException
    {
        try (var files = Files.list(directory))
        {
            for (final Path file : files.toList())
            {
                Files.delete(file);
            }
        }
        Files.delete(directory);
    }

    private static boolean canRun(final String... command)
    {
        try
        {
            return new ProcessBuilder(command).redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.DISCARD).start().waitFor() == 0;
        }
        catch (final IOException e)
        {
            return false;       // there is no such program
        }
        catch (final InterruptedException e)
        {
            throw new MeasurementException("interrupted");
        }
    }
}
