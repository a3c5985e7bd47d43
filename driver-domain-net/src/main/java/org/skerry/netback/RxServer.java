package org.skerry.netback;

import org.agrona.concurrent.UnsafeBuffer;
import org.skerry.wire.Hypercalls;
import org.skerry.wire.Netif;
import org.skerry.wire.netif.NetifRxRequestDecoder;
import org.skerry.wire.netif.NetifRxResponseEncoder;
import org.skerry.wire.ring.BackRing;
import org.skerry.wire.ring.RingLayout;

/**
 * Brings the frames that wait for a guest into the pages that it offers, one vif at a time: a batch of copies, one
 * hypercall, then the responses. A response stands in the slot of the request it answers, because both are taken in
 * order.
 *
 * <p>A page that cannot be written to costs its frame and is answered with NETIF_RSP_ERROR. When the guest offers too
 * few pages, frames stay in their queue, we ask for a bell, and whoever comes when the queue is full is dropped.
 */
final class RxServer
{
    /** Answer of {@link #serve}: close the device. */
    static final int PROTOCOL_VIOLATION = -1;
    /** Pieces in one batch. */
    static final int PIECE_LIMIT = 64;
    /** Copies that one piece may need: it may lie across two of our pages. */
    static final int COPIES_PER_PIECE = 2;
    private static final int PAGE_SIZE = Hypercalls.PAGE_SIZE;

    private final GrantCopy copies;
    private final UnsafeBuffer slot = new UnsafeBuffer(new byte[Netif.RX_SLOT_LENGTH]);
    private final NetifRxRequestDecoder request = new NetifRxRequestDecoder();
    private final NetifRxResponseEncoder response = new NetifRxResponseEncoder();
    private final int[] ids = new int[PIECE_LIMIT];
    private final int[] lengths = new int[PIECE_LIMIT];
    private final int[] firstCopies = new int[PIECE_LIMIT];
    private final int[] copyCounts = new int[PIECE_LIMIT];
    private final boolean[] isLast = new boolean[PIECE_LIMIT];
    private int pieceCount;

    /** @param copies the batch; takes at least as many operations as a longest frame needs. */
    RxServer(final GrantCopy copies)
    {
        this.copies = copies;
    }

    /**
     * Serve one batch of a vif.
     *
     * @param vif connected.
     * @return pieces brought, 0 when there is nothing to do until a frame comes or the guest rings, or
     *     {@link #PROTOCOL_VIOLATION}.
     */
    int serve(final VifQueue vif)
    {
        pieceCount = 0;
        copies.clear();

        final RxQueue queue = vif.rxQueue();
        final BackRing ring = vif.rxRing();
        for (int length = queue.peek(); length != RxQueue.EMPTY; length = queue.peek())
        {
            final int needed = (length + PAGE_SIZE - 1) / PAGE_SIZE;
            if (pieceCount + needed > PIECE_LIMIT || copies.room() < needed * COPIES_PER_PIECE)
            {
                break;
            }

            final int offered = ring.unconsumedRequests();
            if (offered == RingLayout.PROTOCOL_VIOLATION)
            {
                return PROTOCOL_VIOLATION;
            }
            if (offered < needed)
            {
                break;
            }

            gather(vif, ring, queue.peekOffset(), length);
            queue.pop();
        }

        if (pieceCount > 0)
        {
            copies.execute();
            queue.releaseRead();
            answer(vif);
            if (ring.pushResponsesAndCheckNotify())
            {
                vif.wantBell();
            }
        }

        return pieceCount;
    }

    /**
     * The last serving brought nothing. Ask for a bell if frames wait for pages.
     *
     * @return whether there is something to serve after all.
     */
    boolean finalCheck(final VifQueue vif)
    {
        final int length = vif.rxQueue().peek();
        return length != RxQueue.EMPTY &&
            vif.rxRing().finalCheckForRequests((length + PAGE_SIZE - 1) / PAGE_SIZE);
    }

    private void gather(final VifQueue vif, final BackRing ring, final int offset, final int length)
    {
        int from = offset;
        int left = length;
        while (left > 0)
        {
            ring.copyRequest(slot, 0);                     // is there: we have counted them
            request.wrap(slot, 0, NetifRxRequestDecoder.BLOCK_LENGTH, 0);
            final int pieceLength = Math.min(left, PAGE_SIZE);
            ids[pieceCount] = request.reqId();
            lengths[pieceCount] = pieceLength;
            isLast[pieceCount] = left == pieceLength;
            addCopies(vif, (int)request.gref(), from, pieceLength);
            pieceCount++;
            from += pieceLength;
            left -= pieceLength;
        }
    }

    private void addCopies(final VifQueue vif, final int ref, final int offset, final int length)
    {
        final RxQueue queue = vif.rxQueue();
        final int first = Math.min(length, PAGE_SIZE - offset % PAGE_SIZE);
        firstCopies[pieceCount] = copies.addCopyTo(
            queue.frameOf(offset), offset % PAGE_SIZE, vif.frontend(), ref, 0, first);
        copyCounts[pieceCount] = 1;
        if (first < length)
        {
            copies.addCopyTo(queue.frameOf(offset) + 1, 0, vif.frontend(), ref, first, length - first);
            copyCounts[pieceCount] = 2;
        }
    }

    private void answer(final VifQueue vif)
    {
        int first = 0;
        while (first < pieceCount)
        {
            int end = first;
            boolean isBad = false;
            int frameLength = 0;
            do
            {
                isBad |= isBad(end);
                frameLength += lengths[end];
            }
            while (!isLast[end++]);

            for (int i = first; i < end; i++)
            {
                response.wrap(vif.rxPage(), vif.rxRing().claimResponse())
                    .reqId(ids[i])
                    .pageOffset(0)
                    .flags(isLast[i] ? 0 : Netif.NETRXF_MORE_DATA)
                    .status((short)(isBad ? Netif.NETIF_RSP_ERROR : lengths[i]));
            }
            count(vif.counters(), isBad, frameLength);
            first = end;
        }
    }

    private boolean isBad(final int piece)
    {
        boolean isBad = false;
        for (int i = 0; i < copyCounts[piece]; i++)
        {
            isBad |= copies.status(firstCopies[piece] + i) != GrantCopy.OKAY;
        }

        return isBad;
    }

    private static void count(final VifCounters counters, final boolean isBad, final int frameLength)
    {
        if (isBad)
        {
            counters.rxErrors++;
        }
        else
        {
            counters.rxFrames++;
            counters.rxBytes += frameLength;
        }
    }
}
