package org.skerry.xenstore;

import java.util.function.Consumer;

import org.skerry.wire.xs.XenstoreRing;
import org.skerry.wire.xs.XsWire;

/**
 * A domain on its ring page. Nothing that it writes there is believed: indices that cannot be end the connection, with
 * the reason in the page, until it asks for a fresh start; what it does to its replies is its own loss.
 */
final class RingConnection implements DomainLink, Carrier
{
    /** Turns over a ring before others are served: a domain that refills it all the time does not keep us. */
    private static final int TURN_LIMIT = 16;

    private final Store store;
    private final StateLog state;
    private final KnownDomain domain;
    private final DomainPages pages;
    private final Owing owing;
    private final Consumer<Runnable> later;
    private final XsConnection connection;
    private final byte[] bytes = new byte[XsWire.RING_SIZE];
    private DomainPages.Page page;
    private DomainPages.Bell bell;
    private XenstoreRing ring;
    private int port;
    private int sentIndex;
    private int takenIndex;
    private int movedLength;
    private boolean isOwing;
    private boolean isBroken;
    private boolean isHeld;
    private boolean isResetting;
    private boolean isClosed = true;

    /**
     * Not served yet: {@link #open} or {@link #adopt} comes first.
     *
     * @param store  that is served.
     * @param domain whose ring it is.
     * @param pages  reach the domain.
     * @param owing  told when there is something to send.
     * @param later  runs a task in another turn of the same thread.
     */
    RingConnection(
        final Store store,
        final KnownDomain domain,
        final DomainPages pages,
        final Owing owing,
        final Consumer<Runnable> later)
    {
        this.store = store;
        this.state = store.state();
        this.domain = domain;
        this.pages = pages;
        this.owing = owing;
        this.later = later;
        this.connection = new XsConnection(
            domain.domid(), Caller.ofDomain(domain.domid()), domain, XsWire.RING_SIZE, state.records());
        connection.onOutput(added -> owe());
    }

    /**
     * Serve a domain that is introduced.
     *
     * @param newPort of the domain.
     * @return this.
     * @throws XsException when the page cannot be mapped or the port not bound.
     */
    RingConnection open(final int newPort) throws XsException
    {
        connect(newPort);
        ring.serverFeatures(domain.features());

        if (ring.readable() < 0 || ring.writable() < 0 || ring.isReconnecting())
        {
            ring.reset();
        }

        takeIndices();
        writeTo(state.records());
        bell.notifyRemote();                                     // it may wait for the features or for service at all
        return this;
    }

    /**
     * Go on where an earlier process stopped. A domain that is gone meanwhile is served no more.
     *
     * @return this.
     */
    RingConnection adopt(final SavedConnection saved)
    {
        isBroken = saved.isBroken;
        port = saved.port;

        try
        {
            connect(saved.port);
            ring = XenstoreRing.server(page.buffer(), saved.rspProd, saved.reqCons);
            takeIndices();
            bell.notifyRemote();                                 // the last process may have died before it did
            later.accept(this::onEvent);
        }
        catch (final XsException e)
        {
            store.log().print("a domain is gone: domid=" + domain.domid() + ", " + e.errno());
        }

        return this;
    }

    private void takeIndices()
    {
        sentIndex = ring.writtenIndex();
        takenIndex = ring.readIndex();
    }

    private void connect(final int newPort) throws XsException
    {
        page = pages.map(domain.domid());

        try
        {
            bell = pages.bind(domain.domid(), newPort, this::onEvent);
        }
        catch (final XsException e)
        {
            page.close();
            throw e;
        }

        ring = XenstoreRing.server(page.buffer());
        port = newPort;
        isClosed = false;
    }

    @Override
    public XsConnection connection()
    {
        return connection;
    }

    @Override
    public void rebind(final int newPort) throws XsException
    {
        if (isClosed)
        {
            connect(newPort);
            return;
        }

        bell.close();
        bell = pages.bind(domain.domid(), newPort, this::onEvent);
        port = newPort;
    }

    /** Until its page is emptied it says that it is to begin anew, so that whoever finds it empties it again. */
    @Override
    public void reset()
    {
        isBroken = false;
        isResetting = true;
        sentIndex = 0;
        takenIndex = 0;
        ring.requestReconnect();
        state.records().ring(domain.domid(), port, 0, 0);
        state.afterPublishing(this::emptyPage);
    }

