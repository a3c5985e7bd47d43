package org.skerry.kernel.event;

import org.skerry.wire.Errno;
import org.skerry.wire.EventChannelPort;
import org.skerry.wire.Hypercalls;
import org.skerry.wire.linux.Eventfd;
import org.skerry.wire.linux.Unistd;

/**
 * The event channel ports of one domain.
 *
 * <p>Spec: event_channel.h, EVTCHNOP_alloc_unbound, EVTCHNOP_bind_interdomain, EVTCHNOP_close, EVTCHNOP_status.
 */
public final class PortTable
{
    private final int domid;
    private final int maxPorts;
    private final PortEvents events;
    private final Port[] ports = new Port[EventChannelPort.MAX_PORTS];
    private int portCount;

    /**
     * @param domid    owner.
     * @param maxPorts most ports that it may have, 1 to 4095.
     * @param events   tells the owner.
     */
    public PortTable(final int domid, final int maxPorts, final PortEvents events)
    {
        this.domid = domid;
        this.maxPorts = maxPorts;
        this.events = events;
    }

    /** @return domid of the owner. */
    public int domid()
    {
        return domid;
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

        int number = 1;
        while (ports[number] != null)
        {
            number++;
        }
        ports[number] = new Port(number, remoteDomid);
        portCount++;

        return number;
    }

    /**
     * Bind a new port of ours to a port that another domain keeps for us. Both ends get their two bells, each rung
     * once.
     *
     * @param remote     table of the other domain.
     * @param remotePort as a stranger said it.
     * @return the port; -EINVAL when the other domain keeps no such port for us; -ENOSPC; -EMFILE.
     */
    public int bindInterdomain(final PortTable remote, final long remotePort)
    {
        final Port far = remote.find(remotePort);
        if (far == null || far.isBound() || far.remoteDomid() != domid)
        {
            return Errno.EINVAL.negative();
        }

        final int nearBell = Eventfd.create();
        final int farBell = Eventfd.create();
        final int number = nearBell < 0 || farBell < 0 ? Errno.EMFILE.negative() : allocUnbound(remote.domid);
        if (number > 0)
        {
            final Port near = ports[number];
            near.bind(remote, far.number());
            far.bind(this, number);
            Eventfd.signal(nearBell);
            Eventfd.signal(farBell);
            remote.events.onBound(far.number(), domid, number, nearBell, farBell);
            events.onBound(number, remote.domid, far.number(), farBell, nearBell);
        }
        Unistd.close(nearBell);
        Unistd.close(farBell);

        return number;
    }

    /**
     * @param port as a stranger said it.
     * @return 0; -EINVAL when there is no such port.
     */
    public int close(final long port)
    {
        final Port own = find(port);
        if (own == null)
        {
            return Errno.EINVAL.negative();
        }

        if (own.isBound())
        {
            final PortTable remote = own.remoteTable();
            remote.ports[own.remotePort()].unbind();
            remote.events.onClosed(own.remotePort());
        }
        ports[own.number()] = null;
        portCount--;
        events.onFreed(own.number());

        return 0;
    }

    /** Close every port: the owner is dead. */
    public void closeAll()
    {
        for (int number = 1; number < ports.length && portCount > 0; number++)
        {
            close(number);
        }
    }

    /**
     * @param port as a stranger said it.
     * @return EVTCHNSTAT_*.
     */
    public int status(final long port)
    {
        final Port own = find(port);
        if (own == null)
        {
            return Hypercalls.EVTCHNSTAT_CLOSED;
        }

        return own.isBound() ? Hypercalls.EVTCHNSTAT_INTERDOMAIN : Hypercalls.EVTCHNSTAT_UNBOUND;
    }

    /**
     * @param port as a stranger said it.
     * @return domid of the other end, 0 where there is none.
     */
    public int remoteDomid(final long port)
    {
        final Port own = find(port);
        return own == null ? 0 : own.remoteDomid();
    }

    /**
     * @param port as a stranger said it.
     * @return port of the other end, 0 where there is none.
     */
    public int remotePort(final long port)
    {
        final Port own = find(port);
        return own == null ? 0 : own.remotePort();
    }

    /**
     * @param port of the owner.
     * @return table of the other end, null where there is none.
     */
    public PortTable remoteTable(final int port)
    {
        final Port own = find(port);
        return own == null ? null : own.remoteTable();
    }

    private Port find(final long port)
    {
        return port > 0 && port < ports.length ? ports[(int)port] : null;
    }
}
