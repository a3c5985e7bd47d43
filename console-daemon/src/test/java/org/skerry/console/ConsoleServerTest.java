package org.skerry.console;

import java.util.ArrayList;
import java.util.List;

import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.skerry.wire.ring.ConsoleRing;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

class ConsoleServerTest
{
    private static final int OUT_PROD = 3084;
    private static final int IN_CONS = 3072;

    private final List<String> log = new ArrayList<>();
    private long nowNs = 5_000;
    private final ConsoleServer server = new ConsoleServer(() -> nowNs, log::add);

    /** A guest and its page. */
    private final class Guest
    {
        final UnsafeBuffer page = new UnsafeBuffer(new byte[4096]);
        final ConsoleRing front = ConsoleRing.front(page);
        int bells;
        final GuestConsole console;

        Guest(final int domid)
        {
            console = new GuestConsole(domid, 0, ConsoleRing.back(page), () -> bells++);
        }

        void print(final String text)
        {
            final byte[] bytes = text.getBytes(ISO_8859_1);
            assertEquals(bytes.length, front.write(bytes, 0, bytes.length));
            nowNs += TurnAllowance.INTERVAL_NS;
            assertEquals(0, server.onBell(console));
        }

        String typed()
        {
            final byte[] bytes = new byte[2048];
            return new String(bytes, 0, front.read(bytes, 0, bytes.length), ISO_8859_1);
        }
    }

    private final Guest guest = new Guest(5);

    private TestStream connect(final String firstBytes)
    {
        final TestStream stream = new TestStream(4711);
        final ClientSession session = server.accept(stream);
        stream.send(firstBytes);
        session.onReadable();
        sessionOf.add(session);
        return stream;
    }

    private final List<ClientSession> sessionOf = new ArrayList<>();

    private ClientSession last()
    {
        return sessionOf.getLast();
    }

    @Test
    void shouldSendTheScrollbackFirstAndThenWhatComes()
    {
        server.add(guest.console);
        guest.print("booting\r\n");
        final TestStream client = connect("ATTACH 5 0\n");
        assertEquals("OK\nbooting\r\n", client.received());

        guest.print("skerry# ");
        assertEquals("OK\nbooting\r\nskerry# ", client.received());
        assertFalse(client.wantsToWrite());
        assertTrue(client.wantsToRead());
    }

    @Test
    void shouldTakeWhatTheGuestPrintedBeforeTheDaemonCame()
    {
        guest.front.write("early".getBytes(ISO_8859_1), 0, 5);
        server.add(guest.console);

        assertEquals("OK\nearly", connect("ATTACH 5 0\n").received());
        assertTrue(guest.front.isConnected());
        assertTrue(guest.bells > 0);
    }

    @Test
    void shouldTypeToTheGuestAlsoWhatCameWithTheFirstLine()
    {
        server.add(guest.console);
        final TestStream client = connect("ATTACH 5 0\nhel");
        client.send("p\r");
        last().onReadable();

        assertEquals("help\r", guest.typed());
    }

