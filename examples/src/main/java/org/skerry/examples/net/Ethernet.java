package org.skerry.examples.net;

import static java.nio.ByteOrder.BIG_ENDIAN;

import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

/**
 * Layout of an Ethernet II frame: destination (6), source (6), type (2), payload. Addresses are 48 bits in a
 * {@code long}, as in {@link org.skerry.wire.MacAddress}.
 */
final class Ethernet
{
    static final int HEADER_LENGTH = 14;
    static final int TYPE_IPV4 = 0x0800;
    static final int TYPE_ARP = 0x0806;
    static final long BROADCAST = 0xFFFF_FFFF_FFFFL;

    private static final int SOURCE_OFFSET = 6;
    private static final int TYPE_OFFSET = 12;
    private static final long IPV4_GROUP = 0x01005E000000L;

    private Ethernet()
    {
    }

    static long destination(final DirectBuffer buffer, final int frameOffset)
    {
        return mac(buffer, frameOffset);
    }

    static int type(final DirectBuffer buffer, final int frameOffset)
    {
        return buffer.getShort(frameOffset + TYPE_OFFSET, BIG_ENDIAN) & 0xFFFF;
    }

    static void putHeader(
        final MutableDirectBuffer buffer, final int frameOffset, final long to, final long from, final int type)
    {
        putMac(buffer, frameOffset, to);
        putMac(buffer, frameOffset + SOURCE_OFFSET, from);
        buffer.putShort(frameOffset + TYPE_OFFSET, (short)type, BIG_ENDIAN);
    }

    static long mac(final DirectBuffer buffer, final int offset)
    {
        return (buffer.getShort(offset, BIG_ENDIAN) & 0xFFFFL) << 32 |
            buffer.getInt(offset + 2, BIG_ENDIAN) & 0xFFFF_FFFFL;
    }

    static void putMac(final MutableDirectBuffer buffer, final int offset, final long mac)
    {
        buffer.putShort(offset, (short)(mac >>> 32), BIG_ENDIAN);
        buffer.putInt(offset + 2, (int)mac, BIG_ENDIAN);
    }

    /** @return where frames for an IPv4 group go: 01:00:5e and the group's lower 23 bits. */
    static long groupMac(final int group)
    {
        return IPV4_GROUP | group & 0x7F_FFFF;
    }
}
