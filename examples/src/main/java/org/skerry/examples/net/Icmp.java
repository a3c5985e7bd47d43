package org.skerry.examples.net;

import static java.nio.ByteOrder.BIG_ENDIAN;

import org.agrona.DirectBuffer;
import org.agrona.concurrent.NanoClock;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * ICMP: answers echo requests, sends its own, and tells senders of UDP to a closed port.
 *
 * <p>Spec: RFC 792, RFC 1122 section 3.2.2.
 */
final class Icmp
{
    static final int HEADER_LENGTH = 8;
    static final int PING_LIMIT = 64;

    private static final int ECHO_REPLY = 0;
    private static final int DESTINATION_UNREACHABLE = 3;
    private static final int ECHO_REQUEST = 8;
    private static final int HOST_UNREACHABLE = 1;
    private static final int PORT_UNREACHABLE = 3;
    private static final int CHECKSUM_OFFSET = 2;
    private static final int IDENTIFIER_OFFSET = 4;
    private static final int SEQUENCE_OFFSET = 6;
    private static final long ERROR_INTERVAL_NS = 10_000_000L;

    private static final class Ping
    {
        PingHandler handler;
        int address;
        int sequence;
        int payloadLength;
        long sentNs;
        long deadlineNs;
    }

    private final Ipv4Output output;
    private final NanoClock clock;
    private final Counters counters;
    private final int identifier;
    private final Ping[] pings = new Ping[PING_LIMIT];
    private int nextSequence = 1;
    private long nextDeadlineNs = Long.MAX_VALUE;
    private long lastErrorNs;

    Icmp(final Ipv4Output output, final NanoClock clock, final Counters counters, final int identifier)
    {
        this.output = output;
        this.clock = clock;
        this.counters = counters;
        this.identifier = identifier & 0xFFFF;
        this.lastErrorNs = clock.nanoTime() - ERROR_INTERVAL_NS;
        for (int i = 0; i < PING_LIMIT; i++)
        {
            pings[i] = new Ping();
        }
    }

    SendResult ping(final int address, final int payloadLength, final long timeoutNs, final PingHandler handler)
    {
        final Ping ping = pings[nextSequence & PING_LIMIT - 1];
        if (ping.handler != null)
        {
            return SendResult.DROPPED;                     // as many are on their way as we can remember
        }
        if (payloadLength < 0 || payloadLength > output.maxPayloadLength() - HEADER_LENGTH)
        {
            return SendResult.TOO_LONG;
        }

        final int sequence = nextSequence;
        nextSequence = nextSequence + 1 & 0xFFFF;

        final UnsafeBuffer frame = output.frame();
        final int offset = Ipv4Output.PAYLOAD_OFFSET;
        frame.putInt(offset, ECHO_REQUEST << 24, BIG_ENDIAN);
        frame.putShort(offset + IDENTIFIER_OFFSET, (short)identifier, BIG_ENDIAN);
        frame.putShort(offset + SEQUENCE_OFFSET, (short)sequence, BIG_ENDIAN);
        for (int i = 0; i < payloadLength; i++)
        {
            frame.putByte(offset + HEADER_LENGTH + i, (byte)i);
        }

        ping.handler = handler;                            // before sending: giving up a next hop may answer at once
        ping.address = address;
        ping.sequence = sequence;
        ping.payloadLength = payloadLength;
        ping.sentNs = clock.nanoTime();
        ping.deadlineNs = ping.sentNs + timeoutNs;
        nextDeadlineNs = Math.min(nextDeadlineNs, ping.deadlineNs);

        final SendResult result = finishAndSend(output.sourceFor(address), address, HEADER_LENGTH + payloadLength);
        if (!result.isAccepted())
        {
            ping.handler = null;
        }

        return result;
    }

    /** An ICMP message for us came in. The packet is valid IPv4. */
    void onMessage(final DirectBuffer buffer, final int packetOffset, final int offset, final int length)
    {
        if (length < HEADER_LENGTH || !InternetChecksum.isValid(InternetChecksum.add(0, buffer, offset, length)))
        {
            counters.malformed++;
            return;
        }

        final int type = buffer.getByte(offset) & 0xFF;
        if (type == ECHO_REQUEST)
        {
            onEchoRequest(buffer, packetOffset, offset, length);
        }
        else if (type == ECHO_REPLY)
        {
            onEchoReply(buffer, packetOffset, offset, length);
        }
        else if (type == DESTINATION_UNREACHABLE)
        {
            onUnreachable(Ipv4.source(buffer, packetOffset), buffer.getByte(offset + 1) & 0xFF,
                buffer, offset + HEADER_LENGTH, length - HEADER_LENGTH);
        }
        else
        {
            counters.ignored++;
        }
    }

    /** The next hop of one of our packets does not answer. */
    void onGiveUp(final DirectBuffer buffer, final int packetOffset, final int packetLength)
    {
        onUnreachable(output.address(), HOST_UNREACHABLE, buffer, packetOffset, packetLength);
    }

