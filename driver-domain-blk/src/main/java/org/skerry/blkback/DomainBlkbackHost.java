package org.skerry.blkback;

import java.util.function.BooleanSupplier;
import org.skerry.guest.Domain;
import org.skerry.guest.DomainMemory;
import org.skerry.guest.event.EventChannel;
import org.skerry.guest.event.EventChannels.EventChannelException;
import org.skerry.guest.grant.GrantCopyBatch;
import org.skerry.wire.Domid;
import org.skerry.wire.EventChannelPort;

/** {@link BlkbackHost} of a real domain. */
final class DomainBlkbackHost implements BlkbackHost
{
    private static final int BOUNCE_FRAMES = GrantAccess.BOUNCE_LENGTH / 4096;

    private final Domain domain;
    private final BlkbackAgent agent;
    private final DomainMemory.Frames bounce;
    private final GrantCopyBatch batch;

    DomainBlkbackHost(final Domain domain, final BlkbackAgent agent)
    {
        this.domain = domain;
        this.agent = agent;
        this.bounce = domain.memory().allocate(BOUNCE_FRAMES);
        this.batch = domain.foreignGrants().newCopyBatch(DomainGrantAccess.COPY_LIMIT);
    }

    @Override
    public int takeImage(final String tag)
    {
        return domain.capabilities().take(tag);
    }

    @Override
    public GrantAccess grantAccess(final Domid frontend)
    {
        return new DomainGrantAccess(domain, frontend, bounce, batch);
    }

    @Override
    public void whenLeft(final Domid frontend, final Runnable task)
    {
        domain.foreignGrants().whenLeft(frontend, task);
    }

    @Override
    public Channel bind(final Domid frontend, final int port, final BooleanSupplier onEvent)
    {
        try
        {
            final EventChannel channel =
                domain.eventChannels().bindInterdomain(frontend, new EventChannelPort(port));
            channel.onEventLateEoi(onEvent);
            return new DomainChannel(channel);
        }
        catch (final EventChannelException exception)
        {
            return null;
        }
    }

    @Override
    public void serve(final Blkback device)
    {
        agent.add(device);
    }

    @Override
    public void release(final Blkback device)
    {
        agent.remove(device);
    }

    private record DomainChannel(EventChannel channel) implements Channel
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
