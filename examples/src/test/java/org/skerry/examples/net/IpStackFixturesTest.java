package org.skerry.examples.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Frames byte for byte, as a capture of Linux shows them; each wrong one differs from a right one in one thing. */
class IpStackFixturesTest
{
    private static final String US = "00163e000001";
    private static final String THEM = "020000000009";
    private static final String ALL = "ffffffffffff";
    private static final String ARP_REQUEST = ALL + THEM + "0806 0001 0800 06 04 0001" + THEM + "0a000009" +
        "000000000000 0a000001";
    private static final String ECHO_REQUEST = US + THEM + "0800" +
        "4500 0024 1c46 4000 40 01 0a8a 0a000009 0a000001" + "08 00 5e09 1234 0001 cafebabe 00010203";
    private static final String UDP_TO_PORT_9 = US + THEM + "0800" +
        "4500 001e 0001 0000 40 11 66c5 0a000009 0a000001" + "1234 0009 000a 712a 6869";

    private final TestDevice device = new TestDevice("00:16:3e:00:00:01");
    private final long[] nowNs = {-7};
    private final IpStack stack = new IpStack(device, () -> nowNs[0], 42);

    @BeforeEach
    void configure()
    {
        stack.configure(Ipv4Config.parse("10.0.0.1/24"));
        device.sent.clear();
    }

    @Test
    void shouldTellTheLinkOfItsAddress()
    {
        stack.configure(Ipv4Config.parse("10.0.0.7/24"));
        assertSent(ALL + US + "0806 0001 0800 06 04 0001" + US + "0a000007 000000000000 0a000007");
    }

    @Test
    void shouldAnswerAnArpRequestForItsAddress()
    {
        device.receive(ARP_REQUEST);
        assertSent(THEM + US + "0806 0001 0800 06 04 0002" + US + "0a000001" + THEM + "0a000009");
    }

    @Test
    void shouldAnswerAnArpProbeThatHasNoSenderYet()
    {
        device.receive(ALL + THEM + "0806 0001 0800 06 04 0001" + THEM + "00000000 000000000000 0a000001");
        assertSent(THEM + US + "0806 0001 0800 06 04 0002" + US + "0a000001" + THEM + "00000000");
        assertEquals(List.of(), stack.arpEntries());
    }

    @Test
    void shouldAnswerAnEchoRequestWithItsOwnBytes()
    {
        device.receive(ARP_REQUEST);
        device.sent.clear();
        device.receive(ECHO_REQUEST + "0000 0000 0000 0000 0000");          // padded to the least an Ethernet carries
        final String answer = device.takeSent();
        assertEquals(THEM + US + "0800" + "45000024", answer.substring(0, 36));
        assertEquals("00004001", answer.substring(40, 48));
        assertEquals("0a000001" + "0a000009", answer.substring(52, 68));
        assertEquals("0000660912340001" + "cafebabe00010203", answer.substring(68));
        assertEquals(1, stack.statistics().echoesAnswered());
    }

    @Test
    void shouldAnswerToAClosedPortThatNobodyListensAtMostAHundredTimesASecond()
    {
        device.receive(ARP_REQUEST);
        device.sent.clear();
        device.receive(UDP_TO_PORT_9);
        final String answer = device.takeSent();
        assertEquals("0303", answer.substring(68, 72));
        assertEquals("00000000" + "4500001e000100004011" + "66c5" + "0a000009" + "0a000001" + "12340009000a712a",
            answer.substring(76));
        device.receive(UDP_TO_PORT_9);
        assertNull(device.takeSent());
        nowNs[0] += 10_000_000;
        device.receive(UDP_TO_PORT_9);
        assertEquals("0303", device.takeSent().substring(68, 72));
    }

