package org.skerry.wire.ring;

import static org.skerry.wire.ring.RingLayout.NOTHING;
import static org.skerry.wire.ring.RingLayout.PROTOCOL_VIOLATION;
import static org.skerry.wire.ring.RingLayout.REQ_EVENT_OFFSET;
import static org.skerry.wire.ring.RingLayout.REQ_PROD_OFFSET;
import static org.skerry.wire.ring.RingLayout.RSP_EVENT_OFFSET;
import static org.skerry.wire.ring.RingLayout.RSP_PROD_OFFSET;
import static org.skerry.wire.ring.RingLayout.SLOTS_OFFSET;

import java.lang.invoke.VarHandle;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * The frontend's half of a shared ring: it puts requests in and takes responses out. One owner thread. The ring's
 * memory is the frontend's own, but the backend can write all of it at any time, so everything this half relies on
 * (how far it has pushed, how far it has read) is kept here and never read back.
 *
 * <p>Spec: io/ring.h, FRONT_RING_ATTACH, RING_PUSH_REQUESTS_AND_CHECK_NOTIFY, RING_FINAL_CHECK_FOR_RESPONSES. The twin
 * is {@link BackRing}.
 */
public final class FrontRing
{
    private final UnsafeBuffer page;
    private final int slotCount;
    private final int slotLength;
    private final int slotMask;

    private int reqProdPvt;             // index after the last claimed request
    private int reqProdPushed;          // what we have stored in req_prod
    private int reqProdChecked;         // req_prod when we last looked whether the back wants a bell
    private int rspCons;                // index of the next response to read
    private int rspProdSeen;            // checked copy of rsp_prod: responses before it may be read

    private FrontRing(final UnsafeBuffer page, final RingLayout layout, final int index)
    {
        layout.requireFits(page);
        this.page = page;
        this.slotCount = layout.slotCount();
        this.slotLength = layout.slotLength();
        this.slotMask = slotCount - 1;
        this.reqProdPvt = index;
        this.reqProdPushed = index;
        this.reqProdChecked = index;
        this.rspCons = index;
        this.rspProdSeen = index;
    }

    /**
     * Make a new, empty ring in memory that nobody else reads yet.
     *
     * @param page   the ring's pages; 4-byte aligned.
     * @param layout of the ring.
     * @return the front half, at index 0.
     */
    public static FrontRing init(final UnsafeBuffer page, final RingLayout layout)
    {
        return init(page, layout, 0);
    }

    /**
     * Make a new, empty ring whose indices begin anywhere: for tests of the wrap.
     *
     * @param page   the ring's pages; 4-byte aligned.
     * @param layout of the ring.
     * @param index  the first index; any value.
     * @return the front half.
     */
    public static FrontRing init(final UnsafeBuffer page, final RingLayout layout, final int index)
    {
        layout.requireFits(page);
        page.setMemory(0, SLOTS_OFFSET, (byte)0);
        page.putInt(REQ_PROD_OFFSET, index);
        page.putInt(REQ_EVENT_OFFSET, index + 1);
        page.putInt(RSP_EVENT_OFFSET, index + 1);
        page.putIntRelease(RSP_PROD_OFFSET, index);
        return new FrontRing(page, layout, index);
    }

    /**
     * Take over a ring that another instance of this frontend has used and that has nothing in flight.
     *
     * @param page   the ring's pages.
     * @param layout of the ring.
     * @param index  where both producers stand.
     * @return the front half.
     */
    public static FrontRing attach(final UnsafeBuffer page, final RingLayout layout, final int index)
    {
        return new FrontRing(page, layout, index);
    }

    /** @return number of slots, a power of two. */
    public int slotCount()
    {
        return slotCount;
    }

    /** @return how many requests can be claimed now, 0 to the number of slots. */
    public int freeRequests()
    {
        return slotCount - (reqProdPvt - rspCons);
    }

