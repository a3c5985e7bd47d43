package org.skerry.examples.net;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class IpStackTest
{
    private static final long SECOND_NS = 1_000_000_000L;
    private static final Ipv4Address LEFT = Ipv4Address.parse("10.0.0.1");
    private static final Ipv4Address RIGHT = Ipv4Address.parse("10.0.0.2");

    private final TestLink link = new TestLink("00:16:3e:00:00:01", "00:16:3e:00:00:02");
    private final IpStack left = new IpStack(link.left, () -> link.nowNs, 1);
    private final IpStack right = new IpStack(link.right, () -> link.nowNs, 2);
    private final List<PingResult> results = new ArrayList<>();

    @BeforeEach
    void configure()
    {
        left.configure(Ipv4Config.parse("10.0.0.1/24,10.0.0.254"));
        right.configure(Ipv4Config.parse("10.0.0.2/24"));
        link.left.sent.clear();
        link.right.sent.clear();
    }

    @Test
    void shouldPingAStationThatIsNotKnownYetAndSayTheRoundTripTime()
    {
        assertEquals(SendResult.RESOLVING, left.ping(RIGHT, 56, SECOND_NS, results::add));
        link.nowNs += 1_500;
        link.carry();

        assertEquals(List.of(new PingResult.Reply(RIGHT, 56, 64, 1_500)), results);
        assertEquals(1, right.statistics().echoesAnswered());
        assertEquals(List.of(new ArpEntry(RIGHT, right.macAddress(), 0)), left.arpEntries());
        assertEquals(SendResult.SENT, left.ping(RIGHT, 0, SECOND_NS, results::add));
    }

    @Test
    void shouldPingItself()
    {
        assertEquals(SendResult.SENT, left.ping(LEFT, 56, SECOND_NS, results::add));
        assertEquals(SendResult.SENT, left.ping(Ipv4Address.parse("127.0.0.1"), 8, SECOND_NS, results::add));
        assertTrue(left.nextDeadlineNs() <= link.nowNs);
        left.doWork();
        left.doWork();

        assertEquals(2, results.size());
        assertInstanceOf(PingResult.Reply.class, results.get(0));
        assertInstanceOf(PingResult.Reply.class, results.get(1));
        assertNull(link.left.takeSent());
    }

    @Test
    void shouldSayThatAPingTimedOut()
    {
        left.ping(RIGHT, 56, SECOND_NS, results::add);
        link.carry();
        results.clear();

        left.ping(RIGHT, 56, SECOND_NS, results::add);
        link.left.sent.clear();
        assertEquals(link.nowNs + SECOND_NS, left.nextDeadlineNs());
        link.passMs(990, left);
        assertEquals(List.of(), results);
        link.passMs(20, left);
        assertEquals(List.of(new PingResult.TimedOut(RIGHT)), results);
        assertEquals(Long.MAX_VALUE, left.nextDeadlineNs());
    }

    @Test
    void shouldSayThatAStationIsUnreachableWhenNobodyAnswersThreeArpRequests()
    {
        final Ipv4Address nobody = Ipv4Address.parse("10.0.0.77");
        left.ping(nobody, 56, 10 * SECOND_NS, results::add);
        for (int i = 0; i < 3; i++)
        {
            assertEquals("ffffffffffff00163e0000010806000108000604000100163e0000010a000001" +
                "0000000000000a00004d", link.left.takeSent());
            assertNull(link.left.takeSent());
            assertEquals(List.of(), results);
            link.nowNs += SECOND_NS;
            left.doWork();
        }

        assertEquals(List.of(new PingResult.Unreachable(nobody, LEFT, 1)), results);
    }

    @Test
    void shouldSendWhatIsFarAwayThroughTheGateway()
    {
        left.ping(Ipv4Address.parse("192.0.2.1"), 0, SECOND_NS, results::add);
        assertEquals("ffffffffffff00163e0000010806000108000604000100163e0000010a000001" +
            "0000000000000a0000fe", link.left.takeSent());
        link.left.receive("00163e000001 00163e0000fe 0806 0001 0800 06 04 0002" +
            "00163e0000fe 0a0000fe 00163e000001 0a000001");

        final String frame = link.left.takeSent();
        assertEquals("00163e0000fe00163e0000010800", frame.substring(0, 28));
        assertEquals("0a000001c0000201", frame.substring(52, 68));
    }

    @Test
    void shouldHaveNoRouteWithoutAnAddressOrAGateway()
    {
        assertEquals(SendResult.NO_ROUTE, right.ping(Ipv4Address.parse("192.0.2.1"), 0, SECOND_NS, results::add));
        right.configure(null);
        assertEquals(SendResult.NO_ROUTE, right.ping(LEFT, 0, SECOND_NS, results::add));
        assertEquals(List.of(), results);
    }

    @Test
    void shouldRefuseMoreThanAFrameTakes()
    {
        assertEquals(SendResult.RESOLVING, left.ping(RIGHT, 1472, SECOND_NS, results::add));
        assertEquals(SendResult.TOO_LONG, left.ping(RIGHT, 1473, SECOND_NS, results::add));
        link.carry();
        assertEquals(1, results.size());
    }

    @Test
    void shouldRememberSixtyFourPingsAndNoMore()
    {
        left.ping(RIGHT, 0, SECOND_NS, results::add);
        link.carry();
        results.clear();
        link.right.isFull = true;

        for (int i = 0; i < 64; i++)
        {
            assertEquals(SendResult.SENT, left.ping(RIGHT, 0, SECOND_NS, results::add));
        }
        assertEquals(SendResult.DROPPED, left.ping(RIGHT, 0, SECOND_NS, results::add));
        link.passMs(1010, left);
        assertEquals(64, results.size());
        assertEquals(SendResult.SENT, left.ping(RIGHT, 0, SECOND_NS, results::add));
    }

    @Test
    void shouldEchoDatagramsBetweenTwoPorts()
    {
        final List<String> answers = new ArrayList<>();
        final UdpEchoService echo = new UdpEchoService(right, UdpEchoService.PORT);
        final UdpSocket socket = left.udpBind(0, (self, address, port, buffer, offset, length) ->
            answers.add(Ipv4Address.toText(address) + ":" + port + " " +
                buffer.getStringWithoutLengthAscii(offset, length)));
        final UnsafeBuffer payload = new UnsafeBuffer("hello".getBytes(StandardCharsets.US_ASCII));

        assertEquals(SendResult.RESOLVING, socket.send(RIGHT.value(), 7, payload, 0, 5));
        assertEquals(SendResult.RESOLVING, socket.send(RIGHT.value(), 7, payload, 1, 3));
        link.carry();

        assertEquals(List.of("10.0.0.2:7 hello", "10.0.0.2:7 ell"), answers);
        assertEquals(2, echo.datagramCount());
        echo.close();
        socket.close();
        assertEquals(SendResult.NO_ROUTE, socket.send(RIGHT.value(), 7, payload, 0, 5));
    }

    @Test
    void shouldBindAPortOnce()
    {
        final UdpSocket socket = left.udpBind(53, (self, address, port, buffer, offset, length) -> { });
        assertThrows(IllegalStateException.class, () -> new UdpEchoService(left, 53));
        socket.close();
        new UdpEchoService(left, 53).close();
        socket.close();
    }

    @Test
    void shouldDropWhatTheDeviceDoesNotTake()
    {
        left.ping(RIGHT, 0, SECOND_NS, results::add);
        link.carry();
        link.left.isFull = true;

        assertEquals(SendResult.DROPPED, left.ping(RIGHT, 0, SECOND_NS, results::add));
        assertEquals(1, left.statistics().dropped());
        assertEquals(1, results.size());
    }

    @Test
    void shouldKeepSixteenFramesForUnknownStationsAndNoMore()
    {
        for (int i = 0; i < 16; i++)
        {
            assertEquals(SendResult.RESOLVING, left.ping(RIGHT, 0, SECOND_NS, results::add));
        }
        assertEquals(SendResult.DROPPED, left.ping(RIGHT, 0, SECOND_NS, results::add));
        assertArrayEquals(new long[]{1, 1}, new long[]{left.statistics().dropped(), link.left.sent.size()});
        link.carry();
        assertEquals(16, results.size());
    }
}
