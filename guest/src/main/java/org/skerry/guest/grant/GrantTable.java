package org.skerry.guest.grant;

import org.agrona.collections.Int2ObjectHashMap;
import org.agrona.collections.IntArrayList;
import org.agrona.concurrent.UnsafeBuffer;
import org.skerry.guest.DomainMemory;
import org.skerry.guest.hypercall.HypercallRing;
import org.skerry.guest.hypercall.HypervisorConnection;
import org.skerry.wire.Domid;
import org.skerry.wire.Errno;
import org.skerry.wire.GrantRef;
import org.skerry.wire.Hypercalls;
import org.skerry.wire.hypercall.MoveFromWindowEncoder;
import org.skerry.wire.hypercall.MoveToWindowEncoder;
import org.skerry.wire.hypercall.SealWindowEncoder;
import org.skerry.wire.linux.SysMman;
import org.skerry.wire.linux.Unistd;

/**
 * What this domain grants to others.
 *
 * <p>Spec: grant_table.h, struct grant_entry_v1 and the rules for its users above it.
 */
public final class GrantTable
{
    private static final int ENTRY_LENGTH = 8;
    private static final int FRAME_OFFSET = 4;
    private static final int GTF_PERMIT_ACCESS = 1;
    private static final int GTF_READONLY = 1 << 2;
    private static final int GTF_IN_USE = 1 << 3 | 1 << 4;
    private static final int DOMID_SHIFT = 16;

    private final UnsafeBuffer entries;
    private final DomainMemory memory;
    private final HypervisorConnection connection;
    private final HypercallRing ring;
    private final IntArrayList freeRefs = new IntArrayList();
    private final MoveToWindowEncoder moveToWindow = new MoveToWindowEncoder();
    private final MoveFromWindowEncoder moveFromWindow = new MoveFromWindowEncoder();
    private final SealWindowEncoder sealWindow = new SealWindowEncoder();
    private final Int2ObjectHashMap<ReadOnlyWindow> readOnlyWindows = new Int2ObjectHashMap<>();
    private int firstUnused = GrantRef.FIRST_FREE;

    /**
     * @param entries    pages of the table.
     * @param memory     of this domain.
     * @param connection of this domain.
     * @param ring       of this domain.
     */
    public GrantTable(
        final UnsafeBuffer entries, final DomainMemory memory, final HypervisorConnection connection,
        final HypercallRing ring)
    {
        this.entries = entries;
        this.memory = memory;
        this.connection = connection;
        this.ring = ring;
    }

    /**
     * Make frames that a grantee can map: they lie in its window from the start, nothing is copied then.
     *
     * @param grantee    who may map them, once access is granted.
     * @param frameCount 1 or more.
     * @return zeroed frames, one behind the other.
     * @throws IllegalStateException when memory or the hypervisor refuse.
     */
    public GrantPool allocatePool(final Domid grantee, final int frameCount)
    {
        return allocatePool(grantee, frameCount, false);
    }

    /**
     * Make frames that a grantee can map and not write, whatever it does.
     *
     * @param grantee    who may map them, read-only, once access is granted.
     * @param frameCount 1 to {@link Hypercalls#MAX_WINDOW_BATCH}.
     * @return zeroed frames, one behind the other.
     * @throws IllegalStateException when memory or the hypervisor refuse: no more fit into the one such window of a
     *                               grantee, and there are four.
     */
    public GrantPool allocateReadOnlyPool(final Domid grantee, final int frameCount)
    {
        return allocatePool(grantee, frameCount, true);
    }

    /**
     * Grant one frame of our memory. A grantee can copy from and to any such frame; it can map it only when the frame
     * comes from its pool, one that comes from a read-only pool only for reading.
     *
     * @param grantee    who may.
     * @param frame      of our memory.
     * @param isReadOnly whether it may only read.
     * @return the reference to hand over.
     * @throws IllegalStateException when the table is full.
     */
    public GrantRef grantAccess(final Domid grantee, final int frame, final boolean isReadOnly)
    {
        final int ref;
        if (freeRefs.isEmpty())
        {
            ref = nextUnused();
        }
        else
        {
            ref = freeRefs.removeAt(freeRefs.size() - 1);
        }

        final int flags = GTF_PERMIT_ACCESS | (isReadOnly ? GTF_READONLY : 0);
        entries.putInt(ref * ENTRY_LENGTH + FRAME_OFFSET, frame);
        entries.putIntRelease(ref * ENTRY_LENGTH, flags | grantee.value() << DOMID_SHIFT);  // after the frame

        return new GrantRef(ref);
    }

    /** What an earlier process of this domain granted and somebody still uses is not ours to give. */
    private int nextUnused()
    {
        final int entryCount = entries.capacity() / ENTRY_LENGTH;
        while (firstUnused < entryCount && entries.getInt(firstUnused * ENTRY_LENGTH) != 0)
        {
            firstUnused++;
        }
        if (firstUnused >= entryCount)
        {
            throw new IllegalStateException("grant table is full: entries=" + entryCount);
        }

        return firstUnused++;
    }

    /**
     * Take a grant back.
     *
     * @param grantRef from {@link #grantAccess}.
     * @return false while the other side uses it; then the grant stands and the reference stays taken.
     */
    public boolean endAccess(final GrantRef grantRef)
    {
        final int offset = grantRef.value() * ENTRY_LENGTH;
        while (true)
        {
            final int word = entries.getIntVolatile(offset);
            if ((word & GTF_IN_USE) != 0)
            {
                return false;
            }
            if (entries.compareAndSetInt(offset, word, 0))
            {
                if (grantRef.value() >= GrantRef.FIRST_FREE)
                {
                    freeRefs.addInt(grantRef.value());
                }
                return true;
            }
        }
    }

