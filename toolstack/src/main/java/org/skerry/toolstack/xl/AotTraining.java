package org.skerry.toolstack.xl;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.skerry.toolstack.RunDirectory;
import org.skerry.toolstack.ToolstackException;
import org.skerry.toolstack.console.ConsoleClient;
import org.skerry.toolstack.control.ControlServer;
import org.skerry.toolstack.xenstore.ToolTraining;
import org.skerry.wire.linux.Termios;

/**
 * What the launcher runs after a build, to record the classes of the clients ahead of time: it sends a command
 * to a server in the same process, reads a config, looks at a terminal and runs the xenstore-* programs. It needs no
 * host and leaves nothing behind.
 */
final class AotTraining
{
    private AotTraining()
    {
    }

    /**
     * @param args none.
     * @throws Exception when something does not go as it does for users.
     */
    public static void main(final String[] args) throws Exception
    {
        final Path directory = Files.createTempDirectory("skerry-training");
        final RunDirectory runDirectory = new RunDirectory(directory.resolve("run")).create();
        final Path config = Files.writeString(directory.resolve("g.cfg"), """
            name = "g"
            kernel = "g.cfg"
            memory = 64
            vif = [ '' ]
            """);
        try
        {
            train(runDirectory, config);
            ToolTraining.run(directory.resolve("xenstored"));
        }
        finally
        {
            Files.deleteIfExists(config);
            Files.deleteIfExists(runDirectory.path());
            Files.deleteIfExists(directory);
        }
    }

    private static void train(final RunDirectory runDirectory, final Path config)
        throws IOException, InterruptedException
    {
        final PrintStream sink = new PrintStream(new ByteArrayOutputStream());
        final Xl xl = new Xl(runDirectory, sink, sink, 0, 0);
        RunDirectory.ofEnvironment();
        expect(0, xl.run(List.of("xl", "create", "-n", config.toString())));
        expect(ToolstackException.EXIT_USAGE, xl.run(List.of("xl", "create", "--no-such-option")));
        expect(ToolstackException.EXIT_FAILURE, xl.run(List.of("xl", "create", "-q", config + ".missing")));
        expect(ToolstackException.EXIT_FAILURE, xl.run(List.of("xl", "list")));

        final ControlServer server = ControlServer.open(runDirectory.controlSocket(), session ->
        {
            session.out().println("Name                                        ID   Mem VCPUs\tState\tTime(s)");
            session.err().println("done");
            return 0;
        });
        final Thread thread = Thread.ofPlatform().start(() -> serve(server));
        expect(0, xl.run(List.of("xl", "list")));
        expect(0, xl.run(List.of("skerry", "status")));
        expect(0, xl.run(List.of("skerry", "env")));
        server.close();
        thread.join();

        Termios.windowSize(0);
        try (ConsoleClient console = new ConsoleClient(0, 1, ConsoleClient.DEFAULT_ESCAPE))
        {
            console.attach(runDirectory.consoleSocket(), 1, 0, false, 0);
        }
    }

    private static void serve(final ControlServer server)
    {
        try
        {
            server.run();
        }
        catch (final IOException ex)
        {
            throw new IllegalStateException(ex);
        }
    }

    private static void expect(final int expected, final int code)
    {
        if (code != expected)
        {
            throw new IllegalStateException("exit status: expected=" + expected + ", was=" + code);
        }
    }
}
