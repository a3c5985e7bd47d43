package org.skerry.perf.jmh;

import java.nio.ByteBuffer;

import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;
import org.skerry.perf.link.BlkifTraffic;
import org.skerry.wire.Blkif;
import org.skerry.wire.ring.BackRing;
import org.skerry.wire.ring.FrontRing;

/**
 * Both halves of a block ring over one page of this process, and the turns that they take. Each half belongs to one
 * thread.
 */
final class RingState
{
    private static final int PAGE_LENGTH = 4096;

    private final ByteBuffer memory = BufferUtil.allocateDirectAligned(PAGE_LENGTH, PAGE_LENGTH);
    private final UnsafeBuffer page = new UnsafeBuffer(memory);
    private final UnsafeBuffer request = new UnsafeBuffer(ByteBuffer.allocateDirect(Blkif.REQUEST_LENGTH));
    private final FrontRing front = FrontRing.init(page, Blkif.RING_LAYOUT);
    private final BackRing back = BackRing.attach(page, Blkif.RING_LAYOUT);
    private final BlkifTraffic frontTraffic = new BlkifTraffic();
    private final BlkifTraffic backTraffic = new BlkifTraffic();
    private long nextId;
    private long expectedId;

    /** The front's turn: ask for as many as that, and let the back see them. */
    boolean ask(final int count)
    {
        for (int i = 0; i < count; i++)
        {
            frontTraffic.encodeRequest(page, front.claimRequest(), nextId++, Blkif.BLKIF_OP_WRITE);
        }

        return front.pushRequestsAndCheckNotify();
    }

    /** The back's turn: answer what is there. */
    int serve()
    {
        int count = 0;
        while (back.copyRequest(request, 0) >= 0)
        {
            require(backTraffic.decodeRequest(request, 0));
            backTraffic.encodeResponse(page, back.claimResponse());
            count++;
        }
        if (count > 0)
        {
            back.pushResponsesAndCheckNotify();
        }

        return count;
    }

    /** The front's turn: take the answers that are there. */
    int listen()
    {
        int count = 0;
        int offset = front.pollResponse();
        while (offset >= 0)
        {
            require(frontTraffic.decodeResponse(page, offset) && frontTraffic.id() == expectedId++);
            count++;
            offset = front.pollResponse();
        }

        return count;
    }

    private static void require(final boolean isGood)
    {
        if (!isGood)
        {
            throw new IllegalStateException("a message was lost or spoiled");
        }
    }
}
