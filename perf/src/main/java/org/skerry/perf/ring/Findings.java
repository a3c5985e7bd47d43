package org.skerry.perf.ring;

import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

import org.skerry.perf.link.RunMode;

/**
 * What a measurement found.
 *
 * @param plan       what was to be measured.
 * @param cells      all runs, in their order.
 * @param isConfined whether the domains had confined themselves.
 */
record Findings(Plan plan, List<Cell> cells, boolean isConfined)
{
    /**
     * @param mode   of the runs.
     * @param window of the runs, 0 for one-way.
     * @return one summary for each contender, in the order of their turns.
     */
    List<Summary> summaries(final RunMode mode, final int window)
    {
        return plan.kinds().stream().sorted().map(kind -> Summary.of(cells.stream()
            .filter(cell -> cell.kind() == kind && cell.spec().mode() == mode && cell.spec().window() == window)
            .toList())).toList();
    }

    /** @return all placement probes, ns, ascending; empty when there were none. */
    long[] probesNs()
    {
        return cells.stream()
            .flatMapToLong(cell -> LongStream.of(cell.probeBeforeNs(), cell.probeAfterNs()))
            .filter(ns -> ns >= 0).sorted().toArray();
    }

    /** @return share of the machine that others took in each run, ascending. */
    double[] foreignShares()
    {
        return cells.stream().mapToDouble(Cell::foreignShare).sorted().toArray();
    }

    /** @return windows that were measured; 0 stands for one-way and comes first. */
    int[] windows()
    {
        return IntStream.concat(IntStream.of(0), plan.windows().stream().mapToInt(Integer::intValue)).toArray();
    }
}
