package org.skerry.guest.hypercall;

import java.nio.ByteBuffer;

import org.agrona.concurrent.UnsafeBuffer;
import org.skerry.wire.Hypercalls;
import org.skerry.wire.hypercall.HypercallResponseDecoder;
import org.skerry.wire.linux.Eventfd;
import org.skerry.wire.linux.Poll;
import org.skerry.wire.linux.Unistd;
import org.skerry.wire.ring.FrontRing;
import org.skerry.wire.ring.RingLayout;

/**
 * This domain's ring of hypercalls. Slots are claimed and filled, then all are submitted at once and waited for; the
 * answers come in the order of the slots. Whoever calls holds the lock of this object from the first claim to the last
 * answer.
 */
public final class HypercallRing implements AutoCloseable
{
    private static final int SPINS = 200;
    private static final RingLayout LAYOUT = new RingLayout(
        Hypercalls.SLOT_LENGTH, Hypercalls.SLOT_LENGTH, Hypercalls.RING_FILE_LENGTH);

    private final UnsafeBuffer page;
    private final FrontRing ring;
    private final int requestBell;
    private final int responseBell;
    private final Waiter waiter;
    private final ByteBuffer pollMemory = ByteBuffer.allocateDirect(2 * Poll.POLLFD_LENGTH);
    private final long pollfds = new UnsafeBuffer(pollMemory).addressOffset();
    private final HypercallResponseDecoder response = new HypercallResponseDecoder();
    private int tag;

    /**
     * @param page         the ring's file, mapped.
     * @param requestBell  wakes the hypervisor.
     * @param responseBell rung by it.
     * @param connectionFd hangs up when the hypervisor is gone.
     * @param waiter       how to wait for an answer.
     */
    public HypercallRing(
        final UnsafeBuffer page, final int requestBell, final int responseBell, final int connectionFd,
        final Waiter waiter)
    {
        this.page = page;
        this.ring = FrontRing.init(page, LAYOUT);
        this.requestBell = requestBell;
        this.responseBell = responseBell;
        this.waiter = waiter;
        Poll.set(pollfds, 0, responseBell, Poll.POLLIN);
        Poll.set(pollfds, 1, connectionFd, Poll.POLLRDHUP);
    }

    /** @return where the slots stand. */
    public UnsafeBuffer page()
    {
        return page;
    }

    /** @return how many slots can be claimed before the next {@link #submit}. */
    public int room()
    {
        return ring.freeRequests();
    }

    /**
     * Claim and clear the next slot.
     *
     * @return its offset in {@link #page}.
     */
    public int claim()
    {
        final int offset = ring.claimRequest();
        page.setMemory(offset, Hypercalls.SLOT_LENGTH, (byte)0);

        return offset;
    }

    /** @return a number for the next slot; it comes back in the answer. */
    public int nextTag()
    {
        return tag++;
    }

    /** Let the hypervisor see all claimed slots. */
    public void submit()
    {
        if (ring.pushRequestsAndCheckNotify())
        {
            Eventfd.signal(requestBell);
        }
    }

    /**
     * Wait for the next answer.
     *
     * @return the answer; valid until the next slot is claimed.
     * @throws IllegalStateException when the hypervisor is gone, or answers what was not asked.
     */
    public HypercallResponseDecoder await()
    {
        int spins = 0;
        while (true)
        {
            final int offset = ring.pollResponse();
            if (offset >= 0)
            {
                return response.wrap(page, offset, Hypercalls.SLOT_LENGTH, 0);
            }
            if (offset == RingLayout.PROTOCOL_VIOLATION)
            {
                throw new IllegalStateException("the hypervisor broke the hypercall ring");
            }
            if (spins++ < SPINS)
            {
                Thread.onSpinWait();
            }
            else if (!ring.finalCheckForResponses())
            {
                sleep();
            }
        }
    }

    /** Let go of the bells; the page stays the caller's. */
    @Override
    public void close()
    {
        Unistd.close(requestBell);
        Unistd.close(responseBell);
    }

    private void sleep()
    {
        waiter.await(pollfds, 2);
        if (Eventfd.drain(responseBell) <= 0 && Poll.revents(pollfds, 1) != 0 && !ring.finalCheckForResponses())
        {
            throw new IllegalStateException("the hypervisor is gone");
        }
    }
}
