package org.skerry.console;

/**
 * How often a guest may have the daemon's attention: a bucket that holds {@link #BURST} turns and gets a new one
 * every {@link #INTERVAL_NS}. A guest that rings faster waits for its next turn, its bytes wait in its page, and
 * nobody else waits for it.
 * <p>
 * Xen's daemon allows 30 events in each 200 ms and then looks away until the period ends; ours gives the turns one by
 * one, so that a guest at its limit is late by one interval and not by 200 ms. A turn moves at most one ring of 2 KiB:
 * the ceiling is 1 MB/s.
 */
final class TurnAllowance
{
    /** Turns that can be taken at once after a pause. */
    static final int BURST = 30;

    /** Time until a spent turn comes back. */
    static final long INTERVAL_NS = 2_000_000;

    private long fullAtNs;
    private boolean isFresh = true;

    /**
     * @param nowNs of a clock that does not go backwards.
     * @return whether there was a turn; it is spent now.
     */
    boolean take(final long nowNs)
    {
        if (isFresh || fullAtNs - nowNs < 0)
        {
            fullAtNs = nowNs;
            isFresh = false;
        }

        if (fullAtNs - nowNs > (BURST - 1) * INTERVAL_NS)
        {
            return false;
        }

        fullAtNs += INTERVAL_NS;
        return true;
    }

    /**
     * @param nowNs of the same clock.
     * @return time until {@link #take} succeeds, 0 when it does now.
     */
    long delayNs(final long nowNs)
    {
        return isFresh ? 0 : Math.max(0, fullAtNs - nowNs - (BURST - 1) * INTERVAL_NS);
    }
}
