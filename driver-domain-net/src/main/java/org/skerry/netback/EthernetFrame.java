package org.skerry.netback;

import static java.nio.ByteOrder.BIG_ENDIAN;

import org.agrona.DirectBuffer;

/**
 * What a switch reads in a frame: destination (6 bytes), source (6), type (2). Addresses are 48 bits in a {@code long},
 * the first octet on the wire in the highest 8.
 */
final class EthernetFrame
{
    static final int HEADER_LENGTH = 14;
    /** A header and one VLAN tag: what a frame may have beyond its mtu. */
    static final int MAX_OVERHEAD = 18;
    static final int TYPE_IPV4 = 0x0800;
    static final int TYPE_IPV6 = 0x86DD;
    static final int TYPE_VLAN = 0x8100;

    private EthernetFrame()
    {
    }

    static long destination(final DirectBuffer buffer, final int offset)
    {
        return mac(buffer, offset);
    }

    static long source(final DirectBuffer buffer, final int offset)
    {
        return mac(buffer, offset + 6);
    }

    static int type(final DirectBuffer buffer, final int offset)
    {
        return buffer.getShort(offset + 12, BIG_ENDIAN) & 0xFFFF;
    }

    private static long mac(final DirectBuffer buffer, final int offset)
    {
        return (buffer.getShort(offset, BIG_ENDIAN) & 0xFFFFL) << 32 |
            buffer.getInt(offset + 2, BIG_ENDIAN) & 0xFFFF_FFFFL;
    }
}
