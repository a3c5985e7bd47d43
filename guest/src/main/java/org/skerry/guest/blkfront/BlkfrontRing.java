package org.skerry.guest.blkfront;

import static org.skerry.wire.Blkif.BLKIF_MAX_SEGMENTS_PER_REQUEST;
import static org.skerry.wire.Blkif.BLKIF_RSP_EOPNOTSUPP;
import static org.skerry.wire.Blkif.BLKIF_RSP_ERROR;
import static org.skerry.wire.Blkif.BLKIF_RSP_OKAY;
import static org.skerry.wire.Blkif.SECTORS_PER_PAGE;
import static org.skerry.wire.Blkif.SECTOR_SHIFT;

import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.skerry.wire.Blkif;
import org.skerry.wire.blkif.BlkifRequestEncoder;
import org.skerry.wire.blkif.BlkifRequestSegmentEncoder;
import org.skerry.wire.blkif.BlkifResponseDecoder;
import org.skerry.wire.ring.FrontRing;
import org.skerry.wire.ring.RingLayout;

/**
 * The requests of one disk: as many as the ring has slots, each with the pages that carry its data. Whatever a request
 * needs is kept here and not in the ring, so that all can be asked again after the backend had to begin anew; reading
 * or writing the same sectors twice does no harm. One owner thread, nothing is allocated after construction.
 *
 * <p>The backend can write the ring and the data pages at any time: a response is read once, and believed only when it
 * names a request that is in flight.
 */
final class BlkfrontRing
{
    /** Most sectors of one request: 11 pages. */
    static final int MAX_SECTORS = BLKIF_MAX_SEGMENTS_PER_REQUEST * SECTORS_PER_PAGE;

    /** Answer of {@link #drain}: the backend broke the protocol. */
    static final int PROTOCOL_VIOLATION = RingLayout.PROTOCOL_VIOLATION;

    /** No flush is needed: a completed write is as safe as it gets. */
    static final int NO_FLUSH = -1;

    private static final int PAGE_SHIFT = 12;

    private final UnsafeBuffer page;
    private final UnsafeBuffer data;
    private final int[] refs;
    private final Request[] requests;
    private final Request[] freeRequests;
    private final int[] freeFrames;
    private final BlkifRequestEncoder encoder = new BlkifRequestEncoder();
    private final BlkifRequestSegmentEncoder segment = new BlkifRequestSegmentEncoder();
    private final BlkifResponseDecoder response = new BlkifResponseDecoder();
    private FrontRing front;
    private int freeRequestCount;
    private int freeFrameCount;
    private int flushOperation = NO_FLUSH;
    private boolean isBarrierOffered;
    private boolean hasMore;
    private boolean hasEnded;

    /**
     * @param page the ring's page.
     * @param data pages for the data, one behind the other.
     * @param refs grant references of the data pages.
     */
    BlkfrontRing(final UnsafeBuffer page, final UnsafeBuffer data, final int[] refs)
    {
        this.page = page;
        this.data = data;
        this.refs = refs.clone();
        this.front = FrontRing.init(page, Blkif.RING_LAYOUT);
        this.requests = new Request[front.slotCount()];
        this.freeRequests = new Request[requests.length];
        this.freeFrames = new int[refs.length];
        for (int i = requests.length - 1; i >= 0; i--)
        {
            requests[i] = new Request(i);
            freeRequests[freeRequestCount++] = requests[i];
        }
        for (int i = refs.length - 1; i >= 0; i--)
        {
            freeFrames[freeFrameCount++] = i;
        }
    }

    /** Take what the backend offers to make writes last. */
    void flushes(final boolean isFlushOffered, final boolean hasBarrier)
    {
        isBarrierOffered = hasBarrier;
        flushOperation = isFlushOffered ? Blkif.BLKIF_OP_FLUSH_DISKCACHE :
            hasBarrier ? Blkif.BLKIF_OP_WRITE_BARRIER : NO_FLUSH;
    }

    /** @return operation that a flush is, or {@link #NO_FLUSH}. */
    int flushOperation()
    {
        return flushOperation;
    }

    /** @return requests that have no response yet. */
    int inFlight()
    {
        return requests.length - freeRequestCount;
    }

    /** @return true when a request of that many sectors can be submitted now. */
    boolean hasRoom(final int sectorCount)
    {
        return freeRequestCount > 0 && freeFrameCount >= frameCount(sectorCount);
    }

    /**
     * Put a request into the ring; {@link #hasRoom} has said yes. The backend does not see it before {@link #push}.
     *
     * @param operation   BLKIF_OP number: read, write, or what {@link #flushOperation()} says.
     * @param sector      first one.
     * @param sectorCount 0 for a flush, else 1 to {@link #MAX_SECTORS}.
     * @param source      of the bytes to write, or null.
     * @param destination for the bytes read, or null.
     * @param offset      in source or destination.
     * @param completion  hears of the end.
     * @param token       for it.
     */
    void submit(
        final int operation, final long sector, final int sectorCount, final DirectBuffer source,
        final MutableDirectBuffer destination, final int offset, final BlkfrontCompletion completion, final long token)
    {
        final Request request = freeRequests[--freeRequestCount];
        request.isBusy = true;
        request.operation = operation;
        request.sector = sector;
        request.sectorCount = sectorCount;
        request.destination = destination;
        request.offset = offset;
        request.completion = completion;
        request.token = token;
        for (int i = 0; i < frameCount(sectorCount); i++)
        {
            request.frames[i] = freeFrames[--freeFrameCount];
            if (source != null)
            {
                data.putBytes(
                    request.frames[i] << PAGE_SHIFT, source, offset + (i << PAGE_SHIFT), request.segmentLength(i));
            }
        }
        encode(request);
    }

