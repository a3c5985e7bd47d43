package org.skerry.wire.ring;

import static org.skerry.wire.ring.RingLayout.NOTHING;
import static org.skerry.wire.ring.RingLayout.PROTOCOL_VIOLATION;
import static org.skerry.wire.ring.RingLayout.REQ_EVENT_OFFSET;
import static org.skerry.wire.ring.RingLayout.REQ_PROD_OFFSET;
import static org.skerry.wire.ring.RingLayout.RSP_EVENT_OFFSET;
import static org.skerry.wire.ring.RingLayout.RSP_PROD_OFFSET;
import static org.skerry.wire.ring.RingLayout.SLOTS_OFFSET;

import java.lang.invoke.VarHandle;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * The backend's half of a shared ring: it takes requests out and puts responses in. One owner thread. The ring's memory
 * belongs to the frontend, which can write all of it at any time: an index is checked before it is walked to, and a
 * request is looked at only in a copy.
 *
 * <p>Spec: io/ring.h, BACK_RING_ATTACH, RING_PUSH_RESPONSES_AND_CHECK_NOTIFY, RING_FINAL_CHECK_FOR_REQUESTS,
 * RING_REQUEST_PROD_OVERFLOW. The twin is {@link FrontRing}.
 */
public final class BackRing
{
    private final UnsafeBuffer page;
    private final int slotCount;
    private final int slotLength;
    private final int slotMask;
    private final int requestLength;

    private int reqCons;                // index of the next request to take
    private int reqProdSeen;            // checked copy of req_prod: requests before it may be taken
    private int rspProdPvt;             // index after the last claimed response
    private int rspProdPushed;          // what we have stored in rsp_prod
    private int rspProdChecked;         // rsp_prod when we last looked whether the front wants a bell

    private BackRing(final UnsafeBuffer page, final RingLayout layout, final int index)
    {
        layout.requireFits(page);
        this.page = page;
        this.slotCount = layout.slotCount();
        this.slotLength = layout.slotLength();
        this.slotMask = slotCount - 1;
        this.requestLength = layout.requestLength();
        this.reqCons = index;
        this.reqProdSeen = index;
        this.rspProdPvt = index;
        this.rspProdPushed = index;
        this.rspProdChecked = index;
    }

    /**
     * Attach to a ring that a frontend has made, or that an earlier instance of this backend has served: everything
     * before {@code rsp_prod} is answered, everything from there on is to be taken (again).
     *
     * @param page   the ring's pages; 4-byte aligned.
     * @param layout of the ring.
     * @return the back half, at the index found in {@code rsp_prod}. If that is a lie, the first poll says so.
     */
    public static BackRing attach(final UnsafeBuffer page, final RingLayout layout)
    {
        layout.requireFits(page);
        return new BackRing(page, layout, page.getIntAcquire(RSP_PROD_OFFSET));
    }

    /**
     * Attach at an index that we know better than the page does.
     *
     * @param page   the ring's pages; 4-byte aligned.
     * @param layout of the ring.
     * @param index  of the first request to take; any value.
     * @return the back half.
     */
    public static BackRing attach(final UnsafeBuffer page, final RingLayout layout, final int index)
    {
        return new BackRing(page, layout, index);
    }

    /** @return number of slots, a power of two. */
    public int slotCount()
    {
        return slotCount;
    }

    /** @return how many requests are taken and have no response claimed yet, 0 to the number of slots. */
    public int inFlight()
    {
        return reqCons - rspProdPvt;
    }

    /**
     * Count the requests that wait to be taken.
     *
     * @return 0 to the number of slots, or {@link RingLayout#PROTOCOL_VIOLATION} when the front claims more requests
     *     than the ring has free slots, or takes some back.
     */
    public int unconsumedRequests()
    {
        final int reqProd = page.getIntAcquire(REQ_PROD_OFFSET);   // the requests are read after the index
        final int unconsumed = reqProd - reqCons;
        if (Integer.compareUnsigned(unconsumed, slotCount - (reqCons - rspProdPvt)) > 0)
        {
            return PROTOCOL_VIOLATION;
        }

        reqProdSeen = reqProd;
        return unconsumed;
    }

