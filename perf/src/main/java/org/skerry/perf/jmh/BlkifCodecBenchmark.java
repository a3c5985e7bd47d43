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
import org.openjdk.jmh.annotations.Warmup;
import org.skerry.perf.link.BlkifTraffic;
import org.skerry.wire.Blkif;

/**
 * A block request of 112 bytes with 11 segments: written field by field, copied, read and checked field by field.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class BlkifCodecBenchmark
{
    private final UnsafeBuffer page = new UnsafeBuffer(ByteBuffer.allocateDirect(4096));
    private final UnsafeBuffer copy = new UnsafeBuffer(ByteBuffer.allocateDirect(Blkif.REQUEST_LENGTH));
    private final BlkifTraffic traffic = new BlkifTraffic();
    private int slot;
    private long id;

    /** All slots hold good requests. */
    @Setup
    public void fill()
    {
        for (int i = 0; i < Blkif.RING_LAYOUT.slotCount(); i++)
        {
            traffic.encodeRequest(page, Blkif.RING_LAYOUT.slotOffset(i), i, Blkif.BLKIF_OP_WRITE);
        }
    }

    /** Write all fields. */
    @Benchmark
    public void encodeChecked()
    {
        encode();
    }

    /** Write all fields. */
    @Benchmark
    @Fork(value = 1, jvmArgsAppend = BoundsChecks.OFF)
    public void encodeUnchecked()
    {
        encode();
    }

    /**
     * Read all fields.
     *
     * @return whether they are good.
     */
    @Benchmark
    public boolean decodeChecked()
    {
        return decode();
    }

    /**
     * Read all fields.
     *
     * @return whether they are good.
     */
    @Benchmark
    @Fork(value = 1, jvmArgsAppend = BoundsChecks.OFF)
    public boolean decodeUnchecked()
    {
        return decode();
    }

    /** Copy the request to private memory. */
    @Benchmark
    public void copyChecked()
    {
        copy.putBytes(0, page, nextOffset(), Blkif.REQUEST_LENGTH);
    }

    /** Copy the request to private memory. */
    @Benchmark
    @Fork(value = 1, jvmArgsAppend = BoundsChecks.OFF)
    public void copyUnchecked()
    {
        copy.putBytes(0, page, nextOffset(), Blkif.REQUEST_LENGTH);
    }

    private void encode()
    {
        traffic.encodeRequest(page, nextOffset(), id++, Blkif.BLKIF_OP_WRITE);
    }

    private boolean decode()
    {
        return traffic.decodeRequest(page, nextOffset());
    }

    private int nextOffset()
    {
        return Blkif.RING_LAYOUT.slotOffset(slot++);
    }
}
