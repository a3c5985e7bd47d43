package org.skerry.guest.grant;

import org.agrona.concurrent.UnsafeBuffer;
import org.skerry.wire.Domid;
import org.skerry.wire.Errno;
import org.skerry.wire.GrantRef;
import org.skerry.wire.GrantStatus;
import org.skerry.wire.Hypercalls;
import org.skerry.wire.linux.SysMman;

/**
 * Pages of one granter, mapped for writing one behind the other. Its pages may have to be moved first, which takes as
 * long as the granter likes; so mapping them is something that is tried until it is done.
 */
public final class GrantedPages implements AutoCloseable
{
    private final ForeignGrants grants;
    private final Domid granter;
    private final int[] refs;
    private final GrantMapping[] mappings;
    private long address;

    GrantedPages(final ForeignGrants grants, final Domid granter, final int... refs)
    {
        this.grants = grants;
        this.granter = granter;
        this.refs = refs.clone();
        this.mappings = new GrantMapping[refs.length];
    }

    /**
     * Map what is not mapped yet.
     *
     * @return true when all pages are there; false: not yet, try again {@link ForeignGrants#whenMoved}.
     * @throws GrantException when one of them cannot be mapped ever; the others are unmapped by {@link #close}.
     */
    public boolean tryMap() throws GrantException
    {
        boolean isComplete = true;
        for (int i = 0; i < refs.length; i++)
        {
            isComplete &= mappings[i] != null || tryMap(i);
        }
        if (isComplete && address == 0)
        {
            address = refs.length == 1 ? mappings[0].address() : lineUp();
        }

        return isComplete;
    }

    /**
     * @param page 0 to their count - 1.
     * @return the page, once all are mapped.
     */
    public UnsafeBuffer page(final int page)
    {
        return new UnsafeBuffer(address + (long)page * Hypercalls.PAGE_SIZE, Hypercalls.PAGE_SIZE);
    }

    /** @return all pages, once they are mapped. */
    public UnsafeBuffer buffer()
    {
        return new UnsafeBuffer(address, refs.length * Hypercalls.PAGE_SIZE);
    }

    /** Unmap what is mapped. */
    @Override
    public void close()
    {
        if (address != 0 && refs.length > 1)
        {
            grants.unmapArea(address);
        }
        address = 0;
        for (int i = 0; i < refs.length; i++)
        {
            if (mappings[i] != null)
            {
                mappings[i].close();
                mappings[i] = null;
            }
        }
    }

    private boolean tryMap(final int page) throws GrantException
    {
        try
        {
            mappings[page] = grants.map(granter, new GrantRef(refs[page]), false);
            return true;
        }
        catch (final GrantException exception)
        {
            if (exception.status() != GrantStatus.EAGAIN)
            {
                throw exception;
            }
            return false;
        }
    }

    /** They stand in the window where the granter's memory has them: show them a second time, in order. */
    private long lineUp() throws GrantException
    {
        final long length = (long)refs.length * Hypercalls.PAGE_SIZE;
        final long area = SysMman.mmap(
            0, length, SysMman.PROT_NONE, SysMman.MAP_PRIVATE | SysMman.MAP_ANONYMOUS | SysMman.MAP_NORESERVE, -1, 0);
        long result = area;
        for (int i = 0; i < refs.length && result >= 0; i++)
        {
            result = SysMman.mremap(
                mappings[i].address(), 0, Hypercalls.PAGE_SIZE, SysMman.MREMAP_MAYMOVE | SysMman.MREMAP_FIXED,
                area + (long)i * Hypercalls.PAGE_SIZE);
        }
        if (result < 0)
        {
            if (area >= 0)
            {
                SysMman.munmap(area, length);
            }
            throw new GrantException(
                "cannot map " + refs.length + " pages of domain " + granter + " in a row: " + Errno.nameOf(result),
                GrantStatus.NO_SPACE);
        }

        grants.addArea(area, length);

        return area;
    }
}
