package org.skerry.examples.net;

import java.util.SplittableRandom;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.NanoClock;

/**
 * The DHCP client: a state machine whose events are a server's message and the passing of time.
 *
 * <p>Spec: RFC 2131 section 4.4. The first offer is taken.
 */
final class DhcpClient
{
    static final long FIRST_RETRY_NS = 4_000_000_000L;
    static final long LAST_RETRY_NS = 64_000_000_000L;
    /** Requests for one offer before another is looked for. */
    static final int REQUEST_LIMIT = 4;
    /** A server that lends for less keeps us busy on purpose; we behave as if it had said this. */
    static final long MIN_LEASE_SECONDS = 10;
    /** Shortest time between two tries to get more time. */
    static final long MIN_RENEW_RETRY_NS = 60_000_000_000L;
    /** How long to be quiet after a server said no. */
    static final long NAK_PAUSE_NS = 1_000_000_000L;

    private static final long SECOND_NS = 1_000_000_000L;
    private static final long JITTER_NS = 2_000_000_000L;

    /** Takes the address into use. */
    interface Station
    {
        long mac();

        /** @param config null for none. */
        void configure(Ipv4Config config);
    }

    private final Station station;
    private final Ipv4Output output;
    private final Udp udp;
    private final NanoClock clock;
    private final SplittableRandom random;

    private DhcpListener listener;
    private DhcpState state = DhcpState.STOPPED;
    private int transactionId;
    private int tryCount;
    private int server;
    private int address;
    /** When the request that led to the lease went out: the lease counts from here. */
    private long requestNs;
    private long deadlineNs;
    private long renewNs;
    private long rebindNs;
    private long expiryNs;
    private boolean isInfinite;
    private DhcpLease lease;

    DhcpClient(
        final Station station,
        final Ipv4Output output,
        final Udp udp,
        final NanoClock clock,
        final SplittableRandom random)
    {
        this.station = station;
        this.output = output;
        this.udp = udp;
        this.clock = clock;
        this.random = random;
    }

    DhcpState state()
    {
        return state;
    }

    DhcpLease lease()
    {
        return lease;
    }

    boolean isStarted()
    {
        return state != DhcpState.STOPPED;
    }

    void start(final DhcpListener newListener)
    {
        stop();
        listener = newListener;
        discover(clock.nanoTime());
    }

    /** Give the address back, if there is one, and be quiet. */
    void stop()
    {
        if (lease != null)
        {
            newTransaction();
            send(DhcpMessage.RELEASE, address, server, address, 0, server);
            lease = null;
            station.configure(null);
        }
        state = DhcpState.STOPPED;
    }

    int onTime(final long nowNs)
    {
        if (state == DhcpState.STOPPED || isInfinite && state == DhcpState.BOUND || nowNs - deadlineNs < 0)
        {
            return 0;
        }

        switch (state)
        {
            case SELECTING -> sendDiscover(nowNs);
            case REQUESTING ->
            {
                if (tryCount >= REQUEST_LIMIT)
                {
                    discover(nowNs);
                }
                else
                {
                    sendRequest(nowNs);
                }
            }
            case BOUND, RENEWING, REBINDING -> onLeaseTime(nowNs);
            case STOPPED ->
            {
            }
        }

        return 1;
    }

    long nextDeadlineNs()
    {
        return state == DhcpState.STOPPED || isInfinite && state == DhcpState.BOUND ? Long.MAX_VALUE : deadlineNs;
    }

    /** A datagram for the client's port came in. */
    void onDatagram(final DirectBuffer buffer, final int offset, final int length)
    {
        final DhcpMessage message = DhcpMessage.decode(buffer, offset, length, transactionId, station.mac());
        if (message == null)
        {
            return;
        }

        final long nowNs = clock.nanoTime();
        switch (message.type())
        {
            case DhcpMessage.OFFER -> onOffer(message, nowNs);
            case DhcpMessage.ACK -> onAck(message, nowNs);
            case DhcpMessage.NAK -> onNak(message, nowNs);
            default ->
            {
            }
        }
    }

    private void onOffer(final DhcpMessage offer, final long nowNs)
    {
        if (state != DhcpState.SELECTING || offer.server() == 0 || !isUsable(offer))
        {
            return;
        }

        state = DhcpState.REQUESTING;
        server = offer.server();
        address = offer.offered();
        tryCount = 0;
        sendRequest(nowNs);
    }

    private void onAck(final DhcpMessage ack, final long nowNs)
    {
        final boolean isExpected =
            state == DhcpState.REQUESTING || state == DhcpState.RENEWING || state == DhcpState.REBINDING;
        if (!isExpected || ack.offered() != address || ack.leaseSeconds() < 0 || !isUsable(ack))
        {
            return;
        }
        if (state != DhcpState.REBINDING && ack.server() != 0 && ack.server() != server)
        {
            return;                                        // we asked another one
        }

        server = ack.server() == 0 ? server : ack.server();
        setTimes(ack);
        final Ipv4Config config = configOf(ack);
        lease = new DhcpLease(config, new Ipv4Address(server), ack.leaseSeconds());
        state = DhcpState.BOUND;
        deadlineNs = renewNs;
        if (!config.equals(output.config()))
        {
            station.configure(config);
        }
        assert nowNs - requestNs >= 0;
        listener.onLease(lease);
    }

