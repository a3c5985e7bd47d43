package org.skerry.examples.net;

import static java.nio.ByteOrder.BIG_ENDIAN;

import java.util.ArrayList;
import java.util.List;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

/**
 * A DHCP message: how we write ours, and what we read in a server's.
 *
 * <p>Spec: RFC 2131 section 2, RFC 2132. Options in the file and sname fields are not looked for.
 *
 * @param type          one of the numbers below.
 * @param offered       yiaddr: the address for us.
 * @param server        option 54, 0 when it is missing.
 * @param netmask       option 1, 0 when it is missing.
 * @param router        the first of option 3, 0 when it is missing.
 * @param nameServers   option 6.
 * @param leaseSeconds  option 51, -1 when it is missing.
 * @param renewSeconds  option 58, -1 when it is missing.
 * @param rebindSeconds option 59, -1 when it is missing.
 */
record DhcpMessage(
    int type,
    int offered,
    int server,
    int netmask,
    int router,
    List<Ipv4Address> nameServers,
    long leaseSeconds,
    long renewSeconds,
    long rebindSeconds)
{
    static final int DISCOVER = 1;
    static final int OFFER = 2;
    static final int REQUEST = 3;
    static final int ACK = 5;
    static final int NAK = 6;
    static final int RELEASE = 7;
    static final int CLIENT_PORT = 68;
    static final int SERVER_PORT = 67;
    /** BOOTP relays drop anything shorter. */
    static final int MIN_LENGTH = 300;

    private static final int BOOTREQUEST = 0x01010600;
    private static final int BOOTREPLY_OP = 2;
    private static final int XID_OFFSET = 4;
    private static final int CIADDR_OFFSET = 12;
    private static final int YIADDR_OFFSET = 16;
    private static final int CHADDR_OFFSET = 28;
    private static final int COOKIE_OFFSET = 236;
    private static final int OPTIONS_OFFSET = 240;
    private static final int COOKIE = 0x63825363;
    private static final int NAME_SERVER_LIMIT = 8;

    private static final int PAD = 0;
    private static final int NETMASK = 1;
    private static final int ROUTER = 3;
    private static final int NAME_SERVERS = 6;
    private static final int REQUESTED_ADDRESS = 50;
    private static final int LEASE_TIME = 51;
    private static final int TYPE = 53;
    private static final int SERVER = 54;
    private static final int PARAMETERS = 55;
    private static final int RENEW_TIME = 58;
    private static final int REBIND_TIME = 59;
    private static final int END = 255;

    /**
     * Write a message of ours.
     *
     * @param clientAddress the address we have, 0 while we have none.
     * @param requested     option 50, left out when 0.
     * @param server        option 54, left out when 0.
     * @return its length in bytes.
     */
    static int encode(
        final MutableDirectBuffer buffer,
        final int offset,
        final int type,
        final int transactionId,
        final long mac,
        final int clientAddress,
        final int requested,
        final int server)
    {
        buffer.setMemory(offset, MIN_LENGTH, (byte)0);
        buffer.putInt(offset, BOOTREQUEST, BIG_ENDIAN);
        buffer.putInt(offset + XID_OFFSET, transactionId, BIG_ENDIAN);
        buffer.putInt(offset + CIADDR_OFFSET, clientAddress, BIG_ENDIAN);
        Ethernet.putMac(buffer, offset + CHADDR_OFFSET, mac);
        buffer.putInt(offset + COOKIE_OFFSET, COOKIE, BIG_ENDIAN);

        int at = offset + OPTIONS_OFFSET;
        buffer.putByte(at, (byte)TYPE);
        buffer.putByte(at + 1, (byte)1);
        buffer.putByte(at + 2, (byte)type);
        at += 3;
        at = requested == 0 ? at : putAddress(buffer, at, REQUESTED_ADDRESS, requested);
        at = server == 0 ? at : putAddress(buffer, at, SERVER, server);
        if (type != RELEASE)
        {
            buffer.putByte(at, (byte)PARAMETERS);
            buffer.putByte(at + 1, (byte)3);
            buffer.putByte(at + 2, (byte)NETMASK);
            buffer.putByte(at + 3, (byte)ROUTER);
            buffer.putByte(at + 4, (byte)NAME_SERVERS);
            at += 5;
        }
        buffer.putByte(at, (byte)END);

        return MIN_LENGTH;
    }

    /**
     * Read a server's message.
     *
     * @return null when it is broken or not the answer to what this station asked.
     */
    static DhcpMessage decode(
        final DirectBuffer buffer, final int offset, final int length, final int transactionId, final long mac)
    {
        if (length < OPTIONS_OFFSET ||
            buffer.getByte(offset) != BOOTREPLY_OP ||
            buffer.getInt(offset + XID_OFFSET, BIG_ENDIAN) != transactionId ||
            Ethernet.mac(buffer, offset + CHADDR_OFFSET) != mac ||
            buffer.getInt(offset + COOKIE_OFFSET, BIG_ENDIAN) != COOKIE)
        {
            return null;
        }

        return decodeOptions(
            buffer, offset + OPTIONS_OFFSET, offset + length, buffer.getInt(offset + YIADDR_OFFSET, BIG_ENDIAN));
    }

    private static DhcpMessage decodeOptions(
        final DirectBuffer buffer, final int start, final int end, final int offered)
    {
        int type = 0;
        int server = 0;
        int netmask = 0;
        int router = 0;
        long leaseSeconds = -1;
        long renewSeconds = -1;
        long rebindSeconds = -1;
        List<Ipv4Address> nameServers = List.of();

        int at = start;
        while (at < end)
        {
            final int code = buffer.getByte(at) & 0xFF;
            if (code == END)
            {
                break;
            }
            if (code == PAD)
            {
                at++;
                continue;
            }
            if (at + 2 > end || at + 2 + (buffer.getByte(at + 1) & 0xFF) > end)
            {
                return null;
            }

            final int length = buffer.getByte(at + 1) & 0xFF;
            final int value = length >= 4 ? buffer.getInt(at + 2, BIG_ENDIAN) : 0;
            final long seconds = length == 4 ? value & 0xFFFF_FFFFL : -1;
            switch (code)
            {
                case TYPE -> type = length == 1 ? buffer.getByte(at + 2) : 0;
                case NETMASK -> netmask = value;
                case ROUTER -> router = value;
                case SERVER -> server = value;
                case NAME_SERVERS -> nameServers = addresses(buffer, at + 2, length);
                case LEASE_TIME -> leaseSeconds = seconds;
                case RENEW_TIME -> renewSeconds = seconds;
                case REBIND_TIME -> rebindSeconds = seconds;
                default ->
                {
                }
            }
            at += 2 + length;
        }

        return new DhcpMessage(
            type, offered, server, netmask, router, nameServers, leaseSeconds, renewSeconds, rebindSeconds);
    }

    private static List<Ipv4Address> addresses(final DirectBuffer buffer, final int offset, final int length)
    {
        final List<Ipv4Address> addresses = new ArrayList<>();
        for (int i = 0; i + 4 <= length && addresses.size() < NAME_SERVER_LIMIT; i += 4)
        {
            addresses.add(new Ipv4Address(buffer.getInt(offset + i, BIG_ENDIAN)));
        }

        return List.copyOf(addresses);
    }

    private static int putAddress(
        final MutableDirectBuffer buffer, final int at, final int option, final int address)
    {
        buffer.putByte(at, (byte)option);
        buffer.putByte(at + 1, (byte)4);
        buffer.putInt(at + 2, address, BIG_ENDIAN);
        return at + 6;
    }
}
