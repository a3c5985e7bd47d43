package org.skerry.kernel.event;

import java.util.function.Consumer;

import org.agrona.collections.Int2IntHashMap;
import org.skerry.kernel.policy.Descriptors;
import org.skerry.wire.Domid;
import org.skerry.wire.Errno;
import org.skerry.wire.EventChannelPort;
import org.skerry.wire.Hypercalls;
import org.skerry.wire.Virq;
import org.skerry.wire.linux.Eventfd;
import org.skerry.wire.linux.Timerfd;
import org.skerry.wire.linux.Unistd;

/**
 * The event channel ports of one domain. Of every bound port the kernel keeps the bell that is rung for its owner, so
 * a port costs a descriptor, and there is none (-ENOSPC) when the kernel runs short of them. Ports and vcpus are as
 * strangers said them.
 *
 * <p>Spec: event_channel.h, EVTCHNOP_*.
 */
public final class PortTable
{
    private static final int NO_PORT = 0;

    private final int domid;
    private final int maxPorts;
    private final int vcpus;
    private final PortEvents events;
    private final Port[] ports = new Port[EventChannelPort.MAX_PORTS];
    private final Int2IntHashMap virqs = new Int2IntHashMap(NO_PORT);
    private int portCount;

    /**
     * @param domid    owner.
     * @param maxPorts most ports that it may have, 1 to 4095.
     * @param vcpus    that it has.
     * @param events   tells the owner.
     */
    public PortTable(final int domid, final int maxPorts, final int vcpus, final PortEvents events)
    {
        this.domid = domid;
        this.maxPorts = maxPorts;
        this.vcpus = vcpus;
        this.events = events;
    }

    /** @return ports that exist. */
    public int portCount()
    {
        return portCount;
    }

    /**
     * @param remoteDomid the only domain that may bind the port.
     * @return the port; -ENOSPC when the owner has all that it may have.
     */
    public int allocUnbound(final int remoteDomid)
    {
        if (portCount >= maxPorts)
        {
            return Errno.ENOSPC.negative();
        }
        final Port port = add(Hypercalls.EVTCHNSTAT_UNBOUND);
        port.remoteDomid = remoteDomid;

        return port.number;
    }

    /**
     * Bind a new port of ours to a port that another domain keeps for us. Both ends get their two bells, each rung
     * once.
     *
     * @return the port; -EINVAL when the other domain keeps no such port for us; -ENOSPC.
     */
    public int bindInterdomain(final PortTable remote, final long remotePort)
    {
        final Port far = remote.find(remotePort);
        if (far == null || far.status != Hypercalls.EVTCHNSTAT_UNBOUND || far.remoteDomid != domid)
        {
            return Errno.EINVAL.negative();
        }
        if (portCount >= maxPorts)
        {
            return Errno.ENOSPC.negative();
        }

        final int nearBell = affordable(Eventfd.create());
        final int farBell = affordable(Eventfd.create());
        if (nearBell < 0 || farBell < 0)
        {
            Unistd.close(nearBell);
            Unistd.close(farBell);
            return Errno.ENOSPC.negative();
        }
        final Port near = add(Hypercalls.EVTCHNSTAT_UNBOUND);
        bind(near, remote, far.number, nearBell);
        remote.bind(far, this, near.number, farBell);
        remote.events.onBound(far.number, domid, near.number, nearBell, farBell);
        events.onBound(near.number, remote.domid, far.number, farBell, nearBell);

        return near.number;
    }

    /**
     * Bind an event of the hypervisor. The bell of the timer is a timer of Linux.
     *
     * @return the port; -EINVAL when there is no such virq, or it is global and the vcpu not 0; -EPERM when it is
     * Domain-0's; -ENOENT when there is no such vcpu; -EEXIST when it is bound; -ENOSPC.
     */
    public int bindVirq(final long virq, final long vcpu)
    {
        final boolean isGlobal = virq >= 0 && virq < Virq.NR_VIRQS && Virq.isGlobal((int)virq);
        if (virq < 0 || virq >= Virq.NR_VIRQS || isGlobal && vcpu != 0)
        {
            return Errno.EINVAL.negative();
        }
        if (isGlobal && domid != Domid.DOM0.value())
        {
            return Errno.EPERM.negative();
        }
        if (isVcpu(vcpu) && virqs.containsKey(virqKey((int)virq, (int)vcpu)))
        {
            return Errno.EEXIST.negative();
        }

        final int number = bindOwn(Hypercalls.EVTCHNSTAT_VIRQ, virq == Virq.TIMER, vcpu);
        if (number > 0)
        {
            ports[number].virq = (int)virq;
            virqs.put(virqKey((int)virq, (int)vcpu), number);
        }

        return number;
    }

