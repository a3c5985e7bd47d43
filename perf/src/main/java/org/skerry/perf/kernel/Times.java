package org.skerry.perf.kernel;

import java.util.Arrays;
import java.util.List;
import java.util.function.ToDoubleFunction;

import org.skerry.perf.ring.MeasurementException;

/**
 * What a domain found in one turn, ns.
 */
record Times(
    long bellCount, long bellP50, long bellP99, long callCount, long callP50, long callP99, long errors)
{
    private static final int WORDS = 8;

    static Times parse(final String line)
    {
        final String[] words = line.split(" ");
        if (words.length != WORDS || !words[0].equals("result"))
        {
            throw new MeasurementException("not a result: " + line);
        }

        return new Times(
            Long.parseLong(words[1]), Long.parseLong(words[2]), Long.parseLong(words[3]), Long.parseLong(words[4]),
            Long.parseLong(words[5]), Long.parseLong(words[6]), Long.parseLong(words[7]));
    }

    /** @return the median over turns. */
    static double median(final List<Times> turns, final ToDoubleFunction<Times> figure)
    {
        return median(turns.stream().mapToDouble(figure).toArray());
    }

    static double median(final double[] values)
    {
        final double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }
}
