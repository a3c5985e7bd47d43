package org.skerry.perf.link;

import java.util.Arrays;

/**
 * Cuts a run into short slices and keeps the time per message of each: one long mean would only tell how busy the
 * machine was. One thread; allocates nothing between {@link #begin} and {@link #slicesPs}.
 */
final class SliceRecorder
{
    private static final long SLICE_NS = 2_000_000;
    private static final int MAX_SLICES = 16 * 1024;
    private static final long PS_PER_NS = 1000;

    private final long[] slicesPs = new long[MAX_SLICES];
    private int sliceCount;
    private long sliceStartNs;
    private long sliceMessages;

    void begin(final long nowNs)
    {
        sliceCount = 0;
        sliceStartNs = nowNs;
        sliceMessages = 0;
    }

    /** Messages have gone by since the last call; the slice ends if it is long enough. */
    void onMessages(final int count, final long nowNs)
    {
        sliceMessages += count;
        final long elapsedNs = nowNs - sliceStartNs;
        if (elapsedNs >= SLICE_NS)
        {
            if (sliceCount < MAX_SLICES)
            {
                slicesPs[sliceCount++] = elapsedNs * PS_PER_NS / sliceMessages;
            }
            sliceStartNs = nowNs;
            sliceMessages = 0;
        }
    }

    long[] slicesPs()
    {
        return Arrays.copyOf(slicesPs, sliceCount);
    }
}
