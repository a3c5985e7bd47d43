package org.skerry.guest.event;

import org.agrona.collections.Int2ObjectHashMap;
import org.skerry.guest.EventLoop;
import org.skerry.guest.hypercall.HypercallRing;
import org.skerry.guest.hypercall.HypervisorConnection;
import org.skerry.wire.Domid;
import org.skerry.wire.Errno;
import org.skerry.wire.EventChannelPort;
import org.skerry.wire.Virq;
import org.skerry.wire.hypercall.BindInterdomainEncoder;
import org.skerry.wire.hypercall.BindIpiEncoder;
import org.skerry.wire.hypercall.BindVirqEncoder;
import org.skerry.wire.hypercall.EvtchnAllocUnboundEncoder;
import org.skerry.wire.hypercall.EvtchnCloseEncoder;
import org.skerry.wire.hypercall.EvtchnResetEncoder;
import org.skerry.wire.hypercall.EvtchnSendEncoder;
import org.skerry.wire.hypercall.SetSingleshotTimerEncoder;
import org.skerry.wire.linux.Unistd;

/**
 * The event channels of this domain.
 *
 * <p>Spec: event_channel.h, EVTCHNOP_*; vcpu.h, VCPUOP_set_singleshot_timer.
 */
public final class EventChannels implements AutoCloseable
{
    private final HypervisorConnection connection;
    private final HypercallRing ring;
    private final EventLoop loop;
    private final Int2ObjectHashMap<EventChannel> channels = new Int2ObjectHashMap<>();
    private final Int2ObjectHashMap<int[]> boundEarly = new Int2ObjectHashMap<>();
    private final BindInterdomainEncoder bindInterdomain = new BindInterdomainEncoder();
    private final BindVirqEncoder bindVirq = new BindVirqEncoder();
    private final BindIpiEncoder bindIpi = new BindIpiEncoder();
    private final EvtchnAllocUnboundEncoder allocUnbound = new EvtchnAllocUnboundEncoder();
    private final EvtchnCloseEncoder evtchnClose = new EvtchnCloseEncoder();
    private final EvtchnSendEncoder evtchnSend = new EvtchnSendEncoder();
    private final SetSingleshotTimerEncoder setTimer = new SetSingleshotTimerEncoder();

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
            port = submit();
        }

        return adopted("cannot make a port for domain " + remote, port);
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

        return adopted("cannot bind port " + remotePort + " of domain " + remote, port);
    }

    /**
     * Bind an event of the hypervisor.
     *
     * @param virq {@link Virq}.
     * @param vcpu of ours; 0 for global ones.
     * @return the channel, which nobody but the hypervisor rings.
     * @throws EventChannelException EINVAL for what is no virq, EPERM for those of Domain-0, ENOENT for a vcpu that we
     *                               do not have, EEXIST when it is bound, ENOSPC.
     */
    public EventChannel bindVirq(final int virq, final int vcpu)
    {
        synchronized (connection)
        {
            bindVirq.wrapAndApplyHeader(connection.out(), 0, connection.headerOut()).virq(virq).vcpu(vcpu);
            final long port = connection.call(bindVirq.encodedLength());
            final EventChannel channel = adopted("cannot bind virq " + virq + " of vcpu " + vcpu, port);
            channel.boundVirq(connection.replyFd(0), virq == Virq.TIMER);

            return channel;
        }
    }

    /**
     * Make a port that we ring and hear ourselves.
     *
     * @param vcpu that is told.
     * @return the channel.
     * @throws EventChannelException ENOENT, ENOSPC.
     */
    public EventChannel bindIpi(final int vcpu)
    {
        synchronized (connection)
        {
            bindIpi.wrapAndApplyHeader(connection.out(), 0, connection.headerOut()).vcpu(vcpu);
            final long port = connection.call(bindIpi.encodedLength());
            final EventChannel channel = adopted("cannot make an IPI port for vcpu " + vcpu, port);
            channel.boundIpi(connection.replyFd(0));

            return channel;
        }
    }

    /**
     * Have {@link Virq#TIMER} of a vcpu ring once.
     *
     * @param vcpu       whose timer.
     * @param deadlineNs as {@link System#nanoTime} counts; 0 stops it.
     * @throws EventChannelException ENOENT when the virq is not bound.
     */
    public void setSingleshotTimer(final int vcpu, final long deadlineNs)
    {
        synchronized (ring)
        {
            setTimer.wrap(ring.page(), ring.claim())
                .op(SetSingleshotTimerEncoder.TEMPLATE_ID).tag(ring.nextTag()).vcpu(vcpu).deadlineNs(deadlineNs);
            check("cannot set the timer of vcpu " + vcpu, submit());
        }
    }

    /**
     * Notify through the hypervisor, as who has no bell in hand must.
     *
     * @param port ours, interdomain or IPI.
     * @throws EventChannelException EINVAL for any other.
     */
    public void send(final EventChannelPort port)
    {
        synchronized (ring)
        {
            evtchnSend.wrap(ring.page(), ring.claim())
                .op(EvtchnSendEncoder.TEMPLATE_ID).tag(ring.nextTag()).port(port.value());
            check("cannot send on port " + port, submit());
        }
    }

    /** Close every port that we have, also those made before our first instruction. */
    public void reset()
    {
        synchronized (ring)
        {
            long left;
            do
            {
                new EvtchnResetEncoder().wrap(ring.page(), ring.claim())
                    .op(EvtchnResetEncoder.TEMPLATE_ID).tag(ring.nextTag()).dom(Domid.DOMID_SELF);
                left = submit();
            }
            while (left > 0);
            check("cannot reset", left);
        }
        synchronized (connection)
        {
            drainEvents();
            channels.values().forEach(EventChannel::reset);
            channels.clear();
            boundEarly.values().forEach(EventChannels::closeBells);
            boundEarly.clear();
        }
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
            submit();
        }
        synchronized (connection)
        {
            drainEvents();
            channels.remove(channel.port().value());
        }
    }

    private void drainEvents()
    {
        int told;
        do
        {
            told = connection.pollEvents();
        }
        while (told > 0);
    }

    private long submit()
    {
        ring.submit();
        return ring.await().result();
    }

    private EventChannel adopted(final String otherwise, final long port)
    {
        check(otherwise, port);
        return adopt(new EventChannelPort((int)port));
    }

    private static void check(final String otherwise, final long result)
    {
        if (result < 0)
        {
            throw new EventChannelException(otherwise, result);
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
