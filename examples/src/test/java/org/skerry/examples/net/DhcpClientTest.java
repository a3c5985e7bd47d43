package org.skerry.examples.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The server is the test: a station at 10.0.0.254 that says what it likes. */
class DhcpClientTest
{
    private static final long SECOND_NS = 1_000_000_000L;
    private static final String SERVER = "0a0000fe";
    private static final String OFFERED = "0a000042";
    private static final String MASK = "0104ffffff00";
    private static final String ROUTER = "03040a0000fe";
    private static final String SERVER_ID = "3604" + SERVER;
    private static final String HOUR = "330400000e10";

    /** Hears of leases. */
    static final class Listener implements DhcpListener
    {
        final List<DhcpLease> leases = new ArrayList<>();
        int lostCount;

        @Override
        public void onLease(final DhcpLease lease)
        {
            leases.add(lease);
        }

        @Override
        public void onLeaseLost()
        {
            lostCount++;
        }
    }

    private final TestLink link = new TestLink("00:16:3e:00:00:01", "02:00:00:00:00:fe");
    private final IpStack client = new IpStack(link.left, () -> link.nowNs, 1);
    private final IpStack server = new IpStack(link.right, () -> link.nowNs, 2);
    private final Listener listener = new Listener();
    private final List<String> messages = new ArrayList<>();
    private UdpSocket socket;
    private String transactionId;

    @BeforeEach
    void listen()
    {
        server.configure(Ipv4Config.parse("10.0.0.254/24"));
        link.right.sent.clear();
        socket = server.udpBind(67, (self, address, port, buffer, offset, length) ->
        {
            final byte[] message = new byte[length];
            buffer.getBytes(offset, message);
            messages.add(HexFormat.of().formatHex(message));
        });
        client.dhcpStart(listener);
    }

    @Test
    void shouldDiscoverAsTheSpecSays()
    {
        final String frame = discoverFrame();
        assertEquals("ffffffffffff" + "00163e000001" + "0800", frame.substring(0, 28));
        assertEquals("00000000" + "ffffffff" + "00440043", frame.substring(52, 76));
        final String message = frame.substring(84);
        assertEquals("01010600", message.substring(0, 8));
        assertEquals("00163e000001", message.substring(56, 68));
        assertEquals("63825363" + "350101" + "3703010306" + "ff", message.substring(472, 498));
        assertEquals(600, message.length());
    }

    @Test
    void shouldTakeTheOfferAndTheLease()
    {
        bind();
        assertEquals(DhcpState.BOUND, client.dhcpState());
        assertEquals("10.0.0.66/24 via 10.0.0.254", client.config().toString());
        assertEquals(1, listener.leases.size());
        assertEquals(3600, listener.leases.get(0).leaseSeconds());
        assertEquals("10.0.0.254", listener.leases.get(0).server().toString());
        assertEquals(List.of(Ipv4Address.parse("8.8.8.8"), Ipv4Address.parse("9.9.9.9")),
            client.dhcpLease().config().nameServers());
        assertEquals("63825363" + "350103" + "3204" + OFFERED + SERVER_ID + "3703010306" + "ff",
            messages.get(1).substring(472, 522));

        final List<PingResult> results = new ArrayList<>();
        client.ping(Ipv4Address.parse("10.0.0.254"), 8, SECOND_NS, results::add);
        link.carry();
        assertEquals(1, results.size());
    }

    @Test
    void shouldDiscoverAgainEverMoreSeldomWhileNobodyAnswers()
    {
        final List<Long> times = new ArrayList<>();
        final long start = link.nowNs;
        for (int i = 0; i < 3000; i++)
        {
            client.doWork();
            if (link.left.sent.poll() != null)
            {
                times.add((link.nowNs - start) / SECOND_NS);
            }
            link.nowNs += SECOND_NS / 10;
        }
        assertEquals(0, times.get(0));
        for (int i = 1; i < times.size(); i++)
        {
            final long expected = Math.min(4L << i - 1, 64);
            final long passed = times.get(i) - times.get(i - 1);
            assertTrue(Math.abs(passed - expected) <= 2, () -> "times: " + times);
        }
        assertTrue(times.size() >= 7, () -> "times: " + times);
    }

    @Test
    void shouldLookForAnotherOfferWhenTheRequestIsNotAnswered()
    {
        client.doWork();
        link.carry();
        answer(2, OFFERED, MASK + SERVER_ID + HOUR);
        assertEquals(DhcpState.REQUESTING, client.dhcpState());
        link.passMs(200_000, client);
        assertEquals(DhcpState.SELECTING, client.dhcpState());
        assertTrue(messages.stream().filter(message -> message.startsWith("350103", 480)).count() == 4);
    }

