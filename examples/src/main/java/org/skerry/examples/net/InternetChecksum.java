package org.skerry.examples.net;

import java.nio.ByteOrder;
import org.agrona.DirectBuffer;

/**
 * The checksum of IP, ICMP and UDP: the complement of the ones' complement sum of 16-bit words.
 *
 * <p>Spec: RFC 1071.
 */
final class InternetChecksum
{
    private InternetChecksum()
    {
    }

    /**
     * Add bytes to a sum. An odd last byte counts as the high half of a word, so only the last part may be odd.
     *
     * @param sum    so far, 0 at first.
     * @param buffer that holds the bytes.
     * @param offset of the first.
     * @param length in bytes, at most 64 KiB in all, which a {@code long} holds without folding.
     * @return the sum, not yet folded.
     */
    static long add(final long sum, final DirectBuffer buffer, final int offset, final int length)
    {
        long result = sum;
        int i = offset;
        final int end = offset + length;

        for (; i + 4 <= end; i += 4)
        {
            result += buffer.getInt(i, ByteOrder.BIG_ENDIAN) & 0xFFFF_FFFFL;
        }
        if (i + 2 <= end)
        {
            result += buffer.getShort(i, ByteOrder.BIG_ENDIAN) & 0xFFFF;
            i += 2;
        }
        if (i < end)
        {
            result += (buffer.getByte(i) & 0xFF) << 8;
        }

        return result;
    }

    /**
     * @param sum of everything that counts, with the checksum's own field taken as 0.
     * @return the checksum to write.
     */
    static short finish(final long sum)
    {
        return (short)~fold(sum);
    }

    /**
     * @param sum of everything that counts, with the checksum's own field included as it came.
     * @return whether nothing was changed on the way, as far as this sum can tell.
     */
    static boolean isValid(final long sum)
    {
        return fold(sum) == 0xFFFF;
    }

    /**
     * Sum of the pseudo header that UDP puts before its own.
     *
     * @param source      address.
     * @param destination address.
     * @param protocol    number.
     * @param length      of header and payload in bytes.
     * @return a sum to go on with.
     */
    static long pseudoHeader(final int source, final int destination, final int protocol, final int length)
    {
        return (source & 0xFFFF_FFFFL) + (destination & 0xFFFF_FFFFL) + protocol + length;
    }

    private static int fold(final long sum)
    {
        long folded = sum;
        while (folded >>> 16 != 0)
        {
            folded = (folded & 0xFFFF) + (folded >>> 16);
        }

        return (int)folded;
    }
}
