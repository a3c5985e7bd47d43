package org.skerry.perf.kernel;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

import org.skerry.perf.ring.MeasurementException;

/** The bell round trip in C, compiled where it runs. */
final class CPingPong implements AutoCloseable
{
    private final Path directory;
    private final Path program;

    private CPingPong(final Path directory, final Path program)
    {
        this.directory = directory;
        this.program = program;
    }

    /** @return null when this machine has no C compiler. */
    static CPingPong compile() throws IOException
    {
        final Path directory = Files.createTempDirectory("xenperf");
        final CPingPong made = new CPingPong(directory, directory.resolve("pingpong"));
        final Path source = directory.resolve("pingpong.c");
        try (InputStream in = CPingPong.class.getResourceAsStream("pingpong.c"))
        {
            Files.write(source, in.readAllBytes());
        }
        for (final String compiler : List.of("cc", "gcc", "clang"))
        {
            if (canRun(compiler, "-O2", "-o", made.program.toString(), source.toString()))
            {
                return made;
            }
        }
        made.close();

        return null;
    }

    Times run(final int milliseconds, final int cpu, final int otherCpu)
    {
        try
        {
            final Process process = new ProcessBuilder(
                program.toString(), Integer.toString(milliseconds), Integer.toString(cpu), Integer.toString(otherCpu))
                .redirectError(ProcessBuilder.Redirect.INHERIT).start();
            final String line = new String(process.getInputStream().readAllBytes(), StandardCharsets.US_ASCII).strip();
            if (process.waitFor() != 0)
            {
                throw new MeasurementException("the program in C failed: status=" + process.exitValue());
            }
            return Times.parse("result " + line + " 0 0 0 0");
        }
        catch (final IOException | InterruptedException e)
        {
            throw new MeasurementException("cannot run the program in C: " + e.getMessage());
        }
    }

    @Override
    public void close() throws IOException
    {
        Files.deleteIfExists(program);
        Files.deleteIfExists(directory.resolve("pingpong.c"));
        Files.deleteIfExists(directory);
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
