package org.skerry.examples.net;

import org.agrona.DirectBuffer;
import org.agrona.concurrent.NanoClock;
import org.agrona.concurrent.UnsafeBuffer;
import org.skerry.wire.MacAddress;

/**
 * The way out. A protocol writes its packet behind {@link #PAYLOAD_OFFSET} of {@link #frame()} and says where it goes;
 * what comes before it in the frame is written here.
 */
final class Ipv4Output implements ArpTable.Link
{
    /** Where an IPv4 payload begins in {@link #frame()}. */
    static final int PAYLOAD_OFFSET = Ethernet.HEADER_LENGTH + Ipv4.HEADER_LENGTH;
    private static final int LOOP_LIMIT = 8;

    /** Hears of packets whose next hop did not answer. */
    interface GiveUpHandler
    {
        /** @param packetOffset of the IPv4 header in the buffer. */
        void onGiveUp(DirectBuffer buffer, int packetOffset, int packetLength);
    }

    private final FrameDevice device;
    private final NanoClock clock;
    private final Counters counters;
    private final GiveUpHandler giveUpHandler;
    private final ArpTable arpTable;
    private final UnsafeBuffer frame;
    private final UnsafeBuffer arpFrame = new UnsafeBuffer(new byte[Ethernet.HEADER_LENGTH + Arp.LENGTH]);
    private final UnsafeBuffer[] loopFrames = new UnsafeBuffer[LOOP_LIMIT];
    private final int[] loopLengths = new int[LOOP_LIMIT];
    private int loopHead;
    private int loopTail;
    private Ipv4Config config;
    private int identification;

    Ipv4Output(
        final FrameDevice device,
        final NanoClock clock,
        final Counters counters,
        final int firstIdentification,
        final GiveUpHandler giveUpHandler)
    {
        this.device = device;
        this.clock = clock;
        this.counters = counters;
        this.giveUpHandler = giveUpHandler;
        this.identification = firstIdentification;

        final int capacity = Ethernet.HEADER_LENGTH + device.mtu();
        arpTable = new ArpTable(this, capacity);
        frame = new UnsafeBuffer(new byte[capacity]);
        for (int i = 0; i < LOOP_LIMIT; i++)
        {
            loopFrames[i] = new UnsafeBuffer(new byte[capacity]);
        }
    }

    /** @return the frame that the next {@link #send} sends. */
    UnsafeBuffer frame()
    {
        return frame;
    }

    ArpTable arpTable()
    {
        return arpTable;
    }

    Ipv4Config config()
    {
        return config;
    }

    /** @return the own address, 0 when there is none. */
    int address()
    {
        return config == null ? 0 : config.address().value();
    }

    /** @return bytes that fit behind the IPv4 header. */
    int maxPayloadLength()
    {
        return device.mtu() - Ipv4.HEADER_LENGTH;
    }

    /** Take another address, or null for none, and tell the link of it. */
    void configure(final Ipv4Config newConfig)
    {
        config = newConfig;
        arpTable.clear();
        if (newConfig != null)
        {
            requestAddress(address());
        }
    }

    /** @return what stands as source in packets to that destination, 0 when we have none. */
    int sourceFor(final int destination)
    {
        return Ipv4.isLoopback(destination) ? destination : address();
    }

    /**
     * Send what stands in {@link #frame()}.
     *
     * @param protocol      number.
     * @param source        0 only for DHCP.
     * @param destination   any address.
     * @param payloadLength bytes behind {@link #PAYLOAD_OFFSET}.
     */
    SendResult send(final int protocol, final int source, final int destination, final int payloadLength)
    {
        if (payloadLength > maxPayloadLength())
        {
            return SendResult.TOO_LONG;
        }

        Ipv4.putHeader(
            frame, Ethernet.HEADER_LENGTH, protocol, source, destination, identification++, payloadLength);
        final int length = PAYLOAD_OFFSET + payloadLength;

        if (Ipv4.isLoopback(destination) || config != null && destination == address())
        {
            return loop(length);
        }
        if (destination == Ipv4.BROADCAST || config != null && destination == config.broadcastAddress())
        {
            return transmit(Ethernet.BROADCAST, frame, length);
        }
        if (Ipv4.isGroup(destination))
        {
            return transmit(Ethernet.groupMac(destination), frame, length);
        }

        final int nextHop = nextHop(destination);
        return nextHop == 0 ? SendResult.NO_ROUTE : sendVia(nextHop, length);
    }

