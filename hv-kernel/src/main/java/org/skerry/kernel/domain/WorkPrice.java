package org.skerry.kernel.domain;

import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.NanoClock;

/**
 * What the kernel's time costs a domain. It is free for who is alone, for those who ask in turns, and for who serves
 * others; it is dear for who is served again and again while others ask, too: two processors may be kept busy by him
 * and by the kernel, and others feel that in one of a hundred of their round trips when he has a hundredth of the time.
 */
public final class WorkPrice
{
    /** For a nanosecond of work: who pays gets 1 % of the kernel's time. */
    private static final long PRICE = 100;
    /** Who asked that long ago is not kept waiting. */
    private static final long COMPANY_NS = TimeUnit.MILLISECONDS.toNanos(1);
    /** For a turn that takes longer the kernel was kept waiting, too. */
    private static final long MAX_WORK_NS = TimeUnit.MICROSECONDS.toNanos(100);
    /** Who may have so many pages of mappings serves others, as Domain-0 wants: his work is theirs. */
    public static final int SERVING_MAPTRACK_FRAMES = 256;

    private final NanoClock clock;
    private KernelDomain last;
    private long turnedNs;                              // when another was served than the one before

    /** @param clock by which the work began. */
    public WorkPrice(final NanoClock clock)
    {
        this.clock = clock;
    }

    /**
     * @param domain  was served until now.
     * @param beganNs when that began.
     * @return what it has to spend for it, ns of its {@link Allowance}.
     */
    public long of(final KernelDomain domain, final long beganNs)
    {
        if (domain != last)
        {
            last = domain;
            turnedNs = beganNs;
        }
        final boolean isOthers = domain.details().maptrackFrames() >= SERVING_MAPTRACK_FRAMES;
        return !isOthers && beganNs > turnedNs && beganNs - turnedNs < COMPANY_NS ?
            Math.min(clock.nanoTime() - beganNs, MAX_WORK_NS) * PRICE : 0;
    }
}
