package org.skerry.xenstore;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.skerry.guest.xenstore.XenstoreClient;
import org.skerry.guest.xenstore.XenstoreException;
import org.skerry.guest.xenstore.XenstoreSocketClient;
import org.skerry.guest.xenstore.XenstoreWatch;
import org.skerry.wire.Domid;
import org.skerry.wire.Errno;
import org.skerry.wire.EventChannelPort;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Clients on the unix socket, ours and raw ones, well and badly behaved. */
@Timeout(120)
class SocketConnectionTest
{
    private static final TestClient ENCODER = new TestStore().socket();

    private SocketFixture fixture;

    @BeforeEach
    void start() throws IOException
    {
        fixture = new SocketFixture();
    }

    @AfterEach
    void stop() throws IOException
    {
        fixture.close();
    }

    @Test
    void shouldServeOurClient()
    {
        try (XenstoreClient client = fixture.connect())
        {
            client.write("/a/b", "gr\u00fc\u00df");
            assertEquals("gr\u00fc\u00df", client.read("/a/b"));
            assertNull(client.read("/a/c"));
            assertEquals(List.of("b"), client.directory("/a"));
            client.mkdir("/a/d");
            client.rm("/a/b");
            assertEquals(List.of("d"), client.directory("/a"));
            client.setPermissions("/a", List.of("n0", "r5"));
            assertEquals(List.of("n0", "r5"), client.permissions("/a"));
            assertFalse(client.isIntroduced(new Domid(5)));
            assertEquals(Errno.EINVAL, errnoOf(
                () -> client.introduce(new Domid(5), 0, new EventChannelPort(1))));
            assertEquals(Errno.ENOENT, errnoOf(() -> client.release(new Domid(6))));
            assertEquals(Errno.ENOENT, errnoOf(() -> client.setTarget(new Domid(5), new Domid(6))));
            assertEquals(Errno.ENOENT, errnoOf(() -> client.permissions("/missing")));
            assertEquals(Errno.EINVAL, errnoOf(() -> client.write("/a b", "")));
            assertEquals(Errno.EINVAL, errnoOf(() -> client.write("/a\0b", "")));
            assertEquals(Errno.E2BIG, errnoOf(() -> client.write("/a", new byte[4096])));
            assertEquals("v", client.inTransaction(transaction ->
            {
                transaction.write("/t", "v");
                return transaction.read("/t");
            }));
        }
    }

    @Test
    void shouldListALongDirectoryWhileItChanges() throws InterruptedException
    {
        try (XenstoreClient client = fixture.connect(); XenstoreClient other = fixture.connect())
        {
            client.inTransaction(transaction ->
            {
                IntStream.range(0, 2000).forEach(i -> transaction.mkdir("/long/child-" + i));
                return null;
            });
            final Thread changer = Thread.ofPlatform().start(
                () -> IntStream.range(0, 200).forEach(i -> other.mkdir("/long/another-" + i)));

            for (int i = 0; i < 20; i++)
            {
                final List<String> names = client.directory("/long");
                assertEquals(2000, names.stream().filter(name -> name.startsWith("child-")).distinct().count());
                assertEquals(names.size(), names.stream().distinct().count());
            }

            changer.join();
            assertEquals(2200, client.directory("/long").size());
        }
    }

    @Test
    void shouldBeUsableByManyThreadsAtOnce() throws InterruptedException
    {
        try (XenstoreClient client = fixture.connect())
        {
            client.write("/counter", "0");
            final List<Thread> threads = IntStream.range(0, 4).mapToObj(i -> Thread.ofPlatform().start(() ->
            {
                for (int j = 0; j < 50; j++)
                {
                    client.inTransaction(transaction ->
                    {
                        final int count = Integer.parseInt(transaction.read("/counter"));
                        transaction.write("/counter", Integer.toString(count + 1));
                        return null;
                    });
                    client.write("/own/" + i, Integer.toString(j));
                    assertEquals(Integer.toString(j), client.read("/own/" + i));
                }
            })).toList();

            for (final Thread thread : threads)
            {
                thread.join();
            }

            assertEquals("200", client.read("/counter"));
        }
    }

    @Test
    void shouldTellWatchesFromWhichTheClientMayBeCalled() throws InterruptedException
    {
        try (XenstoreClient client = fixture.connect(); XenstoreClient other = fixture.connect())
        {
            final BlockingQueue<String> events = new ArrayBlockingQueue<>(10);
            final XenstoreWatch watch = client.watch("/w", path -> events.add(path + '=' + client.read(path)));
            assertEquals("/w=null", events.poll(30, TimeUnit.SECONDS));
            other.write("/w/a", "1");
            assertEquals("/w/a=1", events.poll(30, TimeUnit.SECONDS));
            watch.close();
            other.write("/w/a", "2");
            client.read("/w");
            assertTrue(events.isEmpty());
        }
    }

    @Test
    void shouldNotLoseTheConnectionToAnInterrupt()
    {
        try (XenstoreClient client = fixture.connect())
        {
            Thread.currentThread().interrupt();
            client.write("/a", "1");
            assertTrue(Thread.interrupted());
            assertEquals("1", client.read("/a"));
        }
    }

    @Test
    void shouldThrowEioWhenTheConnectionIsClosed()
    {
        final XenstoreClient client = fixture.connect();
        assertTrue(client.isOpen());
        client.close();
        assertEquals(Errno.EIO, errnoOf(() -> client.read("/a")));
        assertFalse(client.isOpen());
        client.close();
    }

    @Test
    void shouldSayWhyItCannotConnect()
    {
        assertEquals(Errno.ENOENT, errnoOf(() -> XenstoreSocketClient.connect(Path.of("/nonexistent/socket"))));
    }

