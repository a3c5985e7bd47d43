package org.skerry.perf.ring;

import java.util.Arrays;

import org.HdrHistogram.Histogram;
import org.skerry.perf.link.RunMode;
import org.skerry.perf.link.RunSpec;

/**
 * One run of one contender in one round, and how the machine was meanwhile.
 *
 * @param kind           which contender.
 * @param spec           what it ran.
 * @param turn           what it found.
 * @param foreignShare   CPU time that others took, as a share of all processors: 0 to 1.
 * @param probeBeforeNs  round trip of a cache line before, ns; -1 when it was not looked at.
 * @param probeAfterNs   round trip of a cache line after, ns; -1 when it was not looked at.
 */
record Cell(
    ContenderKind kind, RunSpec spec, Contender.Turn turn, double foreignShare, long probeBeforeNs, long probeAfterNs)
{
    private static final double QUIET_SHARE = 0.1;

    /** @return time per message in each slice of the run, ps. */
    long[] slicesPs()
    {
        return spec.mode() == RunMode.ONE_WAY ? turn.back().slicesPs() : turn.front().slicesPs();
    }

    /** @return the median slice, ps; 0 when the run was too short for a slice. */
    long medianPs()
    {
        final long[] sorted = slicesPs();
        Arrays.sort(sorted);

        return sorted.length == 0 ? 0 : sorted[sorted.length / 2];
    }

    /** @return round trips of single requests. */
    Histogram rttNs()
    {
        return turn.front().rttNs();
    }

    /** @return whether the processors were near each other before and after, as far as we looked. */
    boolean isNear()
    {
        return Math.max(probeBeforeNs, probeAfterNs) <= PlacementProbe.FAR_NS;
    }

    /** @return whether others took less than a tenth of the machine. */
    boolean isQuiet()
    {
        return foreignShare < QUIET_SHARE;
    }
}