    /** @return a port that the owner rings and hears itself; -ENOENT when there is no such vcpu; -ENOSPC. */
    public int bindIpi(final long vcpu)
    {
        return bindOwn(Hypercalls.EVTCHNSTAT_IPI, false, vcpu);
    }

    /** @return the bell that is rung for the owner of a port, ours; -1 when there is none. */
    public int bell(final long port)
    {
        final Port own = find(port);
        return own == null ? Port.NO_BELL : own.bell;
    }

    /** @return 0, also when nobody is bound to hear it; -EINVAL for a port that cannot be sent on. */
    public int send(final long port)
    {
        final Port own = find(port);
        if (own == null || own.status == Hypercalls.EVTCHNSTAT_VIRQ)
        {
            return Errno.EINVAL.negative();
        }
        if (own.status != Hypercalls.EVTCHNSTAT_UNBOUND)
        {
            Eventfd.signal(own.remoteTable == null ? own.bell : own.remoteTable.ports[own.remotePort].bell);
        }

        return 0;
    }

    /** @return whether somebody is bound to hear it. */
    public boolean raiseVirq(final int virq, final int vcpu)
    {
        final int port = virqs.get(virqKey(virq, vcpu));
        return port != NO_PORT && Eventfd.signal(ports[port].bell) == 0;
    }

    /** @return 0; -ENOENT when VIRQ_TIMER of that vcpu is not bound. */
    public int setTimer(final long vcpu, final long deadlineNs)
    {
        final int port = isVcpu(vcpu) ? virqs.get(virqKey(Virq.TIMER, (int)vcpu)) : NO_PORT;
        return port == NO_PORT ? Errno.ENOENT.negative() : Timerfd.arm(ports[port].bell, deadlineNs);
    }

    /** @return 0; -ENOENT when there is no such vcpu; -EINVAL for a port that belongs to its vcpu for good. */
    public int bindVcpu(final long port, final long vcpu)
    {
        final Port own = find(port);
        if (!isVcpu(vcpu))
        {
            return Errno.ENOENT.negative();
        }
        if (own == null || own.status == Hypercalls.EVTCHNSTAT_IPI ||
            own.status == Hypercalls.EVTCHNSTAT_VIRQ && !Virq.isGlobal(own.virq))
        {
            return Errno.EINVAL.negative();
        }
        own.vcpu = (int)vcpu;

        return 0;
    }

    /** @return 0; -EINVAL when there is no such port. */
    public int close(final long port)
    {
        final Port own = find(port);
        if (own == null)
        {
            return Errno.EINVAL.negative();
        }

        if (own.status == Hypercalls.EVTCHNSTAT_INTERDOMAIN)
        {
            own.remoteTable.unbind(own.remotePort);
        }
        if (own.status == Hypercalls.EVTCHNSTAT_VIRQ)
        {
            virqs.remove(virqKey(own.virq, Virq.isGlobal(own.virq) ? 0 : own.vcpu));
        }
        dropBell(own);
        ports[own.number] = null;
        portCount--;
        events.onFreed(own.number);

        return 0;
    }

    /**
     * Close ports: for each a peer may have to be told.
     *
     * @param limit most to close now.
     * @return ports that are left.
     */
    public int closeSome(final int limit)
    {
        final int wanted = Math.max(0, portCount - limit);
        for (int number = 1; portCount > wanted; number++)
        {
            close(number);
        }

        return portCount;
    }

    /** @return EVTCHNSTAT_*. */
    public int status(final long port)
    {
        final Port own = find(port);
        return own == null ? Hypercalls.EVTCHNSTAT_CLOSED : own.status;
    }

