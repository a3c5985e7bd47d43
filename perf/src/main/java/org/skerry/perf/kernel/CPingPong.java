package org.skerry.perf.kernel;

import java.io.IOException;
import java.nio.charset.StandardCharsets;

import org.skerry.perf.ring.CProgram;
import org.skerry.perf.ring.MeasurementException;

/** The bell round trip in C. */
final class CPingPong implements AutoCloseable
{
    private final CProgram program;

    private CPingPong(final CProgram program)
    {
        this.program = program;
    }

    /** @return null when this machine has no C compiler. */
    static CPingPong compile() throws IOException
    {
        final CProgram program = CProgram.compile(CPingPong.class, "pingpong");
        return program == null ? null : new CPingPong(program);
    }

    Times run(final int milliseconds, final int cpu, final int otherCpu)
    {
        try
        {
            final Process process = new ProcessBuilder(program.path().toString(), Integer.toString(milliseconds),
                Integer.toString(cpu), Integer.toString(otherCpu))
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
        program.close();
    }
}
