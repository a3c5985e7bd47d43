package org.skerry.pvh;

import org.agrona.concurrent.UnsafeBuffer;
import org.skerry.guest.DomainMemory;
import org.skerry.guest.StartInfo;
import org.skerry.wire.Errno;
import org.skerry.wire.Hypercalls;

/**
 * memory_op: where the guest wants to see its shared info and its grant table, and its balloon.
 *
 * <p>Spec: memory.h, XENMEM_*.
 */
final class MemoryOp implements Hypercall
{
    private static final int XENMEM_DECREASE_RESERVATION = 1;
    private static final int XENMEM_CURRENT_RESERVATION = 3;
    private static final int XENMEM_MAXIMUM_RESERVATION = 4;
    private static final int XENMEM_POPULATE_PHYSMAP = 6;
    private static final int XENMEM_ADD_TO_PHYSMAP = 7;

    private static final int XENMAPSPACE_SHARED_INFO = 0;
    private static final int XENMAPSPACE_GRANT_TABLE = 1;

    private static final int ADD_TO_PHYSMAP_LENGTH = 24;
    private static final int SPACE_OFFSET = 4;
    private static final int INDEX_OFFSET = 8;
    private static final int GPFN_OFFSET = 16;
    private static final int RESERVATION_LENGTH = 32;
    private static final int NR_EXTENTS_OFFSET = 8;
    private static final int EXTENT_ORDER_OFFSET = 16;
    private static final int MAX_EXTENTS = HypercallFrame.BUFFER_LENGTH / Long.BYTES;
    private static final int MAX_EXTENT_ORDER = 9;

    private final PvhGuest guest;
    private final DomainMemory memory;
    private final StartInfo startInfo;
    private final boolean[] isGrantFramePlaced;

    MemoryOp(final PvhGuest guest)
    {
        this.guest = guest;
        this.memory = guest.domain().memory();
        this.startInfo = guest.domain().startInfo();
        this.isGrantFramePlaced = new boolean[startInfo.grantTableFrameCount()];
    }

    @Override
    public long call(final HypercallFrame frame)
    {
        return switch (frame.intArg(0))
        {
            case XENMEM_ADD_TO_PHYSMAP -> frame.onLoop(() -> addToPhysmap(frame));
            case XENMEM_DECREASE_RESERVATION -> frame.onLoop(() -> change(frame, false));
            case XENMEM_POPULATE_PHYSMAP -> frame.onLoop(() -> change(frame, true));
            case XENMEM_CURRENT_RESERVATION -> frame.onLoop(() -> guest.domain().reservation().current());
            case XENMEM_MAXIMUM_RESERVATION -> frame.onLoop(() -> guest.domain().reservation().maximum());
            default -> Errno.ENOSYS.negative();
        };
    }

    private long addToPhysmap(final HypercallFrame frame)
    {
        if (!frame.read(frame.arg(1), ADD_TO_PHYSMAP_LENGTH))
        {
            return Errno.EFAULT.negative();
        }
        final long index = frame.buffer.getLong(INDEX_OFFSET);
        final long gpfn = frame.buffer.getLong(GPFN_OFFSET);

        return switch (frame.buffer.getInt(SPACE_OFFSET))
        {
            case XENMAPSPACE_SHARED_INFO -> index == 0 ? placeSharedInfo(gpfn) : Errno.EINVAL.negative();
            case XENMAPSPACE_GRANT_TABLE -> placeGrantFrame(index, gpfn);
            default -> Errno.ENOSYS.negative();
        };
    }

    private long placeSharedInfo(final long gpfn)
    {
        if (!isFreeRam(gpfn))
        {
            return Errno.EINVAL.negative();
        }
        guest.sharedInfo().place(new UnsafeBuffer(guest.memory().addressOf(gpfn), Hypercalls.PAGE_SIZE));

        return 0;
    }

    /** Above its memory a guest sees the frame as one more page; over its memory, in place of what was there. */
    private long placeGrantFrame(final long index, final long gpfn)
    {
        if (index < 0 || index >= isGrantFramePlaced.length || isGrantFramePlaced[(int)index])
        {
            return Errno.EINVAL.negative();
        }
        final long from = memory.addressOf(startInfo.grantTableFrame() + (int)index);
        final long result;
        if (isFreeRam(gpfn))
        {
            result = guest.vcpus().whileStopped(() -> Math.min(memory.duplicate(from, (int)gpfn, 1), 0));
        }
        else if (gpfn >= memory.frameCount() && gpfn < GuestMemory.MAX_FRAMES)
        {
            result = guest.machine().addPage(gpfn, from);
        }
        else
        {
            return Errno.EINVAL.negative();
        }
        isGrantFramePlaced[(int)index] = result == 0;

        return result;
    }

    /** @return extents done, from the first on: all of them, or up to one that could not be; or a negative errno. */
    private long change(final HypercallFrame frame, final boolean isPopulate)
    {
        if (!frame.read(frame.arg(1), RESERVATION_LENGTH))
        {
            return Errno.EFAULT.negative();
        }
        final long list = frame.buffer.getLong(0);
        final long wanted = frame.buffer.getLong(NR_EXTENTS_OFFSET);
        final int order = frame.buffer.getInt(EXTENT_ORDER_OFFSET);
        final int count = (int)(wanted < 0 ? MAX_EXTENTS : Math.min(wanted, MAX_EXTENTS));
        if (order < 0 || order > MAX_EXTENT_ORDER)
        {
            return Errno.EINVAL.negative();
        }
        if (!frame.read(list, count * Long.BYTES))
        {
            return Errno.EFAULT.negative();
        }

        int done = 0;
        while (done < count)
        {
            final int run = order == 0 ? runLength(frame.buffer, done, count) : 1;
            final long first = frame.buffer.getLong(done * Long.BYTES);
            if (!isFreeRam(first) || !isFreeRam(first + ((long)run << order) - 1))
            {
                return done;
            }
            final int changed = isPopulate ?
                guest.domain().reservation().populate((int)first, run << order) :
                guest.domain().reservation().decrease((int)first, run << order);
            done += Math.max(changed, 0) >> order;
            if (changed < run << order)
            {
                return done;
            }
        }

        return done;
    }

    private static int runLength(final UnsafeBuffer gfns, final int from, final int count)
    {
        int run = 1;
        while (from + run < count && gfns.getLong((from + run) * Long.BYTES) == gfns.getLong(from * Long.BYTES) + run)
        {
            run++;
        }

        return run;
    }

    private boolean isFreeRam(final long gfn)
    {
        return gfn >= startInfo.firstFreeFrame() && gfn < memory.frameCount();
    }
}
