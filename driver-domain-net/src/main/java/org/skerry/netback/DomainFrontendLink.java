package org.skerry.netback;

import java.util.function.BooleanSupplier;

import org.agrona.concurrent.UnsafeBuffer;
import org.skerry.guest.Domain;
import org.skerry.guest.event.EventChannel;
import org.skerry.guest.event.EventChannels;
import org.skerry.guest.grant.GrantException;
import org.skerry.guest.grant.GrantMapping;
import org.skerry.wire.Domid;
import org.skerry.wire.EventChannelPort;
import org.skerry.wire.GrantRef;

/** The real link: grants and event channels of the hypervisor. */
final class DomainFrontendLink implements FrontendLink
{
    private final Domain domain;

    DomainFrontendLink(final Domain domain)
    {
        this.domain = domain;
    }

    @Override
    public Connection connect(
        final Domid frontend, final GrantRef txRef, final GrantRef rxRef, final EventChannelPort port,
        final BooleanSupplier onEvent) throws LinkException
    {
        final GrantMapping tx = map(frontend, txRef, "tx");
        GrantMapping rx = null;
        try
        {
            rx = map(frontend, rxRef, "rx");
            final EventChannel channel = domain.eventChannels().bindInterdomain(frontend, port);
            channel.onEventLateEoi(onEvent);
            return new Open(tx, rx, channel);
        }
        catch (final EventChannels.EventChannelException exception)
        {
            rx.close();
            tx.close();
            throw new LinkException(exception.getMessage(), exception);
        }
        catch (final LinkException exception)
        {
            tx.close();
            throw exception;
        }
    }

    private GrantMapping map(final Domid frontend, final GrantRef ref, final String ring) throws LinkException
    {
        try
        {
            return domain.foreignGrants().map(frontend, ref, false);
        }
        catch (final GrantException exception)
        {
            throw new LinkException("cannot map the " + ring + " ring: " + exception.getMessage(), exception);
        }
    }

    private record Open(GrantMapping tx, GrantMapping rx, EventChannel channel) implements Connection
    {
        @Override
        public UnsafeBuffer txPage()
        {
            return tx.buffer();
        }

        @Override
        public UnsafeBuffer rxPage()
        {
            return rx.buffer();
        }

        @Override
        public void ring()
        {
            channel.notifyRemote();
        }

        @Override
        public void close()
        {
            channel.close();
            rx.close();
            tx.close();
        }
    }
}
