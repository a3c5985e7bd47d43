package org.skerry.console;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

import org.agrona.concurrent.SystemNanoClock;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.skerry.guest.EventLoop;
import org.skerry.wire.linux.SysSocket;
import org.skerry.wire.linux.Unistd;
import org.skerry.wire.ring.ConsoleRing;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** The server behind a real socket on a real loop; the test's thread turns the loop. */
@Timeout(value = 60, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ConsoleListenerTest
{
    @TempDir
    Path directory;

    private final EventLoop loop = new EventLoop();
    private final ConsoleServer server = new ConsoleServer(SystemNanoClock.INSTANCE, System.err::println);
    private final UnsafeBuffer page = new UnsafeBuffer(new byte[4096]);
    private final ConsoleRing front = ConsoleRing.front(page);
    private final GuestConsole console = new GuestConsole(5, 0, ConsoleRing.back(page), () -> {});
    private final List<SocketChannel> clients = new ArrayList<>();
    private final byte[] scratch = new byte[256 * 1024];
    private int listening;

    @BeforeEach
    void listen()
    {
        listening = SysSocket.socket(SysSocket.AF_UNIX, SysSocket.SOCK_STREAM, 0);
        assertEquals(0, SysSocket.bindUnix(listening, path().toString()));
        assertEquals(0, SysSocket.listen(listening, 16));
        new ConsoleListener(loop, listening, server);
        server.add(console);
    }

    @AfterEach
    void close() throws IOException
    {
        for (final SocketChannel client : clients)
        {
            client.close();
        }

        loop.remove(listening);
        Unistd.close(listening);
    }

    private Path path()
    {
        return directory.resolve("socket");
    }

    private SocketChannel connect(final String request) throws IOException
    {
        final SocketChannel client = SocketChannel.open(StandardProtocolFamily.UNIX);
        clients.add(client);
        client.connect(UnixDomainSocketAddress.of(path()));
        client.write(ByteBuffer.wrap(request.getBytes(ISO_8859_1)));
        client.configureBlocking(false);
        return client;
    }

    /** Turn the loop until so many bytes came, or the stream's end. */
    private String receive(final SocketChannel client, final int length) throws IOException
    {
        final ByteBuffer buffer = ByteBuffer.allocate(length);

        while (buffer.hasRemaining())
        {
            loop.poll(1);

            if (client.read(buffer) < 0)
            {
                return new String(buffer.array(), 0, buffer.position(), ISO_8859_1) + "<end>";
            }
        }

        return new String(buffer.array(), ISO_8859_1);
    }

    private void print(final String text)
    {
        final byte[] bytes = text.getBytes(ISO_8859_1);
        int written = 0;

        while (written < bytes.length)
        {
            written += front.write(bytes, written, bytes.length - written);
            ring();
            loop.poll(1);
        }
    }

    private void ring()
    {
        waitForTurn(server.onBell(console));
    }

    private void waitForTurn(final long delayNs)
    {
        if (delayNs > 0)
        {
            loop.schedule(delayNs, () -> waitForTurn(server.onTurn(console)));
        }
    }

    @Test
    void shouldJoinAClientWithTheGuest() throws IOException
    {
        print("booted\r\n");
        final SocketChannel client = connect("ATTACH 5 0\nhelp\r");
        assertEquals("OK\nbooted\r\n", receive(client, 11));

        int read = 0;

        while (read < 5)
        {
            loop.poll(1);
            read += front.read(scratch, read, 5);
        }

        assertEquals("help\r", new String(scratch, 0, 5, ISO_8859_1));
        print("commands:");
        assertEquals("commands:", receive(client, 9));
        server.stop(console);
        assertEquals("<end>", receive(client, 1));
    }

    @Test
    void shouldNameTheHolderByWhatTheKernelKnows() throws IOException
    {
        final SocketChannel first = connect("ATTACH 5 0\n");
        assertEquals("OK\n", receive(first, 3));
        final String refusal = receive(connect("ATTACH 5 0\n"), 1000);

        assertTrue(refusal.startsWith("ERR EBUSY console 0 of domain 5 is held by pid " + Unistd.getpid() +
            " (uid " + Unistd.getuid() + ") for "), refusal);
        assertTrue(refusal.endsWith("\n<end>"), refusal);
    }

    @Test
    void shouldLetTheNextClientInAfterOneThatJustDisappeared() throws IOException
    {
        final SocketChannel first = connect("ATTACH 5 0\n");
        assertEquals("OK\n", receive(first, 3));
        first.close();

        assertEquals("OK\n", receive(connect("ATTACH 5 0\n"), 3));
    }

    @Test
    void shouldGoOnShowingOutputToAClientThatClosedItsSendingSide() throws IOException
    {
        final SocketChannel client = connect("ATTACH 5 0\n");
        assertEquals("OK\n", receive(client, 3));
        client.shutdownOutput();
        loop.poll(1);
        loop.poll(1);
        print("still here");
        assertEquals("still here", receive(client, 10));

        client.close();
        print("x");
        assertEquals("OK\nstill herex", receive(connect("ATTACH 5 0\n"), 14));
    }

    @Test
    void shouldSleepWhileAHalfClosedClientHasNothingToRead() throws IOException
    {
        final SocketChannel client = connect("ATTACH 5 0\n");
        assertEquals("OK\n", receive(client, 3));
        client.shutdownOutput();
        loop.poll(1);
        client.close();
        final long beginNs = System.nanoTime();
        int turns = 0;

        while (server.clientCount() > 0)
        {
            loop.poll(-1);
            turns++;
        }

        assertTrue(turns < 20, "turns=" + turns);
        assertTrue(System.nanoTime() - beginNs < 5_000_000_000L);
    }

    @Test
    void shouldCarryMoreThanTheSocketHoldsToAClientThatDoesNotReadAtFirst() throws IOException
    {
        final SocketChannel client = connect("ATTACH 5 0\n");
        assertEquals("OK\n", receive(client, 3));
        print("0123456789abcdef".repeat(32 * 1024));
        print("<last>");
        final StringBuilder received = new StringBuilder();

        final ByteBuffer buffer = ByteBuffer.allocate(64 * 1024);

        while (!received.toString().endsWith("<last>"))
        {
            loop.poll(0);
            assertTrue(client.read(buffer.clear()) >= 0);
            received.append(new String(buffer.array(), 0, buffer.position(), ISO_8859_1));
        }

        assertTrue(received.length() >= GuestConsole.SCROLLBACK_CAPACITY);
        assertTrue(received.indexOf(" bytes lost, the reader is too slow]") > 0);
    }
}
