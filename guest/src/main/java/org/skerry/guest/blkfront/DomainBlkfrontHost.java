package org.skerry.guest.blkfront;

import java.util.function.BooleanSupplier;
import org.agrona.concurrent.UnsafeBuffer;
import org.skerry.guest.Domain;
import org.skerry.guest.event.EventChannel;
import org.skerry.guest.grant.GrantPool;
import org.skerry.wire.Domid;

/** {@link BlkfrontHost} of a real domain. */
final class DomainBlkfrontHost implements BlkfrontHost
{
    private final Domain domain;

    DomainBlkfrontHost(final Domain domain)
    {
        this.domain = domain;
    }

    @Override
    public Pages allocatePages(final Domid backend, final int count)
    {
        final GrantPool pool = domain.grantTable().allocatePool(backend, count);
        return new Pages()
        {
            @Override
            public UnsafeBuffer buffer()
            {
                return pool.buffer();
            }

            @Override
            public int grant(final int index)
            {
                return pool.grantAccess(index, false).value();
            }

            @Override
            public void close()
            {
                pool.close();
            }
        };
    }

    @Override
    public Channel allocateChannel(final Domid backend, final BooleanSupplier onEvent, final Runnable onRemoteClosed)
    {
        final EventChannel channel = domain.eventChannels().allocUnbound(backend);
        channel.onRemoteClosed(onRemoteClosed);
        channel.onEventLateEoi(onEvent);
        return new Channel()
        {
            @Override
            public int port()
            {
                return channel.port().value();
            }

            @Override
            public boolean isBound()
            {
                return channel.isBound();
            }

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
        };
    }

    @Override
    public void execute(final Runnable task)
    {
        domain.loop().execute(task);
    }

    @Override
    public void poll(final int timeoutMs)
    {
        domain.loop().poll(timeoutMs);
    }
}
