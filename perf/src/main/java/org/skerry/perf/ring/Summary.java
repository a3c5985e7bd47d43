package org.skerry.perf.ring;

import java.util.Arrays;
import java.util.List;
import java.util.function.ToLongFunction;

import org.HdrHistogram.Histogram;
import org.skerry.perf.link.SideResult;

/**
 * All rounds of one contender in one mode. Times per message are over the slices of all rounds.
 *
 * @param kind             which contender.
 * @param minPs            fastest slice, ps per message.
 * @param p10Ps            a tenth of the slices is faster.
 * @param p50Ps            the median.
 * @param maxPs            slowest slice.
 * @param bestRoundPs      median of the best round.
 * @param worstRoundPs     median of the worst round.
 * @param messageCount     messages of all rounds.
 * @param frontCpuNs       CPU time of the front, of all rounds.
 * @param backCpuNs        CPU time of the back, of all rounds.
 * @param thirdCpuNs       CPU time of the third process, of all rounds.
 * @param bellCount        bells that both halves rang.
 * @param rttNs            round trips of single requests, of all rounds.
 * @param roundCount       rounds.
 * @param cleanRoundCount  rounds with near processors and a quiet machine.
 */
record Summary(
    ContenderKind kind, long minPs, long p10Ps, long p50Ps, long maxPs, long bestRoundPs, long worstRoundPs,
    long messageCount, long frontCpuNs, long backCpuNs, long thirdCpuNs, long bellCount, Histogram rttNs,
    int roundCount, int cleanRoundCount)
{
    /**
     * @param cells of one contender and one mode, at least one.
     * @return their summary.
     * @throws MeasurementException when the runs were too short for a single slice.
     */
    static Summary of(final List<Cell> cells)
    {
        final ContenderKind kind = cells.getFirst().kind();
        final long[] slices = cells.stream().flatMapToLong(cell -> Arrays.stream(cell.slicesPs())).sorted().toArray();
        if (slices.length == 0)
        {
            throw new MeasurementException(kind.title() + ": runs are too short to be measured; use more --seconds");
        }
        final Histogram rttNs = new Histogram(SideResult.MAX_RTT_NS, SideResult.RTT_DIGITS);
        cells.forEach(cell -> rttNs.add(cell.rttNs()));
        final long[] medians = cells.stream().mapToLong(Cell::medianPs).filter(ps -> ps > 0).sorted().toArray();

        return new Summary(
            kind, slices[0], slices[slices.length / 10], slices[slices.length / 2], slices[slices.length - 1],
            medians[0], medians[medians.length - 1],
            sum(cells, cell -> cell.turn().back().messageCount()),
            sum(cells, cell -> cell.turn().front().cpuNs()),
            sum(cells, cell -> cell.turn().back().cpuNs()),
            sum(cells, cell -> cell.turn().thirdCpuNs()),
            sum(cells, cell -> cell.turn().front().bellCount() + cell.turn().back().bellCount()),
            rttNs, cells.size(), (int)cells.stream().filter(cell -> cell.isNear() && cell.isQuiet()).count());
    }

    /** @return a total of all rounds, shared out to the messages. */
    double perMessage(final long total)
    {
        return (double)total / messageCount;
    }

    private static long sum(final List<Cell> cells, final ToLongFunction<Cell> value)
    {
        return cells.stream().mapToLong(value).sum();
    }
}
