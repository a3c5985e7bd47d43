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
    private static final int SPINS_PER_CLOCK = 16;
    private static final int SHORT_SPIN_NS = 5_000;
    private static final int LONG_SPIN_NS = 50_000;         // what a sleep and a wake-up cost on a virtual machine
    private static final int MAX_SPINS_IN_VAIN = 2;
    private static final int CALLS_BETWEEN_TRIES = 64;
    private static final boolean HAS_CPU_TO_SPIN = Runtime.getRuntime().availableProcessors() > 1;
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
    private int spinsInVain;
    private int callsSinceTry;

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
        int offset = ring.pollResponse();
        if (offset == RingLayout.NOTHING)
        {
            offset = spin();
        }
        while (offset == RingLayout.NOTHING)
        {
            if (!ring.finalCheckForResponses())
            {
                sleep();
            }
            offset = ring.pollResponse();
        }
        if (offset == RingLayout.PROTOCOL_VIOLATION)
        {
            throw new IllegalStateException("the hypervisor broke the hypercall ring");
        }

        return response.wrap(page, offset, Hypercalls.SLOT_LENGTH, 0);
    }

    /** Let go of the bells; the page stays the caller's. */
    @Override
    public void close()
    {
        Unistd.close(requestBell);
        Unistd.close(responseBell);
    }

    /** Most answers take less than a sleep and a wake-up. Where they do not, long spins are tried now and then only. */
    private int spin()
    {
        final boolean isLong =
            HAS_CPU_TO_SPIN && (spinsInVain < MAX_SPINS_IN_VAIN || ++callsSinceTry >= CALLS_BETWEEN_TRIES);
        final long endNs = System.nanoTime() + (isLong ? LONG_SPIN_NS : SHORT_SPIN_NS);
        int offset = RingLayout.NOTHING;
        for (int i = 1; offset == RingLayout.NOTHING && (i % SPINS_PER_CLOCK != 0 || System.nanoTime() < endNs); i++)
        {
            Thread.onSpinWait();
            offset = ring.pollResponse();
        }
        if (isLong)
        {
            spinsInVain = offset == RingLayout.NOTHING ? spinsInVain + 1 : 0;
            callsSinceTry = 0;
        }

        return offset;
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