    private void onNak(final DhcpMessage nak, final long nowNs)
    {
        if (state == DhcpState.SELECTING || state == DhcpState.BOUND)
        {
            return;
        }
        if (state != DhcpState.REBINDING && nak.server() != server)
        {
            return;                                        // we asked another one
        }

        final boolean hadLease = lease != null;
        discover(nowNs);
        deadlineNs = nowNs + NAK_PAUSE_NS;
        if (hadLease)
        {
            listener.onLeaseLost();
        }
    }

    private void onLeaseTime(final long nowNs)
    {
        if (nowNs - expiryNs >= 0)
        {
            discover(nowNs);
            listener.onLeaseLost();
            return;
        }

        final DhcpState wanted = nowNs - rebindNs >= 0 ? DhcpState.REBINDING : DhcpState.RENEWING;
        if (state != wanted)
        {
            state = wanted;
            newTransaction();
        }

        requestNs = nowNs;
        final boolean isRenewing = state == DhcpState.RENEWING;
        send(DhcpMessage.REQUEST, address, isRenewing ? server : Ipv4.BROADCAST, address, 0, 0);

        final long limitNs = isRenewing ? rebindNs : expiryNs;
        final long halfNs = Math.max((limitNs - nowNs) / 2, MIN_RENEW_RETRY_NS);
        deadlineNs = Math.min(limitNs, nowNs + halfNs);
    }

    /** Begin anew, without an address. The first message goes out at once, or at the deadline that the caller sets. */
    private void discover(final long nowNs)
    {
        if (lease != null)
        {
            lease = null;
            station.configure(null);
        }
        isInfinite = false;
        state = DhcpState.SELECTING;
        newTransaction();
        tryCount = 0;
        deadlineNs = nowNs;
    }

    private void sendDiscover(final long nowNs)
    {
        send(DhcpMessage.DISCOVER, 0, Ipv4.BROADCAST, 0, 0, 0);
        retryLater(nowNs);
    }

    private void sendRequest(final long nowNs)
    {
        requestNs = nowNs;
        send(DhcpMessage.REQUEST, 0, Ipv4.BROADCAST, 0, address, server);
        retryLater(nowNs);
    }

    private void retryLater(final long nowNs)
    {
        final long baseNs = Math.min(FIRST_RETRY_NS << Math.min(tryCount, 8), LAST_RETRY_NS);
        tryCount++;
        deadlineNs = nowNs + baseNs - JITTER_NS / 2 + random.nextLong(JITTER_NS);
    }

    private void newTransaction()
    {
        transactionId = random.nextInt();
    }

    private void send(
        final int type,
        final int source,
        final int destination,
        final int clientAddress,
        final int requested,
        final int serverOption)
    {
        final int length = DhcpMessage.encode(output.frame(), Udp.PAYLOAD_OFFSET, type, transactionId, station.mac(),
            clientAddress, requested, serverOption);
        udp.sendFrame(source, DhcpMessage.CLIENT_PORT, destination, DhcpMessage.SERVER_PORT, length);
    }

    private void setTimes(final DhcpMessage ack)
    {
        isInfinite = ack.leaseSeconds() == DhcpLease.INFINITE;
        final long leaseSeconds = Math.max(ack.leaseSeconds(), MIN_LEASE_SECONDS);
        long renewSeconds = leaseSeconds / 2;
        long rebindSeconds = leaseSeconds - leaseSeconds / 8;
        if (ack.renewSeconds() > 0 && ack.renewSeconds() < ack.rebindSeconds() && ack.rebindSeconds() < leaseSeconds)
        {
            renewSeconds = ack.renewSeconds();
            rebindSeconds = ack.rebindSeconds();
        }

        renewNs = requestNs + renewSeconds * SECOND_NS;
        rebindNs = requestNs + rebindSeconds * SECOND_NS;
        expiryNs = requestNs + leaseSeconds * SECOND_NS;
    }

    private static boolean isUsable(final DhcpMessage message)
    {
        return Ipv4Address.isUnicast(message.offered()) && prefixLength(message) >= 0;
    }

    private static Ipv4Config configOf(final DhcpMessage ack)
    {
        return new Ipv4Config(
            new Ipv4Address(ack.offered()), prefixLength(ack), new Ipv4Address(ack.router()), ack.nameServers());
    }

    /** @return -1 when the mask is none; without a mask that of the address's old class. */
    private static int prefixLength(final DhcpMessage message)
    {
        if (message.netmask() == 0)
        {
            final int first = message.offered() >>> 24;
            return first < 128 ? 8 : first < 192 ? 16 : 24;
        }

        final int length = Integer.numberOfLeadingZeros(~message.netmask());
        return length == 32 || message.netmask() << length == 0 ? length : -1;
    }
}
