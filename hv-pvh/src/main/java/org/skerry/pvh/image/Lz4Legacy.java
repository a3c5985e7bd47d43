package org.skerry.pvh.image;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

import net.jpountz.lz4.LZ4Factory;
import net.jpountz.lz4.LZ4SafeDecompressor;

/**
 * LZ4's legacy frame: a magic number, then blocks, each with its packed length in front. A block is 8 MiB unpacked, the
 * last one is what is left.
 */
final class Lz4Legacy
{
    private static final int MAGIC = 0x184c2102;
    private static final int BLOCK_LENGTH = 8 << 20;
    private static final int BLOCK_PACKED_LENGTH_MAX = BLOCK_LENGTH + BLOCK_LENGTH / 255 + 16;
    private static final ValueLayout.OfInt U32 = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private Lz4Legacy()
    {
    }

    static void unpack(final MemorySegment packed, final MemorySegment unpacked) throws IOException
    {
        final LZ4SafeDecompressor decompressor = LZ4Factory.safeInstance().safeDecompressor();
        final byte[] block = new byte[(int)Math.min(BLOCK_LENGTH, unpacked.byteSize())];
        long in = 0;
        long out = 0;
        while (in < packed.byteSize())
        {
            final int length = packed.get(U32, in);
            in += Integer.BYTES;
            if (length == MAGIC)
            {
                continue;
            }
            if (length <= 0 || length > BLOCK_PACKED_LENGTH_MAX || length > packed.byteSize() - in)
            {
                throw new IOException("a block of " + length + " bytes at " + in);
            }
            final byte[] source = packed.asSlice(in, length).toArray(JAVA_BYTE);
            final int limit = (int)Math.min(block.length, unpacked.byteSize() - out);
            final int blockLength = decompressor.decompress(source, 0, length, block, 0, limit);
            MemorySegment.copy(block, 0, unpacked, JAVA_BYTE, out, blockLength);
            in += length;
            out += blockLength;
        }
        if (out != unpacked.byteSize())
        {
            throw new IOException(out + " bytes, not the " + unpacked.byteSize() + " that it says");
        }
    }
}
