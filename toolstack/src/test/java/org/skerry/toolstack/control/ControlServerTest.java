package org.skerry.toolstack.control;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.skerry.toolstack.ToolstackException;

@Timeout(30)
class ControlServerTest
{
    private static final long SHORT_TIMEOUT_NS = TimeUnit.MILLISECONDS.toNanos(200);

    @TempDir
    private Path directory;
    private Path socket;
    private ControlServer server;
    private Thread thread;
    private final CountDownLatch waiting = new CountDownLatch(1);
    private final CountDownLatch interrupted = new CountDownLatch(1);
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @BeforeEach
    void start()
    {
        socket = directory.resolve("xl.sock");
        server = ControlServer.open(socket, this::handle, SHORT_TIMEOUT_NS);
        thread = Thread.ofPlatform().start(() -> assertDoesNotFail(server));
    }

    @AfterEach
    void stop() throws InterruptedException
    {
        server.close();
        thread.join();
        assertFalse(Files.exists(socket));
    }

    @Test
    void shouldCarryOutACommandAndAnswerWithOutputAndExitStatus() throws IOException
    {
        assertEquals(new ControlMessage.Exit(7, 0), run("echo", "one", "two"));
        assertEquals("[echo, one, two] in /work 80 true false true\n", out.toString(StandardCharsets.UTF_8));
        assertEquals("done\n", err.toString(StandardCharsets.UTF_8));
    }

    @Test
    void shouldKeepTheOrderOfOutputAndError() throws IOException
    {
        final PrintStream both = new PrintStream(out, true, StandardCharsets.UTF_8);
        try (ControlClient client = ControlClient.connect(socket))
        {
            client.run(command("mixed"), both, both);
        }

        assertEquals("out 1\nerr 1\nout 2\nerr 2\nout 3\n", out.toString(StandardCharsets.UTF_8));
    }

    @Test
    void shouldPassOnLongOutput() throws IOException
    {
        assertEquals(new ControlMessage.Exit(0, 0), run("long"));
        assertEquals(1_000_000, out.size());
    }

    @Test
    void shouldSendTheCommandToAConsole() throws IOException
    {
        assertEquals(new ControlMessage.AttachConsole("/c", 3, 0, 29, false), run("attach"));
        assertEquals("before\n", out.toString(StandardCharsets.UTF_8));
    }

    @Test
    void shouldTellTheUserWhatCannotBeDoneInOneLine() throws IOException
    {
        assertEquals(new ControlMessage.Exit(3, 0), run("fail"));
        assertEquals("cannot be done\n", err.toString(StandardCharsets.UTF_8));
    }

    @Test
    void shouldSurviveItsOwnFaults() throws IOException
    {
        final PrintStream log = System.err;
        System.setErr(new PrintStream(new ByteArrayOutputStream()));
        try
        {
            assertEquals(new ControlMessage.Exit(1, 0), run("bug"));
        }
        finally
        {
            System.setErr(log);
        }
        assertEquals("internal error of Domain-0, its log tells more: java.lang.IllegalStateException: bug\n",
            err.toString(StandardCharsets.UTF_8));
        assertEquals(new ControlMessage.Exit(7, 0), run("echo"));
    }

