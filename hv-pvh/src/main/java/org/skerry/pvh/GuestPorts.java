package org.skerry.pvh;

import java.util.concurrent.atomic.AtomicReferenceArray;

import org.skerry.guest.event.EventChannel;
import org.skerry.guest.event.EventChannels;
import org.skerry.guest.event.EventChannels.EventChannelException;
import org.skerry.wire.Domid;
import org.skerry.wire.Errno;
import org.skerry.wire.EventChannelPort;
import org.skerry.wire.Virq;
import org.skerry.wire.linux.Timerfd;

/**
 * The guest's event channels: each is one of the hypervisor's, its bell is heard on the loop and becomes an upcall.
 * Ports, domids and vCPUs are the guest's word. The loop makes and closes ports; any thread may send.
 */
final class GuestPorts
{
    private final EventChannels channels;
    private final Upcalls upcalls;
    private final SharedInfo info;
    private final AtomicReferenceArray<GuestPort> ports = new AtomicReferenceArray<>(EventChannelPort.MAX_PORTS);
    private final AtomicReferenceArray<GuestPort> timers;

    GuestPorts(final EventChannels channels, final Upcalls upcalls, final SharedInfo info, final int vcpuCount)
    {
        this.channels = channels;
        this.upcalls = upcalls;
        this.info = info;
        timers = new AtomicReferenceArray<>(vcpuCount);
    }

    /** A port that was made before the guest began; null for none. */
    void adopt(final EventChannelPort port)
    {
        if (port != null)
        {
            add(channels.adopt(port), GuestPort.Kind.INTERDOMAIN, 0, 0);
        }
    }

    /** @return the port, or a negative errno. */
    int allocUnbound(final int remote)
    {
        if (!isDomid(remote))
        {
            return Errno.ESRCH.negative();
        }
        try
        {
            return add(channels.allocUnbound(new Domid(remote)), GuestPort.Kind.INTERDOMAIN, 0, 0);
        }
        catch (final EventChannelException e)
        {
            return errnoOf(e);
        }
    }

    /** @return the port, or a negative errno. */
    int bindInterdomain(final int remote, final int remotePort)
    {
        if (!isDomid(remote))
        {
            return Errno.ESRCH.negative();
        }
        if (remotePort <= 0 || remotePort >= EventChannelPort.MAX_PORTS)
        {
            return Errno.EINVAL.negative();
        }
        try
        {
            return add(
                channels.bindInterdomain(new Domid(remote), new EventChannelPort(remotePort)),
                GuestPort.Kind.INTERDOMAIN, 0, 0);
        }
        catch (final EventChannelException e)
        {
            return errnoOf(e);
        }
    }

    /** @return the port, or a negative errno. */
    int bindVirq(final int virq, final int vcpu)
    {
        try
        {
            return add(channels.bindVirq(virq, vcpu), GuestPort.Kind.VIRQ, virq, vcpu);
        }
        catch (final EventChannelException e)
        {
            return errnoOf(e);
        }
    }

    /** @return the port, or a negative errno. */
    int bindIpi(final int vcpu)
    {
        try
        {
            return add(channels.bindIpi(vcpu), GuestPort.Kind.IPI, 0, vcpu);
        }
        catch (final EventChannelException e)
        {
            return errnoOf(e);
        }
    }

    /** @return 0 or a negative errno. */
    int close(final int number)
    {
        final GuestPort port = find(number);
        if (port == null)
        {
            return Errno.EINVAL.negative();
        }
        ports.set(number, null);
        if (port.kind == GuestPort.Kind.VIRQ && port.virq == Virq.TIMER)
        {
            timers.compareAndSet(port.vcpu, port, null);
        }
        port.channel.close();
        info.clearPending(number);

        return 0;
    }

    /** Close all but those that were made before the guest began. */
    void reset(final EventChannelPort... kept)
    {
        for (int number = 1; number < ports.length(); number++)
        {
            boolean isKept = false;
            for (final EventChannelPort port : kept)
            {
                isKept |= port != null && port.value() == number;
            }
            if (!isKept)
            {
                close(number);
            }
        }
    }

    /** @return the port of that number, or null. */
    GuestPort find(final int number)
    {
        return number > 0 && number < ports.length() ? ports.get(number) : null;
    }

    /** @return 0 or a negative errno. */
    int send(final int number)
    {
        final GuestPort port = find(number);
        if (port == null || port.kind == GuestPort.Kind.VIRQ)
        {
            return Errno.EINVAL.negative();
        }
        if (port.kind == GuestPort.Kind.IPI)
        {
            upcalls.raise(number, port.vcpu);
        }
        else
        {
            port.channel.notifyRemote();
        }

        return 0;
    }

    /** @return 0 or a negative errno. */
    int unmask(final int number)
    {
        final GuestPort port = find(number);
        if (port == null)
        {
            return Errno.EINVAL.negative();
        }
        upcalls.unmask(number, port.vcpu);

        return 0;
    }

    /** @return 0 or a negative errno; the vCPU exists. */
    int bindVcpu(final int number, final int vcpu)
    {
        final GuestPort port = find(number);
        if (port == null || port.kind == GuestPort.Kind.IPI ||
            port.kind == GuestPort.Kind.VIRQ && !Virq.isGlobal(port.virq))
        {
            return Errno.EINVAL.negative();
        }
        port.vcpu = vcpu;

        return 0;
    }

    /**
     * Have the timer of a vCPU ring.
     *
     * @param deadlineNs of the host's monotonic clock; 0 stops it.
     */
    void setTimer(final int vcpu, final long deadlineNs)
    {
        final GuestPort timer = timers.get(vcpu);
        if (timer != null)
        {
            Timerfd.arm(timer.channel.ownBell(), deadlineNs);
        }
    }

    private int add(final EventChannel channel, final GuestPort.Kind kind, final int virq, final int vcpu)
    {
        final GuestPort port = new GuestPort(channel, kind, virq, vcpu);
        final int number = port.number();
        ports.set(number, port);
        if (kind == GuestPort.Kind.VIRQ && virq == Virq.TIMER)
        {
            timers.set(vcpu, port);
        }
        if (kind != GuestPort.Kind.IPI)
        {
            channel.onEvent(() -> upcalls.raise(number, port.vcpu));
        }

        return number;
    }

    private static boolean isDomid(final int domid)
    {
        return domid >= 0 && domid < Domid.DOMID_SELF;
    }

    private static int errnoOf(final EventChannelException e)
    {
        return e.errno() == null ? Errno.EINVAL.negative() : e.errno().negative();
    }
}
