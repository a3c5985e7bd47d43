package org.skerry.perf.link;

import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

class SliceRecorderTest
{
    private static final long MS = 1_000_000;

    private final SliceRecorder slices = new SliceRecorder();

    @Test
    void shouldKeepTimePerMessageOfEachSlice()
    {
        slices.begin(0);
        slices.onMessages(10_000, MS);
        slices.onMessages(10_000, 2 * MS);
        slices.onMessages(1000, 6 * MS);

        assertArrayEquals(new long[]{100_000, 4_000_000}, slices.slicesPs());
    }

    @Test
    void shouldForgetWhatEndsBeforeTheSliceDoes()
    {
        slices.begin(0);
        slices.onMessages(10, 2 * MS - 1);

        assertArrayEquals(new long[0], slices.slicesPs());
    }
}
