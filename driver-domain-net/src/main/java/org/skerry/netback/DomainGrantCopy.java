package org.skerry.netback;

import org.skerry.guest.grant.GrantCopyBatch;

/** The real batch: a hypercall. */
final class DomainGrantCopy implements GrantCopy
{
    private final GrantCopyBatch batch;
    private final int capacity;

    DomainGrantCopy(final GrantCopyBatch batch, final int capacity)
    {
        this.batch = batch;
        this.capacity = capacity;
    }

    @Override
    public void clear()
    {
        batch.clear();
    }

    @Override
    public int room()
    {
        return capacity - batch.size();
    }

    @Override
    public int addCopyFrom(
        final int granter, final int ref, final int refOffset, final int ownFrame, final int ownOffset,
        final int length)
    {
        return batch.addCopyFrom(granter, ref, refOffset, ownFrame, ownOffset, length);
    }

    @Override
    public int addCopyTo(
        final int ownFrame, final int ownOffset, final int granter, final int ref, final int refOffset,
        final int length)
    {
        return batch.addCopyTo(ownFrame, ownOffset, granter, ref, refOffset, length);
    }

    @Override
    public void execute()
    {
        if (batch.size() > 0)
        {
            batch.execute();
        }
    }

    @Override
    public int status(final int index)
    {
        return batch.status(index);
    }
}
