package org.skerry.kernel.domain;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.skerry.kernel.OpenFiles;
import org.skerry.wire.linux.Eventfd;
import org.skerry.wire.linux.FdCount;
import org.skerry.wire.linux.SysEpoll;
import org.skerry.wire.linux.SysSocket;
import org.skerry.wire.linux.Unistd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

class ConnectionTest
{
    private static final int FLOOD = 20_000;

    private final int openBefore = OpenFiles.count();
    private final long pair = SysSocket.socketpair(SysSocket.AF_UNIX, SysSocket.SOCK_SEQPACKET);
    private final int domainEnd = SysSocket.second(pair);
    private final Connection connection = new Connection(SysSocket.first(pair));
    private final UnsafeBuffer message = new UnsafeBuffer(ByteBuffer.allocateDirect(8));
    private final int epoll = SysEpoll.create();
    private final int bell = Eventfd.create();

    @AfterEach
    void shouldLeaveNothingOpen()
    {
        connection.close();
        Unistd.close(domainEnd);
        Unistd.close(epoll);
        Unistd.close(bell);
        assertEquals(openBefore, OpenFiles.count());
    }

    @Test
    void shouldHoldEventsBackButNotTheAnswerToTheFirstMessage()
    {
        send(1);
        send(2);
        connection.reply(number(9), 8);

        assertEquals(List.of(9L), received());
        assertFalse(connection.isCongested());

        connection.release();
        assertEquals(List.of(1L, 2L), received());
    }

    @Test
    void shouldKeepTheOrderOfWhatDidNotFitAndAskToBeWokenForIt()
    {
        connection.listen(epoll, 1);
        connection.release();
        for (int i = 0; i < 1000; i++)
        {
            send(i);
        }
        assertTrue(connection.isCongested());
        assertEquals(0, readiness(), "neither room to write, nor are requests read");

        final List<Long> all = new ArrayList<>();
        while (connection.isCongested())
        {
            all.addAll(received());
            assertEquals(SysEpoll.EPOLLOUT, readiness());
            connection.flush();
        }
        all.addAll(received());

        assertEquals(1000, all.size());
        for (int i = 0; i < 1000; i++)
        {
            assertEquals(i, all.get(i));
        }
        assertEquals(0, readiness());
        SysSocket.send(domainEnd, message.addressOffset(), 1, 0);
        assertEquals(SysEpoll.EPOLLIN, readiness());
    }

    @Test
    void shouldKeepOnlyTheNewestEventAboutAPortHoweverOftenAPeerBindsAndCloses()
    {
        connection.release();
        congest();

        for (int i = 0; i < FLOOD; i++)
        {
            connection.sendAbout(1 + (i & 1), number(100_000 + i), 8, bell, bell);
        }

        assertFalse(connection.isBroken());
        assertTrue(OpenFiles.count() <= openBefore + 2 + 1 + 4, "duplicates of bells pile up");
        final List<Long> all = drain();
        final List<Long> last = all.subList(all.size() - 2, all.size());
        assertEquals(List.of(100_000L + FLOOD - 2, 100_000L + FLOOD - 1), last);
    }

    @Test
    void shouldForgetWhatItHasNotSaidAboutAPortThatIsFreed()
    {
        connection.release();
        congest();
        connection.sendAbout(7, number(70_000), 8, bell);
        connection.sendAbout(8, number(80_000), 8, bell);

        connection.forget(7);
        connection.forget(9);

        final List<Long> all = drain();
        assertFalse(all.contains(70_000L));
        assertTrue(all.contains(80_000L));
    }

    @Test
    void shouldBreakOffFromADomainThatLetsEverythingPileUp()
    {
        connection.listen(epoll, 1);
        connection.release();
        for (int i = 0; i < FLOOD; i++)
        {
            connection.send(number(i), 8, bell);
        }

        assertTrue(connection.isBroken());
        assertTrue((readiness() & SysEpoll.EPOLLHUP) != 0, "the kernel is woken");
    }

    @Test
    void shouldBeBrokenWhenTheDomainIsGone()
    {
        connection.release();
        SysSocket.shutdown(domainEnd, SysSocket.SHUT_RDWR);

        send(1);

        assertTrue(connection.isBroken());
    }

    @Test
    void shouldCloseTwice()
    {
        connection.close();
        connection.close();
        send(1);
        connection.sendAbout(1, number(1), 8, bell);
        connection.flush();
        assertTrue(connection.isBroken());
    }

    private void congest()
    {
        for (int i = 0; !connection.isCongested(); i++)
        {
            send(i);
        }
    }

    private void send(final long value)
    {
        connection.send(number(value), 8);
    }

    private UnsafeBuffer number(final long value)
    {
        message.putLong(0, value);
        return message;
    }

    private List<Long> drain()
    {
        final List<Long> all = new ArrayList<>(received());
        while (connection.isCongested())
        {
            connection.flush();
            all.addAll(received());
        }

        return all;
    }

    private List<Long> received()
    {
        final UnsafeBuffer in = new UnsafeBuffer(ByteBuffer.allocateDirect(8));
        final List<Long> values = new ArrayList<>();
        final int[] fds = new int[4];
        final FdCount count = new FdCount();
        while (SysSocket.recvFds(domainEnd, in.addressOffset(), 8, fds, count, SysSocket.MSG_DONTWAIT) > 0)
        {
            values.add(in.getLong(0));
            for (int i = 0; i < count.value(); i++)
            {
                Unistd.close(fds[i]);
            }
        }

        return values;
    }

    private int readiness()
    {
        final UnsafeBuffer events = new UnsafeBuffer(ByteBuffer.allocateDirect(SysEpoll.EPOLL_EVENT_LENGTH));
        return SysEpoll.waitFor(epoll, events.addressOffset(), 1, 0) == 0 ?
            0 : SysEpoll.events(events.addressOffset(), 0);
    }
}