    @Test
    void shouldReadARequestThatComesInPieces()
    {
        server.add(guest.console);
        final TestStream client = connect("ATTA");
        client.send("CH 5 ");
        last().onReadable();
        assertEquals("", client.received());
        client.send("0\n");
        last().onReadable();
        assertEquals("OK\n", client.received());
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "ATTACH\n", "ATTACH 5\n", "ATTACH 5 0 gently\n", "ATTACH 5 0 force force\n", "attach 5 0\n",
        "ATTACH -1 0\n", "ATTACH 5 0x0\n", "ATTACH 99999999999 0\n", "ATTACH  5 0\n", "GET / HTTP/1.1\r\n",
        "\n", "ATTACH 5 \u0000\n", "ATTACH 5 0 pid=1 force\n" })
    void shouldRefuseWhatIsNoRequest(final String line)
    {
        server.add(guest.console);
        final TestStream client = connect(line);

        assertTrue(client.received().startsWith("ERR EINVAL "), client.received());
        assertTrue(client.isClosed());
        assertEquals(0, server.clientCount());
    }

    @Test
    void shouldRefuseALineWithoutEnd()
    {
        final TestStream client = connect("A".repeat(1000));
        assertTrue(client.received().startsWith("ERR EINVAL "));
        assertTrue(client.isClosed());
    }

    @Test
    void shouldSayThatThereIsNoSuchConsole()
    {
        final TestStream client = connect("ATTACH 7 0\n");
        assertEquals("ERR ENOENT domain 7 has no console 0\n", client.received());
        assertTrue(client.isClosed());
    }

    @Test
    void shouldNameTheHolderToASecondClient()
    {
        server.add(guest.console);
        final TestStream first = connect("ATTACH 5 0\n");
        nowNs += 12_000_000_000L;
        final TestStream second = connect("ATTACH 5 0\n");

        assertEquals(
            "ERR EBUSY console 0 of domain 5 is held by pid 4711 (uid 1000) for 12 s\n", second.received());
        assertTrue(second.isClosed());
        guest.print("x");
        assertEquals("OK\nx", first.received());
    }

    @Test
    void shouldTakeTheHoldersWordForItsPidWhenTheKernelCannotTell()
    {
        server.add(guest.console);
        final TestStream first = new TestStream(0);
        final ClientSession session = server.accept(first);
        first.send("ATTACH 5 0 pid=123\n");
        session.onReadable();
        assertTrue(connect("ATTACH 5 0\n").received().contains(" held by pid 123 (uid 1000) "));
        assertTrue(connect("ATTACH 5 0 force pid=9\n").received().startsWith("OK\n"));
        assertTrue(connect("ATTACH 5 0\n").received().contains(" held by pid 4711 (uid 1000) "));
    }

    @Test
    void shouldLetASecondClientTakeOverByForce()
    {
        server.add(guest.console);
        final TestStream first = connect("ATTACH 5 0\n");
        final TestStream second = connect("ATTACH 5 0 force\n");

        assertTrue(first.isClosed());
        assertEquals("OK\n\r\n[console taken over by pid 4711 (uid 1000)]\r\n", first.received());
        guest.print("x");
        assertEquals("OK\nx", second.received());
        assertEquals(1, server.clientCount());
    }

    @Test
    void shouldLetTheNextClientInWhenTheHolderLeft()
    {
        server.add(guest.console);
        connect("ATTACH 5 0\n").leave();
        last().onReadable();
        assertEquals(0, server.clientCount());

        assertEquals("OK\n", connect("ATTACH 5 0\n").received());
    }

    @Test
    void shouldLetTheNextClientInWhenNobodyHasNoticedYetThatTheHolderLeft()
    {
        server.add(guest.console);
        final TestStream first = connect("ATTACH 5 0\n");
        first.leave();

        assertEquals("OK\n", connect("ATTACH 5 0\n").received());
        assertTrue(first.isClosed());
    }

    @Test
    void shouldGoOnShowingOutputToAClientThatTypesNoMore()
    {
        server.add(guest.console);
        final TestStream client = connect("ATTACH 5 0\nhelp\r");
        client.halfClose();
        last().onReadable();
        assertFalse(client.wantsToRead());
        assertEquals("help\r", guest.typed());

        guest.print("commands:");
        assertEquals("OK\ncommands:", client.received());
        client.leave();
        last().onReadable();
        assertTrue(client.isClosed());
    }

    @Test
    void shouldHoldBackAClientWhenTheGuestDoesNotRead()
    {
        server.add(guest.console);
        final TestStream client = connect("ATTACH 5 0\n");
        client.send("a".repeat(5000));

        for (int i = 0; i < 100; i++)
        {
            last().onReadable();
        }

        assertFalse(client.wantsToRead());
        assertTrue(client.unread() >= 5000 - 2048);
        int read = 0;

        while (read < 5000)
        {
            final int count = guest.typed().length();
            assertTrue(count > 0);
            read += count;
            nowNs += TurnAllowance.INTERVAL_NS;
            server.onBell(guest.console);

            if (client.wantsToRead())
            {
                last().onReadable();
            }
        }

        assertTrue(client.wantsToRead());
        assertEquals(0, client.unread());
    }

    @Test
    void shouldTellASlowClientWhatItMissedAndNotHoldTheGuestBack()
    {
        server.add(guest.console);
        final TestStream client = connect("ATTACH 5 0\n");
        client.room(100);
        final String part = "0123456789abcdef".repeat(128);
        nowNs += ClientSession.PATIENCE_NS;

        for (int i = 0; i < 100; i++)
        {
            guest.print(part);
            nowNs += i == 0 ? ClientSession.PATIENCE_NS : 0;
        }

        assertTrue(client.wantsToWrite());
        assertEquals(103, client.received().length());
        client.room(Integer.MAX_VALUE);

        for (int i = 0; i < 10; i++)
        {
            last().onWritable();
        }

        final int lost = 100 * 2048 - 100 - GuestConsole.SCROLLBACK_CAPACITY;
        final String notice = "\r\n[console: " + lost + " bytes lost, the reader is too slow]\r\n";
        assertTrue(client.received().startsWith(notice, 103), client.received().substring(100, 200));
        assertEquals(103 + notice.length() + GuestConsole.SCROLLBACK_CAPACITY, client.received().length());
        assertFalse(client.wantsToWrite());
    }

    @Test
    void shouldHoldAGuestBackForAClientThatReadsSlowly()
    {
        server.add(guest.console);
        final TestStream client = connect("ATTACH 5 0\n");
        final byte[] part = new byte[2048];
        int printed = 0;

        for (int i = 0; i < 1000; i++)
        {
            client.room(500);
            last().onWritable();
            printed += guest.front.write(part, 0, part.length);
            nowNs += TurnAllowance.INTERVAL_NS;

            if (guest.console.isTurnPending())
            {
                server.onTurn(guest.console);
            }
            else
            {
                server.onBell(guest.console);
            }
        }

        assertTrue(printed > 500_000, "printed=" + printed);
        assertTrue(printed < 600_000, "printed=" + printed);
        assertFalse(client.received().contains("lost"));
    }

    @Test
    void shouldServeOthersWhileOneClientDoesNotRead()
    {
        final Guest other = new Guest(6);
        server.add(guest.console);
        server.add(other.console);
        final TestStream slow = connect("ATTACH 5 0\n");
        slow.room(0);
        final TestStream fast = connect("ATTACH 6 0\n");
        guest.print("a".repeat(2000));
        guest.print("a".repeat(2000));
        other.print("quick");

        assertEquals("OK\nquick", fast.received());
    }

    @Test
    void shouldMakeAGuestThatFloodsWaitForItsTurn()
    {
        server.add(guest.console);
        final byte[] part = new byte[2048];
        int served = 0;

        for (int i = 0; i < 1000; i++)
        {
            if (guest.front.write(part, 0, part.length) > 0)
            {
                served++;
            }

            server.onBell(guest.console);
        }

        assertTrue(served <= TurnAllowance.BURST + 1, "served=" + served);
        nowNs += TurnAllowance.INTERVAL_NS;
        assertEquals(0, server.onTurn(guest.console));
        assertEquals(2048, guest.front.writable());
    }

    @Test
    void shouldDeliverTheLastBytesAndThenEndTheStream()
    {
        server.add(guest.console);
        final TestStream client = connect("ATTACH 5 0\n");
        client.room(2);
        guest.front.write("panic: no root\r\n".getBytes(ISO_8859_1), 0, 16);
        server.remove(guest.console);
        assertFalse(client.isClosed());

        client.room(1000);
        last().onWritable();
        assertEquals("OK\npanic: no root\r\n", client.received());
        assertTrue(client.isClosed());
        assertEquals(0, server.consoleCount());
    }

    @Test
    void shouldKeepTheOutputOfAnEndedGuestForAClientWhoComesLate()
    {
        server.add(guest.console);
        guest.print("panic\r\n");
        server.remove(guest.console);
        final TestStream client = connect("ATTACH 5 0\n");

        assertEquals("OK\npanic\r\n", client.received());
        assertTrue(client.isClosed());

        nowNs += ConsoleServer.ENDED_LINGER_NS + 1;
        server.onTick();
        assertTrue(connect("ATTACH 5 0\n").received().startsWith("ERR ENOENT "));
    }

    @Test
    void shouldKeepTheOutputOfAGuestThatStoppedAsLongAsItExists()
    {
        server.add(guest.console);
        guest.print("panic\r\n");
        server.stop(guest.console);
        nowNs += 10 * ConsoleServer.ENDED_LINGER_NS;
        server.onTick();
        final TestStream client = connect("ATTACH 5 0\n");

        assertEquals("OK\npanic\r\n", client.received());
        assertTrue(client.isClosed());
    }

    @Test
    void shouldNoticeAClientThatLeftUnheard()
    {
        server.add(guest.console);
        final TestStream client = connect("ATTACH 5 0\n");
        client.halfClose();
        last().onReadable();
        client.leave();

        assertFalse(server.onTick());
        assertTrue(client.isClosed());
    }

    @Test
    void shouldNotTouchThePageOfAGuestThatEnded()
    {
        server.add(guest.console);
        final TestStream client = connect("ATTACH 5 0\n");
        client.room(0);
        guest.print("rest");
        server.remove(guest.console);
        final byte[] before = guest.page.byteArray().clone();
        client.send("typed at nobody");
        last().onReadable();
        server.onBell(guest.console);

        assertEquals(0, java.util.Arrays.compare(before, guest.page.byteArray()));
    }

    @Test
    void shouldEndTheConsoleOfAGuestThatClaimsMoreThanItsRingHolds()
    {
        server.add(guest.console);
        final TestStream client = connect("ATTACH 5 0\n");
        guest.print("fine");
        guest.page.putInt(OUT_PROD, 0x1234_5678);
        nowNs += TurnAllowance.INTERVAL_NS;
        server.onBell(guest.console);

        assertEquals("OK\nfine", client.received());
        assertTrue(client.isClosed());
        assertEquals(1, log.size());
        nowNs += TurnAllowance.INTERVAL_NS;
        server.onBell(guest.console);
        server.remove(guest.console);
        assertEquals(1, log.size());
        assertEquals(0, server.consoleCount());
    }

    @Test
    void shouldEndTheConsoleOfAGuestThatTookWhatWasNeverTyped()
    {
        server.add(guest.console);
        final TestStream client = connect("ATTACH 5 0\n");
        guest.page.putInt(IN_CONS, 99);
        client.send("x");
        last().onReadable();

        assertTrue(client.isClosed());
        assertEquals(1, log.size());
    }

    @Test
    void shouldNotWaitForEverForARequest()
    {
        final TestStream client = connect("ATT");
        nowNs += ConsoleServer.HANDSHAKE_TIMEOUT_NS + 1;
        server.onTick();

        assertTrue(client.isClosed());
        assertTrue(client.received().startsWith("ERR ETIMEDOUT "));
    }

    @Test
    void shouldNotWaitForEverForAClientThatDoesNotTakeTheRest()
    {
        server.add(guest.console);
        final TestStream client = connect("ATTACH 5 0\n");
        client.room(0);
        guest.print("rest");
        server.remove(guest.console);
        nowNs += ConsoleServer.DRAIN_TIMEOUT_NS + 1;
        server.onTick();

        assertTrue(client.isClosed());
        assertEquals(0, server.clientCount());
    }

    @Test
    void shouldRefuseOneClientTooMany()
    {
        for (int i = 0; i < ConsoleServer.MAX_CLIENTS; i++)
        {
            assertNotNull(server.accept(new TestStream(i)));
        }

        final TestStream client = new TestStream(1);
        assertNull(server.accept(client));
        assertTrue(client.isClosed());
        assertEquals(ConsoleServer.MAX_CLIENTS, server.clientCount());
    }

    @Test
    void shouldForgetOldEndedConsolesWhenGuestsComeAndGo()
    {
        for (int domid = 1; domid <= ConsoleServer.MAX_ENDED + 1; domid++)
        {
            final Guest shortLived = new Guest(domid);
            server.add(shortLived.console);
            server.remove(shortLived.console);
        }

        assertTrue(connect("ATTACH 1 0\n").received().startsWith("ERR ENOENT "));
        assertTrue(connect("ATTACH 2 0\n").received().startsWith("OK\n"));
    }
}