    /** @return domid of the other end or of who may become it, or the number of the virq; 0 where there is none. */
    public int remoteDomid(final long port)
    {
        final Port own = find(port);
        return own == null ? 0 : own.status == Hypercalls.EVTCHNSTAT_VIRQ ? own.virq : own.remoteDomid;
    }

    /** @return port of the other end, 0 where there is none. */
    public int remotePort(final long port)
    {
        final Port own = find(port);
        return own == null ? 0 : own.remotePort;
    }

    /** @return the vcpu that is told. */
    public int vcpu(final long port)
    {
        final Port own = find(port);
        return own == null ? 0 : own.vcpu;
    }

    /**
     * Say what ports there are, as Xen's debug key does.
     *
     * @param limit most lines.
     * @return ports that were left out.
     */
    public int dump(final Consumer<String> out, final int limit)
    {
        int told = 0;
        for (int number = 1; told < Math.min(limit, portCount); number++)
        {
            final Port port = ports[number];
            if (port != null)
            {
                told++;
                out.accept(String.format("    %4d [-/-/0]: s=%d n=%d x=0%s",
                    number, port.status + 1, port.vcpu, switch (port.status)
                    {
                        case Hypercalls.EVTCHNSTAT_UNBOUND -> " d=" + port.remoteDomid;
                        case Hypercalls.EVTCHNSTAT_INTERDOMAIN -> " d=" + port.remoteDomid + " p=" + port.remotePort;
                        case Hypercalls.EVTCHNSTAT_VIRQ -> " v=" + port.virq;
                        default -> "";
                    }));
            }
        }

        return portCount - told;
    }

    private int bindOwn(final int status, final boolean isTimer, final long vcpu)
    {
        if (!isVcpu(vcpu))
        {
            return Errno.ENOENT.negative();
        }
        if (portCount >= maxPorts)
        {
            return Errno.ENOSPC.negative();
        }
        final int bell = affordable(isTimer ? Timerfd.create() : Eventfd.create());
        if (bell < 0)
        {
            return Errno.ENOSPC.negative();
        }
        final Port port = add(status);
        port.vcpu = (int)vcpu;
        port.bell = bell;

        return port.number;
    }

    /** @return a new bell, or -1: the descriptors that are left are not for this domain. */
    private int affordable(final int bell)
    {
        if (bell < 0 || domid == Domid.DOM0.value() || !Descriptors.isReserved(bell))
        {
            return bell;
        }
        Unistd.close(bell);

        return Port.NO_BELL;
    }

    /** Whoever calls has seen that there is room. */
    private Port add(final int status)
    {
        int number = 1;
        while (ports[number] != null)
        {
            number++;
        }
        portCount++;

        return ports[number] = new Port(number, status);
    }

    private void bind(final Port port, final PortTable remote, final int remotePort, final int bell)
    {
        port.status = Hypercalls.EVTCHNSTAT_INTERDOMAIN;
        port.remoteTable = remote;
        port.remoteDomid = remote.domid;
        port.remotePort = remotePort;
        port.bell = bell;
        Eventfd.signal(bell);
    }

    private void unbind(final int number)
    {
        final Port port = ports[number];
        port.status = Hypercalls.EVTCHNSTAT_UNBOUND;
        port.remoteTable = null;
        port.remotePort = NO_PORT;
        dropBell(port);
        events.onClosed(number);
    }

    private void dropBell(final Port port)
    {
        if (port.bell != Port.NO_BELL)
        {
            Unistd.close(port.bell);
            port.bell = Port.NO_BELL;
        }
    }

    private boolean isVcpu(final long vcpu)
    {
        return vcpu >= 0 && vcpu < vcpus;
    }

    /** @return table of the other end, null where there is none. */
    public PortTable remoteTable(final int port)
    {
        final Port own = find(port);
        return own == null ? null : own.remoteTable;
    }

    private Port find(final long port)
    {
        return port > 0 && port < ports.length ? ports[(int)port] : null;
    }

    private static int virqKey(final int virq, final int vcpu)
    {
        return vcpu * Virq.NR_VIRQS + virq;
    }
}