    /** @return false when a grant of one of the frames is still in use; then they are not given back. */
    boolean release(final DomainMemory.Frames frames)
    {
        for (int done = 0; done < frames.count(); done += Hypercalls.MAX_WINDOW_BATCH)
        {
            final int count = Math.min(frames.count() - done, Hypercalls.MAX_WINDOW_BATCH);
            if (moveFromWindow(frames.firstFrame() + done, count) < 0)
            {
                return false;
            }
        }
        memory.free(frames);

        return true;
    }

    private GrantPool allocatePool(final Domid grantee, final int frameCount, final boolean isReadOnly)
    {
        final DomainMemory.Frames frames = memory.allocate(frameCount);
        for (int done = 0; done < frameCount; done += Hypercalls.MAX_WINDOW_BATCH)
        {
            final int count = Math.min(frameCount - done, Hypercalls.MAX_WINDOW_BATCH);
            final long result = moveToWindow(frames.firstFrame() + done, count, grantee, isReadOnly);
            if (result < 0)
            {
                release(frames);
                throw new IllegalStateException("no window for domain " + grantee + ": " + Errno.nameOf(result));
            }
        }

        return new GrantPool(this, grantee, frames);
    }

    /**
     * @return 0 or more, or a negative errno of the hypervisor.
     * @throws IllegalStateException when they have moved and cannot be mapped.
     */
    long moveToWindow(
        final int firstFrame, final int count, final Domid grantee, final boolean isReadOnly)
    {
        synchronized (connection)
        {
            moveToWindow.wrapAndApplyHeader(connection.out(), 0, connection.headerOut())
                .firstFrame(firstFrame).frameCount(count).grantee(grantee.value())
                .readOnly((short)(isReadOnly ? 1 : 0));
            final long result = connection.call(moveToWindow.encodedLength());
            if (result < 0)
            {
                return result;
            }
            final int windowFd = connection.replyFd(0);
            final long mapped = isReadOnly ?
                remapReadOnly(windowFd, result == 1, firstFrame, count, grantee) :
                memory.remap(windowFd, firstFrame, count);
            Unistd.close(windowFd);

            return requireMapped(mapped, firstFrame, count);
        }
    }

    /** A sealed window cannot be mapped for writing any more: its places are taken from the mapping made before. */
    private long remapReadOnly(
        final int windowFd, final boolean isNew, final int firstFrame, final int count, final Domid grantee)
    {
        if (isNew)
        {
            final long sealed = sealWindow(windowFd, grantee);
            if (sealed < 0)
            {
                return sealed;
            }
        }
        final ReadOnlyWindow window = readOnlyWindows.get(grantee.value());
        if (window == null)
        {
            return Errno.EPERM.negative();
        }

        long result = 0;
        int done = 0;
        while (done < count && result >= 0)
        {
            final int place = (firstFrame + done) % window.length;
            final int run = Math.min(count - done, window.length - place);
            result = memory.duplicate(window.address + place * (long)Hypercalls.PAGE_SIZE, firstFrame + done, run);
            done += run;
        }

        return result;
    }

    private long sealWindow(final int windowFd, final Domid grantee)
    {
        final int length = Math.min(memory.frameCount(), Hypercalls.MAX_WINDOW_BATCH);
        final long address = SysMman.mmap(
            0, (long)length * Hypercalls.PAGE_SIZE, SysMman.PROT_READ | SysMman.PROT_WRITE,
            SysMman.MAP_SHARED | SysMman.MAP_NORESERVE, windowFd, 0);
        if (address < 0)
        {
            return address;
        }

        final ReadOnlyWindow old = readOnlyWindows.put(grantee.value(), new ReadOnlyWindow(address, length));
        if (old != null)
        {
            SysMman.munmap(old.address, (long)old.length * Hypercalls.PAGE_SIZE);       // of an earlier domain
        }
        sealWindow.wrapAndApplyHeader(connection.out(), 0, connection.headerOut()).grantee(grantee.value());

        return connection.call(sealWindow.encodedLength());
    }

    /**
     * @return 0 or more, or a negative errno of the hypervisor.
     * @throws IllegalStateException when they have moved and cannot be mapped.
     */
    long moveFromWindow(final int firstFrame, final int count)
    {
        synchronized (ring)
        {
            moveFromWindow.wrap(ring.page(), ring.claim())
                .op(MoveFromWindowEncoder.TEMPLATE_ID).tag(ring.nextTag())
                .firstFrame(firstFrame).frameCount(count);
            ring.submit();
            final long result = ring.await().result();

            return result < 0 ? result : requireMapped(memory.remap(-1, firstFrame, count), firstFrame, count);
        }
    }

    /** The hypervisor has them elsewhere: what this process sees in their place is nobody's memory any more. */
    private static long requireMapped(final long result, final int firstFrame, final int count)
    {
        if (result < 0)
        {
            throw new IllegalStateException("moved, but cannot be mapped: frames=" + firstFrame + "+" + count + ": " +
                Errno.nameOf(result));
        }

        return result;
    }

    /** Where we have the whole of one mapped. */
    private record ReadOnlyWindow(long address, int length)
    {
    }
}