    private void emptyPage()
    {
        isResetting = false;

        if (!isClosed)
        {
            ring.reset();
            bell.notifyRemote();
        }
    }

    @Override
    public void writeTo(final RecordWriter out)
    {
        out.ring(domain.domid(), port, sentIndex, takenIndex);

        if (isClosed || isBroken)
        {
            out.broken(domain.domid());
        }
    }

    @Override
    public void close()
    {
        if (!isClosed)
        {
            isClosed = true;
            bell.close();
            page.close();
        }
    }

    @Override
    public void flush()
    {
        isOwing = false;

        if (send() > 0)
        {
            bell.notifyRemote();
        }
        if (isHeld)
        {
            isHeld = false;
            later.accept(this::onEvent);
        }
    }

    /**
     * The domain rang: there may be requests, or room for what it is owed, or it wants to begin anew.
     *
     * @return whether there was something to do.
     */
    boolean onEvent()
    {
        if (isClosed || isResetting)
        {
            return false;
        }

        final boolean isReconnecting = ring.isReconnecting();
        if (isReconnecting)
        {
            store.restart(domain);
            state.publish();
        }

        serve();
        owing.flushAll();

        return isReconnecting || movedLength > 0;
    }

    private void serve()
    {
        movedLength = 0;
        int turns = 0;
        boolean hasMore = true;

        while (hasMore && turns++ < TURN_LIMIT)
        {
            hasMore = serveOnce();
        }

        if (!isBroken && movedLength > 0)
        {
            bell.notifyRemote();
        }
        if (!isBroken && hasMore)
        {
            later.accept(this::onEvent);
        }
    }

    /** @return whether there may be more to do at once. */
    private boolean serveOnce()
    {
        send();

        if (!process())
        {
            return send() > 0;                                   // the replies that were in the way found room
        }
        if (!receive())
        {
            return false;
        }

        process();
        send();
        return true;
    }

    /** @return whether all whole messages were served. */
    private boolean process()
    {
        if (isBroken || isClosed)
        {
            return false;
        }

        final XsConnection.Progress progress = connection.process(store);

        if (progress == XsConnection.Progress.VIOLATION)
        {
            fail(XsWire.ERROR_PROTOCOL);
        }

        isHeld = progress == XsConnection.Progress.HELD;
        return progress == XsConnection.Progress.IDLE;
    }

    /** @return whether there were bytes. */
    private boolean receive()
    {
        final int count = ring.peek(bytes, 0, bytes.length);

        if (count < 0)
        {
            fail(XsWire.ERROR_RING_INDEX);
        }
        else if (count > 0)
        {
            state.taken(domain.domid(), bytes, count);
            ring.consume(count);
            takenIndex += count;
            connection.receive(bytes, 0, count);
            movedLength += count;
        }

        return count > 0;
    }

    /** @return bytes that found room. */
    private int send()
    {
        final OutputQueue output = connection.output();
        int total = 0;

        while (!isClosed && !isBroken && !isResetting && !output.isEmpty())
        {
            final byte[] next = output.bytes();
            final int count = ring.stage(next, output.offset(), output.length());

            if (count < 0)
            {
                fail(XsWire.ERROR_RING_INDEX);
            }
            if (count <= 0)
            {
                return total;
            }

            output.sent(count);
            sentIndex += count;
            state.records().sent(domain.domid(), count);
            state.publish();
            ring.publish(count);                                 // only now: it is not sent again
            total += count;
            movedLength += count;
        }

        return total;
    }

    /** The domain broke the protocol: it is not served any more, and is told why. Its nodes stay until its release. */
    private void fail(final int error)
    {
        isBroken = true;
        store.broken(connection);
        store.log().print("ring given up: domid=" + domain.domid() + ", error=" + error);

        if ((domain.features() & XsWire.FEATURE_ERROR) != 0)
        {
            ring.error(error);
        }

        bell.notifyRemote();
    }

    private void owe()
    {
        if (!isOwing)
        {
            isOwing = true;
            owing.add(this);
        }
    }
}
