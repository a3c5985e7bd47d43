package org.skerry.guest;

import org.skerry.guest.hypercall.HypercallRing;
import org.skerry.wire.Domid;
import org.skerry.wire.hypercall.DecreaseReservationEncoder;
import org.skerry.wire.hypercall.HypercallResponseDecoder;
import org.skerry.wire.hypercall.MemoryReservationEncoder;
import org.skerry.wire.hypercall.PopulatePhysmapEncoder;

/**
 * How much memory this domain has, and the calls that change it. From one thread at a time.
 *
 * <p>Spec: memory.h, XENMEM_decrease_reservation, XENMEM_populate_physmap, XENMEM_current_reservation,
 * XENMEM_maximum_reservation.
 */
public final class Reservation
{
    private final HypercallRing ring;
    private final DecreaseReservationEncoder decrease = new DecreaseReservationEncoder();
    private final PopulatePhysmapEncoder populate = new PopulatePhysmapEncoder();
    private final MemoryReservationEncoder reservation = new MemoryReservationEncoder();

    Reservation(final HypercallRing ring)
    {
        this.ring = ring;
    }

    /**
     * @param firstFrame in memory.
     * @param frameCount 1 to {@link org.skerry.wire.Hypercalls#MAX_WINDOW_BATCH}.
     * @return frames given back, from the first on, or a negative errno.
     */
    public int decrease(final int firstFrame, final int frameCount)
    {
        synchronized (ring)
        {
            decrease.wrap(ring.page(), ring.claim())
                .op(DecreaseReservationEncoder.TEMPLATE_ID).tag(ring.nextTag())
                .firstFrame(firstFrame).frameCount(frameCount);
            ring.submit();

            return (int)ring.await().result();
        }
    }

    /**
     * @param firstFrame in memory.
     * @param frameCount 1 to {@link org.skerry.wire.Hypercalls#MAX_WINDOW_BATCH}.
     * @return frames that hold memory now and did not before, from the first on, or a negative errno.
     */
    public int populate(final int firstFrame, final int frameCount)
    {
        synchronized (ring)
        {
            populate.wrap(ring.page(), ring.claim())
                .op(PopulatePhysmapEncoder.TEMPLATE_ID).tag(ring.nextTag())
                .firstFrame(firstFrame).frameCount(frameCount);
            ring.submit();

            return (int)ring.await().result();
        }
    }

    /** @return frames that this domain has now, or a negative errno. */
    public long current()
    {
        synchronized (ring)
        {
            final HypercallResponseDecoder answer = ask();
            return answer.result() < 0 ? answer.result() : answer.value0();
        }
    }

    /** @return frames that this domain may have, or a negative errno. */
    public long maximum()
    {
        synchronized (ring)
        {
            final HypercallResponseDecoder answer = ask();
            return answer.result() < 0 ? answer.result() : answer.value1();
        }
    }

    private HypercallResponseDecoder ask()
    {
        reservation.wrap(ring.page(), ring.claim())
            .op(MemoryReservationEncoder.TEMPLATE_ID).tag(ring.nextTag()).dom(Domid.DOMID_SELF);
        ring.submit();

        return ring.await();
    }
}
