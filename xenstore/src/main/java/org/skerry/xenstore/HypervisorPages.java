package org.skerry.xenstore;

import java.util.function.BooleanSupplier;

import org.agrona.concurrent.UnsafeBuffer;
import org.skerry.guest.event.EventChannel;
import org.skerry.guest.event.EventChannels;
import org.skerry.guest.grant.ForeignGrants;
import org.skerry.guest.grant.GrantException;
import org.skerry.guest.grant.GrantMapping;
import org.skerry.wire.Domid;
import org.skerry.wire.Errno;
import org.skerry.wire.EventChannelPort;
import org.skerry.wire.GrantRef;

/** Pages and ports of domains as the hypervisor gives them to this domain. */
final class HypervisorPages implements DomainPages
{
    private final ForeignGrants foreignGrants;
    private final EventChannels eventChannels;

    HypervisorPages(final ForeignGrants foreignGrants, final EventChannels eventChannels)
    {
        this.foreignGrants = foreignGrants;
        this.eventChannels = eventChannels;
    }

    @Override
    public Page map(final int domid) throws XsException
    {
        try
        {
            return new MappedPage(foreignGrants.map(new Domid(domid), GrantRef.RESERVED_XENSTORE, false));
        }
        catch (final GrantException e)
        {
            throw XsException.of(Errno.EINVAL);
        }
    }

    @Override
    public Bell bind(final int domid, final int port, final BooleanSupplier onEvent) throws XsException
    {
        if (port >= EventChannelPort.MAX_PORTS)
        {
            throw XsException.of(Errno.EINVAL);
        }

        try
        {
            final EventChannel channel =
                eventChannels.bindInterdomain(new Domid(domid), new EventChannelPort(port));
            channel.onEventLateEoi(onEvent);
            return new ChannelBell(channel);
        }
        catch (final EventChannels.EventChannelException e)
        {
            throw XsException.of(e.errno() == null ? Errno.EINVAL : e.errno());
        }
    }

    private record MappedPage(GrantMapping mapping) implements Page
    {
        @Override
        public UnsafeBuffer buffer()
        {
            return mapping.buffer();
        }

        @Override
        public void close()
        {
            mapping.close();
        }
    }

    private record ChannelBell(EventChannel channel) implements Bell
    {
        @Override
        public void notifyRemote()
        {
            channel.notifyRemote();
        }

        @Override
        public void close()
        {
            channel.close();
        }
    }
}
