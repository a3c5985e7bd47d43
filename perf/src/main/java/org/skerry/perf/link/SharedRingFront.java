package org.skerry.perf.link;

import org.agrona.concurrent.UnsafeBuffer;
import org.skerry.guest.Domain;
import org.skerry.guest.event.EventChannel;
import org.skerry.wire.Blkif;
import org.skerry.wire.ring.FrontRing;
import org.skerry.wire.ring.RingLayout;

/**
 * The front of a block ring as a domain has it: one granted page of 32 slots, an event channel. It spins as long as
 * the run says and then sleeps on its bell.
 */
public final class SharedRingFront implements FrontLink
{
    /**
     * Requests are shown four at a time: showing each costs a cache line's way per request, showing all at once has
     * the two halves wait for each other. With a window of 32, 47 ns a request instead of 86; SharedRingBack likewise.
     */
    private static final int PUBLISH_MASK = 3;

    private final UnsafeBuffer page;
    private final FrontRing ring;
    private final DomainBell bell;
    private final BlkifTraffic traffic = new BlkifTraffic();
    private final SpinBudget spinBudget = new SpinBudget();
    private boolean isOneWay;

    /**
     * @param page    granted to the back, which has not attached yet.
     * @param domain  ours.
     * @param channel bound to the back.
     */
    public SharedRingFront(final UnsafeBuffer page, final Domain domain, final EventChannel channel)
    {
        this.page = page;
        this.ring = FrontRing.init(page, Blkif.RING_LAYOUT);
        this.bell = new DomainBell(domain, channel);
    }

    @Override
    public void begin(final RunSpec spec)
    {
        isOneWay = spec.mode() == RunMode.ONE_WAY;
        spinBudget.begin(spec.spinNs());
        bell.begin();
    }

    @Override
    public boolean offer(final long id, final int operation)
    {
        int offset = ring.claimRequest();
        if (offset < 0 && isOneWay)
        {
            dropResponses();
            offset = ring.claimRequest();
        }
        if (offset < 0)
        {
            return false;
        }
        traffic.encodeRequest(page, offset, id, operation);
        if ((ring.reqProdPvt() & PUBLISH_MASK) == 0)
        {
            ring.pushRequests();                        // the back begins while we go on; flush looks for its wish
        }

        return true;
    }

    @Override
    public void flush()
    {
        if (ring.pushRequestsAndCheckNotify())
        {
            bell.ring();
        }
    }

    @Override
    public int poll(final MessageHandler handler, final int limit)
    {
        int count = 0;
        while (count < limit)
        {
            final int offset = pollResponse();
            if (offset < 0)
            {
                break;
            }
            handler.onMessage(page, offset);
            count++;
        }

        return count;
    }

    @Override
    public boolean isSettled()
    {
        dropResponses();
        return ring.inFlight() == 0;
    }

    @Override
    public void idle()
    {
        if (!spinBudget.spin() && !ring.finalCheckForResponses())
        {
            bell.sleep();
        }
    }

    @Override
    public void busy()
    {
        spinBudget.reset();
    }

    @Override
    public long bellCount()
    {
        return bell.count();
    }

    /** In a one-way run a response means nothing but that its slot is free. */
    private void dropResponses()
    {
        int offset;
        do
        {
            offset = pollResponse();
        }
        while (offset >= 0);
    }

    private int pollResponse()
    {
        final int offset = ring.pollResponse();
        if (offset == RingLayout.PROTOCOL_VIOLATION)
        {
            throw new IllegalStateException("the back broke the ring: rspCons=" + ring.rspCons());
        }

        return offset;
    }
}
