package org.skerry.kernel.domain;

import java.util.concurrent.TimeUnit;

/**
 * How much a domain may have the kernel do for it that wakes others up, or that keeps others waiting. It is paid for
 * with time: each thing costs some, and who has spent what he saved waits until he has saved again. He is heard seldom
 * then, and a good while: most of what others do meanwhile does not meet him.
 */
public final class Allowance
{
    /** What can be saved: so much may be asked for at once. */
    public static final long SAVINGS_NS = TimeUnit.MILLISECONDS.toNanos(200);

    /** Price of a message over the connection: 5,000 in a second, 1,000 at once. */
    public static final long MESSAGE_NS = TimeUnit.MICROSECONDS.toNanos(200);

    /** Price of a hypercall for which Linux is called: 2,500 in a second, 500 at once. */
    public static final long SYSTEM_CALL_NS = TimeUnit.MICROSECONDS.toNanos(400);

    /** Who waits is heard again when he has so much. */
    public static final long ENOUGH_NS = SAVINGS_NS / 2;

    private long spentUntilNs;

    /**
     * @param priceNs of what was done.
     * @param nowNs   not negative.
     * @return whether more may be asked for at once.
     */
    public boolean spend(final long priceNs, final long nowNs)
    {
        spentUntilNs = Math.max(spentUntilNs, nowNs) + priceNs;
        return spentUntilNs - nowNs < SAVINGS_NS;
    }

    /** @return whether enough is left for one who had to wait. */
    public boolean isEnough(final long nowNs)
    {
        return spentUntilNs - nowNs <= SAVINGS_NS - ENOUGH_NS;
    }
}