    @Test
    void shouldRenewTheLeaseFromItsServerAtHalfItsTime()
    {
        bind();
        messages.clear();
        link.passMs(1_799_000, client, server);
        assertEquals(List.of(), messages);
        link.passMs(2_000, client, server);
        assertEquals(DhcpState.RENEWING, client.dhcpState());
        assertEquals(1, messages.size());
        assertEquals(OFFERED, messages.get(0).substring(24, 32));
        assertEquals("63825363" + "350103" + "3703010306" + "ff", messages.get(0).substring(472, 498));

        answer(5, OFFERED, MASK + ROUTER + SERVER_ID + HOUR);
        assertEquals(DhcpState.BOUND, client.dhcpState());
        assertEquals(2, listener.leases.size());
        assertEquals(0, listener.lostCount);
    }

    @Test
    void shouldAskEverybodyWhenTheServerIsSilentAndLoseTheLeaseAtTheEnd()
    {
        bind();
        messages.clear();
        link.passMs(3_151_000, client, server);
        assertEquals(DhcpState.REBINDING, client.dhcpState());
        assertTrue(messages.size() >= 4 && messages.size() < 40, () -> "messages: " + messages.size());
        link.passMs(448_000, client, server);
        assertEquals("10.0.0.66", client.config().address().toString());
        link.passMs(2_000, client, server);
        assertEquals(DhcpState.SELECTING, client.dhcpState());
        assertNull(client.config());
        assertEquals(1, listener.lostCount);
        assertTrue(messages.getLast().startsWith("350101", 480), "it looks for a new one");
    }

    @Test
    void shouldUseTheTimesThatTheServerSays()
    {
        bind(HOUR + "3a0400000064" + "3b0400000c80");
        link.passMs(99_000, client, server);
        assertEquals(DhcpState.BOUND, client.dhcpState());
        link.passMs(2_000, client, server);
        assertEquals(DhcpState.RENEWING, client.dhcpState());
    }

    @Test
    void shouldNeverRenewALeaseWithoutEnd()
    {
        bind("3304ffffffff");
        assertEquals(DhcpLease.INFINITE, client.dhcpLease().leaseSeconds());
        client.doWork();
        link.nowNs += 1_000_000 * SECOND_NS;
        client.doWork();
        assertEquals(DhcpState.BOUND, client.dhcpState());
        assertEquals(Long.MAX_VALUE, client.nextDeadlineNs());
    }

    @Test
    void shouldNotBeKeptBusyByALeaseOfNoTime()
    {
        bind("330400000000");
        messages.clear();
        link.passMs(9_000, client, server);
        assertEquals("10.0.0.66", client.config().address().toString());
        assertTrue(messages.size() <= 2, () -> "messages: " + messages.size());
    }

    @Test
    void shouldBeginAnewAfterANo()
    {
        bind();
        link.passMs(1_801_000, client, server);
        answer(6, "00000000", SERVER_ID);
        assertNull(client.config());
        assertEquals(1, listener.lostCount);
        messages.clear();
        client.doWork();
        link.carry();
        assertEquals(List.of(), messages, "it waits a while before it asks again");
        link.passMs(1_100, client, server);
        assertTrue(messages.getFirst().startsWith("350101", 480));
    }

    @Test
    void shouldGiveTheLeaseBackWhenItIsStopped()
    {
        bind();
        messages.clear();
        client.ping(Ipv4Address.parse("10.0.0.254"), 0, SECOND_NS, result -> { });
        link.carry();
        client.dhcpStop();
        link.carry();
        assertTrue(messages.get(0).startsWith("350107" + SERVER_ID + "ff", 480));
        assertNull(client.config());
        assertEquals(DhcpState.STOPPED, client.dhcpState());
    }

    @Test
    void shouldEndWhenAnAddressIsGivenByHand()
    {
        bind();
        client.configure(Ipv4Config.parse("10.0.0.5/24"));
        assertEquals(DhcpState.STOPPED, client.dhcpState());
        link.passMs(4_000_000, client, server);
        assertEquals("10.0.0.5", client.config().address().toString());
    }

