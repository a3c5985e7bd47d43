package org.skerry.kernel.hypercall;

import org.skerry.kernel.domain.DomainTable;
import org.skerry.kernel.domain.KernelDomain;
import org.skerry.kernel.grant.GrantTable;
import org.skerry.kernel.memory.GrantWindow;
import org.skerry.kernel.memory.PhysicalMemory;
import org.skerry.wire.Domid;
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
        final GrantTable table = domain.grantTable();
        final int frame = table.pin(ref, caller.domid(), isReadOnly);
        if (frame < 0)
        {
            return frame;
        }
        final GrantWindow home = domain.memory().homeOf(frame);
        boolean isVisible = home != null && home.isSealed() && (isReadOnly || !home.isReadOnly()) &&
            home == domain.memory().window(caller.domid(), home.isReadOnly());
        if (isVisible && isReadOnly && !home.isReadOnly())
        {
            // The caller could write it, whatever it means to do: it has to be granted so.
            isVisible = table.pin(ref, caller.domid(), false) >= 0;
            table.unpin((int)ref, true);
        }
        else if (!isVisible)
        {
            table.unpin((int)ref, isReadOnly);
        }
        if (!isVisible)
        {
            return isReadOnly || !mayMove(domain, frame) ? GrantStatus.BAD_PAGE : wantMove(table, frame, caller);
        }
        mappedPlace = home.placeOf(frame) | (home.isOpened() ? 0 : Hypercalls.WINDOW_IS_NEW) |
            (home.isReadOnly() ? Hypercalls.WINDOW_IS_READ_ONLY : 0);

        return caller.mapTrack().add(table, (int)ref, home.isReadOnly());
    }

    /** @return whether the domain moves a frame of its own when it is asked to. */
    private static boolean mayMove(final KernelDomain domain, final int frame)
    {
        return domain.grantTable().moves() != null && domain.memory().homeOf(frame) == null &&
            domain.memory().isPopulated(frame) && MemoryOperations.isOwn(domain, frame, 1);
    }

    private static short wantMove(final GrantTable table, final int frame, final KernelDomain grantee)
    {
        table.moves().want(frame, grantee.domid(), false);
        return GrantStatus.EAGAIN;
    }

    /** @return of the last success of {@link #map}: value1 of its answer. */
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
        return caller.mapTrack().release(handle);
    }

    /**
     * @param caller who asks.
     * @param op     a private copy of the slot.
     * @return a {@link GrantStatus}.
     */
    short copy(final KernelDomain caller, final GnttabCopyDecoder op)
    {
        final int length = op.length();
        if (length == 0)
        {
            return GrantStatus.OKAY;
        }
        final boolean isSourceRef = (op.flags() & Hypercalls.GNTCOPY_SOURCE_GREF) != 0;
        final boolean isDestRef = (op.flags() & Hypercalls.GNTCOPY_DEST_GREF) != 0;
        final KernelDomain source = domains.find(caller, op.sourceDomid());
        final KernelDomain dest = domains.find(caller, op.destDomid());
        if (!isSourceRef && op.sourceDomid() != Domid.DOMID_SELF ||
            source != null && !isDestRef && op.destDomid() != Domid.DOMID_SELF)
        {
            return GrantStatus.PERMISSION_DENIED;       // a frame that was not granted is the caller's own
        }
        if (source == null || dest == null)
        {
            return GrantStatus.BAD_DOMAIN;
        }

        final int sourceFrame = claim(caller, source, op.sourceRefOrFrame(), isSourceRef, true);
        if (sourceFrame < 0)
        {
            return (short)sourceFrame;
        }
        final int destFrame = claim(caller, dest, op.destRefOrFrame(), isDestRef, false);
        final boolean isInside =
            op.sourceOffset() + length <= Hypercalls.PAGE_SIZE && op.destOffset() + length <= Hypercalls.PAGE_SIZE;
        if (destFrame >= 0)
        {
            if (isInside)
            {
                PhysicalMemory.copy(source.memory(), sourceFrame, op.sourceOffset(),
                    dest.memory(), destFrame, op.destOffset(), length);
            }
            if (isDestRef)
            {
                dest.grantTable().unpin((int)op.destRefOrFrame(), false);
            }
        }
        if (isSourceRef)
        {
            source.grantTable().unpin((int)op.sourceRefOrFrame(), true);
        }

        return destFrame < 0 ? (short)destFrame : isInside ? GrantStatus.OKAY : GrantStatus.BAD_COPY_ARG;
    }

    private static int claim(
        final KernelDomain caller, final KernelDomain owner, final long refOrFrame, final boolean isRef,
        final boolean isReadOnly)
    {
        final PhysicalMemory memory = owner.memory();
        if (!isRef)
        {
            return memory.contains(refOrFrame, 1) && memory.isPopulated((int)refOrFrame) ?
                (int)refOrFrame : GrantStatus.BAD_PAGE;
        }
        final int frame = owner.grantTable().pin(refOrFrame, caller.domid(), isReadOnly);
        if (frame >= 0 && !memory.isPopulated(frame))
        {
            owner.grantTable().unpin((int)refOrFrame, isReadOnly);
            return GrantStatus.BAD_PAGE;
        }

        return frame;
    }
}
