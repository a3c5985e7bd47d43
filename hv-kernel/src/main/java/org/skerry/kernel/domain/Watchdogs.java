package org.skerry.kernel.domain;

import java.util.concurrent.TimeUnit;

import org.skerry.wire.Errno;

/**
 * The two watchdogs of a domain. While the domain is paused they stand still.
 *
 * <p>Spec: sched.h, SCHEDOP_watchdog.
 */
public final class Watchdogs
{
    /** The deadline of a watchdog that is not set. */
    public static final long NEVER = Long.MAX_VALUE;

    private final long[] deadlinesNs = {NEVER, NEVER};

    /**
     * @param id       as a stranger said it: 0 for a new one.
     * @param timeoutS as a stranger said it: seconds, 0 to stop it.
     * @return id of a new one, or 0; -EINVAL when there is nothing to set or stop; -ENOSPC.
     */
    public int set(final long id, final long timeoutS, final long nowNs)
    {
        int index = (int)id - 1;
        if (id == 0)
        {
            index = deadlinesNs[0] == NEVER ? 0 : 1;
            if (timeoutS > 0 && deadlinesNs[index] != NEVER)
            {
                return Errno.ENOSPC.negative();
            }
        }
        if (id > deadlinesNs.length || id == 0 && timeoutS == 0 || id != 0 && deadlinesNs[index] == NEVER)
        {
            return Errno.EINVAL.negative();
        }
        deadlinesNs[index] = timeoutS == 0 ? NEVER : nowNs + TimeUnit.SECONDS.toNanos(timeoutS);

        return id == 0 ? index + 1 : 0;
    }

    /** @return the next deadline. */
    public long nextNs()
    {
        return Math.min(deadlinesNs[0], deadlinesNs[1]);
    }

    void delay(final long ns)
    {
        for (int i = 0; i < deadlinesNs.length; i++)
        {
            deadlinesNs[i] = deadlinesNs[i] == NEVER ? NEVER : deadlinesNs[i] + ns;
        }
    }

    /** Neither is set. */
    public void stop()
    {
        deadlinesNs[0] = NEVER;
        deadlinesNs[1] = NEVER;
    }
}
