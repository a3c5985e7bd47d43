package org.skerry.kernel.hypercall;

import org.skerry.kernel.domain.KernelDomain;
import org.skerry.wire.Errno;
import org.skerry.wire.Hypercalls;

/**
 * What a domain does with frames of its own, first frame and count as it said them: back from its windows, back to the
 * host, and new ones from it. Each answers -EINVAL for frames that it may not mean.
 *
 * <p>Spec: memory.h, XENMEM_populate_physmap, XENMEM_decrease_reservation.
 */
final class MemoryOperations
{
    private MemoryOperations()
    {
    }

    /** @return 0; -EBUSY when a grant of one of the frames is in use. */
    static int moveFromWindow(final KernelDomain caller, final long first, final long count)
    {
        if (!isOwn(caller, first, count))
        {
            return Errno.EINVAL.negative();
        }
        boolean isHeld = false;
        for (int frame = (int)first; frame < first + count; frame++)
        {
            if (caller.grantTable().isHeld(frame))
            {
                caller.grantTable().releaseOrphans(frame);
                isHeld = true;
            }
        }
        if (isHeld)
        {
            return Errno.EBUSY.negative();
        }
        caller.memory().moveFromWindow((int)first, (int)count);
        for (int frame = (int)first; frame < first + count; frame++)
        {
            caller.grantTable().releaseOrphans(frame);
        }

        return 0;
    }

    /** @return frames populated from the first on. */
    static int populate(final KernelDomain caller, final long first, final long count)
    {
        return isOwn(caller, first, count) ?
            caller.memory().populate((int)first, (int)count) : Errno.EINVAL.negative();
    }

    /** @return frames given back from the first on, up to one that somebody else uses or that holds no memory. */
    static int decrease(final KernelDomain caller, final long first, final long count)
    {
        if (!isOwn(caller, first, count))
        {
            return Errno.EINVAL.negative();
        }
        int done = 0;
        while (done < count && caller.memory().isPopulated((int)first + done) &&
            caller.memory().homeOf((int)first + done) == null && !caller.grantTable().isPinned((int)first + done))
        {
            done++;
        }
        if (done > 0)
        {
            caller.memory().depopulate((int)first, done);
        }

        return done;
    }

    /** @return whether the frames are the caller's, no more than a batch, and not those that are spoken for. */
    static boolean isOwn(final KernelDomain caller, final long first, final long count)
    {
        return count <= Hypercalls.MAX_WINDOW_BATCH && caller.memory().contains(first, count) &&
            first >= KernelDomain.firstFreeFrame(caller.details());
    }
}
