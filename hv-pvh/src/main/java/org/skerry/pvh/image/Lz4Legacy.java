package org.skerry.pvh.image;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * LZ4's legacy frame: a magic number, then blocks, each with its packed length in front. A block is 8 MiB unpacked, the
 * last one is what is left. A block is sequences of literals and a copy of what came before; the last has no copy.
 * <p>The decoder is our own, since the one of the library goes byte by byte and takes twice the time, which is a part
 * of each guest's start: this one has the JVM copy whatever is long, and the JVM checks every access.
 * <p>Spec: doc/lz4_Block_format.md of LZ4.
 */
final class Lz4Legacy
{
    private static final int MAGIC = 0x184c2102;
    private static final int BLOCK_LENGTH = 8 << 20;
    private static final int BLOCK_PACKED_LENGTH_MAX = BLOCK_LENGTH + BLOCK_LENGTH / 255 + 16;
    private static final int MATCH_LENGTH_MIN = 4;
    private static final int MORE = 15;
    private static final int SHORT = 12;
    private static final ValueLayout.OfInt U32 = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final byte[] in;
    private final byte[] out;
    private int inOffset;

    private Lz4Legacy(final byte[] in, final byte[] out)
    {
        this.in = in;
        this.out = out;
    }

    /**
     * Unpack all blocks.
     *
     * @throws IOException               when they are shorter, longer or damaged.
     * @throws IndexOutOfBoundsException when they are damaged.
     */
    static void unpack(final MemorySegment packed, final MemorySegment unpacked) throws IOException
    {
        final Lz4Legacy block = new Lz4Legacy(
            new byte[(int)Math.min(BLOCK_PACKED_LENGTH_MAX, packed.byteSize())],
            new byte[(int)Math.min(BLOCK_LENGTH, unpacked.byteSize())]);
        long from = 0;
        long to = 0;
        while (from < packed.byteSize())
        {
            final int length = packed.get(U32, from);
            from += Integer.BYTES;
            if (length == MAGIC)
            {
                continue;
            }
            if (length <= 0 || length > BLOCK_PACKED_LENGTH_MAX || length > packed.byteSize() - from)
            {
                throw new IOException("a block of " + length + " bytes at " + from);
            }
            MemorySegment.copy(packed, JAVA_BYTE, from, block.in, 0, length);
            final int unpackedLength = block.decode(length);
            MemorySegment.copy(block.out, 0, unpacked, JAVA_BYTE, to, unpackedLength);
            from += length;
            to += unpackedLength;
        }
        if (to != unpacked.byteSize())
        {
            throw new IOException(to + " bytes, not the " + unpacked.byteSize() + " that it says");
        }
    }

    /** @return bytes that so many make. */
    private int decode(final int length) throws IOException
    {
        int to = 0;
        inOffset = 0;
        while (true)
        {
            final int token = in[inOffset++];
            final int literals = length(token >> 4 & MORE);
            if (literals > length - inOffset)
            {
                throw new IOException("literals beyond the end of a block");
            }
            copy(in, inOffset, out, to, literals);
            inOffset += literals;
            to += literals;
            if (inOffset == length)
            {
                return to;
            }

            final int distance = in[inOffset] & 0xff | (in[inOffset + 1] & 0xff) << 8;
            inOffset += 2;
            final int match = length(token & MORE) + MATCH_LENGTH_MIN;
            if (distance == 0 || distance > to)
            {
                throw new IOException("a copy of what is not there");
            }
            repeat(to, distance, match);
            to += match;
        }
    }

    /** 15 says that what follows is to be added, 255 that one more byte follows. */
    private int length(final int nibble)
    {
        int length = nibble;
        if (nibble == MORE)
        {
            int more;
            do
            {
                more = in[inOffset++] & 0xff;
                length += more;
            }
            while (more == 0xff && length < BLOCK_LENGTH);
        }

        return length;
    }

    private static void copy(final byte[] source, final int from, final byte[] target, final int to, final int length)
    {
        if (length > SHORT)
        {
            System.arraycopy(source, from, target, to, length);
            return;
        }
        for (int i = 0; i < length; i++)
        {
            target[to + i] = source[from + i];
        }
    }

    /** A copy that begins closer than it is long repeats itself: what is done is the next piece's source. */
    private void repeat(final int to, final int distance, final int length)
    {
        int done = 0;
        while (done < length)
        {
            final int run = length <= SHORT ? length : Math.min(distance + done, length - done);
            copy(out, to - distance, out, to + done, run);
            done += run;
        }
    }
}
