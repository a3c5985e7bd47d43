package org.skerry.perf.link;

import java.nio.ByteBuffer;

import org.agrona.concurrent.UnsafeBuffer;
import org.skerry.guest.Domain;
import org.skerry.guest.event.EventChannel;
import org.skerry.wire.Blkif;
import org.skerry.wire.ring.BackRing;
import org.skerry.wire.ring.RingLayout;

/**
 * The back of a block ring as a driver domain has it: the front's page, mapped. Every request is copied before it is
 * looked at, for the front can change it at any time. Slots come free by responses only, so a one-way run has them
 * too.
 */
public final class SharedRingBack implements BackLink
{
    private static final int PUBLISH_MASK = 3;          // as the front

    private final UnsafeBuffer page;
    private final BackRing ring;
    private final DomainBell bell;
    private final UnsafeBuffer request = new UnsafeBuffer(ByteBuffer.allocateDirect(Blkif.REQUEST_LENGTH));
    private final SpinBudget spinBudget = new SpinBudget();

    /**
     * @param page    granted by the front.
     * @param domain  ours.
     * @param channel bound to the front.
     */
    public SharedRingBack(final UnsafeBuffer page, final Domain domain, final EventChannel channel)
    {
        this.page = page;
        this.ring = BackRing.attach(page, Blkif.RING_LAYOUT);
        this.bell = new DomainBell(domain, channel);
    }

    @Override
    public void begin(final RunSpec spec)
    {
        spinBudget.begin(spec.spinNs());
        bell.begin();
    }

    @Override
    public int poll(final MessageHandler handler, final int limit)
    {
        int count = 0;
        while (count < limit)
        {
            final int offset = ring.copyRequest(request, 0);
            if (offset < 0)
            {
                if (offset == RingLayout.PROTOCOL_VIOLATION)
                {
                    throw new IllegalStateException("the front broke the ring: reqCons=" + ring.reqCons());
                }
                break;
            }
            handler.onMessage(request, 0);
            count++;
        }

        return count;
    }

    @Override
    public boolean answer(final BlkifTraffic traffic)
    {
        traffic.encodeResponse(page, ring.claimResponse());
        if ((ring.rspProdPvt() & PUBLISH_MASK) == 0)
        {
            ring.pushResponses();                       // the front goes on while we do; flush looks for its wish
        }
        return true;
    }

    @Override
    public void release(final BlkifTraffic traffic)
    {
        answer(traffic);
    }

    @Override
    public void flush()
    {
        if (ring.pushResponsesAndCheckNotify())
        {
            bell.ring();
        }
    }

    @Override
    public void idle()
    {
        if (!spinBudget.spin() && !ring.finalCheckForRequests())
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
}
