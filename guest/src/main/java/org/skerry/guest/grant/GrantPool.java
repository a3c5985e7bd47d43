package org.skerry.guest.grant;

import org.agrona.collections.IntArrayList;
import org.agrona.concurrent.UnsafeBuffer;
import org.skerry.guest.DomainMemory;
import org.skerry.wire.Domid;
import org.skerry.wire.GrantRef;

/**
 * Frames of ours that one grantee can map: for rings and buffers that live as long as a device. We can write them also
 * when the grantee can only read.
 */
public final class GrantPool implements AutoCloseable
{
    private final GrantTable table;
    private final Domid grantee;
    private final DomainMemory.Frames frames;
    private final IntArrayList refs = new IntArrayList();
    private boolean isClosed;

    GrantPool(final GrantTable table, final Domid grantee, final DomainMemory.Frames frames)
    {
        this.table = table;
        this.grantee = grantee;
        this.frames = frames;
    }

    /** @return who can map the frames. */
    public Domid grantee()
    {
        return grantee;
    }

    /** @return number of the first frame in our memory. */
    public int firstFrame()
    {
        return frames.firstFrame();
    }

    /** @return frames in the pool. */
    public int frameCount()
    {
        return frames.count();
    }

    /** @return address of the first frame. */
    public long address()
    {
        return frames.address();
    }

    /** @return the frames, one behind the other. */
    public UnsafeBuffer buffer()
    {
        return frames.buffer();
    }

    /**
     * Grant one of the frames.
     *
     * @param frameInPool 0 to frameCount - 1.
     * @param isReadOnly  whether the grantee may only read it; a frame granted so can be mapped only when the pool
     *                    is a read-only one, else it can be copied from.
     * @return the reference to hand over.
     */
    public GrantRef grantAccess(final int frameInPool, final boolean isReadOnly)
    {
        final GrantRef ref = table.grantAccess(grantee, frames.firstFrame() + frameInPool, isReadOnly);
        refs.addInt(ref.value());

        return ref;
    }

    /**
     * End all grants and take the frames back. What the grantee still looks at reads zero from now on. When it has not
     * unmapped them all, the frames are left to it: they are not used again.
     */
    @Override
    public void close()
    {
        if (isClosed)
        {
            return;
        }
        isClosed = true;

        boolean isUnused = true;
        for (int i = 0; i < refs.size(); i++)
        {
            isUnused &= table.endAccess(new GrantRef(refs.getInt(i)));
        }
        if (isUnused)
        {
            table.release(frames);
        }
    }
}
