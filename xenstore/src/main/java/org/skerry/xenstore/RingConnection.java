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
    private final KnownDomain domain;
    private final DomainPages pages;
    private final Owing owing;
    private final Consumer<Runnable> later;
    private final DomainPages.Page page;
    private final XenstoreRing ring;
    private final XsConnection connection;
    private final byte[] bytes = new byte[XsWire.RING_SIZE];
    private DomainPages.Bell bell;
    private int movedLength;
    private boolean isOwing;
    private boolean isBroken;
    private boolean isHeld;
    private boolean isClosed;

    /**
     * @param store  that is served.
     * @param domain whose ring it is.
     * @param port   of the domain.
     * @param pages  reach the domain.
     * @param owing  told when there is something to send.
     * @param later  runs a task in another turn of the same thread.
     * @throws XsException when the page cannot be mapped or the port not bound.
     */
    RingConnection(
        final Store store,
        final KnownDomain domain,
        final int port,
        final DomainPages pages,
        final Owing owing,
        final Consumer<Runnable> later) throws XsException
    {
        this.store = store;
        this.domain = domain;
        this.pages = pages;
        this.owing = owing;
        this.later = later;
        this.page = pages.map(domain.domid());
        this.ring = XenstoreRing.server(page.buffer());
        this.connection = new XsConnection(
            Caller.ofDomain(domain.domid()), domain, XsWire.RING_SIZE, added -> owe());

        try
        {
            bell = pages.bind(domain.domid(), port, this::onEvent);
        }
        catch (final XsException e)
        {
            page.close();
            throw e;
        }

        ring.serverFeatures(domain.features());

        if (ring.readable() < 0 || ring.writable() < 0 || ring.isReconnecting())
        {
            ring.reset();
        }

        bell.notifyRemote();                                     // it may wait for the features or for service at all
    }

    @Override
    public XsConnection connection()
    {
        return connection;
    }

    @Override
    public void rebind(final int port) throws XsException
    {
        bell.close();
        bell = pages.bind(domain.domid(), port, this::onEvent);
    }

    @Override
    public void reset()
    {
        isBroken = false;
        ring.reset();
        bell.notifyRemote();
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

        if (!isClosed && !isBroken && send() > 0)
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
        if (isClosed)
        {
            return false;
        }

        final boolean isReconnecting = ring.isReconnecting();
        if (isReconnecting)
        {
            store.restart(domain);
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
        if (isBroken)
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
        final int count = ring.read(bytes, 0, bytes.length);

        if (count < 0)
        {
            fail(XsWire.ERROR_RING_INDEX);
        }
        else
        {
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

        while (!isBroken && !output.isEmpty())
        {
            final byte[] next = output.bytes();
            final int count = ring.write(next, output.offset(), output.length());

            if (count < 0)
            {
                fail(XsWire.ERROR_RING_INDEX);
            }
            if (count <= 0)
            {
                return total;
            }

            output.sent(count);
            total += count;
            movedLength += count;
        }

        return total;
    }

    /** The domain broke the protocol: it is not served any more, and is told why. Its nodes stay until its release. */
    private void fail(final int error)
    {
        isBroken = true;
        store.disconnected(connection);
        connection.dropBytes();
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
