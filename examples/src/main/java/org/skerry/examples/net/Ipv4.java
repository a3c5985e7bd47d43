package org.skerry.examples.net;

import static java.nio.ByteOrder.BIG_ENDIAN;

import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

/**
 * Layout of an IPv4 header. We write 20 bytes and no options; options that come in are skipped.
 *
 * <p>Spec: RFC 791.
 */
final class Ipv4
{
    static final int HEADER_LENGTH = 20;
    static final int PROTOCOL_ICMP = 1;
    static final int PROTOCOL_UDP = 17;
    static final int DEFAULT_TTL = 64;
    static final int BROADCAST = -1;

    private static final int TOTAL_LENGTH_OFFSET = 2;
    private static final int IDENTIFICATION_OFFSET = 4;
    private static final int FRAGMENT_OFFSET = 6;
    private static final int TTL_OFFSET = 8;
    private static final int PROTOCOL_OFFSET = 9;
    private static final int CHECKSUM_OFFSET = 10;
    private static final int SOURCE_OFFSET = 12;
    private static final int DESTINATION_OFFSET = 16;
    private static final int MORE_FRAGMENTS_AND_OFFSET = 0x3FFF;

    private Ipv4()
    {
    }

    /**
     * Is this a whole IPv4 packet? Everything below may be asked only when it is.
     *
     * @param length bytes that are really there; a frame may be padded behind the packet.
     */
    static boolean isValid(final DirectBuffer buffer, final int offset, final int length)
    {
        if (length < HEADER_LENGTH || (buffer.getByte(offset) & 0xF0) != 0x40)
        {
            return false;
        }

        final int headerLength = headerLength(buffer, offset);
        final int totalLength = totalLength(buffer, offset);

        return headerLength >= HEADER_LENGTH && headerLength <= totalLength && totalLength <= length &&
            InternetChecksum.isValid(InternetChecksum.add(0, buffer, offset, headerLength));
    }

    static int headerLength(final DirectBuffer buffer, final int offset)
    {
        return (buffer.getByte(offset) & 0x0F) << 2;
    }

    static int totalLength(final DirectBuffer buffer, final int offset)
    {
        return buffer.getShort(offset + TOTAL_LENGTH_OFFSET, BIG_ENDIAN) & 0xFFFF;
    }

    static boolean isFragment(final DirectBuffer buffer, final int offset)
    {
        return (buffer.getShort(offset + FRAGMENT_OFFSET, BIG_ENDIAN) & MORE_FRAGMENTS_AND_OFFSET) != 0;
    }

    static int ttl(final DirectBuffer buffer, final int offset)
    {
        return buffer.getByte(offset + TTL_OFFSET) & 0xFF;
    }

    static int protocol(final DirectBuffer buffer, final int offset)
    {
        return buffer.getByte(offset + PROTOCOL_OFFSET) & 0xFF;
    }

    static int source(final DirectBuffer buffer, final int offset)
    {
        return buffer.getInt(offset + SOURCE_OFFSET, BIG_ENDIAN);
    }

    static int destination(final DirectBuffer buffer, final int offset)
    {
        return buffer.getInt(offset + DESTINATION_OFFSET, BIG_ENDIAN);
    }

    static boolean isGroup(final int address)
    {
        return address >>> 28 == 0xE;
    }

    static boolean isLoopback(final int address)
    {
        return address >>> 24 == 127;
    }

    static void putHeader(
        final MutableDirectBuffer buffer,
        final int offset,
        final int protocol,
        final int source,
        final int destination,
        final int identification,
        final int payloadLength)
    {
        buffer.putShort(offset, (short)0x4500, BIG_ENDIAN);
        buffer.putShort(offset + TOTAL_LENGTH_OFFSET, (short)(HEADER_LENGTH + payloadLength), BIG_ENDIAN);
        buffer.putShort(offset + IDENTIFICATION_OFFSET, (short)identification, BIG_ENDIAN);
        buffer.putShort(offset + FRAGMENT_OFFSET, (short)0, BIG_ENDIAN);
        buffer.putByte(offset + TTL_OFFSET, (byte)DEFAULT_TTL);
        buffer.putByte(offset + PROTOCOL_OFFSET, (byte)protocol);
        buffer.putShort(offset + CHECKSUM_OFFSET, (short)0, BIG_ENDIAN);
        buffer.putInt(offset + SOURCE_OFFSET, source, BIG_ENDIAN);
        buffer.putInt(offset + DESTINATION_OFFSET, destination, BIG_ENDIAN);
        buffer.putShort(offset + CHECKSUM_OFFSET,
            InternetChecksum.finish(InternetChecksum.add(0, buffer, offset, HEADER_LENGTH)), BIG_ENDIAN);
    }
}
