package org.skerry.pvh.image;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * Little-endian numbers and pieces of an image that someone else made: each lies inside the image, or the image is
 * refused as truncated. Every offset and length in it may be a lie.
 */
final class ImageBytes
{
    private static final ValueLayout.OfShort U16 =
        ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt U32 = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong U64 = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final MemorySegment bytes;

    ImageBytes(final MemorySegment bytes)
    {
        this.bytes = bytes.asReadOnly();
    }

    long length()
    {
        return bytes.byteSize();
    }

    int u8(final long offset, final String what) throws ImageException
    {
        return slice(offset, 1, what).get(JAVA_BYTE, 0) & 0xff;
    }

    int u16(final long offset, final String what) throws ImageException
    {
        return slice(offset, 2, what).get(U16, 0) & 0xffff;
    }

    long u32(final long offset, final String what) throws ImageException
    {
        return slice(offset, 4, what).get(U32, 0) & 0xffff_ffffL;
    }

    /** Eight bytes; a number of 2^63 or more is negative, and no offset or length of anything. */
    long u64(final long offset, final String what) throws ImageException
    {
        return slice(offset, 8, what).get(U64, 0);
    }

    /** @return whether the image is long enough and has these bytes at this offset. */
    boolean has(final long offset, final int... expected)
    {
        if (offset < 0 || expected.length > length() - offset)
        {
            return false;
        }
        for (int i = 0; i < expected.length; i++)
        {
            if ((bytes.get(JAVA_BYTE, offset + i) & 0xff) != expected[i])
            {
                return false;
            }
        }
        return true;
    }

    MemorySegment slice(final long offset, final long length, final String what) throws ImageException
    {
        if (offset < 0 || length < 0 || length > length() - offset)
        {
            throw new ImageException(
                "the kernel is truncated or damaged: " + what + " is at 0x" + Long.toHexString(offset) + ", 0x" +
                Long.toHexString(length) + " bytes long, but the image ends at 0x" + Long.toHexString(length()) +
                "; fetch or build the kernel again");
        }
        return bytes.asSlice(offset, length);
    }
}
