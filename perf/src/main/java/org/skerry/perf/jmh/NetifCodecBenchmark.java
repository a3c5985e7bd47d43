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
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.skerry.wire.Netif;
import org.skerry.wire.netif.NetifTxRequestDecoder;
import org.skerry.wire.netif.NetifTxRequestEncoder;
import org.skerry.wire.ring.RingLayout;

/**
 * A network transmit request of 12 bytes: written and read field by field.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class NetifCodecBenchmark
{
    private static final int FRAME_LENGTH = 1514;
    private static final int INDEX_MASK = 0xFFFF;
    private static final RingLayout LAYOUT = new RingLayout(Netif.TX_SLOT_LENGTH, 4, 4096);

    private final UnsafeBuffer page = new UnsafeBuffer(ByteBuffer.allocateDirect(4096));
    private final NetifTxRequestEncoder encoder = new NetifTxRequestEncoder();
    private final NetifTxRequestDecoder decoder = new NetifTxRequestDecoder();
    private int slot;

    /** Write all fields. */
    @Benchmark
    public void encodeTxChecked()
    {
        encode();
    }

    /** Write all fields. */
    @Benchmark
    @Fork(value = 1, jvmArgsAppend = BoundsChecks.OFF)
    public void encodeTxUnchecked()
    {
        encode();
    }

    /**
     * Read all fields.
     *
     * @return their sum.
     */
    @Benchmark
    public long decodeTxChecked()
    {
        return decode();
    }

    /**
     * Read all fields.
     *
     * @return their sum.
     */
    @Benchmark
    @Fork(value = 1, jvmArgsAppend = BoundsChecks.OFF)
    public long decodeTxUnchecked()
    {
        return decode();
    }

    private void encode()
    {
        final int index = slot++;
        encoder.wrap(page, LAYOUT.slotOffset(index))
            .gref(index & INDEX_MASK).pageOffset(0).flags(Netif.NETTXF_CSUM_BLANK).reqId(index & INDEX_MASK)
            .size(FRAME_LENGTH);
    }

    private long decode()
    {
        decoder.wrap(page, LAYOUT.slotOffset(slot++), NetifTxRequestDecoder.BLOCK_LENGTH,
            NetifTxRequestDecoder.SCHEMA_VERSION);
        return decoder.gref() + decoder.pageOffset() + decoder.flags() + decoder.reqId() + decoder.size();
    }
}
