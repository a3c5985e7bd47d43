package org.skerry.guest.netfront;

import java.util.function.BooleanSupplier;

import org.agrona.concurrent.UnsafeBuffer;
import org.skerry.guest.Domain;
import org.skerry.guest.event.EventChannel;
import org.skerry.guest.grant.GrantPool;
import org.skerry.wire.Domid;

/** The real link: a pool of the grant table and an event channel of the hypervisor. */
final class DomainNetfrontLink implements NetfrontLink
{
    private final Domain domain;

    DomainNetfrontLink(final Domain domain)
    {
        this.domain = domain;
    }

    @Override
    public Offer open(
        final Domid backend, final int frameCount, final BooleanSupplier onEvent, final Runnable onBackendGone)
    {
        final GrantPool pool = domain.grantTable().allocatePool(backend, frameCount);
        final EventChannel channel;
        try
        {
            channel = domain.eventChannels().allocUnbound(backend);
        }
        catch (final RuntimeException exception)
        {
            pool.close();
            throw new IllegalStateException(exception.getMessage(), exception);
        }

        channel.onEventLateEoi(onEvent);
        channel.onRemoteClosed(onBackendGone);
        return new Open(pool, channel);
    }

    private record Open(GrantPool pool, EventChannel channel) implements Offer
    {
        @Override
        public UnsafeBuffer buffer()
        {
            return pool.buffer();
        }

        @Override
        public int grant(final int frame, final boolean isReadOnly)
        {
            return pool.grantAccess(frame, isReadOnly).value();
        }

        @Override
        public int port()
        {
            return channel.port().value();
        }

        @Override
        public void ring()
        {
            channel.notifyRemote();
        }

        @Override
        public void hangUp()
        {
            channel.close();
        }

        @Override
        public void close()
        {
            channel.close();
            pool.close();
        }
    }
}
