package org.skerry.examples.net;

import java.util.List;
import java.util.SplittableRandom;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.Agent;
import org.agrona.concurrent.NanoClock;
import org.skerry.wire.MacAddress;

/**
 * One station on a network. Frames come from the device by themselves; time passes when the owner calls
 * {@link #doWork}, at the latest at {@link #nextDeadlineNs}. All calls, and all callbacks, on one thread.
 *
 * <p>A stack has no address at first: give it one by {@link #configure} or let {@link #dhcpStart} look for one.
 */
public final class IpStack implements Agent
{
    private final FrameDevice device;
    private final NanoClock clock;
    private final Counters counters = new Counters();
    private final FrameHandler loopHandler = this::onLoopFrame;
    private final Ipv4Output output;
    private final Icmp icmp;
    private final Udp udp;
    private final DhcpClient dhcpClient;

    /**
     * @param device to send and receive by; its frames go to this stack from now on.
     * @param clock  for timeouts and round trips.
     * @param seed   of identifiers and ports. Use a good random number, except in a test.
     */
    public IpStack(final FrameDevice device, final NanoClock clock, final long seed)
    {
        this.device = device;
        this.clock = clock;

        final SplittableRandom random = new SplittableRandom(seed);
        output = new Ipv4Output(device, clock, counters, random.nextInt(), this::onGiveUp);
        icmp = new Icmp(output, clock, counters, random.nextInt());
        udp = new Udp(output, icmp, counters, random.split());
        dhcpClient = new DhcpClient(new Self(), output, udp, clock, random.split());
        device.onFrame(this::onFrame);
    }

    /**
     * Use this address from now on, and tell the link of it. What was sent and waits is dropped; a DHCP client that
     * runs is stopped.
     *
     * @param config the new one, or null to have no address.
     */
    public void configure(final Ipv4Config config)
    {
        dhcpClient.stop();
        output.configure(config);
    }

    /** @return what the station uses now, null while it has no address. */
    public Ipv4Config config()
    {
        return output.config();
    }

    /** @return the own hardware address. */
    public MacAddress macAddress()
    {
        return device.macAddress();
    }

    /**
     * Send one ICMP echo request.
     *
     * @param address       of the station.
     * @param payloadLength bytes that go there and back, 0 to mtu - 28; people are used to 56.
     * @param timeoutNs     after which nobody waits any more, more than 0, at most a day.
     * @param handler       called once when the result is accepted, else never; never from within this call.
     * @return what became of the request. {@link SendResult#DROPPED} also when 64 are on their way already.
     */
    public SendResult ping(
        final Ipv4Address address, final int payloadLength, final long timeoutNs, final PingHandler handler)
    {
        return icmp.ping(address.value(), payloadLength, timeoutNs, handler);
    }

    /**
     * Bind a UDP port.
     *
     * @param port    1 to 65535, or 0 for any free one from 49152 on.
     * @param handler takes what comes in.
     * @return the socket.
     * @throws IllegalStateException when the port is in use.
     */
    public UdpSocket udpBind(final int port, final UdpHandler handler)
    {
        return udp.bind(port, handler);
    }

    /**
     * Look for an address by DHCP, now and whenever it is lost, until {@link #dhcpStop}. An address that the station
     * has stays until a lease replaces it.
     *
     * @param listener hears of leases.
     */
    public void dhcpStart(final DhcpListener listener)
    {
        dhcpClient.start(listener);
    }

    /** Give a leased address back and stop looking for one. */
    public void dhcpStop()
    {
        dhcpClient.stop();
    }

    /** @return where the DHCP client stands. */
    public DhcpState dhcpState()
    {
        return dhcpClient.state();
    }

    /** @return the lease that is in use, or null. */
    public DhcpLease dhcpLease()
    {
        return dhcpClient.lease();
    }

    /** @return the stations of this link that are known now. */
    public List<ArpEntry> arpEntries()
    {
        return output.arpTable().entries(clock.nanoTime());
    }

    /** @return counts, as of now. */
    public StackStatistics statistics()
    {
        return counters.snapshot();
    }

    /**
     * Do what time has brought: repeat requests, end pings, renew a lease; and hand over what the station sent to
     * itself.
     *
     * @return how many things were done.
     */
    @Override
    public int doWork()
    {
        int workCount = output.drainLoop(loopHandler);
        final long nowNs = clock.nanoTime();
        workCount += output.arpTable().onTime(nowNs);
        workCount += icmp.onTime(nowNs);
        workCount += dhcpClient.onTime(nowNs);

        return workCount;
    }

    /**
     * @return the clock's time when {@link #doWork} has something to do next: now or earlier when it has already,
     *     {@link Long#MAX_VALUE} when only a frame or a call can bring something.
     */
    public long nextDeadlineNs()
    {
        if (output.hasLoopFrames())
        {
            return clock.nanoTime();
        }

        return Math.min(
            dhcpClient.nextDeadlineNs(), Math.min(output.arpTable().nextDeadlineNs(), icmp.nextDeadlineNs()));
    }

    @Override
    public String roleName()
    {
        return "ip-stack";
    }

