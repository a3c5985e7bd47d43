package org.skerry.perf.jmh;

import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;

import org.agrona.concurrent.UnsafeBuffer;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import org.skerry.wire.linux.Eventfd;
import org.skerry.wire.linux.Poll;
import org.skerry.wire.linux.Unistd;

/**
 * Bells as event channels have them: eventfds that are rung, waited for and drained.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class BellBenchmark
{
    private static final int TIMEOUT_MS = 1000;

    private final Waiting own = new Waiting();
    private final Waiting peers = new Waiting();
    private Thread peer;
    private volatile boolean isRunning;

    /** Start the peer. */
    @Setup
    public void start()
    {
        isRunning = true;
        peer = Thread.ofPlatform().name("peer").daemon().start(this::echo);
    }

    /**
     * Stop the peer.
     *
     * @throws InterruptedException when interrupted.
     */
    @TearDown
    public void stop() throws InterruptedException
    {
        isRunning = false;
        peers.ring();
        peer.join();
        own.close();
        peers.close();
    }

    /**
     * Ring and drain; nobody waits.
     *
     * @return 1.
     */
    @Benchmark
    public int signalAndDrain()
    {
        own.ring();
        return own.drain();
    }

    /** Drain a bell that nobody rang. */
    @Benchmark
    public int drainSilent()
    {
        return own.drain();
    }

    /** Wake a sleeping thread, sleep, and be woken by it. */
    @Benchmark
    public void pingPong()
    {
        peers.ring();
        if (!own.await())
        {
            throw new IllegalStateException("the peer does not ring");
        }
    }

    private void echo()
    {
        while (isRunning)
        {
            if (peers.await())
            {
                own.ring();
            }
        }
    }

    /** A bell and the memory to wait for it. */
    private static final class Waiting
    {
        private final int bell = Eventfd.create();
        private final ByteBuffer pollMemory = ByteBuffer.allocateDirect(Poll.POLLFD_LENGTH);
        private final long pollfds = new UnsafeBuffer(pollMemory).addressOffset();

        Waiting()
        {
            Poll.set(pollfds, 0, bell, Poll.POLLIN);
        }

        void ring()
        {
            Eventfd.signal(bell);
        }

        int drain()
        {
            return Eventfd.drain(bell);
        }

        /** @return false when nobody rang in a second. */
        boolean await()
        {
            int ready;
            do
            {
                ready = Poll.poll(pollfds, 1, TIMEOUT_MS);
            }
            while (ready < 0);
            return ready > 0 && drain() > 0;
        }

        void close()
        {
            Unistd.close(bell);
        }
    }
}
