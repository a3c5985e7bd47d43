package org.skerry.toolstack.console;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.skerry.wire.linux.Fcntl;
import org.skerry.wire.linux.Ioctl;
import org.skerry.wire.linux.SysSocket;
import org.skerry.wire.linux.Termios;
import org.skerry.wire.linux.Unistd;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

@Timeout(value = 60, unit = TimeUnit.SECONDS)
class ConsoleClientTest
{
    private static final long TIOCSPTLCK = 0x40045431L;
    private static final long TIOCGPTN = 0x80045430L;

    @TempDir
    Path directory;

    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final Arena arena = Arena.ofAuto();
    private final MemorySegment scratch = arena.allocate(64 * 1024);
    private Path path;
    private ServerSocketChannel listening;
    private int userFd;
    private int clientFd;

    @BeforeEach
    void listen() throws IOException
    {
        path = directory.resolve("socket");
        listening = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        listening.bind(UnixDomainSocketAddress.of(path));
        final long pair = SysSocket.socketpair(SysSocket.AF_UNIX, SysSocket.SOCK_STREAM);
        userFd = SysSocket.first(pair);
        clientFd = SysSocket.second(pair);
    }

    @AfterEach
    void close() throws IOException
    {
        threads.shutdownNow();
        listening.close();
        Unistd.close(userFd);
        Unistd.close(clientFd);
    }

    @Test
    void shouldAskForTheConsoleAndCarryBytesBothWays() throws Exception
    {
        final CompletableFuture<Integer> client = start(ConsoleClient.DEFAULT_ESCAPE, false);

        try (SocketChannel server = listening.accept())
        {
            assertEquals("ATTACH 5 0 pid=" + Unistd.getpid() + "\n", readLine(server));
            send(server, "OK\nskerry# ");
            assertEquals("skerry# ", receive(userFd, 8));
            type("help\r");
            assertEquals("help\r", read(server, 5));
        }

        assertEquals(0, client.get());
        assertEquals(0, Unistd.read(userFd, scratch.address(), 1));
    }

    @Test
    void shouldLeaveOnTheEscapeAfterSendingWhatWasTypedBefore() throws Exception
    {
        final CompletableFuture<Integer> client = start(ConsoleClient.DEFAULT_ESCAPE, true);

        try (SocketChannel server = listening.accept())
        {
            assertEquals("ATTACH 5 0 force pid=" + Unistd.getpid() + "\n", readLine(server));
            send(server, "OK\n");
            type("poweroff\r\u001dnot for the guest");
            assertEquals("poweroff\r", read(server, 9));
            assertEquals(0, client.get());
            assertEquals("", read(server, 1));
        }
    }

    @Test
    void shouldLeaveOnAnotherEscapeWhenToldTo() throws Exception
    {
        final CompletableFuture<Integer> client = start('~', false);

        try (SocketChannel server = listening.accept())
        {
            readLine(server);
            send(server, "OK\n");
            type("\u001d~");
            assertEquals("\u001d", read(server, 1));
            assertEquals(0, client.get());
        }
    }

    @Test
    void shouldCarryEveryByteWhenThereIsNoEscape() throws Exception
    {
        final CompletableFuture<Integer> client = start(ConsoleClient.NO_ESCAPE, false);
        final byte[] all = new byte[256];

        for (int i = 0; i < 256; i++)
        {
            all[i] = (byte)i;
        }

        try (SocketChannel server = listening.accept())
        {
            readLine(server);
            send(server, "OK\n");
            MemorySegment.copy(all, 0, scratch, JAVA_BYTE, 0, 256);
            assertEquals(256, Unistd.write(userFd, scratch.address(), 256));
            final ByteBuffer received = ByteBuffer.allocate(256);

            while (received.hasRemaining() && server.read(received) >= 0)
            {
                assertFalse(client.isDone());
            }

            assertArrayEquals(all, received.array());
        }

        assertEquals(0, client.get());
    }