    @Test
    void shouldAnswerRequestsThatComeByteByByte() throws IOException
    {
        try (SocketChannel raw = raw())
        {
            for (final byte b : ENCODER.message(0, 10, TestClient.bytes("7|")))
            {
                raw.write(ByteBuffer.wrap(new byte[]{b}));
            }

            assertEquals("/local/domain/7|", readPayload(raw));
        }
    }

    @Test
    void shouldAnswerManyRequestsOfOneWriteInOrder() throws IOException
    {
        try (SocketChannel raw = raw())
        {
            final ByteBuffer batch = ByteBuffer.allocate(100_000);
            for (int i = 0; i < 2000; i++)
            {
                batch.put(ENCODER.message(0, 10, TestClient.bytes(i + "|")));
            }
            raw.write(batch.flip());

            for (int i = 0; i < 2000; i++)
            {
                assertEquals("/local/domain/" + i + '|', readPayload(raw));
            }
        }
    }

    @Test
    void shouldCloseAConnectionWithAMessageTooLongAndServeTheOthers() throws IOException
    {
        try (SocketChannel raw = raw(); XenstoreClient other = fixture.connect())
        {
            final byte[] message = ENCODER.message(0, 2, new byte[4097]);
            raw.write(ByteBuffer.wrap(message));
            assertEquals(-1, raw.read(ByteBuffer.allocate(100)));
            other.write("/a", "1");
            assertEquals("1", other.read("/a"));
        }
    }

    @Test
    void shouldForgetWatchesOfAClientThatHangsUp() throws Exception
    {
        try (SocketChannel raw = raw())
        {
            raw.write(ByteBuffer.wrap(ENCODER.message(0, 4, TestClient.bytes("/a|t|"))));
            assertEquals("OK|", readPayload(raw));
        }

        final int[] count = {1};
        while (count[0] != 0)
        {
            fixture.onServer(() -> count[0] = fixture.server.store().watchCount());
        }
    }

    @Test
    void shouldBoundWhatAClientCostsThatReadsNothing() throws IOException, InterruptedException
    {
        try (SocketChannel raw = raw(); XenstoreClient other = fixture.connect())
        {
            other.write("/long", new byte[4000]);
            raw.configureBlocking(false);
            final ByteBuffer request = ByteBuffer.wrap(ENCODER.message(0, 2, TestClient.bytes("/long|")));
            int sent = 0;
            int refused = 0;

            while (refused < 20)
            {
                refused = raw.write(request) == 0 ? refused + 1 : 0;
                sent += request.hasRemaining() ? 0 : 1;
                request.position(request.hasRemaining() ? request.position() : 0);
                assertEquals(4000, other.readBytes("/long").length);
            }

            raw.configureBlocking(true);
            for (int i = 0; i < sent; i++)
            {
                assertEquals(4000, readPayload(raw).length());
            }
        }
    }

    @Test
    void shouldTellAWatcherThatDidNotReadInAFewEventsThatSomethingChanged() throws Exception
    {
        try (SocketChannel raw = raw(); XenstoreClient writer = fixture.connect())
        {
            raw.write(ByteBuffer.wrap(ENCODER.message(0, 4, TestClient.bytes("/w|t|"))));
            assertEquals("OK|", readPayload(raw));
            assertEquals("/w|t|", readPayload(raw));

            for (int i = 0; i < 20_000; i++)
            {
                writer.write("/w/node-" + i % 10_000 + "/a-long-name-that-fills-the-buffers-of-the-socket", "1");
            }

            raw.write(ByteBuffer.wrap(ENCODER.message(0, 10, TestClient.bytes("7|"))));
            final List<String> events = new ArrayList<>();
            for (String next = readPayload(raw); !next.equals("/local/domain/7|"); next = readPayload(raw))
            {
                events.add(next);
            }
            assertTrue(events.size() < 10_000, "events=" + events.size());
            assertEquals("/w|t|", events.getLast());
        }
    }

    @Test
    void shouldServeManyIdleConnections() throws IOException, InterruptedException
    {
        final List<SocketChannel> idle = new ArrayList<>();
        final CountDownLatch done = new CountDownLatch(1);

        for (int i = 0; i < 200; i++)
        {
            idle.add(raw());
        }

        try (XenstoreClient client = fixture.connect())
        {
            client.watch("/w", path -> done.countDown());
            client.write("/w", "1");
            assertTrue(done.await(30, TimeUnit.SECONDS));
        }

        for (final SocketChannel channel : idle)
        {
            channel.write(ByteBuffer.wrap(ENCODER.message(0, 10, TestClient.bytes("7|"))));
            assertEquals("/local/domain/7|", readPayload(channel));
            channel.close();
        }
    }

    private SocketChannel raw() throws IOException
    {
        final SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        channel.connect(UnixDomainSocketAddress.of(fixture.socket));
        return channel;
    }

    private static String readPayload(final SocketChannel channel) throws IOException
    {
        final ByteBuffer header = readFully(channel, 16);
        return TestClient.text(readFully(channel, Integer.reverseBytes(header.getInt(12))).array());
    }

    private static ByteBuffer readFully(final SocketChannel channel, final int length) throws IOException
    {
        final ByteBuffer bytes = ByteBuffer.allocate(length);

        while (bytes.hasRemaining())
        {
            assertTrue(channel.read(bytes) >= 0, "connection closed");
        }

        return bytes;
    }

    private static Errno errnoOf(final Runnable call)
    {
        return assertThrows(XenstoreException.class, call::run).errno();
    }
}
