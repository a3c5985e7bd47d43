package org.skerry.perf.xenstore;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

import org.skerry.perf.ring.CProgram;
import org.skerry.perf.ring.MeasurementException;

/** What the socket alone costs: a program in C that receives, answers without a look, and sends. */
final class FloorServer implements AutoCloseable
{
    private final CProgram program;
    private final Process process;
    private final StoreServer server;

    FloorServer()
    {
        try
        {
            program = CProgram.compile(FloorServer.class, "floor");
            if (program == null)
            {
                throw new MeasurementException("--floor: this machine has no C compiler");
            }
            final Path socket = program.scratch("socket");
            process = new ProcessBuilder(program.path().toString(), socket.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT).start();
            server = new StoreServer("floor", socket, (int)process.pid(), StoreServer.Kind.FLOOR);
            if (!"ready".equals(process.inputReader(StandardCharsets.US_ASCII).readLine()))
            {
                throw new MeasurementException("--floor: the program in C ended at its start");
            }
        }
        catch (final IOException e)
        {
            throw new MeasurementException("--floor: " + e.getMessage());
        }
    }

    StoreServer server()
    {
        return server;
    }

    @Override
    public void close()
    {
        try
        {
            process.destroyForcibly().waitFor();
            program.close();
        }
        catch (final IOException | InterruptedException e)
        {
            throw new MeasurementException("--floor: " + e.getMessage());
        }
    }
}