    @Test
    void shouldShowOutputAfterTheEndOfItsInputUntilTheGuestEnds() throws Exception
    {
        final CompletableFuture<Integer> client = start(ConsoleClient.DEFAULT_ESCAPE, false);

        try (SocketChannel server = listening.accept())
        {
            readLine(server);
            send(server, "OK\n");
            type("help\n");
            SysSocket.shutdown(userFd, SysSocket.SHUT_WR);
            assertEquals("help\n", read(server, 5));
            send(server, "late");
            assertEquals("late", receive(userFd, 4));
        }

        assertEquals(0, client.get());
    }

    @Test
    void shouldDeliverAllOutputBeforeItEnds() throws Exception
    {
        final CompletableFuture<Integer> client = start(ConsoleClient.DEFAULT_ESCAPE, false);
        final CompletableFuture<String> output =
            CompletableFuture.supplyAsync(() -> receive(userFd, 1_000_000), threads);

        try (SocketChannel server = listening.accept())
        {
            readLine(server);
            send(server, "OK\n" + "0123456789".repeat(100_000));
        }

        assertEquals(0, client.get());
        assertEquals("0123456789".repeat(100_000), output.get());
    }

    @Test
    void shouldSayWhyItWasRefused() throws Exception
    {
        final CompletableFuture<String> refusal = CompletableFuture.supplyAsync(() -> client(5_000), threads);

        try (SocketChannel server = listening.accept())
        {
            readLine(server);
            send(server, "ERR EBUSY console 0 of domain 5 is held by pid 7\n");
            assertEquals("EBUSY console 0 of domain 5 is held by pid 7", refusal.get());
        }
    }

    @Test
    void shouldAskAgainUntilTheConsoleAppears() throws Exception
    {
        final CompletableFuture<Integer> client = start(ConsoleClient.DEFAULT_ESCAPE, false);

        for (int i = 0; i < 2; i++)
        {
            try (SocketChannel server = listening.accept())
            {
                readLine(server);
                send(server, i == 0 ? "ERR ENOENT domain 5 has no console 0\n" : "");
            }
        }

        try (SocketChannel server = listening.accept())
        {
            assertEquals("ATTACH 5 0 pid=" + Unistd.getpid() + "\n", readLine(server));
            send(server, "OK\n");
        }

        assertEquals(0, client.get());
    }

    @Test
    void shouldGiveUpInTimeWhenThereIsNoConsoleDomain()
    {
        final long beginNs = System.nanoTime();

        try (ConsoleClient client = new ConsoleClient(clientFd, clientFd, ConsoleClient.DEFAULT_ESCAPE))
        {
            final String refusal = client.attach(directory.resolve("nobody"), 5, 0, false, 100);
            assertTrue(refusal.startsWith("ENOENT "), refusal);
        }

        assertTrue(System.nanoTime() - beginNs >= 100_000_000L);
    }

    @Test
    void shouldGiveUpInTimeWhenTheConsoleDomainDoesNotAnswer()
    {
        final String refusal = client(100);
        assertTrue(refusal.startsWith("ETIMEDOUT "), refusal);
    }

    @Test
    void shouldGiveTheReasonWhenTheConsoleDoesNotAppear() throws Exception
    {
        final CompletableFuture<String> refusal = CompletableFuture.supplyAsync(() -> client(0), threads);

        try (SocketChannel server = listening.accept())
        {
            readLine(server);
            send(server, "ERR ENOENT domain 5 has no console 0\n");
            assertEquals("ENOENT domain 5 has no console 0", refusal.get());
        }
    }

    @Test
    void shouldNotShowControlCharactersOfAnAnswer() throws Exception
    {
        final CompletableFuture<String> refusal = CompletableFuture.supplyAsync(() -> client(5_000), threads);

        try (SocketChannel server = listening.accept())
        {
            readLine(server);
            send(server, "ERR \u001b]2;title\u0007\n");
            assertEquals("?]2;title?", refusal.get());
        }
    }

