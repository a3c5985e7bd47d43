package org.skerry.blkback;

import org.agrona.concurrent.UnsafeBuffer;
import org.skerry.guest.Domain;
import org.skerry.guest.DomainMemory;
import org.skerry.guest.grant.GrantCopyBatch;
import org.skerry.guest.grant.GrantException;
import org.skerry.guest.grant.GrantMapping;
import org.skerry.guest.grant.GrantedPages;
import org.skerry.wire.Domid;
import org.skerry.wire.GrantRef;
import org.skerry.wire.GrantStatus;

/**
 * {@link GrantAccess} by the hypervisor. Bounce frames and the batch belong to the driver domain and serve all its
 * devices: a request is done before the next begins.
 */
final class DomainGrantAccess implements GrantAccess
{
    /** Most copies of one request: each of its segments can lie across a page of bounce memory. */
    static final int COPY_LIMIT = 2 * MAX_SEGMENTS;

    private static final int PAGE_SHIFT = 12;
    private static final int PAGE_MASK = (1 << PAGE_SHIFT) - 1;

    private final Domain domain;
    private final Domid frontend;
    private final DomainMemory.Frames bounce;
    private final GrantCopyBatch batch;
    private int status;

    DomainGrantAccess(
        final Domain domain, final Domid frontend, final DomainMemory.Frames bounce, final GrantCopyBatch batch)
    {
        this.domain = domain;
        this.frontend = frontend;
        this.bounce = bounce;
        this.batch = batch;
        batch.clear();
    }

    @Override
    public RingPages ringPages(final int... refs)
    {
        return new DomainRingPages(domain.foreignGrants().pages(frontend, refs));
    }

    @Override
    public void whenMoved(final Runnable task)
    {
        domain.foreignGrants().whenMoved(frontend, task);
    }

    @Override
    public MappedGrant map(final int ref)
    {
        if (ref < 0)
        {
            status = GrantStatus.BAD_GNTREF;
            return null;
        }
        try
        {
            final GrantMapping mapping = domain.foreignGrants().map(frontend, new GrantRef(ref), false);
            status = GrantStatus.OKAY;
            return new DomainMappedGrant(mapping);
        }
        catch (final GrantException exception)
        {
            status = exception.status();
            return null;
        }
    }

    @Override
    public int mapStatus()
    {
        return status;
    }

    @Override
    public long bounceAddress()
    {
        return bounce.address();
    }

    @Override
    public void addCopyFrom(final int ref, final int refOffset, final int bounceOffset, final int length)
    {
        batch.addCopyFrom(
            frontend.value(), ref, refOffset, bounce.firstFrame() + (bounceOffset >> PAGE_SHIFT),
            bounceOffset & PAGE_MASK, length);
    }

    @Override
    public void addCopyTo(final int bounceOffset, final int ref, final int refOffset, final int length)
    {
        batch.addCopyTo(
            bounce.firstFrame() + (bounceOffset >> PAGE_SHIFT), bounceOffset & PAGE_MASK, frontend.value(), ref,
            refOffset, length);
    }

    @Override
    public boolean copy()
    {
        batch.execute();
        boolean isDone = true;
        for (int i = 0; i < batch.size(); i++)
        {
            isDone &= batch.status(i) == GrantStatus.OKAY;
        }
        batch.clear();

        return isDone;
    }

    @Override
    public void close()
    {
        batch.clear();
    }

    private record DomainRingPages(GrantedPages pages) implements RingPages
    {
        @Override
        public int tryMap()
        {
            try
            {
                return pages.tryMap() ? GrantStatus.OKAY : GrantStatus.EAGAIN;
            }
            catch (final GrantException exception)
            {
                return exception.status();
            }
        }

        @Override
        public UnsafeBuffer buffer()
        {
            return pages.buffer();
        }

        @Override
        public void close()
        {
            pages.close();
        }
    }

    private record DomainMappedGrant(GrantMapping mapping) implements MappedGrant
    {
        @Override
        public long address()
        {
            return mapping.address();
        }

        @Override
        public void close()
        {
            mapping.close();
        }
    }
}
