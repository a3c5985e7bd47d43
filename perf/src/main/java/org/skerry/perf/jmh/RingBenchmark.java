package org.skerry.perf.jmh;

import java.util.concurrent.TimeUnit;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Round trips over the block ring with both halves in one thread: what the code costs when no cache line has to move.
 * A round trip writes, copies and reads a request of 112 bytes, and writes and reads a response.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class RingBenchmark
{
    private static final int BATCH = 32;

    private final RingState ring = new RingState();

    /**
     * One request at a time.
     *
     * @return responses.
     */
    @Benchmark
    public int roundTripChecked()
    {
        return roundTrip(1);
    }

    /**
     * One request at a time.
     *
     * @return responses.
     */
    @Benchmark
    @Fork(value = 1, jvmArgsAppend = BoundsChecks.OFF)
    public int roundTripUnchecked()
    {
        return roundTrip(1);
    }

    /**
     * A ring full of requests at a time; the figure is for one of them.
     *
     * @return responses.
     */
    @Benchmark
    @OperationsPerInvocation(BATCH)
    public int batchChecked()
    {
        return roundTrip(BATCH);
    }

    /**
     * A ring full of requests at a time; the figure is for one of them.
     *
     * @return responses.
     */
    @Benchmark
    @OperationsPerInvocation(BATCH)
    @Fork(value = 1, jvmArgsAppend = BoundsChecks.OFF)
    public int batchUnchecked()
    {
        return roundTrip(BATCH);
    }

    private int roundTrip(final int count)
    {
        ring.ask(count);
        ring.serve();

        return ring.listen();
    }
}
