package org.skerry.guest.event;

import org.agrona.collections.Int2ObjectHashMap;
import org.skerry.guest.EventLoop;
import org.skerry.guest.hypercall.HypercallRing;
import org.skerry.guest.hypercall.HypervisorConnection;
import org.skerry.wire.Domid;
import org.skerry.wire.Errno;
import org.skerry.wire.EventChannelPort;
import org.skerry.wire.hypercall.BindInterdomainEncoder;
import org.skerry.wire.hypercall.EvtchnAllocUnboundEncoder;
import org.skerry.wire.hypercall.EvtchnCloseEncoder;
import org.skerry.wire.linux.Unistd;

/**
 * The event channels of this domain.
 *
 * <p>Spec: event_channel.h, EVTCHNOP_alloc_unbound, EVTCHNOP_bind_interdomain, EVTCHNOP_close.
 */
public final class EventChannels implements AutoCloseable
{
    private final HypervisorConnection connection;
    private final HypercallRing ring;
    private final EventLoop loop;
    private final Int2ObjectHashMap<EventChannel> channels = new Int2ObjectHashMap<>();
    private final Int2ObjectHashMap<int[]> boundEarly = new Int2ObjectHashMap<>();
    private final BindInterdomainEncoder bindInterdomain = new BindInterdomainEncoder();
    private final EvtchnAllocUnboundEncoder allocUnbound = new EvtchnAllocUnboundEncoder();
    private final EvtchnCloseEncoder evtchnClose = new EvtchnCloseEncoder();

    /**
     * @param connection of this domain.
     * @param ring       of this domain.
     * @param loop       runs the handlers.
     */
    public EventChannels(final HypervisorConnection connection, final HypercallRing ring, final EventLoop loop)
    {
        this.connection = connection;
        this.ring = ring;
        this.loop = loop;
    }

    /**
     * Make a port that another domain may bind.
     *
     * @param remote who may.
     * @return our end, without a peer yet.
     * @throws EventChannelException ENOSPC, ESRCH.
     */
    public EventChannel allocUnbound(final Domid remote)
    {
        final long port;
        synchronized (ring)
        {
            allocUnbound.wrap(ring.page(), ring.claim())
                .op(EvtchnAllocUnboundEncoder.TEMPLATE_ID).tag(ring.nextTag())
                .dom(Domid.DOMID_SELF).remoteDom(remote.value());
            ring.submit();
            port = ring.await().result();
        }
        if (port < 0)
        {
            throw new EventChannelException("cannot make a port for domain " + remote, port);
        }

        return adopt(new EventChannelPort((int)port));
    }

    /**
     * Bind a port that another domain keeps for us.
     *
     * @param remote     whose port.
     * @param remotePort the port.
     * @return our end.
     * @throws EventChannelException EINVAL when it keeps no such port for us, ESRCH, ENOSPC.
     */
    public EventChannel bindInterdomain(final Domid remote, final EventChannelPort remotePort)
    {
        final long port;
        synchronized (connection)
        {
            bindInterdomain.wrapAndApplyHeader(connection.out(), 0, connection.headerOut())
                .remotePort(remotePort.value()).remoteDomid(remote.value());
            port = connection.call(bindInterdomain.encodedLength());
        }
        if (port < 0)
        {
            throw new EventChannelException(
                "cannot bind port " + remotePort + " of domain " + remote, port);
        }

        return adopt(new EventChannelPort((int)port));
    }

    /**
     * Take over a port that was made for us before our first instruction.
     *
     * @param port from the start info.
     * @return our end.
     */
    public EventChannel adopt(final EventChannelPort port)
    {
        synchronized (connection)
        {
            final EventChannel channel = new EventChannel(this, port, loop);
            channels.put(port.value(), channel);
            final int[] bells = boundEarly.remove(port.value());
            if (bells != null)
            {
                channel.bound(bells[0], bells[1]);
            }

            return channel;
        }
    }

    /**
     * The hypervisor says that a port has a peer; the bells are ours now.
     *
     * @param port       ours.
     * @param remoteBell rings the peer.
     * @param ownBell    rung by the peer.
     */
    public void onBound(final int port, final int remoteBell, final int ownBell)
    {
        final EventChannel channel = channels.get(port);
        if (channel != null)
        {
            channel.bound(remoteBell, ownBell);
            return;
        }

        final int[] replaced = boundEarly.put(port, new int[]{remoteBell, ownBell});
        if (replaced != null)
        {
            closeBells(replaced);
        }
    }

    /**
     * The hypervisor says that a peer is gone.
     *
     * @param port ours.
     */
    public void onClosed(final int port)
    {
        final EventChannel channel = channels.get(port);
        if (channel != null)
        {
            channel.remoteClosed();
        }
    }

    /** Let go of all bells, and tell nobody: the hypervisor closes the ports of a domain that is gone. */
    @Override
    public void close()
    {
        channels.values().forEach(EventChannel::dropBells);
        boundEarly.values().forEach(EventChannels::closeBells);
    }

    /** Once the hypervisor has answered it says nothing more about the port; what it has said before is not news. */
    void close(final EventChannel channel)
    {
        synchronized (ring)
        {
            evtchnClose.wrap(ring.page(), ring.claim())
                .op(EvtchnCloseEncoder.TEMPLATE_ID).tag(ring.nextTag()).port(channel.port().value());
            ring.submit();
            ring.await();
        }
        synchronized (connection)
        {
            int told;
            do
            {
                told = connection.pollEvents();
            }
            while (told > 0);
            channels.remove(channel.port().value());
        }
    }

    private static void closeBells(final int[] bells)
    {
        Unistd.close(bells[0]);
        Unistd.close(bells[1]);
    }

    /**
     * The hypervisor refused.
     */
    public static final class EventChannelException extends RuntimeException
    {
        private static final long serialVersionUID = 1L;

        private final long result;

        EventChannelException(final String what, final long result)
        {
            super(what + ": " + Errno.nameOf(result));
            this.result = result;
        }

        /** @return the error, or null for one without a name. */
        public Errno errno()
        {
            return Errno.of(result);
        }
    }
}
