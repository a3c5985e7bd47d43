package org.skerry.netback;

import static java.nio.ByteOrder.BIG_ENDIAN;

import org.agrona.concurrent.UnsafeBuffer;

/**
 * Fills in the transport checksum that a guest left blank, as frontends with checksum offload do: beyond the ring
 * nobody would. Knows TCP and UDP over IPv4 (also behind options) and over IPv6 (without extension headers), plain or
 * behind one VLAN tag: what a guest's kernel leaves blank.
 *
 * <p>Spec: io/netif.h, NETTXF_csum_blank; RFC 1071.
 */
final class ChecksumCompletion
{
    private static final int TCP = 6;
    private static final int UDP = 17;
    private static final int IPV4_HEADER = 20;
    private static final int IPV6_HEADER = 40;
    private static final int TCP_HEADER = 20;
    private static final int UDP_HEADER = 8;
    private static final int TCP_CHECKSUM_OFFSET = 16;
    private static final int UDP_CHECKSUM_OFFSET = 6;
    private static final int VLAN_TAG = 4;

    private ChecksumCompletion()
    {
    }

    /**
     * Complete a frame in place.
     *
     * @param buffer memory of our own.
     * @param offset of the frame.
     * @param length of the frame in bytes, at least an Ethernet header.
     * @return false when the frame holds nothing whose checksum we know how to calculate, or is inconsistent.
     */
    static boolean complete(final UnsafeBuffer buffer, final int offset, final int length)
    {
        final int end = offset + length;
        int packet = offset + EthernetFrame.HEADER_LENGTH;
        int type = EthernetFrame.type(buffer, offset);
        if (type == EthernetFrame.TYPE_VLAN && length >= EthernetFrame.HEADER_LENGTH + VLAN_TAG)
        {
            type = buffer.getShort(packet + 2, BIG_ENDIAN) & 0xFFFF;
            packet += VLAN_TAG;
        }

        return switch (type)
        {
            case EthernetFrame.TYPE_IPV4 -> completeIpv4(buffer, packet, end);
            case EthernetFrame.TYPE_IPV6 -> completeIpv6(buffer, packet, end);
            default -> false;
        };
    }

    private static boolean completeIpv4(final UnsafeBuffer buffer, final int packet, final int end)
    {
        if (end - packet < IPV4_HEADER)
        {
            return false;
        }

        final int headerLength = (buffer.getByte(packet) & 0x0F) << 2;
        final int totalLength = buffer.getShort(packet + 2, BIG_ENDIAN) & 0xFFFF;
        final boolean isFragment = (buffer.getShort(packet + 6, BIG_ENDIAN) & 0x3FFF) != 0;
        if (headerLength < IPV4_HEADER || totalLength < headerLength || totalLength > end - packet || isFragment)
        {
            return false;
        }

        return completeTransport(buffer, packet + headerLength, totalLength - headerLength,
            buffer.getByte(packet + 9) & 0xFF, sum(buffer, packet + 12, 8));
    }

    private static boolean completeIpv6(final UnsafeBuffer buffer, final int packet, final int end)
    {
        if (end - packet < IPV6_HEADER)
        {
            return false;
        }

        final int payloadLength = buffer.getShort(packet + 4, BIG_ENDIAN) & 0xFFFF;
        if (payloadLength > end - packet - IPV6_HEADER)
        {
            return false;
        }

        return completeTransport(buffer, packet + IPV6_HEADER, payloadLength,
            buffer.getByte(packet + 6) & 0xFF, sum(buffer, packet + 8, 32));
    }

    private static boolean completeTransport(
        final UnsafeBuffer buffer, final int offset, final int length, final int protocol, final long addressSum)
    {
        final int headerLength = protocol == TCP ? TCP_HEADER : UDP_HEADER;
        if (protocol != TCP && protocol != UDP || length < headerLength)
        {
            return false;
        }

        final int checksumOffset = offset + (protocol == TCP ? TCP_CHECKSUM_OFFSET : UDP_CHECKSUM_OFFSET);
        buffer.putShort(checksumOffset, (short)0);
        long sum = addressSum + protocol + length + sum(buffer, offset, length);
        while (sum >>> 16 != 0)
        {
            sum = (sum & 0xFFFF) + (sum >>> 16);
        }

        final int checksum = (int)~sum & 0xFFFF;
        buffer.putShort(checksumOffset, (short)(checksum == 0 && protocol == UDP ? 0xFFFF : checksum), BIG_ENDIAN);
        return true;
    }

    private static long sum(final UnsafeBuffer buffer, final int offset, final int length)
    {
        long sum = 0;
        int i = offset;
        final int end = offset + length;
        for (; i + 4 <= end; i += 4)
        {
            sum += buffer.getInt(i, BIG_ENDIAN) & 0xFFFF_FFFFL;
        }
        if (i + 2 <= end)
        {
            sum += buffer.getShort(i, BIG_ENDIAN) & 0xFFFF;
            i += 2;
        }
        if (i < end)
        {
            sum += (buffer.getByte(i) & 0xFF) << 8;
        }

        return sum;
    }
}