    @Test
    void shouldInterruptACommandWhoseUserHangsUp() throws Exception
    {
        try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket)))
        {
            new ControlChannel(channel).send(command("wait"));
            waiting.await();
        }

        assertTrue(interrupted.await(10, TimeUnit.SECONDS));
    }

    @Test
    void shouldDropAClientThatSaysNothing() throws IOException
    {
        try (SocketChannel silent = SocketChannel.open(UnixDomainSocketAddress.of(socket)))
        {
            assertEquals(-1, silent.read(ByteBuffer.allocate(1)));
        }
        assertEquals(new ControlMessage.Exit(7, 0), run("echo"));
    }

    @Test
    void shouldDropAClientThatSpeaksAnotherLanguage() throws IOException
    {
        final byte[] tooLong = {0, 0, 0, 0x7f};
        final byte[] negative = {(byte)0xff, (byte)0xff, (byte)0xff, (byte)0xff};
        final byte[] foreign = "GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
        final byte[] empty = {0, 0, 0, 0};
        for (final byte[] bytes : new byte[][]{tooLong, negative, foreign, empty})
        {
            try (SocketChannel rude = SocketChannel.open(UnixDomainSocketAddress.of(socket)))
            {
                rude.write(ByteBuffer.wrap(bytes));
                assertHangsUp(rude);
            }
        }
        assertEquals(new ControlMessage.Exit(7, 0), run("echo"));
    }

    @Test
    void shouldDropAClientThatLeavesWithinItsCommand() throws IOException
    {
        try (SocketChannel rude = SocketChannel.open(UnixDomainSocketAddress.of(socket)))
        {
            rude.write(ByteBuffer.wrap(new byte[]{100, 0, 0, 0, 1, 2, 3}));
        }
        assertEquals(new ControlMessage.Exit(7, 0), run("echo"));
    }

    @Test
    void shouldRefuseMoreClientsThanItCanBear() throws IOException
    {
        final List<SocketChannel> many = new ArrayList<>();
        for (int i = 0; i < ControlServer.MAX_CLIENTS; i++)
        {
            final SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket));
            new ControlChannel(channel).send(command("wait"));
            many.add(channel);
        }

        assertEquals(new ControlMessage.Exit(1, 0), run("echo"));
        assertEquals("Domain-0 is busy with 64 other commands\n", err.toString(StandardCharsets.UTF_8));
        for (final SocketChannel channel : many)
        {
            channel.close();
        }
    }

    @Test
    void shouldEndWhenACommandAsksForItAndWasAnswered() throws Exception
    {
        assertEquals(new ControlMessage.Exit(0, 0), run("down"));
        thread.join();
        assertFalse(Files.exists(socket));
        assertNull(ControlClient.connect(socket));
    }

    @Test
    void shouldBeAloneOnItsSocketAndReplaceADeadOne() throws IOException
    {
        assertEquals("a host is already running: " + socket, assertThrows(ToolstackException.class,
            () -> ControlServer.open(socket, this::handle)).getMessage());

        final Path dead = directory.resolve("dead.sock");
        try (var acceptor = ServerSocketChannel.open(StandardProtocolFamily.UNIX))
        {
            acceptor.bind(UnixDomainSocketAddress.of(dead));
        }
        assertTrue(Files.exists(dead));
        final ControlServer second = ControlServer.open(dead, this::handle);
        assertTrue(ControlServer.isAlive(dead));
        second.close();
        second.run();
        assertFalse(Files.exists(dead));
    }

    @Test
    void shouldOpenItsSocketToItsOwnerOnly() throws IOException
    {
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(socket)));
    }

    private int handle(final CommandSession session) throws InterruptedException
    {
        switch (session.argv().getFirst())
        {
            case "echo" ->
            {
                session.out().println(session.argv() + " in " + session.workingDirectory() + " " +
                    session.columns() + " " + session.isTerminal(0) + " " + session.isTerminal(1) + " " +
                    session.isTerminal(2));
                session.err().println("done");
                return 7;
            }
            case "mixed" ->
            {
                session.out().println("out 1");
                session.err().println("err 1");
                session.out().println("out 2");
                session.err().println("err 2");
                session.out().println("out 3");
            }
            case "long" -> session.out().print("x".repeat(1_000_000));
            case "attach" ->
            {
                session.out().println("before");
                session.attachConsole(new ControlMessage.AttachConsole("/c", 3, 0, 29, false));
            }
            case "fail" -> throw new ToolstackException("cannot be done", 3);
            case "bug" -> throw new IllegalStateException("bug");
            case "wait" -> awaitInterrupt();
            case "down" -> session.endServer(0);
            default -> throw new AssertionError(session.argv());
        }

        return 0;
    }

    private void awaitInterrupt() throws InterruptedException
    {
        waiting.countDown();
        try
        {
            new CountDownLatch(1).await();
        }
        finally
        {
            interrupted.countDown();
        }
    }

    private ControlMessage run(final String... argv) throws IOException
    {
        try (ControlClient client = ControlClient.connect(socket))
        {
            return client.run(command(argv), new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8));
        }
    }

    private static ControlMessage.Command command(final String... argv)
    {
        return new ControlMessage.Command(List.of(argv), "/work", 80, 5, Map.of());
    }

    private static void assertHangsUp(final SocketChannel channel)
    {
        try
        {
            assertEquals(-1, channel.read(ByteBuffer.allocate(1)));
        }
        catch (final IOException ignore)
        {
            // reset: it hung up with our bytes unread
        }
    }

    private static void assertDoesNotFail(final ControlServer server)
    {
        try
        {
            server.run();
        }
        catch (final IOException ex)
        {
            throw new AssertionError(ex);
        }
    }
}
