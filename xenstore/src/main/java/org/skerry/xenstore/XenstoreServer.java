package org.skerry.xenstore;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.IntPredicate;

import org.agrona.concurrent.SystemEpochClock;
import org.agrona.concurrent.UnsafeBuffer;
import org.skerry.guest.EventLoop;
import org.skerry.wire.Errno;
import org.skerry.wire.linux.SysSocket;
import org.skerry.xenstore.history.History;

/**
 * The store with all who are connected to it: clients of a listening unix socket, all of them privileged, and domains
 * on their ring pages. Everything runs on the thread of one loop. Idle connections cost nothing; one that does not take
 * its replies costs only itself.
 */
public final class XenstoreServer implements Handover.ClientHandler
{
    /** Bytes of the history of a store that has no memory for it. */
    private static final int HISTORY_LENGTH = 1 << 20;

    private static final int ACCEPT_LIMIT = 64;
    private static final long ACCEPT_PAUSE_NS = TimeUnit.MILLISECONDS.toNanos(100);

    private final EventLoop loop;
    private final Carrier.Owing owing;
    private final DomainPages pages;
    private final SocketConnection.Buffers buffers = new SocketConnection.Buffers();
    private final Store store;
    private final Set<Integer> served = new HashSet<>();
    private Handover handover;
    private int nextClient = StateRecord.FIRST_SOCKET;

    /**
     * A store for a socket alone: domains cannot be introduced, and nothing outlives the process.
     *
     * @param loop     that runs it.
     * @param listener a listening unix socket that does not block; stays the caller's.
     */
    public XenstoreServer(final EventLoop loop, final int listener)
    {
        this(loop, DomainPages.NONE, domid -> true, null, null);
        listen(listener);
    }

    /**
     * A store that nobody is connected to yet, but the domains that an earlier process served.
     *
     * @param loop      that runs it.
     * @param pages     reach domains.
     * @param existence whether there is a domain of a number, when somebody privileged names one in permissions.
     * @param memory    that outlives the process; what an earlier one left there is had again. Null for none.
     * @param history   notes what changes; null for one that does not outlive the process.
     */
    public XenstoreServer(
        final EventLoop loop,
        final DomainPages pages,
        final IntPredicate existence,
        final SurvivingMemory memory,
        final History history)
    {
        this(loop, pages, existence, memory, history, new StoreLog(System.err));
    }

    XenstoreServer(
        final EventLoop loop,
        final DomainPages pages,
        final IntPredicate existence,
        final SurvivingMemory memory,
        final History history,
        final StoreLog log)
    {
        this.loop = loop;
        this.pages = pages;
        this.owing = new Carrier.Owing(memory == null ? StateLog.none() : StateLog.of(memory));
        loop.onTurnEnd(owing::flushAll);
        final Turns turns = new LoopTurns();
        final long beganNs = loop.nanoTime();
        this.store = new Store(
            new Links(), existence, SystemEpochClock.INSTANCE, turns, log, owing.state(),
            history != null ? history : new History(new UnsafeBuffer(new byte[HISTORY_LENGTH])));

        if (store.begin(turns))
        {
            store.log().print("goes on: nodes=" + store.tree().root().nodeCount() + ", watches=" +
                store.watchCount() + ", clients=" + store.clients().size() + ", ms=" +
                TimeUnit.NANOSECONDS.toMillis(loop.nanoTime() - beganNs));
            loop.execute(owing::flushAll);
        }
    }

    /**
     * Serve the clients of a socket. They do not outlive this process.
     *
     * @param listener a listening unix socket that does not block; stays the caller's.
     */
    public void listen(final int listener)
    {
        onAllClients();
        loop.onReadable(listener, () -> accept(listener));
    }

    /**
     * Serve clients that are handed over by somebody who keeps them.
     *
     * @param fd a SOCK_SEQPACKET socket, see {@code handover.xml}; ours from now on.
     */
    public void takeClients(final int fd)
    {
        handover = new Handover(loop, fd, this);
    }

    /**
     * Let another process go on when somebody asks for a live update.
     *
     * @param task ends this process; whoever started it starts the next.
     */
    public void onLiveUpdate(final Runnable task)
    {
        store.successor(task);
    }

    Store store()
    {
        return store;
    }

    private void accept(final int listener)
    {
        for (int i = 0; i < ACCEPT_LIMIT; i++)
        {
            final int fd = SysSocket.accept4(listener, SysSocket.SOCK_NONBLOCK);

            if (fd >= 0)
            {
                onClient(nextClient++, fd, "[" + SysSocket.peerPid(fd) + ']');
            }
            else if (fd == Errno.EAGAIN.negative())
            {
                return;
            }
            else if (fd == Errno.EMFILE.negative() || fd == Errno.ENFILE.negative())
            {
                store.log().print("no descriptor for another client: " + Errno.nameOf(fd));
                loop.remove(listener);
                loop.schedule(ACCEPT_PAUSE_NS, () -> loop.onReadable(listener, () -> accept(listener)));
                return;
            }
        }
    }

    @Override
    public void onClient(final int number, final int fd, final String name)
    {
        final XsConnection known = store.clients().get(number);
        final XsConnection connection =
            known != null ? known : SocketConnection.newConnection(number, store);
        final SocketConnection carrier =
            new SocketConnection(connection, fd, loop, store, owing, buffers, () -> onClosed(number));
        served.add(number);
        connection.client(name);

        if (known == null)
        {
            store.connected(connection);
        }
        else
        {
            carrier.resumeService();
            owing.flushAll();
        }
    }

    private void onClosed(final int number)
    {
        served.remove(number);

        if (handover != null)
        {
            handover.clientGone(number);
        }
    }

    /** Who was a client of an earlier process and has not come is none any more. */
    @Override
    public void onAllClients()
    {
        for (final XsConnection client : List.copyOf(store.clients().values()))
        {
            if (!served.contains(client.number()))
            {
                store.disconnected(client);
            }
        }
    }

    private final class Links implements DomainLink.Factory
    {
        @Override
        public DomainLink open(final KnownDomain domain, final int port) throws XsException
        {
            return connection(domain).open(port);
        }

        @Override
        public DomainLink adopt(final KnownDomain domain, final SavedConnection saved)
        {
            return connection(domain).adopt(saved);
        }

        private RingConnection connection(final KnownDomain domain)
        {
            return new RingConnection(store(), domain, pages, owing, task -> loop.schedule(0, task));
        }
    }

    private final class LoopTurns implements Turns
    {
        @Override
        public long nanoTime()
        {
            return loop.nanoTime();
        }

        @Override
        public void later(final Runnable task)
        {
            loop.execute(task);
        }

        @Override
        public void after(final long delayNs, final Runnable task)
        {
            loop.schedule(delayNs, task);
        }
    }
}
