package org.skerry.kernel.domain;

import java.util.concurrent.TimeUnit;

/**
 * How much a domain may have the kernel do for it that wakes others up. It is paid for with time: each thing costs
 * some, and who has spent more than he saved waits until it has passed. So one that asks without end does not keep
 * others from their processors.
 */
public final class Allowance
{
    /** What can be saved: so much may be asked for at once. */
    public static final long SAVINGS_NS = TimeUnit.MILLISECONDS.toNanos(30);

    /** Price of a message over the connection: 10,000 in a second, 300 at once. */
    public static final long MESSAGE_NS = TimeUnit.MICROSECONDS.toNanos(100);

    /** Price of a hypercall for which Linux is called: 20,000 in a second, 600 at once. */
    public static final long SYSTEM_CALL_NS = TimeUnit.MICROSECONDS.toNanos(50);

    private long spentUntilNs;

    /**
     * @param priceNs of what was done.
     * @param nowNs   not negative.
     * @return whether more may be asked for at once.
     */
    public boolean spend(final long priceNs, final long nowNs)
    {
        spentUntilNs = Math.max(spentUntilNs, nowNs) + priceNs;
        return isLeft(nowNs);
    }

    /** @return whether something may be asked for. */
    public boolean isLeft(final long nowNs)
    {
        return spentUntilNs - nowNs < SAVINGS_NS;
    }
}