    @Test
    void shouldPutATerminalIntoRawModeAndBack() throws Exception
    {
        final int master = Fcntl.open("/dev/ptmx", Fcntl.O_RDWR | Fcntl.O_NOCTTY | Fcntl.O_CLOEXEC, 0);
        assumeTrue(master >= 0, "no pseudo terminals here");
        scratch.set(JAVA_INT, 0, 0);
        assertEquals(0, Ioctl.ioctl(master, TIOCSPTLCK, scratch.address()));
        assertEquals(0, Ioctl.ioctl(master, TIOCGPTN, scratch.address()));
        final int tty = Fcntl.open(
            "/dev/pts/" + scratch.get(JAVA_INT, 0), Fcntl.O_RDWR | Fcntl.O_NOCTTY | Fcntl.O_CLOEXEC, 0);
        assumeTrue(tty >= 0, "no pseudo terminals here");
        final byte[] before = new byte[Termios.TERMIOS_LENGTH];
        final byte[] during = new byte[Termios.TERMIOS_LENGTH];
        final byte[] after = new byte[Termios.TERMIOS_LENGTH];
        Termios.tcgetattr(tty, before);
        final CompletableFuture<Integer> client = start(tty, tty, ConsoleClient.DEFAULT_ESCAPE, false);

        try (SocketChannel server = listening.accept())
        {
            readLine(server);
            send(server, "OK\nready");
            assertEquals("ready", receive(master, 5));
            Termios.tcgetattr(tty, during);
            assertFalse(java.util.Arrays.equals(before, during));

            MemorySegment.copy("\u0003\r\u001d".getBytes(US_ASCII), 0, scratch, JAVA_BYTE, 0, 3);
            Unistd.write(master, scratch.address(), 3);
            assertEquals("\u0003\r", read(server, 2));
        }

        assertEquals(0, client.get());
        Termios.tcgetattr(tty, after);
        assertArrayEquals(before, after);
        Unistd.close(tty);
        Unistd.close(master);
    }

    private String client(final int timeoutMs)
    {
        try (ConsoleClient client = new ConsoleClient(clientFd, clientFd, ConsoleClient.DEFAULT_ESCAPE))
        {
            return client.attach(path, 5, 0, false, timeoutMs);
        }
    }

    private CompletableFuture<Integer> start(final int escape, final boolean isForced)
    {
        return start(clientFd, clientFd, escape, isForced);
    }

    private CompletableFuture<Integer> start(
        final int inFd, final int outFd, final int escape, final boolean isForced)
    {
        return CompletableFuture.supplyAsync(() ->
        {
            try (ConsoleClient client = new ConsoleClient(inFd, outFd, escape))
            {
                assertNull(client.attach(path, 5, 0, isForced, 10_000));
                client.converse();
                SysSocket.shutdown(clientFd, SysSocket.SHUT_RDWR);
                return 0;
            }
        }, threads);
    }

    private void type(final String text)
    {
        final byte[] bytes = text.getBytes(US_ASCII);
        final MemorySegment segment = arena.allocate(bytes.length);
        MemorySegment.copy(bytes, 0, segment, JAVA_BYTE, 0, bytes.length);
        assertEquals(bytes.length, Unistd.write(userFd, segment.address(), bytes.length));
    }

    private String receive(final int fd, final int length)
    {
        final StringBuilder text = new StringBuilder();
        final MemorySegment segment = arena.allocate(64 * 1024);

        while (text.length() < length)
        {
            final long count = Unistd.read(fd, segment.address(), Math.min(length - text.length(), 64 * 1024));

            if (count <= 0)
            {
                break;
            }

            text.append(new String(segment.asSlice(0, count).toArray(JAVA_BYTE), US_ASCII));
        }

        return text.toString();
    }

    private static String readLine(final SocketChannel channel) throws IOException
    {
        final StringBuilder line = new StringBuilder();

        while (line.isEmpty() || line.charAt(line.length() - 1) != '\n')
        {
            line.append(read(channel, 1));
        }

        return line.toString();
    }

    private static String read(final SocketChannel channel, final int length) throws IOException
    {
        final ByteBuffer buffer = ByteBuffer.allocate(length);

        while (buffer.hasRemaining() && channel.read(buffer) >= 0)
        {
            assertTrue(channel.isOpen());
        }

        return new String(buffer.array(), 0, buffer.position(), US_ASCII);
    }

    private static void send(final SocketChannel channel, final String text) throws IOException
    {
        final ByteBuffer buffer = ByteBuffer.wrap(text.getBytes(US_ASCII));

        while (buffer.hasRemaining())
        {
            channel.write(buffer);
        }
    }
}