    @Test
    void shouldTakeADatagramWithoutAChecksumAndBehindIpOptions()
    {
        final List<Integer> lengths = new ArrayList<>();
        stack.udpBind(9, (socket, address, port, buffer, offset, length) -> lengths.add(length));
        device.receive(UDP_TO_PORT_9);
        device.receive(US + THEM + "0800 4500 001e 0001 0000 40 11 66c5 0a000009 0a000001 1234 0009 000a 0000 6869");
        device.receive(US + THEM + "0800 4600 0022 0001 0000 40 11 63bf 0a000009 0a000001 01010101" +
            "1234 0009 000a 0000 6869");
        device.receive(US + THEM + "0800 4500 001c 0001 0000 40 11 66c7 0a000009 0a000001 1234 0009 0008 0000");
        assertEquals(List.of(2, 2, 2, 0), lengths);
        assertEquals(0, stack.statistics().malformed());
    }

    @Test
    void shouldTakeBroadcastsOfItsNetworkAndNotComplainOfClosedPorts()
    {
        final List<Integer> ports = new ArrayList<>();
        stack.udpBind(9, (socket, address, port, buffer, offset, length) -> ports.add(port));
        device.receive(ALL + THEM + "0800 4500 001c 0001 0000 40 11 65c9 0a000009 0a0000ff 1234 0009 0008 0000");
        device.receive(ALL + THEM + "0800 4500 001c 0001 0000 40 11 70c8 0a000009 ffffffff 1234 0009 0008 0000");
        device.receive(ALL + THEM + "0800 4500 001c 0001 0000 40 11 70c8 0a000009 ffffffff 1234 000a 0008 0000");
        assertEquals(List.of(0x1234, 0x1234), ports);
        assertNull(device.takeSent());
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "",
        US,
        US + THEM + "08",
        US + THEM + "0800",
        US + THEM + "0806 0001 0800 06 04 0001",
        ALL + THEM + "0806 0006 0800 06 04 0001" + THEM + "0a000009 000000000000 0a000001",
        ALL + THEM + "0806 0001 86dd 06 04 0001" + THEM + "0a000009 000000000000 0a000001",
        ALL + THEM + "0806 0001 0800 08 04 0001" + THEM + "0a000009 000000000000 0a000001",
        US + THEM + "0800 6500 0024 1c46 4000 40 01 ea89 0a000009 0a000001 08 00 5e09 1234 0001 cafebabe 00010203",
        US + THEM + "0800 4400 0024 1c46 4000 40 01 0b8a 0a000009 0a000001 08 00 5e09 1234 0001 cafebabe 00010203",
        US + THEM + "0800 4500 0025 1c46 4000 40 01 0a8b 0a000009 0a000001 08 00 5e09 1234 0001 cafebabe 00010203",
        US + THEM + "0800 4500 0010 1c46 4000 40 01 0a9e 0a000009 0a000001 08 00 5e09 1234 0001 cafebabe 00010203",
        US + THEM + "0800 4500 0024 1c46 4000 40 01 0a8b 0a000009 0a000001 08 00 5e09 1234 0001 cafebabe 00010203",
        US + THEM + "0800 4500 0024 1c46 4000 40 01 0a8a 0a000009 0a000001 08 00 5e08 1234 0001 cafebabe 00010203",
        US + THEM + "0800 4500 0018 1c46 4000 40 01 0a96 0a000009 0a000001 08 00 f7ff",
        US + THEM + "0800 4500 001e 0001 0000 40 11 66c5 0a000009 0a000001 1234 0009 000a 7aaa 6869",
        US + THEM + "0800 4500 001e 0001 0000 40 11 66c5 0a000009 0a000001 1234 0009 000b 0000 6869",
        US + THEM + "0800 4500 001e 0001 0000 40 11 66c5 0a000009 0a000001 1234 0009 0007 0000 6869"})
    void shouldCountAndDropWhatIsMalformed(final String hex)
    {
        device.receive(ARP_REQUEST);
        device.sent.clear();
        device.receive(hex);
        assertEquals(1, stack.statistics().malformed());
        assertNull(device.takeSent());
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "00163e000002" + THEM + "0800 4500 0024 1c46 4000 40 01 0a8a 0a000009 0a000001" +
            "08 00 5e09 1234 0001 cafebabe 00010203",                       // to another station
        US + THEM + "0800 4500 0024 1c46 4000 40 01 0a89 0a000009 0a000002 08 00 5e09 1234 0001 cafebabe 00010203",
        ALL + THEM + "0800 4500 0024 1c46 4000 40 01 098c 0a000009 0a0000ff 08 00 5e09 1234 0001 cafebabe 00010203",
        US + THEM + "0800 4500 0024 1c46 2000 40 01 2a8a 0a000009 0a000001 08 00 5e09 1234 0001 cafebabe 00010203",
        US + THEM + "0800 4500 0024 1c46 0001 40 01 4a89 0a000009 0a000001 08 00 5e09 1234 0001 cafebabe 00010203",
        US + THEM + "0800 4500 0024 1c46 4000 40 06 0a85 0a000009 0a000001 08 00 5e09 1234 0001 cafebabe 00010203",
        US + THEM + "0800 4500 0024 1c46 4000 40 01 9591 7f000001 0a000001 08 00 5e09 1234 0001 cafebabe 00010203",
        US + THEM + "0800 4500 0024 1c46 4000 40 01 9589 0a000009 7f000001 08 00 5e09 1234 0001 cafebabe 00010203",
        US + THEM + "0800 4500 0024 1c46 4000 40 01 0a92 0a000001 0a000001 08 00 5e09 1234 0001 cafebabe 00010203",
        US + THEM + "0800 4500 0024 1c46 4000 40 01 1493 ffffffff 0a000001 08 00 5e09 1234 0001 cafebabe 00010203",
        US + THEM + "0800 4500 0024 1c46 4000 40 01 0a8a 0a000009 0a000001 00 00 6609 1234 0001 cafebabe 00010203",
        US + THEM + "0800 4500 0024 1c46 4000 40 01 0a8a 0a000009 0a000001 0d 00 5909 1234 0001 cafebabe 00010203",
        US + THEM + "86dd 6000 0000 0000 0000"})
    void shouldNotAnswerWhatIsNotForIt(final String hex)
    {
        device.receive(ARP_REQUEST);
        device.sent.clear();
        device.receive(hex);
        assertNull(device.takeSent());
        assertEquals(0, stack.statistics().malformed(), "the fixture is well-formed");
    }

    @Test
    void shouldNotLearnFromArpThatIsNotForUsOrLies()
    {
        device.receive(ALL + THEM + "0806 0001 0800 06 04 0001" + THEM + "0a000009 000000000000 0a000063");
        device.receive(ALL + THEM + "0806 0001 0800 06 04 0001" + ALL + "0a000009 000000000000 0a000001");
        device.receive(ALL + THEM + "0806 0001 0800 06 04 0001" + THEM + "c0000201 000000000000 0a000001");
        assertEquals(List.of(), stack.arpEntries());
        device.receive(ALL + THEM + "0806 0001 0800 06 04 0002" + THEM + "0a000001 ffffffffffff 0a000001");
        assertEquals(1, stack.statistics().addressConflicts());
        assertEquals(List.of(), stack.arpEntries());
    }

    @Test
    void shouldFollowAStationThatSaysItHasAnotherHardwareAddress()
    {
        device.receive(ARP_REQUEST);
        assertEquals("02:00:00:00:00:09", stack.arpEntries().get(0).macAddress().toString());
        device.receive(ALL + "02000000000a 0806 0001 0800 06 04 0002 02000000000a 0a000009 ffffffffffff 0a000009");
        assertEquals("02:00:00:00:00:0a", stack.arpEntries().get(0).macAddress().toString());
    }

    @Test
    void shouldBoundTheArpTable()
    {
        for (int i = 0; i < 5_000; i++)
        {
            nowNs[0]++;
            device.receive(ALL + THEM + "0806 0001 0800 06 04 0001" + THEM +
                String.format("0a00%04x", 0x0002 + i % 250) + "000000000000 0a000001");
        }
        stack.configure(Ipv4Config.parse("10.0.0.1/8"));
        for (int i = 0; i < 5_000; i++)
        {
            nowNs[0]++;
            device.receive(ALL + THEM + "0806 0001 0800 06 04 0001" + THEM + String.format("0a01%04x", i + 1) +
                "000000000000 0a000001");
        }
        assertEquals(ArpTable.ENTRY_LIMIT, stack.arpEntries().size());
    }

    @Test
    void shouldKeepUsingAStationWhileItIsAskedAgain()
    {
        device.receive(ARP_REQUEST);
        device.sent.clear();
        nowNs[0] += ArpTable.FRESH_NS;
        device.receive(ECHO_REQUEST);
        assertEquals(ALL, device.takeSent().substring(0, 12));
        assertEquals(THEM, device.takeSent().substring(0, 12));
        device.receive(ECHO_REQUEST);
        assertEquals(THEM, device.takeSent().substring(0, 12));
        assertNull(device.takeSent());
        for (int i = 0; i < 3; i++)
        {
            nowNs[0] += ArpTable.RETRY_NS;
            stack.doWork();
        }
        assertEquals(List.of(), stack.arpEntries());
    }

    @Test
    void shouldBelieveAnUnreachableMessageOnlyWhenItQuotesOurPing()
    {
        final List<PingResult> results = new ArrayList<>();
        device.receive(ARP_REQUEST);
        device.sent.clear();
        stack.ping(Ipv4Address.parse("10.0.0.9"), 8, 1_000_000_000L, results::add);
        final String ping = device.takeSent();
        final String quoted = ping.substring(28, 28 + 56);
        final String wrongId = quoted.substring(0, 48) + "0000" + quoted.substring(52);

        device.receive(unreachable(wrongId));
        device.receive(unreachable(quoted.substring(0, 54)));
        device.receive(unreachable(""));
        assertEquals(List.of(), results);
        device.receive(unreachable(quoted));
        assertEquals(List.of(new PingResult.Unreachable(
            Ipv4Address.parse("10.0.0.9"), Ipv4Address.parse("10.0.0.9"), 13)), results);
        device.receive(unreachable(quoted));
        assertEquals(1, results.size());
    }

    @Test
    void shouldSurviveWhateverComesInSim()
    {
        final long seed = System.nanoTime();
        final SplittableRandom random = new SplittableRandom(seed);
        final String[] right = {ARP_REQUEST, ECHO_REQUEST, UDP_TO_PORT_9};
        stack.dhcpStart(new DhcpClientTest.Listener());
        for (int i = 0; i < 300_000; i++)
        {
            final byte[] frame =
                HexFormat.of().parseHex(right[random.nextInt(3)].replace(" ", ""));
            for (int change = random.nextInt(4); change > 0; change--)
            {
                frame[random.nextInt(frame.length)] = (byte)random.nextInt();
            }
            device.receive(Arrays.copyOf(frame, random.nextInt(frame.length + 20)));
            device.sent.clear();
            nowNs[0] += 1_000_000;
            stack.doWork();
        }
        assertEquals(300_000, stack.statistics().framesIn(), () -> "seed " + seed);
    }

    /** An ICMP message of type 3, code 13, from 10.0.0.9 that quotes these bytes. */
    private static String unreachable(final String quoted)
    {
        final String icmp = "030d0000" + "00000000" + quoted;
        final String withSum = "030d" + String.format("%04x", checksum(icmp)) + "00000000" + quoted;
        final String header = String.format("4500%04x0001000040010000", 20 + withSum.length() / 2) + "0a0000090a000001";
        return US + THEM + "0800" + header.substring(0, 20) + String.format("%04x", checksum(header)) +
            header.substring(24) + withSum;
    }

    private static int checksum(final String hex)
    {
        int sum = 0;
        final String even = hex.length() % 4 == 0 ? hex : hex + "00";
        for (int i = 0; i < even.length(); i += 4)
        {
            sum += Integer.parseInt(even.substring(i, i + 4), 16);
        }
        while (sum > 0xFFFF)
        {
            sum = (sum & 0xFFFF) + (sum >>> 16);
        }

        return ~sum & 0xFFFF;
    }

    private void assertSent(final String hex)
    {
        assertEquals(hex.replace(" ", ""), device.takeSent());
        assertNull(device.takeSent());
        assertTrue(device.sent.isEmpty());
    }
}
