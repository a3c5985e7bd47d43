package org.skerry.pvh.image;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

import net.jpountz.xxhash.XXHashFactory;

/**
 * Unpacks zstd. There is a decoder of our own because the kernel is packed by whoever wrote the config file, and the
 * libraries for Java either are C or go through Unsafe: here every access is checked by the JVM, and what lies outside
 * ends as an exception.
 * <p>Spec: RFC 8878. Dictionaries are refused.
 */
final class ZstdFrames
{
    private static final int MAGIC = 0xfd2fb528;
    private static final int SKIPPABLE_MAGIC = 0x184d2a50;
    private static final int DICTIONARY_ID_MASK = 3;
    private static final int CHECKSUM_FLAG = 4;
    private static final int RESERVED_FLAG = 8;
    private static final int SINGLE_SEGMENT_FLAG = 32;
    private static final int BLOCK_RAW = 0;
    private static final int BLOCK_RLE = 1;
    private static final int BLOCK_COMPRESSED = 2;
    private static final ValueLayout.OfInt U32 = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final MemorySegment in;
    private final MemorySegment out;
    private final ZstdBlock block;
    private long inOffset;
    private long outOffset;

    private ZstdFrames(final MemorySegment in, final MemorySegment out)
    {
        this.in = in;
        this.out = out;
        block = new ZstdBlock(out);
    }

    /**
     * Unpack all frames.
     *
     * @param packed   one frame or more, nothing behind them.
     * @param unpacked exactly as long as they shall be.
     * @throws IOException                   when they are shorter or damaged.
     * @throws IndexOutOfBoundsException     when they are longer, or lie about a length.
     * @throws IllegalArgumentException      when they are damaged.
     */
    static void unpack(final MemorySegment packed, final MemorySegment unpacked) throws IOException
    {
        final ZstdFrames frames = new ZstdFrames(packed, unpacked);
        while (frames.inOffset < packed.byteSize())
        {
            frames.frame();
        }
        if (frames.outOffset != unpacked.byteSize())
        {
            throw new IOException(frames.outOffset + " bytes, not the " + unpacked.byteSize() + " that it says");
        }
    }

    private void frame() throws IOException
    {
        final int magic = u32();
        if ((magic & 0xffff_fff0) == SKIPPABLE_MAGIC)
        {
            final long length = u32() & 0xffff_ffffL;
            inOffset += length;
            return;
        }
        if (magic != MAGIC)
        {
            throw new IOException("not a zstd frame at " + (inOffset - Integer.BYTES));
        }
        final int descriptor = u8();
        if ((descriptor & (DICTIONARY_ID_MASK | RESERVED_FLAG)) != 0)
        {
            throw new IOException("a zstd frame with a dictionary or of a later version");
        }
        final boolean single = (descriptor & SINGLE_SEGMENT_FLAG) != 0;
        final int contentLength = descriptor >> 6 == 0 ? single ? 1 : 0 : 1 << (descriptor >> 6);
        inOffset += (single ? 0 : 1) + contentLength;      // the window is all that was unpacked before

        final long start = outOffset;
        block.startFrame(start);
        boolean last = false;
        while (!last)
        {
            final int header = u8() | u8() << 8 | u8() << 16;
            last = (header & 1) != 0;
            block(header >> 1 & 3, header >> 3);
        }
        if ((descriptor & CHECKSUM_FLAG) != 0)
        {
            final int expected = u32();
            final MemorySegment content = out.asSlice(start, outOffset - start);
            final long hash = XXHashFactory.safeInstance().hash64().hash(content.asByteBuffer(), 0);
            if ((int)hash != expected)
            {
                throw new IOException("the checksum of a zstd frame is wrong");
            }
        }
    }

    private void block(final int type, final int length) throws IOException
    {
        switch (type)
        {
            case BLOCK_RAW:
                MemorySegment.copy(in, inOffset, out, outOffset, length);
                inOffset += length;
                outOffset += length;
                break;
            case BLOCK_RLE:
                out.asSlice(outOffset, length).fill((byte)u8());
                outOffset += length;
                break;
            case BLOCK_COMPRESSED:
                outOffset = block.decode(in, inOffset, length, outOffset);
                inOffset += length;
                break;
            default:
                throw new IOException("a zstd block of an unknown type");
        }
    }

    private int u8()
    {
        return in.get(JAVA_BYTE, inOffset++) & 0xff;
    }

    private int u32()
    {
        final int value = in.get(U32, inOffset);
        inOffset += Integer.BYTES;
        return value;
    }
}
