package org.skerry.pvh;

import java.util.List;

/**
 * What a vCPU came out for, so far. Its thread counts; who reads while it runs may see less.
 */
final class ExitCounts
{
    long timers;                // of the hypercalls, those that set the timer
    long hypercalls;
    long devices;
    long kicks;
    long others;

    /** @return exits of all kinds. */
    long total()
    {
        return hypercalls + devices + kicks + others;
    }

    static ExitCounts sum(final List<ExitCounts> counts)
    {
        final ExitCounts sum = new ExitCounts();
        for (final ExitCounts each : counts)
        {
            sum.timers += each.timers;
            sum.hypercalls += each.hypercalls;
            sum.devices += each.devices;
            sum.kicks += each.kicks;
            sum.others += each.others;
        }

        return sum;
    }

    @Override
    public String toString()
    {
        return total() + " (hypercalls=" + hypercalls + ", of these timers=" + timers + ", devices=" + devices +
            ", kicks=" + kicks + ", others=" + others + ")";
    }
}
