package org.skerry.xenstore;

import java.util.concurrent.TimeUnit;
import java.util.function.IntPredicate;

import org.agrona.concurrent.SystemEpochClock;
import org.skerry.guest.EventLoop;
import org.skerry.wire.Errno;
import org.skerry.wire.linux.SysSocket;

/**
 * The store with all who are connected to it: clients of a listening unix socket, all of them privileged, and domains
 * on their ring pages. Everything runs on the thread of one loop. Idle connections cost nothing; one that does not take
 * its replies costs only itself.
 */
public final class XenstoreServer
{
    private static final int ACCEPT_LIMIT = 64;
    private static final long ACCEPT_PAUSE_NS = TimeUnit.MILLISECONDS.toNanos(100);

    private final EventLoop loop;
    private final int listener;
    private final Carrier.Owing owing = new Carrier.Owing();
    private final SocketConnection.Buffers buffers = new SocketConnection.Buffers();
    private final Store store;

    /**
     * A store for a socket alone: domains cannot be introduced.
     *
     * @param loop     that runs it.
     * @param listener a listening unix socket that does not block; stays the caller's.
     */
    public XenstoreServer(final EventLoop loop, final int listener)
    {
        this(loop, listener, DomainPages.NONE, domid -> true);
    }

    /**
     * @param loop      that runs it.
     * @param listener  a listening unix socket that does not block; stays the caller's.
     * @param pages     reach domains.
     * @param existence whether there is a domain of a number, when somebody privileged names one in permissions.
     */
    public XenstoreServer(
        final EventLoop loop, final int listener, final DomainPages pages, final IntPredicate existence)
    {
        this.loop = loop;
        this.listener = listener;
        this.store = new Store(
            (domain, port) -> new RingConnection(store(), domain, port, pages, owing, task -> loop.schedule(0, task)),
            existence,
            SystemEpochClock.INSTANCE,
            new LoopTurns(),
            new StoreLog(System.err));
        listen();
    }

    Store store()
    {
        return store;
    }

    private void listen()
    {
        loop.onReadable(listener, this::accept);
    }

    private void accept()
    {
        for (int i = 0; i < ACCEPT_LIMIT; i++)
        {
            final int fd = SysSocket.accept4(listener, SysSocket.SOCK_NONBLOCK);

            if (fd >= 0)
            {
                new SocketConnection(fd, loop, store, owing, buffers);
            }
            else if (fd == Errno.EAGAIN.negative())
            {
                return;
            }
            else if (fd == Errno.EMFILE.negative() || fd == Errno.ENFILE.negative())
            {
                store.log().print("no descriptor for another client: " + Errno.nameOf(fd));
                loop.remove(listener);
                loop.schedule(ACCEPT_PAUSE_NS, this::listen);
                return;
            }
        }
    }

    private final class LoopTurns implements Turns
    {
        @Override
        public long nanoTime()
        {
            return System.nanoTime();
        }

        @Override
        public void later(final Runnable task)
        {
            loop.execute(() -> runAndFlush(task));
        }

        @Override
        public void after(final long delayNs, final Runnable task)
        {
            loop.schedule(delayNs, () -> runAndFlush(task));
        }

        private void runAndFlush(final Runnable task)
        {
            task.run();
            owing.flushAll();
        }
    }
}
