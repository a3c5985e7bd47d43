package org.skerry.examples.net;

import static java.nio.ByteOrder.BIG_ENDIAN;

import java.util.SplittableRandom;
import org.agrona.DirectBuffer;
import org.agrona.collections.Int2ObjectHashMap;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * UDP: the ports, and the way in and out of them.
 *
 * <p>Spec: RFC 768.
 */
final class Udp
{
    static final int HEADER_LENGTH = 8;
    /** Where a payload begins in the output's frame. */
    static final int PAYLOAD_OFFSET = Ipv4Output.PAYLOAD_OFFSET + HEADER_LENGTH;

    private static final int DESTINATION_PORT_OFFSET = 2;
    private static final int LENGTH_OFFSET = 4;
    private static final int CHECKSUM_OFFSET = 6;
    private static final int FIRST_EPHEMERAL = 49152;
    private static final int EPHEMERAL_COUNT = 65536 - FIRST_EPHEMERAL;

    private final Int2ObjectHashMap<UdpSocket> sockets = new Int2ObjectHashMap<>();
    private final Ipv4Output output;
    private final Icmp icmp;
    private final Counters counters;
    private final SplittableRandom random;

    Udp(final Ipv4Output output, final Icmp icmp, final Counters counters, final SplittableRandom random)
    {
        this.output = output;
        this.icmp = icmp;
        this.counters = counters;
        this.random = random;
    }

    UdpSocket bind(final int wantedPort, final UdpHandler handler)
    {
        if (wantedPort < 0 || wantedPort > 65535)
        {
            throw new IllegalArgumentException("port out of range: " + wantedPort);
        }

        final int port = wantedPort == 0 ? freePort() : wantedPort;
        if (sockets.containsKey(port))
        {
            throw new IllegalStateException("port in use: " + port);
        }

        final UdpSocket socket = new UdpSocket(this, port, handler);
        sockets.put(port, socket);
        return socket;
    }

    void unbind(final UdpSocket socket)
    {
        if (sockets.get(socket.port()) == socket)
        {
            sockets.remove(socket.port());
        }
    }

    SendResult send(
        final UdpSocket socket,
        final int toAddress,
        final int toPort,
        final DirectBuffer buffer,
        final int offset,
        final int length)
    {
        if (sockets.get(socket.port()) != socket)
        {
            return SendResult.NO_ROUTE;
        }
        if (length > output.maxPayloadLength() - HEADER_LENGTH)
        {
            return SendResult.TOO_LONG;
        }

        output.frame().putBytes(PAYLOAD_OFFSET, buffer, offset, length);
        return sendFrame(output.sourceFor(toAddress), socket.port(), toAddress, toPort, length);
    }

    /** Send what stands behind {@link #PAYLOAD_OFFSET} of the output's frame. */
    SendResult sendFrame(
        final int source, final int sourcePort, final int destination, final int destinationPort, final int length)
    {
        final UnsafeBuffer frame = output.frame();
        final int offset = Ipv4Output.PAYLOAD_OFFSET;
        final int udpLength = HEADER_LENGTH + length;

        frame.putShort(offset, (short)sourcePort, BIG_ENDIAN);
        frame.putShort(offset + DESTINATION_PORT_OFFSET, (short)destinationPort, BIG_ENDIAN);
        frame.putShort(offset + LENGTH_OFFSET, (short)udpLength, BIG_ENDIAN);
        frame.putShort(offset + CHECKSUM_OFFSET, (short)0, BIG_ENDIAN);
        final short checksum = InternetChecksum.finish(InternetChecksum.add(
            InternetChecksum.pseudoHeader(source, destination, Ipv4.PROTOCOL_UDP, udpLength),
            frame, offset, udpLength));
        frame.putShort(offset + CHECKSUM_OFFSET, checksum == 0 ? -1 : checksum, BIG_ENDIAN);

        return output.send(Ipv4.PROTOCOL_UDP, source, destination, udpLength);
    }

    /** @return whether these bytes are a whole datagram, as seen from the packet around it. */
    static boolean isValid(
        final DirectBuffer buffer, final int packetOffset, final int offset, final int length)
    {
        if (length < HEADER_LENGTH)
        {
            return false;
        }

        final int udpLength = udpLength(buffer, offset);
        if (udpLength < HEADER_LENGTH || udpLength > length)
        {
            return false;
        }

        return buffer.getShort(offset + CHECKSUM_OFFSET) == 0 || InternetChecksum.isValid(InternetChecksum.add(
            InternetChecksum.pseudoHeader(Ipv4.source(buffer, packetOffset), Ipv4.destination(buffer, packetOffset),
                Ipv4.PROTOCOL_UDP, udpLength), buffer, offset, udpLength));
    }

    static int sourcePort(final DirectBuffer buffer, final int offset)
    {
        return buffer.getShort(offset, BIG_ENDIAN) & 0xFFFF;
    }

    static int destinationPort(final DirectBuffer buffer, final int offset)
    {
        return buffer.getShort(offset + DESTINATION_PORT_OFFSET, BIG_ENDIAN) & 0xFFFF;
    }

    static int payloadLength(final DirectBuffer buffer, final int offset)
    {
        return udpLength(buffer, offset) - HEADER_LENGTH;
    }

    /** A valid datagram for us came in. */
    void onDatagram(
        final DirectBuffer buffer, final int packetOffset, final int offset, final boolean isToGroup)
    {
        final UdpSocket socket = sockets.get(destinationPort(buffer, offset));
        if (socket != null)
        {
            socket.handler().onDatagram(socket, Ipv4.source(buffer, packetOffset), sourcePort(buffer, offset),
                buffer, offset + HEADER_LENGTH, payloadLength(buffer, offset));
            return;
        }

        counters.ignored++;
        if (!isToGroup)
        {
            icmp.sendPortUnreachable(buffer, packetOffset);
        }
    }

    private static int udpLength(final DirectBuffer buffer, final int offset)
    {
        return buffer.getShort(offset + LENGTH_OFFSET, BIG_ENDIAN) & 0xFFFF;
    }

    private int freePort()
    {
        final int start = random.nextInt(EPHEMERAL_COUNT);
        for (int i = 0; i < EPHEMERAL_COUNT; i++)
        {
            final int port = FIRST_EPHEMERAL + (start + i) % EPHEMERAL_COUNT;
            if (!sockets.containsKey(port))
            {
                return port;
            }
        }

        throw new IllegalStateException("no free port");
    }
}
