package org.skerry.xenstore;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;

import org.skerry.guest.EventLoop;
import org.skerry.guest.xenstore.XenstoreClient;
import org.skerry.guest.xenstore.XenstoreSocketClient;
import org.skerry.wire.linux.SysSocket;
import org.skerry.wire.linux.Unistd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** A server with its loop on a thread of its own, on a socket in a directory of its own. */
final class SocketFixture implements AutoCloseable
{
    final Path directory;
    final Path socket;
    final XenstoreServer server;
    private final EventLoop loop = new EventLoop();
    private final Thread thread;
    private final int listener;

    SocketFixture() throws IOException
    {
        this(DomainPages.NONE);
    }

    SocketFixture(final DomainPages pages) throws IOException
    {
        directory = Files.createTempDirectory("skerry-xs");
        socket = directory.resolve("socket");
        listener = SysSocket.socket(SysSocket.AF_UNIX, SysSocket.SOCK_STREAM | SysSocket.SOCK_NONBLOCK, 0);
        assertTrue(listener >= 0);
        assertEquals(0, SysSocket.bindUnix(listener, socket.toString()));
        assertEquals(0, SysSocket.listen(listener, 128));
        server = new XenstoreServer(loop, pages, domid -> domid < 1000, null, null);
        server.listen(listener);
        thread = Thread.ofPlatform().name("xenstore-server").start(loop::run);
    }

    XenstoreClient connect()
    {
        return XenstoreSocketClient.connect(socket);
    }

    /** Run something on the server's thread and wait for it. */
    void onServer(final Runnable task) throws InterruptedException
    {
        final CountDownLatch done = new CountDownLatch(1);
        loop.execute(() ->
        {
            task.run();
            done.countDown();
        });
        done.await();
    }

    private void joinUninterruptibly()
    {
        try
        {
            thread.join();
        }
        catch (final InterruptedException e)
        {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() throws IOException
    {
        loop.execute(loop::stop);
        joinUninterruptibly();
        Unistd.close(listener);

        try (Stream<Path> files = Files.walk(directory))
        {
            for (final Path file : files.sorted(Comparator.reverseOrder()).toList())
            {
                Files.delete(file);
            }
        }
    }
}
