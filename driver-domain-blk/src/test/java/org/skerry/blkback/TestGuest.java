package org.skerry.blkback;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;
import org.skerry.wire.Blkif;
import org.skerry.wire.GrantStatus;
import org.skerry.wire.blkif.BlkifRequestEncoder;
import org.skerry.wire.blkif.BlkifRequestSegmentEncoder;
import org.skerry.wire.blkif.BlkifResponseDecoder;
import org.skerry.wire.ring.FrontRing;

/**
 * A guest's memory and its grants as the hypervisor would enforce them, with a ring in frame 0, and what a well-behaved
 * or a hostile frontend does with it.
 */
final class TestGuest implements GrantAccess
{
    static final int PAGE_LENGTH = 4096;
    static final int RING_REF = 8;

    final UnsafeBuffer memory;
    final UnsafeBuffer ringPage;
    final Set<Integer> unmappable = new HashSet<>();
    final Set<Integer> onTheWay = new HashSet<>();
    final Queue<Runnable> moved = new ArrayDeque<>();
    FrontRing front;
    int mappedCount;
    int mapCalls;
    int copyCount;
    Runnable onMap = () -> {};

    private final UnsafeBuffer bounce = new UnsafeBuffer(BufferUtil.allocateDirectAligned(BOUNCE_LENGTH, PAGE_LENGTH));
    private final Map<Integer, Integer> frameByRef = new HashMap<>();
    private final BlkifRequestEncoder request = new BlkifRequestEncoder();
    private final BlkifRequestSegmentEncoder segment = new BlkifRequestSegmentEncoder();
    private final BlkifResponseDecoder response = new BlkifResponseDecoder();
    private int slot;
    private boolean hasCopyFailed;
    private int status;

    TestGuest(final int frameCount, final int ringIndex)
    {
        memory = new UnsafeBuffer(BufferUtil.allocateDirectAligned(frameCount * PAGE_LENGTH, PAGE_LENGTH));
        ringPage = new UnsafeBuffer(memory, 0, PAGE_LENGTH);
        front = FrontRing.init(ringPage, Blkif.RING_LAYOUT, ringIndex);
        grant(RING_REF, 0);
    }

    void grant(final int ref, final int frame)
    {
        frameByRef.put(ref, frame);
    }

    void endGrant(final int ref)
    {
        frameByRef.remove(ref);
    }

    /** Begin a request; segments follow by {@link #segment}, then {@link #push}. */
    TestGuest request(final int operation, final int segmentCount, final long id, final long sector)
    {
        slot = front.claimRequest();
        ringPage.setMemory(slot, Blkif.REQUEST_LENGTH, (byte)0);
        request.wrap(ringPage, slot).operation((short)operation).nrSegments((short)segmentCount).reqId(id)
            .sectorNumber(sector);
        return this;
    }

    TestGuest segment(final int index, final int ref, final int firstSect, final int lastSect)
    {
        segment.wrap(ringPage, slot + Blkif.segmentOffset(index)).gref(ref & 0xFFFF_FFFFL)
            .firstSect((short)firstSect).lastSect((short)lastSect);
        return this;
    }

    /** Begin an indirect request: its segments are what stands in a page of the guest's. */
    TestGuest indirect(final int operation, final int segmentCount, final long id, final long sector, final int ref)
    {
        request(Blkif.BLKIF_OP_INDIRECT, operation, id, sector);
        ringPage.putShort(slot + 2, (short)segmentCount);
        ringPage.putInt(slot + 28, ref);
        return this;
    }

    /** Write a segment into a page of the guest's. */
    TestGuest indirectSegment(
        final int frame, final int index, final int ref, final int firstSect, final int lastSect)
    {
        segment.wrap(memory, frame * PAGE_LENGTH + index * 8).gref(ref & 0xFFFF_FFFFL)
            .firstSect((short)firstSect).lastSect((short)lastSect);
        return this;
    }

    int slot()
    {
        return slot;
    }

    boolean push()
    {
        return front.pushRequestsAndCheckNotify();
    }

    /** @return the next response, or null. */
    BlkifResponseDecoder response()
    {
        final int offset = front.pollResponse();
        return offset < 0 ? null : response.wrap(ringPage, offset, BlkifResponseDecoder.BLOCK_LENGTH, 0);
    }

    @Override
    public RingPages ringPages(final int... ringRefs)
    {
        throw new AssertionError("the ring is the test's own");
    }

    @Override
    public void whenMoved(final Runnable task)
    {
        moved.add(task);
    }

    @Override
    public MappedGrant map(final int ref)
    {
        mapCalls++;
        onMap.run();
        final Integer frame = frameByRef.get(ref);
        status = frame == null ? GrantStatus.BAD_GNTREF :
            onTheWay.contains(ref) ? GrantStatus.EAGAIN :
            unmappable.contains(ref) ? GrantStatus.BAD_PAGE : GrantStatus.OKAY;
        if (status != GrantStatus.OKAY)
        {
            return null;
        }
        mappedCount++;
        return new MappedGrant()
        {
            @Override
            public long address()
            {
                return memory.addressOffset() + (long)frame * PAGE_LENGTH;
            }

            @Override
            public void close()
            {
                mappedCount--;
            }
        };
    }

    @Override
    public int mapStatus()
    {
        return status;
    }

    @Override
    public long bounceAddress()
    {
        return bounce.addressOffset();
    }

    @Override
    public void addCopyFrom(final int ref, final int refOffset, final int bounceOffset, final int length)
    {
        final Integer frame = copyFrame(ref, refOffset, bounceOffset, length);
        if (frame != null)
        {
            bounce.putBytes(bounceOffset, memory, frame * PAGE_LENGTH + refOffset, length);
        }
    }

    @Override
    public void addCopyTo(final int bounceOffset, final int ref, final int refOffset, final int length)
    {
        final Integer frame = copyFrame(ref, refOffset, bounceOffset, length);
        if (frame != null)
        {
            memory.putBytes(frame * PAGE_LENGTH + refOffset, bounce, bounceOffset, length);
        }
    }

    @Override
    public boolean copy()
    {
        final boolean result = !hasCopyFailed;
        hasCopyFailed = false;
        return result;
    }

    @Override
    public void close()
    {
        hasCopyFailed = false;
    }

    private Integer copyFrame(final int ref, final int refOffset, final int bounceOffset, final int length)
    {
        copyCount++;
        final Integer frame = frameByRef.get(ref);
        if (frame == null || length < 1 || refOffset < 0 || refOffset + length > PAGE_LENGTH ||
            (bounceOffset & (PAGE_LENGTH - 1)) + length > PAGE_LENGTH)
        {
            hasCopyFailed = true;
            return null;
        }
        return frame;
    }
}