    /** Tell the sender of a UDP packet that nobody listens, at most a hundred times a second. */
    void sendPortUnreachable(final DirectBuffer buffer, final int packetOffset)
    {
        final long nowNs = clock.nanoTime();
        if (nowNs - lastErrorNs < ERROR_INTERVAL_NS)
        {
            return;
        }
        lastErrorNs = nowNs;

        final int quotedLength = Math.min(
            Ipv4.totalLength(buffer, packetOffset), Ipv4.headerLength(buffer, packetOffset) + HEADER_LENGTH);
        final UnsafeBuffer frame = output.frame();
        final int offset = Ipv4Output.PAYLOAD_OFFSET;
        frame.putInt(offset, DESTINATION_UNREACHABLE << 24 | PORT_UNREACHABLE << 16, BIG_ENDIAN);
        frame.putInt(offset + IDENTIFIER_OFFSET, 0);
        frame.putBytes(offset + HEADER_LENGTH, buffer, packetOffset, quotedLength);
        finishAndSend(Ipv4.destination(buffer, packetOffset), Ipv4.source(buffer, packetOffset),
            HEADER_LENGTH + quotedLength);
    }

    int onTime(final long nowNs)
    {
        if (nextDeadlineNs == Long.MAX_VALUE || nowNs - nextDeadlineNs < 0)
        {
            return 0;
        }

        int workCount = 0;
        nextDeadlineNs = Long.MAX_VALUE;
        for (final Ping ping : pings)
        {
            if (ping.handler == null)
            {
                continue;
            }
            if (nowNs - ping.deadlineNs >= 0)
            {
                workCount++;
                finish(ping, new PingResult.TimedOut(new Ipv4Address(ping.address)));
            }
        }
        for (final Ping ping : pings)                      // a handler may have sent the next one meanwhile
        {
            if (ping.handler != null)
            {
                nextDeadlineNs = Math.min(nextDeadlineNs, ping.deadlineNs);
            }
        }

        return workCount;
    }

    long nextDeadlineNs()
    {
        return nextDeadlineNs;
    }

    private void onEchoRequest(
        final DirectBuffer buffer, final int packetOffset, final int offset, final int length)
    {
        final int destination = Ipv4.destination(buffer, packetOffset);
        if (length > output.maxPayloadLength() ||
            destination != output.address() && !Ipv4.isLoopback(destination))
        {
            counters.ignored++;                            // above all pings to everybody: no amplifier
            return;
        }

        final UnsafeBuffer frame = output.frame();
        frame.putBytes(Ipv4Output.PAYLOAD_OFFSET, buffer, offset, length);
        frame.putInt(Ipv4Output.PAYLOAD_OFFSET, ECHO_REPLY << 24, BIG_ENDIAN);
        if (finishAndSend(destination, Ipv4.source(buffer, packetOffset), length).isAccepted())
        {
            counters.echoesAnswered++;
        }
    }

    private void onEchoReply(final DirectBuffer buffer, final int packetOffset, final int offset, final int length)
    {
        final Ping ping = find(buffer, offset, Ipv4.source(buffer, packetOffset));
        if (ping == null || length != HEADER_LENGTH + ping.payloadLength || !hasOurPayload(buffer, offset, length))
        {
            counters.ignored++;
            return;
        }

        finish(ping, new PingResult.Reply(new Ipv4Address(ping.address), ping.payloadLength,
            Ipv4.ttl(buffer, packetOffset), clock.nanoTime() - ping.sentNs));
    }

    /** The quoted packet is at least a header and 8 bytes, or it tells us nothing. */
    private void onUnreachable(
        final int from, final int code, final DirectBuffer buffer, final int quoteOffset, final int quoteLength)
    {
        if (quoteLength < Ipv4.HEADER_LENGTH ||
            Ipv4.headerLength(buffer, quoteOffset) < Ipv4.HEADER_LENGTH ||
            quoteLength < Ipv4.headerLength(buffer, quoteOffset) + HEADER_LENGTH ||
            Ipv4.protocol(buffer, quoteOffset) != Ipv4.PROTOCOL_ICMP)
        {
            return;
        }

        final int offset = quoteOffset + Ipv4.headerLength(buffer, quoteOffset);
        final Ping ping = find(buffer, offset, Ipv4.destination(buffer, quoteOffset));
        if (ping != null && buffer.getByte(offset) == ECHO_REQUEST)
        {
            finish(ping,
                new PingResult.Unreachable(new Ipv4Address(ping.address), new Ipv4Address(from), code));
        }
    }

    private Ping find(final DirectBuffer buffer, final int offset, final int address)
    {
        final int sequence = buffer.getShort(offset + SEQUENCE_OFFSET, BIG_ENDIAN) & 0xFFFF;
        final Ping ping = pings[sequence & PING_LIMIT - 1];
        final boolean isOurs = ping.handler != null && ping.sequence == sequence && ping.address == address &&
            (buffer.getShort(offset + IDENTIFIER_OFFSET, BIG_ENDIAN) & 0xFFFF) == identifier;

        return isOurs ? ping : null;
    }

    private static boolean hasOurPayload(final DirectBuffer buffer, final int offset, final int length)
    {
        for (int i = 0; i < length - HEADER_LENGTH; i++)
        {
            if (buffer.getByte(offset + HEADER_LENGTH + i) != (byte)i)
            {
                return false;
            }
        }

        return true;
    }

    private static void finish(final Ping ping, final PingResult result)
    {
        final PingHandler handler = ping.handler;
        ping.handler = null;
        handler.onPing(result);
    }

    private SendResult finishAndSend(final int source, final int destination, final int length)
    {
        final UnsafeBuffer frame = output.frame();
        final int offset = Ipv4Output.PAYLOAD_OFFSET;
        frame.putShort(offset + CHECKSUM_OFFSET, (short)0);
        frame.putShort(offset + CHECKSUM_OFFSET,
            InternetChecksum.finish(InternetChecksum.add(0, frame, offset, length)), BIG_ENDIAN);
        return output.send(Ipv4.PROTOCOL_ICMP, source, destination, length);
    }
}