    /** @return true when the backend wants a bell. */
    boolean push()
    {
        return front.pushRequestsAndCheckNotify();
    }

    /**
     * Take responses and complete their requests; completions may submit.
     *
     * @param limit most responses to take.
     * @return how many were taken, or {@link #PROTOCOL_VIOLATION}.
     */
    int drain(final int limit)
    {
        hasMore = false;
        int count = 0;
        while (count < limit && !hasEnded)
        {
            int offset = front.pollResponse();
            if (offset == RingLayout.NOTHING && front.finalCheckForResponses())
            {
                offset = front.pollResponse();
            }
            if (offset < 0)
            {
                return offset == RingLayout.NOTHING ? count : PROTOCOL_VIOLATION;
            }

            response.wrap(page, offset, BlkifResponseDecoder.BLOCK_LENGTH, 0);
            final long id = response.reqId();
            final int operation = response.operation();
            final int status = response.status();
            if (id < 0 || id >= requests.length || !requests[(int)id].isBusy ||
                requests[(int)id].operation != operation)
            {
                return PROTOCOL_VIOLATION;
            }
            count++;
            onResponse(requests[(int)id], status);
        }
        hasMore = !hasEnded;

        return count;
    }

    /** @return true when the last {@link #drain} stopped at its limit: it must be called again without a bell. */
    boolean hasMore()
    {
        return hasMore;
    }

    /** Begin anew with an empty ring that holds all requests in flight. The backend has let go of the old one. */
    void restart()
    {
        front = FrontRing.init(page, Blkif.RING_LAYOUT);
        for (final Request request : requests)
        {
            if (request.isBusy)
            {
                encode(request);
            }
        }
        front.pushRequests();
    }

    /** Complete all requests in flight with an error: the disk is gone, and this ring is not used any more. */
    void end()
    {
        hasEnded = true;
        for (final Request request : requests)
        {
            if (request.isBusy)
            {
                complete(request, BLKIF_RSP_ERROR);
            }
        }
    }

    private void onResponse(final Request request, final int status)
    {
        final boolean isFlush = request.sectorCount == 0;
        if (!isFlush || status != BLKIF_RSP_EOPNOTSUPP)
        {
            complete(request, status);
            return;
        }

        final boolean canTryBarrier = request.operation == Blkif.BLKIF_OP_FLUSH_DISKCACHE && isBarrierOffered;
        flushOperation = canTryBarrier ? Blkif.BLKIF_OP_WRITE_BARRIER : NO_FLUSH;
        if (canTryBarrier)
        {
            request.operation = Blkif.BLKIF_OP_WRITE_BARRIER;
            encode(request);                                // its response has freed the slot that it needs
            front.pushRequests();                           // the caller checks for the bell when it has drained
            return;
        }
        complete(request, BLKIF_RSP_OKAY);                  // there is no cache to be flushed
    }

    private void complete(final Request request, final int status)
    {
        final BlkfrontCompletion completion = request.completion;
        final int frameCount = frameCount(request.sectorCount);
        for (int i = frameCount - 1; i >= 0; i--)
        {
            if (status == BLKIF_RSP_OKAY && request.destination != null)
            {
                data.getBytes(
                    request.frames[i] << PAGE_SHIFT, request.destination, request.offset + (i << PAGE_SHIFT),
                    request.segmentLength(i));
            }
            freeFrames[freeFrameCount++] = request.frames[i];
        }
        request.isBusy = false;
        request.completion = null;
        request.destination = null;
        freeRequests[freeRequestCount++] = request;
        completion.onComplete(request.token, status);
    }

    private void encode(final Request request)
    {
        final int slot = front.claimRequest();
        final int frameCount = frameCount(request.sectorCount);
        page.setMemory(slot, Blkif.REQUEST_LENGTH, (byte)0);
        encoder.wrap(page, slot).operation((short)request.operation).nrSegments((short)frameCount).reqId(request.index)
            .sectorNumber(request.sector);
        for (int i = 0; i < frameCount; i++)
        {
            segment.wrap(page, slot + Blkif.segmentOffset(i)).gref(refs[request.frames[i]] & 0xFFFF_FFFFL)
                .firstSect((short)0).lastSect((short)((request.segmentLength(i) >> SECTOR_SHIFT) - 1));
        }
    }

    private static int frameCount(final int sectorCount)
    {
        return (sectorCount + SECTORS_PER_PAGE - 1) / SECTORS_PER_PAGE;
    }

    /** One request, from submit to its response. */
    private static final class Request
    {
        private final int index;
        private final int[] frames = new int[BLKIF_MAX_SEGMENTS_PER_REQUEST];
        private boolean isBusy;
        private int operation;
        private long sector;
        private int sectorCount;
        private MutableDirectBuffer destination;
        private int offset;
        private BlkfrontCompletion completion;
        private long token;

        private Request(final int index)
        {
            this.index = index;
        }

        private int segmentLength(final int i)
        {
            return Math.min(sectorCount - i * SECTORS_PER_PAGE, SECTORS_PER_PAGE) << SECTOR_SHIFT;
        }
    }
}
