package org.skerry.guest.event;

import java.util.concurrent.TimeUnit;

/**
 * How long a bell that rings for nothing is not listened to. Some events find nothing to do in every honest use: what
 * they announced was served before. So a few of them cost nothing, one in {@link #FORGIVEN_NS} is forgotten, and each
 * event that did find something forgives half of the rest.
 *
 * <p>Spec: as Linux does with XEN_EOI_FLAG_SPURIOUS (XSA-332), with a shorter longest delay.
 */
final class SpuriousEvents
{
    /** As many in a row are listened to at once. */
    static final int FREE = 32;
    /** Longest time that a bell is not heard, ms. */
    static final int MAX_DELAY_MS = 16;
    /** Time in which one event for nothing is forgotten, ns. */
    static final long FORGIVEN_NS = TimeUnit.MILLISECONDS.toNanos(8);

    private static final long MAX_DELAY_NS = TimeUnit.MILLISECONDS.toNanos(MAX_DELAY_MS);
    private static final int MAX_DOUBLINGS = 4;

    private int count;
    private long forgivenAtNs;

    /**
     * An event was handled.
     *
     * @param foundWork whether there was something to do.
     * @param nowNs     now.
     * @return ns for which the bell is not to be heard; 0 to listen at once.
     */
    long onHandled(final boolean foundWork, final long nowNs)
    {
        if (foundWork)
        {
            count >>= 1;
            return 0;
        }
        if (count == 0)
        {
            forgivenAtNs = nowNs;
        }
        final long forgiven = (nowNs - forgivenAtNs) / FORGIVEN_NS;
        forgivenAtNs += forgiven * FORGIVEN_NS;
        count = (int)Math.max(0, count - forgiven) + 1;

        return count <= FREE ? 0 : MAX_DELAY_NS >> Math.max(0, MAX_DOUBLINGS - (count - FREE - 1));
    }
}