    private void onFrame(final DirectBuffer buffer, final int offset, final int length)
    {
        counters.framesIn++;
        counters.bytesIn += Math.max(length, 0);
        if (length < Ethernet.HEADER_LENGTH)
        {
            counters.malformed++;
            return;
        }

        final long to = Ethernet.destination(buffer, offset);
        if (to != device.macAddress().value() && !MacAddress.isGroup(to))
        {
            counters.ignored++;
            return;
        }

        final int payloadOffset = offset + Ethernet.HEADER_LENGTH;
        final int payloadLength = length - Ethernet.HEADER_LENGTH;
        switch (Ethernet.type(buffer, offset))
        {
            case Ethernet.TYPE_ARP -> onArp(buffer, payloadOffset, payloadLength);
            case Ethernet.TYPE_IPV4 -> onPacket(buffer, payloadOffset, payloadLength, false);
            default -> counters.ignored++;
        }
    }

    private void onLoopFrame(final DirectBuffer buffer, final int offset, final int length)
    {
        onPacket(buffer, offset + Ethernet.HEADER_LENGTH, length - Ethernet.HEADER_LENGTH, true);
    }

    private void onArp(final DirectBuffer buffer, final int offset, final int length)
    {
        if (!Arp.isValid(buffer, offset, length))
        {
            counters.malformed++;
            return;
        }

        final int sender = Arp.senderAddress(buffer, offset);
        final long senderMac = Arp.senderMac(buffer, offset);
        final int address = output.address();
        final boolean isForUs = address != 0 && Arp.targetAddress(buffer, offset) == address;

        if (senderMac == device.macAddress().value() || MacAddress.isGroup(senderMac))
        {
            counters.ignored++;
            return;
        }
        if (sender != 0 && sender == address)
        {
            counters.addressConflicts++;
            return;
        }
        if (address != 0 && Ipv4Address.isUnicast(sender) && output.config().isOnLink(sender))
        {
            output.arpTable().learn(sender, senderMac, isForUs, clock.nanoTime());
        }
        if (isForUs && Arp.operation(buffer, offset) == Arp.REQUEST)
        {
            output.sendArp(Arp.REPLY, senderMac, address, sender);
        }
    }

    private void onPacket(
        final DirectBuffer buffer, final int packetOffset, final int length, final boolean isLoop)
    {
        if (!Ipv4.isValid(buffer, packetOffset, length))
        {
            counters.malformed++;
            return;
        }

        final int headerLength = Ipv4.headerLength(buffer, packetOffset);
        final int offset = packetOffset + headerLength;
        final int payloadLength = Ipv4.totalLength(buffer, packetOffset) - headerLength;
        final int protocol = Ipv4.protocol(buffer, packetOffset);
        if (Ipv4.isFragment(buffer, packetOffset))
        {
            counters.ignored++;
            return;
        }

        if (protocol == Ipv4.PROTOCOL_UDP)
        {
            onUdp(buffer, packetOffset, offset, payloadLength, isLoop);
        }
        else if (protocol == Ipv4.PROTOCOL_ICMP && isForUs(buffer, packetOffset, isLoop))
        {
            icmp.onMessage(buffer, packetOffset, offset, payloadLength);
        }
        else
        {
            counters.ignored++;
        }
    }

    private void onUdp(
        final DirectBuffer buffer,
        final int packetOffset,
        final int offset,
        final int length,
        final boolean isLoop)
    {
        if (!Udp.isValid(buffer, packetOffset, offset, length))
        {
            counters.malformed++;
        }
        else if (!isLoop && dhcpClient.isStarted() && Udp.sourcePort(buffer, offset) == DhcpMessage.SERVER_PORT &&
            Udp.destinationPort(buffer, offset) == DhcpMessage.CLIENT_PORT)
        {
            // An offer goes to an address that we do not have yet.
            dhcpClient.onDatagram(buffer, offset + Udp.HEADER_LENGTH, Udp.payloadLength(buffer, offset));
        }
        else if (isForUs(buffer, packetOffset, isLoop))
        {
            udp.onDatagram(buffer, packetOffset, offset, isGroup(Ipv4.destination(buffer, packetOffset)));
        }
        else
        {
            counters.ignored++;
        }
    }

    private boolean isForUs(final DirectBuffer buffer, final int packetOffset, final boolean isLoop)
    {
        final int source = Ipv4.source(buffer, packetOffset);
        final int destination = Ipv4.destination(buffer, packetOffset);
        if (isLoop)
        {
            return true;
        }
        if (output.config() == null || source == output.address() || isGroup(source))
        {
            return false;
        }
        if (isGroup(destination))
        {
            return source == 0 || Ipv4Address.isUnicast(source);    // 0 says who looks for an address
        }

        return destination == output.address() && Ipv4Address.isUnicast(source);
    }

    private boolean isGroup(final int address)
    {
        return address == Ipv4.BROADCAST || Ipv4.isGroup(address) ||
            output.config() != null && address == output.config().broadcastAddress();
    }

    private void onGiveUp(final DirectBuffer buffer, final int packetOffset, final int packetLength)
    {
        icmp.onGiveUp(buffer, packetOffset, packetLength);
    }

    private final class Self implements DhcpClient.Station
    {
        @Override
        public long mac()
        {
            return device.macAddress().value();
        }

        @Override
        public void configure(final Ipv4Config config)
        {
            output.configure(config);
        }
    }
}
