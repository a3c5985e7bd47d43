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
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Round trips over the block ring between two threads, neither of which ever sleeps.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class RingPairBenchmark
{
    private static final int BATCH = 32;

    private final RingState ring = new RingState();
    private Thread back;
    private volatile boolean isRunning;

    /** Start the back. */
    @Setup
    public void start()
    {
        isRunning = true;
        back = Thread.ofPlatform().name("back").daemon().start(this::serve);
    }

    /**
     * Stop the back.
     *
     * @throws InterruptedException when interrupted.
     */
    @TearDown
    public void stop() throws InterruptedException
    {
        isRunning = false;
        back.join();
    }

    /** One request at a time. */
    @Benchmark
    public void window1Checked()
    {
        roundTrip(1);
    }

    /** One request at a time. */
    @Benchmark
    @Fork(value = 1, jvmArgsAppend = BoundsChecks.OFF)
    public void window1Unchecked()
    {
        roundTrip(1);
    }

    /** A ring full of requests at a time; the figure is for one of them. */
    @Benchmark
    @OperationsPerInvocation(BATCH)
    public void batchChecked()
    {
        roundTrip(BATCH);
    }

    /** A ring full of requests at a time; the figure is for one of them. */
    @Benchmark
    @OperationsPerInvocation(BATCH)
    @Fork(value = 1, jvmArgsAppend = BoundsChecks.OFF)
    public void batchUnchecked()
    {
        roundTrip(BATCH);
    }

    private void roundTrip(final int count)
    {
        ring.ask(count);
        int answered = 0;
        while (answered < count)
        {
            final int taken = ring.listen();
            answered += taken;
            if (taken == 0)
            {
                Thread.onSpinWait();
            }
        }
    }

    private void serve()
    {
        while (isRunning)
        {
            if (ring.serve() == 0)
            {
                Thread.onSpinWait();
            }
        }
    }
}