    void sendArp(final int operation, final long targetMac, final int senderAddress, final int targetAddress)
    {
        final long ownMac = device.macAddress().value();
        final boolean isRequest = operation == Arp.REQUEST;

        Ethernet.putHeader(arpFrame, 0, isRequest ? Ethernet.BROADCAST : targetMac, ownMac, Ethernet.TYPE_ARP);
        Arp.put(arpFrame, Ethernet.HEADER_LENGTH, operation, ownMac, senderAddress, isRequest ? 0 : targetMac,
            targetAddress);
        send(arpFrame, arpFrame.capacity());
    }

    /**
     * Hand packets to ourselves over.
     *
     * @param handler takes them as frames.
     * @return how many.
     */
    int drainLoop(final FrameHandler handler)
    {
        final int end = loopTail;                          // what the handler adds meanwhile waits for the next turn
        int workCount = 0;
        while (loopHead != end)
        {
            final int index = loopHead & LOOP_LIMIT - 1;
            handler.onFrame(loopFrames[index], 0, loopLengths[index]);
            loopHead++;
            workCount++;
        }

        return workCount;
    }

    boolean hasLoopFrames()
    {
        return loopHead != loopTail;
    }

    @Override
    public void requestAddress(final int wanted)
    {
        sendArp(Arp.REQUEST, 0, address(), wanted);
    }

    @Override
    public void sendTo(final long mac, final UnsafeBuffer waitingFrame, final int length)
    {
        transmit(mac, waitingFrame, length);
    }

    @Override
    public void giveUp(final UnsafeBuffer waitingFrame, final int length)
    {
        giveUpHandler.onGiveUp(waitingFrame, Ethernet.HEADER_LENGTH, length - Ethernet.HEADER_LENGTH);
    }

    private int nextHop(final int destination)
    {
        if (config == null || !Ipv4Address.isUnicast(destination))
        {
            return 0;
        }

        return config.isOnLink(destination) ? destination : config.gateway().value();
    }

    private SendResult sendVia(final int nextHop, final int length)
    {
        final long mac = arpTable.resolve(nextHop, clock.nanoTime());
        if (mac != ArpTable.UNKNOWN)
        {
            return transmit(mac, frame, length);
        }
        if (arpTable.await(nextHop, frame, length))
        {
            return SendResult.RESOLVING;
        }

        counters.dropped++;
        return SendResult.DROPPED;
    }

    private SendResult loop(final int length)
    {
        if (loopTail - loopHead == LOOP_LIMIT)
        {
            counters.dropped++;
            return SendResult.DROPPED;
        }

        final int index = loopTail & LOOP_LIMIT - 1;
        Ethernet.putHeader(
            frame, 0, device.macAddress().value(), device.macAddress().value(), Ethernet.TYPE_IPV4);
        loopFrames[index].putBytes(0, frame, 0, length);
        loopLengths[index] = length;
        loopTail++;
        return SendResult.SENT;
    }

    private SendResult transmit(final long mac, final UnsafeBuffer packet, final int length)
    {
        assert mac >= 0 && mac <= MacAddress.BROADCAST.value();
        Ethernet.putHeader(packet, 0, mac, device.macAddress().value(), Ethernet.TYPE_IPV4);
        return send(packet, length) ? SendResult.SENT : SendResult.DROPPED;
    }

    private boolean send(final UnsafeBuffer packet, final int length)
    {
        if (!device.send(packet, 0, length))
        {
            counters.dropped++;
            return false;
        }

        counters.framesOut++;
        counters.bytesOut += length;
        return true;
    }
}
