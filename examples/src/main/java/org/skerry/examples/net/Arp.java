package org.skerry.examples.net;

import static java.nio.ByteOrder.BIG_ENDIAN;

import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

/**
 * Layout of an ARP packet for IPv4 over Ethernet: 28 bytes.
 *
 * <p>Spec: RFC 826.
 */
final class Arp
{
    static final int LENGTH = 28;
    static final int REQUEST = 1;
    static final int REPLY = 2;

    private static final int HARDWARE_ETHERNET = 1;
    private static final int LENGTHS = 0x0604;
    private static final int PROTOCOL_OFFSET = 2;
    private static final int LENGTHS_OFFSET = 4;
    private static final int OPERATION_OFFSET = 6;
    private static final int SENDER_MAC_OFFSET = 8;
    private static final int SENDER_ADDRESS_OFFSET = 14;
    private static final int TARGET_MAC_OFFSET = 18;
    private static final int TARGET_ADDRESS_OFFSET = 24;

    private Arp()
    {
    }

    static boolean isValid(final DirectBuffer buffer, final int offset, final int length)
    {
        return length >= LENGTH &&
            buffer.getShort(offset, BIG_ENDIAN) == HARDWARE_ETHERNET &&
            (buffer.getShort(offset + PROTOCOL_OFFSET, BIG_ENDIAN) & 0xFFFF) == Ethernet.TYPE_IPV4 &&
            buffer.getShort(offset + LENGTHS_OFFSET, BIG_ENDIAN) == LENGTHS;
    }

    static int operation(final DirectBuffer buffer, final int offset)
    {
        return buffer.getShort(offset + OPERATION_OFFSET, BIG_ENDIAN) & 0xFFFF;
    }

    static long senderMac(final DirectBuffer buffer, final int offset)
    {
        return Ethernet.mac(buffer, offset + SENDER_MAC_OFFSET);
    }

    static int senderAddress(final DirectBuffer buffer, final int offset)
    {
        return buffer.getInt(offset + SENDER_ADDRESS_OFFSET, BIG_ENDIAN);
    }

    static int targetAddress(final DirectBuffer buffer, final int offset)
    {
        return buffer.getInt(offset + TARGET_ADDRESS_OFFSET, BIG_ENDIAN);
    }

    static void put(
        final MutableDirectBuffer buffer,
        final int offset,
        final int operation,
        final long senderMac,
        final int senderAddress,
        final long targetMac,
        final int targetAddress)
    {
        buffer.putShort(offset, (short)HARDWARE_ETHERNET, BIG_ENDIAN);
        buffer.putShort(offset + PROTOCOL_OFFSET, (short)Ethernet.TYPE_IPV4, BIG_ENDIAN);
        buffer.putShort(offset + LENGTHS_OFFSET, (short)LENGTHS, BIG_ENDIAN);
        buffer.putShort(offset + OPERATION_OFFSET, (short)operation, BIG_ENDIAN);
        Ethernet.putMac(buffer, offset + SENDER_MAC_OFFSET, senderMac);
        buffer.putInt(offset + SENDER_ADDRESS_OFFSET, senderAddress, BIG_ENDIAN);
        Ethernet.putMac(buffer, offset + TARGET_MAC_OFFSET, targetMac);
        buffer.putInt(offset + TARGET_ADDRESS_OFFSET, targetAddress, BIG_ENDIAN);
    }
}
