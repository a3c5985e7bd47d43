package org.skerry.kernel.hypercall;

import org.skerry.kernel.domain.DomainTable;
import org.skerry.kernel.domain.KernelDomain;
import org.skerry.kernel.memory.GrantWindow;
import org.skerry.kernel.memory.PhysicalMemory;
import org.skerry.wire.Domid;
import org.skerry.wire.Errno;
import org.skerry.wire.GrantStatus;
import org.skerry.wire.Hypercalls;
import org.skerry.wire.hypercall.GnttabCopyDecoder;

/**
 * Map, unmap and copy. Nothing is allocated by an operation that succeeds or fails as an honest domain's would.
 *
 * <p>Spec: grant_table.h, GNTTABOP_map_grant_ref, GNTTABOP_unmap_grant_ref, GNTTABOP_copy.
 */
final class GrantOperations
{
    private final DomainTable domains;
    private long mappedPlace;

    GrantOperations(final DomainTable domains)
    {
        this.domains = domains;
    }

    /**
     * @param caller     the grantee.
     * @param granter    as the caller said it.
     * @param ref        as the caller said it.
     * @param isReadOnly whether the caller only reads.
     * @return the handle, or a negative {@link GrantStatus}; where the page is says {@link #mappedPlace}.
     */
    int map(final KernelDomain caller, final int granter, final long ref, final boolean isReadOnly)
    {
        final KernelDomain domain = domains.find(granter);
        if (domain == null || domain == caller)
        {
            return GrantStatus.BAD_DOMAIN;
        }
        if (!caller.mapTrack().hasRoom())
        {
            return GrantStatus.NO_SPACE;
        }
        if (ref > Integer.MAX_VALUE)
        {
            return GrantStatus.BAD_GNTREF;
        }

        // A window can be written, whatever its holder means to do: a page granted read-only can only be copied.
        final int frame = domain.grantTable().pin((int)ref, caller.domid(), false);
        if (frame < 0)
        {
            return isReadOnly && frame == GrantStatus.GENERAL_ERROR ? GrantStatus.BAD_PAGE : frame;
        }
        final GrantWindow home = domain.memory().homeOf(frame);
        if (home == null || home != domain.memory().window(caller.domid()))
        {
            domain.grantTable().unpin((int)ref, false);
            return GrantStatus.BAD_PAGE;
        }
        mappedPlace = frame | (home.isOpened() ? 0 : Hypercalls.WINDOW_IS_NEW);

        return caller.mapTrack().add(domain.grantTable(), (int)ref, false);
    }

    /** @return of the last success of {@link #map}: the frame, and {@link Hypercalls#WINDOW_IS_NEW}. */
    long mappedPlace()
    {
        return mappedPlace;
    }

    /**
     * @param caller the grantee.
     * @param handle as the caller said it.
     * @return a {@link GrantStatus}.
     */
    short unmap(final KernelDomain caller, final long handle)
    {
        return caller.mapTrack().release(handle) ? GrantStatus.OKAY : GrantStatus.BAD_HANDLE;
    }

    /**
     * @param caller who asks.
     * @param op     a private copy of the slot.
     * @return a {@link GrantStatus}.
     */
    short copy(final KernelDomain caller, final GnttabCopyDecoder op)
    {
        final int length = op.length();
        if (op.sourceOffset() + length > Hypercalls.PAGE_SIZE || op.destOffset() + length > Hypercalls.PAGE_SIZE)
        {
            return GrantStatus.BAD_COPY_ARG;
        }

        final boolean isSourceRef = (op.flags() & Hypercalls.GNTCOPY_SOURCE_GREF) != 0;
        final boolean isDestRef = (op.flags() & Hypercalls.GNTCOPY_DEST_GREF) != 0;
        final KernelDomain source = find(caller, op.sourceDomid());
        final KernelDomain dest = find(caller, op.destDomid());
        if (source == null || dest == null)
        {
            return GrantStatus.BAD_DOMAIN;
        }
        if (!isSourceRef && source != caller || !isDestRef && dest != caller)
        {
            return GrantStatus.PERMISSION_DENIED;
        }

        final int sourceFrame = claim(caller, source, op.sourceRefOrFrame(), isSourceRef, true);
        if (sourceFrame < 0)
        {
            return (short)sourceFrame;
        }
        final int destFrame = claim(caller, dest, op.destRefOrFrame(), isDestRef, false);
        if (destFrame >= 0)
        {
            PhysicalMemory.copy(
                source.memory(), sourceFrame, op.sourceOffset(), dest.memory(), destFrame, op.destOffset(), length);
            if (isDestRef)
            {
                dest.grantTable().unpin((int)op.destRefOrFrame(), false);
            }
        }
        if (isSourceRef)
        {
            source.grantTable().unpin((int)op.sourceRefOrFrame(), true);
        }

        return destFrame < 0 ? (short)destFrame : GrantStatus.OKAY;
    }

    /**
     * Frames come home from the caller's window.
     *
     * @param caller     the granter.
     * @param firstFrame as the caller said it.
     * @param frameCount as the caller said it.
     * @return 0; -EINVAL; -EBUSY when a grant of one of them is in use.
     */
    int moveFromWindow(final KernelDomain caller, final long firstFrame, final long frameCount)
    {
        if (frameCount > Hypercalls.MAX_WINDOW_BATCH || !caller.memory().contains(firstFrame, frameCount) ||
            firstFrame < KernelDomain.firstFreeFrame(caller.details()))
        {
            return Errno.EINVAL.negative();
        }
        for (int i = 0; i < frameCount; i++)
        {
            if (caller.grantTable().isPinned((int)firstFrame + i))
            {
                return Errno.EBUSY.negative();
            }
        }
        caller.memory().moveFromWindow((int)firstFrame, (int)frameCount);

        return 0;
    }

    private KernelDomain find(final KernelDomain caller, final int domid)
    {
        return domid == Domid.DOMID_SELF ? caller : domains.find(domid);
    }

    private static int claim(
        final KernelDomain caller, final KernelDomain owner, final long refOrFrame, final boolean isRef,
        final boolean isReadOnly)
    {
        if (!isRef)
        {
            return owner.memory().contains(refOrFrame, 1) ? (int)refOrFrame : GrantStatus.BAD_PAGE;
        }
        if (refOrFrame > Integer.MAX_VALUE)
        {
            return GrantStatus.BAD_GNTREF;
        }

        return owner.grantTable().pin((int)refOrFrame, caller.domid(), isReadOnly);
    }
}