    /**
     * Take the next request where it stands. The front may change it while it is read: this is for requests that are
     * copied field by field. Everyone else calls {@link #copyRequest}.
     *
     * @return offset of its slot, {@link RingLayout#NOTHING}, or {@link RingLayout#PROTOCOL_VIOLATION}.
     */
    public int pollRequest()
    {
        if (reqProdSeen == reqCons)
        {
            final int unconsumed = unconsumedRequests();
            if (unconsumed <= 0)
            {
                return unconsumed == 0 ? NOTHING : PROTOCOL_VIOLATION;
            }
        }

        return slotOffset(reqCons++);
    }

    /**
     * Take the next request as a private copy.
     *
     * @param dst       memory that no other domain can reach; at least the length of a request behind the offset.
     * @param dstOffset where in it.
     * @return offset of the slot it came from, {@link RingLayout#NOTHING}, or {@link RingLayout#PROTOCOL_VIOLATION};
     *     nothing is copied in the last two cases.
     */
    public int copyRequest(final MutableDirectBuffer dst, final int dstOffset)
    {
        final int offset = pollRequest();
        if (offset >= 0)
        {
            dst.putBytes(dstOffset, page, offset, requestLength);
        }

        return offset;
    }

    /**
     * Take the next slot for a response, whichever request it answers: its request has been taken, so its bytes are
     * free. The front does not see it before the next push.
     *
     * @return offset of the slot.
     * @throws IllegalStateException when every request taken has its response already.
     */
    public int claimResponse()
    {
        if (rspProdPvt == reqCons)
        {
            throw new IllegalStateException("a response without a request: rspProdPvt=" + rspProdPvt);
        }

        return slotOffset(rspProdPvt++);
    }

    /** Let the front see all claimed responses, without looking whether it wants a bell: a later check covers them. */
    public void pushResponses()
    {
        page.putIntRelease(RSP_PROD_OFFSET, rspProdPvt);    // the front sees the responses before the index
        rspProdPushed = rspProdPvt;
    }

    /**
     * Let the front see all claimed responses.
     *
     * @return true when the front asked for a bell at one of the responses pushed since the last check.
     */
    public boolean pushResponsesAndCheckNotify()
    {
        final int oldProd = rspProdChecked;                 // our own copy: the one in the page is the peer's to spoil
        pushResponses();
        rspProdChecked = rspProdPushed;
        VarHandle.fullFence();                              // the index is out before we look at rsp_event

        final int rspEvent = page.getIntOpaque(RSP_EVENT_OFFSET);
        return Integer.compareUnsigned(rspProdPushed - rspEvent, rspProdPushed - oldProd) < 0;
    }

    /**
     * Ask for a bell at the next request, then look once more. To be called when polling found nothing, before
     * sleeping.
     *
     * @return true when there is something to poll after all (a request or a violation): do not sleep.
     */
    public boolean finalCheckForRequests()
    {
        if (page.getIntAcquire(REQ_PROD_OFFSET) != reqCons)
        {
            return true;
        }

        page.putIntRelease(REQ_EVENT_OFFSET, reqCons + 1);
        VarHandle.fullFence();                              // the wish is out before the last look: no lost wake-up
        return page.getIntAcquire(REQ_PROD_OFFSET) != reqCons;
    }

    /**
     * The same for who needs several requests at once and has found too few: ask for a bell when the front adds more,
     * then look once more.
     *
     * @param needed number of requests, 1 to the number of slots.
     * @return true when as many are there, or the front moves just now, or lies: do not sleep, look again.
     */
    public boolean finalCheckForRequests(final int needed)
    {
        final int reqProd = page.getIntAcquire(REQ_PROD_OFFSET);
        if (Integer.compareUnsigned(reqProd - reqCons, needed) >= 0)
        {
            return true;
        }

        page.putIntRelease(REQ_EVENT_OFFSET, reqProd + 1);
        VarHandle.fullFence();                              // the wish is out before the last look: no lost wake-up
        return page.getIntAcquire(REQ_PROD_OFFSET) != reqProd;
    }

    /** @return index of the next request to be taken; masked, it says which slot. */
    public int reqCons()
    {
        return reqCons;
    }

    /** @return index of the next response to be claimed; masked, it says which slot. */
    public int rspProdPvt()
    {
        return rspProdPvt;
    }

    private int slotOffset(final int index)
    {
        return SLOTS_OFFSET + (index & slotMask) * slotLength;
    }
}
