package org.skerry.toolstack.xenstore;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.skerry.guest.EventLoop;
import org.skerry.guest.StockXen;
import org.skerry.wire.linux.SysSocket;
import org.skerry.wire.linux.Unistd;
import org.skerry.xenstore.XenstoreServer;

/** A real store on a socket of its own for each test, and our programs and the stock ones against it. */
final class StoreFixture implements AfterEachCallback, AutoCloseable
{
    final Path socket;
    private final Path directory;
    private final EventLoop loop = new EventLoop();
    private final Thread thread;
    private final int listener;

    /** Strings of bytes. */
    record Ended(int status, String out, String err)
    {
    }

    StoreFixture()
    {
        directory = newDirectory();
        socket = directory.resolve("socket");
        listener = SysSocket.socket(SysSocket.AF_UNIX, SysSocket.SOCK_STREAM | SysSocket.SOCK_NONBLOCK, 0);
        assertTrue(listener >= 0);
        assertEquals(0, SysSocket.bindUnix(listener, socket.toString()));
        assertEquals(0, SysSocket.listen(listener, 128));
        new XenstoreServer(loop, listener);
        thread = Thread.ofPlatform().name("xenstore-server").start(loop::run);
    }

    /** @param line words between single spaces. */
    Ended ours(final String line)
    {
        return ours(List.of(line.split(" ")));
    }

    Ended ours(final List<String> argv)
    {
        return ours(argv, 0);
    }

    Ended ours(final List<String> argv, final int columns)
    {
        final ByteArrayOutputStream out = new ByteArrayOutputStream();
        final ByteArrayOutputStream err = new ByteArrayOutputStream();
        final int status =
            new XenstoreTool(Map.of("XENSTORED_PATH", socket.toString()), out, err, () -> columns).run(argv);
        return new Ended(status, out.toString(StandardCharsets.ISO_8859_1), err.toString(StandardCharsets.ISO_8859_1));
    }

    private static Path newDirectory()
    {
        try
        {
            return Files.createTempDirectory("skerry-xs");
        }
        catch (final IOException e)
        {
            throw new UncheckedIOException(e);
        }
    }

    Ended stock(final List<String> argv) throws IOException, InterruptedException
    {
        final List<String> command = new ArrayList<>(argv);
        StockXen.program(argv.getFirst()).ifPresent(program -> command.set(0, program.toString()));
        return run(new ProcessBuilder(command));
    }

    /** A process with this store in its environment; its end is awaited. */
    Ended run(final ProcessBuilder builder) throws IOException, InterruptedException
    {
        final Path err = directory.resolve("err");
        builder.environment().put("XENSTORED_PATH", socket.toString());
        final Process process = builder.redirectError(err.toFile()).start();
        process.getOutputStream().close();
        final String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
        return new Ended(process.waitFor(), out, Files.readString(err, StandardCharsets.ISO_8859_1));
    }

    /** A file of that name beside the socket, which goes with this. */
    Path scratch(final String name)
    {
        return directory.resolve(name);
    }

    /** One of our programs as a process, with this store in its environment. */
    ProcessBuilder program(final String... argv)
    {
        final List<String> command = java();
        command.addAll(List.of(argv));
        final ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().put("XENSTORED_PATH", socket.toString());
        return builder;
    }

    /** The beginning of such a process's command line. */
    static List<String> java()
    {
        return new ArrayList<>(List.of(System.getProperty("java.home") + "/bin/java", "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC", "--enable-native-access=ALL-UNNAMED",
            "--add-opens=java.base/jdk.internal.misc=ALL-UNNAMED", "-cp", System.getProperty("java.class.path"),
            XenstoreTool.class.getName()));
    }

    @Override
    public void afterEach(final ExtensionContext context) throws IOException
    {
        close();
    }

    @Override
    public void close() throws IOException
    {
        loop.execute(loop::stop);
        join();
        Unistd.close(listener);
        try (Stream<Path> files = Files.list(directory))
        {
            for (final Path file : files.toList())
            {
                Files.delete(file);
            }
        }
        Files.delete(directory);
    }

    private void join()
    {
        try
        {
            thread.join();
        }
        catch (final InterruptedException ex)
        {
            Thread.currentThread().interrupt();
        }
    }
}
