package org.skerry.perf.link;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Base64;
import java.util.stream.Collectors;
import java.util.zip.DataFormatException;

import org.HdrHistogram.Histogram;

/**
 * What one half of a link found in a run.
 *
 * @param messageCount messages that it sent (front) or received (back).
 * @param errorCount   messages that were not the next one in order, or were spoiled.
 * @param cpuNs        CPU time of its thread, from its first message to its last, ns.
 * @param bellCount    how often it rang.
 * @param slicesPs     time per message in each slice of the run, picoseconds; empty on the half that took no time.
 * @param rttNs        time from request to response of some of the messages; empty on the half that took none.
 */
public record SideResult(
    long messageCount, long errorCount, long cpuNs, long bellCount, long[] slicesPs, Histogram rttNs)
{
    /** Longest time that a histogram tells from others, ns; longer ones count as this. */
    public static final long MAX_RTT_NS = 10_000_000_000L;

    /** Decimal digits that a histogram keeps. */
    public static final int RTT_DIGITS = 2;

    private static final String ANSWER = "result";
    private static final int WORD_COUNT = 7;

    /** @return the result as words, for {@link #parse}. */
    public String format()
    {
        final ByteBuffer bytes = ByteBuffer.allocate(rttNs.getNeededByteBufferCapacity());
        final int length = rttNs.encodeIntoCompressedByteBuffer(bytes);
        final String histogram = Base64.getEncoder().encodeToString(Arrays.copyOf(bytes.array(), length));
        final String slices = Arrays.stream(slicesPs).mapToObj(Long::toString).collect(Collectors.joining(","));

        return ANSWER + ' ' + messageCount + ' ' + errorCount + ' ' + cpuNs + ' ' + bellCount + " [" + slices + "] " +
            histogram;
    }

    /**
     * @param line from {@link #format}.
     * @return the result.
     * @throws IllegalArgumentException when it is something else.
     */
    public static SideResult parse(final String line)
    {
        final String[] words = line.split(" ");
        if (words.length != WORD_COUNT || !words[0].equals(ANSWER))
        {
            throw new IllegalArgumentException("not a result: " + line);
        }

        final String slices = words[5].substring(1, words[5].length() - 1);
        final long[] slicesPs = slices.isEmpty() ?
            new long[0] : Arrays.stream(slices.split(",")).mapToLong(Long::parseLong).toArray();
        try
        {
            return new SideResult(
                Long.parseLong(words[1]), Long.parseLong(words[2]), Long.parseLong(words[3]), Long.parseLong(words[4]),
                slicesPs,
                Histogram.decodeFromCompressedByteBuffer(ByteBuffer.wrap(Base64.getDecoder().decode(words[6])), 0));
        }
        catch (final DataFormatException e)
        {
            throw new IllegalArgumentException("not a histogram: " + words[6], e);
        }
    }
}