    @ParameterizedTest
    @ValueSource(strings = {
        OFFERED + MASK + HOUR,                             // no server
        "00000000" + MASK + SERVER_ID + HOUR,
        "7f000001" + MASK + SERVER_ID + HOUR,
        "e0000001" + MASK + SERVER_ID + HOUR,
        "ffffffff" + MASK + SERVER_ID + HOUR,
        OFFERED + "0104ff00ff00" + SERVER_ID + HOUR,       // no mask
        OFFERED + MASK + SERVER_ID + "3640" + HOUR,        // an option beyond the end
        OFFERED + MASK + SERVER_ID + "36"})
    void shouldIgnoreAnOfferThatMakesNoSense(final String offeredAndOptions)
    {
        client.doWork();
        link.carry();
        transactionId = messages.get(0).substring(8, 16);
        send(message("02", transactionId, "00163e000001", offeredAndOptions.substring(0, 8),
            "350102" + offeredAndOptions.substring(8)));
        assertEquals(DhcpState.SELECTING, client.dhcpState());
    }

    @Test
    void shouldIgnoreMessagesForOthers()
    {
        client.doWork();
        link.carry();
        transactionId = messages.get(0).substring(8, 16);
        final String options = "350102" + MASK + SERVER_ID + HOUR + "ff";
        send(message("01", transactionId, "00163e000001", OFFERED, options));
        send(message("02", "00000000", "00163e000001", OFFERED, options));
        send(message("02", transactionId, "00163e000002", OFFERED, options));
        send(message("02", transactionId, "00163e000001", OFFERED, options).replace("63825363", "63825364"));
        send(message("02", transactionId, "00163e000001", OFFERED, options).substring(0, 400));
        assertEquals(DhcpState.SELECTING, client.dhcpState());
        send(message("02", transactionId, "00163e000001", OFFERED, options));
        assertEquals(DhcpState.REQUESTING, client.dhcpState());
    }

    @Test
    void shouldIgnoreAnAckForAnotherAddressOrFromAnotherServer()
    {
        client.doWork();
        link.carry();
        answer(2, OFFERED, MASK + SERVER_ID + HOUR);
        answer(5, "0a000043", MASK + SERVER_ID + HOUR);
        answer(5, OFFERED, MASK + "36040a0000fd" + HOUR);
        answer(5, OFFERED, MASK + SERVER_ID);
        assertEquals(DhcpState.REQUESTING, client.dhcpState());
        assertNull(client.config());
        answer(5, OFFERED, SERVER_ID + HOUR);
        assertEquals("10.0.0.66/8", client.config().toString(), "without a mask the old class counts");
    }

    @Test
    void shouldSurviveWhateverAServerSaysSim()
    {
        final long seed = System.nanoTime();
        final SplittableRandom random = new SplittableRandom(seed);
        client.doWork();
        link.carry();
        for (int i = 0; i < 50_000; i++)
        {
            transactionId = messages.get(messages.size() - 1).substring(8, 16);
            final byte[] options = new byte[random.nextInt(40)];
            random.nextBytes(options);
            if (options.length > 3 && random.nextBoolean())
            {
                options[0] = 53;
                options[1] = 1;
                options[2] = (byte)(2 + random.nextInt(5));
            }
            send(message("02", transactionId, "00163e000001", OFFERED, HexFormat.of().formatHex(options)));
            link.nowNs += SECOND_NS;
            client.doWork();
            link.carry();
        }
        assertTrue(client.dhcpState() != DhcpState.STOPPED, () -> "seed " + seed);
    }

    private void bind()
    {
        bind(HOUR);
    }

    private void bind(final String times)
    {
        client.doWork();
        link.carry();
        answer(2, OFFERED, MASK + ROUTER + SERVER_ID + times);
        answer(5, OFFERED, MASK + ROUTER + "060808080808" + "09090909" + SERVER_ID + times);
        assertEquals(DhcpState.BOUND, client.dhcpState());
    }

    private void answer(final int type, final String offered, final String options)
    {
        transactionId = messages.get(messages.size() - 1).substring(8, 16);
        send(message("02", transactionId, "00163e000001", offered, "3501" + "0" + type + options + "ff"));
    }

    private static String message(
        final String op, final String xid, final String mac, final String offered, final String options)
    {
        return op + "010600" + xid + "00000000" + "00000000" + offered + "00000000" + "00000000" + mac +
            "00".repeat(202) + "63825363" + options;
    }

    private void send(final String hex)
    {
        final byte[] bytes = HexFormat.of().parseHex(hex);
        socket.send(-1, 68, new UnsafeBuffer(bytes), 0, bytes.length);
        link.carry();
    }

    private String discoverFrame()
    {
        client.doWork();
        return link.left.takeSent();
    }
}
