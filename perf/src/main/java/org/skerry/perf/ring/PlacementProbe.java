package org.skerry.perf.ring;

import java.nio.ByteBuffer;
import java.util.Arrays;

import org.agrona.concurrent.UnsafeBuffer;
import org.skerry.wire.linux.Sched;

/**
 * How far apart two processors are at this moment: the time for one cache line to go there and back, between two
 * threads of this process. In a virtual machine the processors move; a figure taken while they are far apart says
 * nothing about one taken while they are near.
 */
final class PlacementProbe
{
    /** A round trip that takes longer has left the processors' common cache, ns. */
    static final long FAR_NS = 200;

    private static final int LINE_OFFSET = 128;
    private static final int MEMORY_LENGTH = 256;
    private static final int BATCH_COUNT = 21;
    private static final int TRIPS_PER_BATCH = 300;
    private static final int LAST = 2 * BATCH_COUNT * TRIPS_PER_BATCH;

    private final int nearCpu;
    private final int farCpu;
    private final UnsafeBuffer memory = new UnsafeBuffer(ByteBuffer.allocateDirect(MEMORY_LENGTH));

    /**
     * @param nearCpu one processor.
     * @param farCpu  another.
     */
    PlacementProbe(final int nearCpu, final int farCpu)
    {
        this.nearCpu = nearCpu;
        this.farCpu = farCpu;
    }

    /** @return the median round trip, ns. */
    long roundTripNs()
    {
        memory.putIntVolatile(LINE_OFFSET, 0);
        final long[] batchNs = new long[BATCH_COUNT];
        final Thread echo = Thread.ofPlatform().daemon().start(this::echo);
        final Thread caller = Thread.ofPlatform().daemon().start(() -> call(batchNs));
        try
        {
            caller.join();
            echo.join();
        }
        catch (final InterruptedException e)
        {
            Thread.currentThread().interrupt();
            throw new MeasurementException("interrupted");
        }
        Arrays.sort(batchNs);

        return batchNs[BATCH_COUNT / 2] / TRIPS_PER_BATCH;
    }

    private void call(final long[] batchNs)
    {
        Sched.setaffinity(0, nearCpu);
        int value = 0;
        for (int batch = 0; batch < BATCH_COUNT; batch++)
        {
            final long startNs = System.nanoTime();
            for (int i = 0; i < TRIPS_PER_BATCH; i++)
            {
                memory.putIntRelease(LINE_OFFSET, value + 1);
                value += 2;
                await(value);
            }
            batchNs[batch] = System.nanoTime() - startNs;
        }
    }

    private void echo()
    {
        Sched.setaffinity(0, farCpu);
        for (int value = 1; value < LAST; value += 2)
        {
            await(value);
            memory.putIntRelease(LINE_OFFSET, value + 1);
        }
    }

    private void await(final int value)
    {
        while (memory.getIntAcquire(LINE_OFFSET) != value)
        {
            Thread.onSpinWait();
        }
    }
}
