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
import org.skerry.wire.Domid;
import org.skerry.wire.Hypercalls;
import org.skerry.wire.hypercall.GnttabCopyDecoder;
import org.skerry.wire.hypercall.GnttabCopyEncoder;
import org.skerry.wire.ring.RingLayout;

/**
 * A hypercall slot of 64 bytes, cleared and filled with a grant copy, and read again.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class HypercallCodecBenchmark
{
    private static final RingLayout LAYOUT =
        new RingLayout(Hypercalls.SLOT_LENGTH, Hypercalls.SLOT_LENGTH, Hypercalls.RING_FILE_LENGTH);
    private static final int GREF_MASK = 0xFFF;

    private final UnsafeBuffer page = new UnsafeBuffer(ByteBuffer.allocateDirect(Hypercalls.RING_FILE_LENGTH));
    private final GnttabCopyEncoder encoder = new GnttabCopyEncoder();
    private final GnttabCopyDecoder decoder = new GnttabCopyDecoder();
    private int slot;

    /** Clear the slot and write all fields. */
    @Benchmark
    public void encodeCopyChecked()
    {
        encode();
    }

    /** Clear the slot and write all fields. */
    @Benchmark
    @Fork(value = 1, jvmArgsAppend = BoundsChecks.OFF)
    public void encodeCopyUnchecked()
    {
        encode();
    }

    /**
     * Read all fields.
     *
     * @return their sum.
     */
    @Benchmark
    public long decodeCopyChecked()
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
    public long decodeCopyUnchecked()
    {
        return decode();
    }

    private void encode()
    {
        final int index = slot++;
        final int offset = LAYOUT.slotOffset(index);
        page.setMemory(offset, Hypercalls.SLOT_LENGTH, (byte)0);
        encoder.wrap(page, offset)
            .op(GnttabCopyEncoder.TEMPLATE_ID).flags(Hypercalls.GNTCOPY_SOURCE_GREF).tag(index & GREF_MASK)
            .sourceRefOrFrame(index & GREF_MASK).sourceDomid(1).sourceOffset(0)
            .destRefOrFrame(index & GREF_MASK).destDomid(Domid.DOMID_SELF).destOffset(0)
            .length(Hypercalls.PAGE_SIZE);
    }

    private long decode()
    {
        decoder.wrap(page, LAYOUT.slotOffset(slot++), GnttabCopyDecoder.BLOCK_LENGTH,
            GnttabCopyDecoder.SCHEMA_VERSION);
        return decoder.op() + decoder.flags() + decoder.tag() + decoder.sourceRefOrFrame() + decoder.sourceDomid() +
            decoder.sourceOffset() + decoder.destRefOrFrame() + decoder.destDomid() + decoder.destOffset() +
            decoder.length();
    }
}