    /** @return true when {@link #claimRequest()} will give a slot. */
    public boolean hasFreeRequest()
    {
        return reqProdPvt - rspCons != slotCount;
    }

    /** @return how many requests are claimed or pushed and have no response yet, 0 to the number of slots. */
    public int inFlight()
    {
        return reqProdPvt - rspCons;
    }

    /**
     * Take the next free slot for a request. The back does not see it before the next push. The slot holds the bytes
     * of an earlier message: write every byte of the request, padding too.
     *
     * @return offset of the slot, or {@link RingLayout#NOTHING} when the ring is full.
     */
    public int claimRequest()
    {
        if (reqProdPvt - rspCons == slotCount)
        {
            return NOTHING;
        }

        return slotOffset(reqProdPvt++);
    }

    /** Let the back see all claimed requests, without looking whether it wants a bell: a later check covers them. */
    public void pushRequests()
    {
        page.putIntRelease(REQ_PROD_OFFSET, reqProdPvt);    // the back sees the requests before the index
        reqProdPushed = reqProdPvt;
    }

    /**
     * Let the back see all claimed requests.
     *
     * @return true when the back asked for a bell at one of the requests pushed since the last check.
     */
    public boolean pushRequestsAndCheckNotify()
    {
        final int oldProd = reqProdChecked;                 // our own copy: the one in the page is the peer's to spoil
        pushRequests();
        reqProdChecked = reqProdPushed;
        VarHandle.fullFence();                              // the index is out before we look at req_event

        final int reqEvent = page.getIntOpaque(REQ_EVENT_OFFSET);
        return Integer.compareUnsigned(reqProdPushed - reqEvent, reqProdPushed - oldProd) < 0;
    }

    /**
     * Count the responses that wait to be read.
     *
     * @return 0 to the number of slots, or {@link RingLayout#PROTOCOL_VIOLATION} when the back claims to have answered
     *     more than was asked.
     */
    public int unconsumedResponses()
    {
        final int rspProd = page.getIntAcquire(RSP_PROD_OFFSET);   // the responses are read after the index
        final int unconsumed = rspProd - rspCons;
        if (Integer.compareUnsigned(unconsumed, reqProdPushed - rspCons) > 0)
        {
            return PROTOCOL_VIOLATION;
        }

        rspProdSeen = rspProd;
        return unconsumed;
    }

    /**
     * Take the next response. Its slot is ours to read until the next request is claimed, but the back may still
     * change it: copy what decides anything.
     *
     * @return offset of its slot, {@link RingLayout#NOTHING}, or {@link RingLayout#PROTOCOL_VIOLATION}.
     */
    public int pollResponse()
    {
        if (rspProdSeen == rspCons)
        {
            final int unconsumed = unconsumedResponses();
            if (unconsumed <= 0)
            {
                return unconsumed == 0 ? NOTHING : PROTOCOL_VIOLATION;
            }
        }

        return slotOffset(rspCons++);
    }

    /**
     * Ask for a bell at the next response, then look once more. To be called when polling found nothing, before
     * sleeping.
     *
     * @return true when there is something to poll after all (a response or a violation): do not sleep.
     */
    public boolean finalCheckForResponses()
    {
        if (page.getIntAcquire(RSP_PROD_OFFSET) != rspCons)
        {
            return true;
        }

        page.putIntRelease(RSP_EVENT_OFFSET, rspCons + 1);
        VarHandle.fullFence();                              // the wish is out before the last look: no lost wake-up
        return page.getIntAcquire(RSP_PROD_OFFSET) != rspCons;
    }

    /** @return index of the next request to be claimed; masked, it says which slot. */
    public int reqProdPvt()
    {
        return reqProdPvt;
    }

    /** @return index of the next response to be read; masked, it says which slot. */
    public int rspCons()
    {
        return rspCons;
    }

    private int slotOffset(final int index)
    {
        return SLOTS_OFFSET + (index & slotMask) * slotLength;
    }
}
