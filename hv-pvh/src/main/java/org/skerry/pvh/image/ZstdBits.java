package org.skerry.pvh.image;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * A zstd bitstream that is read from its end to its beginning. Its last byte has a one above the last bit; bits before
 * the beginning are zeros, and {@link #isOver} tells that some were read.
 * <p>Spec: RFC 8878, section 4.1.
 */
final class ZstdBits
{
    /** Bytes that a buffer has behind its content, so that whole words can be read there. */
    static final int PADDING = 8;

    private static final VarHandle U64 = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private byte[] bytes;
    private int start;
    private long position;

    /** Read bytes[from, to) backwards; the buffer goes on for PADDING bytes. */
    void wrap(final byte[] buffer, final int from, final int to)
    {
        if (from >= to || buffer[to - 1] == 0)
        {
            throw new IllegalArgumentException("a zstd bitstream without its end mark");
        }
        bytes = buffer;
        start = from;
        position = (to - from) * 8L - Integer.numberOfLeadingZeros((buffer[to - 1] & 0xff) << 24) - 1;
    }

    /** @return the next bits, at most 57, which stay. */
    long peek(final int count)
    {
        final long mask = (1L << count) - 1;
        final long low = position - count;
        if (low >= 0)
        {
            return (long)U64.get(bytes, start + (int)(low >>> 3)) >>> (low & 7) & mask;
        }
        return position <= 0 ? 0 : (long)U64.get(bytes, start) << -low & mask;
    }

    void skip(final int count)
    {
        position -= count;
    }

    long read(final int count)
    {
        final long value = peek(count);
        position -= count;
        return value;
    }

    boolean isOver()
    {
        return position < 0;
    }

    boolean isAtBeginning()
    {
        return position == 0;
    }
}
