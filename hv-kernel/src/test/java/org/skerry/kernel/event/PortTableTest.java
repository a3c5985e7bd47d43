package org.skerry.kernel.event;

import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.skerry.kernel.OpenFiles;
import org.skerry.wire.Errno;
import org.skerry.wire.Hypercalls;
import org.skerry.wire.linux.Eventfd;
import org.skerry.wire.linux.Fcntl;
import org.skerry.wire.linux.Unistd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

class PortTableTest
{
    private static final int A = 1;
    private static final int B = 2;
    private static final int C = 3;

    private final int openBefore = OpenFiles.count();
    private final Told toldA = new Told();
    private final Told toldB = new Told();
    private final PortTable a = new PortTable(A, 100, toldA);
    private final PortTable b = new PortTable(B, 100, toldB);

    @AfterEach
    void shouldLeaveNoBellOpen()
    {
        toldA.closeBells();
        toldB.closeBells();
        assertEquals(openBefore, OpenFiles.count());
    }

    @Test
    void shouldHandOutTheLowestFreePortAndNeverPort0()
    {
        assertEquals(1, a.allocUnbound(B));
        assertEquals(2, a.allocUnbound(B));
        assertEquals(0, a.close(1));
        assertEquals(1, a.allocUnbound(B));
        assertEquals(2, a.portCount());
    }

    @Test
    void shouldConnectBothEndsWithABellForEachDirectionThatHasRungOnce()
    {
        final int kept = a.allocUnbound(B);

        final int port = b.bindInterdomain(a, kept);

        assertEquals(List.of("bound " + kept + " to " + B + ":" + port), toldA.events);
        assertEquals(List.of("bound " + port + " to " + A + ":" + kept), toldB.events);
        assertEquals(1, Eventfd.drain(toldA.ownBell));
        assertEquals(1, Eventfd.drain(toldB.ownBell));
        Eventfd.signal(toldA.remoteBell);
        assertEquals(1, Eventfd.drain(toldB.ownBell));
        assertEquals(0, Eventfd.drain(toldA.ownBell));
        assertEquals(Hypercalls.EVTCHNSTAT_INTERDOMAIN, a.status(kept));
        assertEquals(B, a.remoteDomid(kept));
        assertEquals(port, a.remotePort(kept));
    }

    @Test
    void shouldLetOnlyTheNamedDomainBindAndOnlyOnce()
    {
        final PortTable c = new PortTable(C, 100, new Told());
        final int kept = a.allocUnbound(B);

        assertEquals(Errno.EINVAL.negative(), c.bindInterdomain(a, kept));
        assertTrue(b.bindInterdomain(a, kept) > 0);
        assertEquals(Errno.EINVAL.negative(), b.bindInterdomain(a, kept));
        assertEquals(0, c.portCount());
        assertEquals(1, b.portCount());
    }

    @ParameterizedTest
    @ValueSource(longs = {0, -1, 2, 4096, 0xFFFF_FFFFL, 0x1_0000_0001L, Long.MAX_VALUE, Long.MIN_VALUE})
    void shouldRefuseAForgedPort(final long port)
    {
        a.allocUnbound(B);

        assertEquals(Errno.EINVAL.negative(), b.bindInterdomain(a, port));
        assertEquals(Errno.EINVAL.negative(), a.close(port));
        assertEquals(Hypercalls.EVTCHNSTAT_CLOSED, a.status(port));
        assertEquals(0, a.remoteDomid(port));
        assertEquals(0, a.remotePort(port));
        assertEquals(1, a.portCount());
    }

    @Test
    void shouldStopAtTheNumberOfPortsThatADomainMayHave()
    {
        final PortTable small = new PortTable(C, 2, new Told());
        final int kept = a.allocUnbound(C);
        small.allocUnbound(A);
        small.allocUnbound(A);

        assertEquals(Errno.ENOSPC.negative(), small.allocUnbound(A));
        assertEquals(Errno.ENOSPC.negative(), small.bindInterdomain(a, kept));
        assertEquals(Hypercalls.EVTCHNSTAT_UNBOUND, a.status(kept));
        assertTrue(toldA.events.isEmpty());
    }

    @Test
    void shouldGiveAll4095PortsAndNotOneMore()
    {
        final PortTable big = new PortTable(C, 4095, new Told());
        for (int port = 1; port <= 4095; port++)
        {
            assertEquals(port, big.allocUnbound(A));
        }

        assertEquals(Errno.ENOSPC.negative(), big.allocUnbound(A));
        big.closeAll();
        assertEquals(0, big.portCount());
    }

    @Test
    void shouldKeepThePortOfTheOneWhosePeerClosesAndLetThePeerBindItAgain()
    {
        final int kept = a.allocUnbound(B);
        final int port = b.bindInterdomain(a, kept);
        toldA.closeBells();
        toldB.closeBells();

        assertEquals(0, b.close(port));

        assertEquals("closed " + kept, toldA.events.getLast());
        assertEquals("freed " + port, toldB.events.getLast());
        assertEquals(Hypercalls.EVTCHNSTAT_UNBOUND, a.status(kept));
        assertTrue(b.bindInterdomain(a, kept) > 0);
    }

    @Test
    void shouldTellAllPeersOfADomainThatDies()
    {
        final int first = a.allocUnbound(B);
        final int second = a.allocUnbound(B);
        b.allocUnbound(A);
        b.bindInterdomain(a, first);
        toldA.closeBells();
        toldB.closeBells();
        b.bindInterdomain(a, second);

        b.closeAll();

        assertEquals(List.of("closed " + first, "closed " + second), toldA.events.subList(2, 4));
        assertEquals(0, b.portCount());
        assertEquals(2, a.portCount());
        assertEquals(Errno.EINVAL.negative(), a.bindInterdomain(b, 1), "the dead keep no port for anybody");
    }

    @Test
    void shouldSurviveADomainThatTalksToItself()
    {
        final int kept = a.allocUnbound(A);
        final int port = a.bindInterdomain(a, kept);
        assertTrue(port > 0);

        assertEquals(0, a.close(kept));
        assertEquals(Hypercalls.EVTCHNSTAT_UNBOUND, a.status(port));
        a.closeAll();
        assertEquals(0, a.portCount());
    }

    /** Keeps copies of the bells of the last channel, as a domain would. */
    private static final class Told implements PortEvents
    {
        private final List<String> events = new ArrayList<>();
        private int remoteBell = -1;
        private int ownBell = -1;

        @Override
        public void onBound(
            final int port, final int remoteDomid, final int remotePort, final int newRemoteBell,
            final int newOwnBell)
        {
            closeBells();
            events.add("bound " + port + " to " + remoteDomid + ":" + remotePort);
            remoteBell = Fcntl.fcntl(newRemoteBell, Fcntl.F_DUPFD_CLOEXEC, 0);
            ownBell = Fcntl.fcntl(newOwnBell, Fcntl.F_DUPFD_CLOEXEC, 0);
        }

        @Override
        public void onClosed(final int port)
        {
            events.add("closed " + port);
        }

        @Override
        public void onFreed(final int port)
        {
            events.add("freed " + port);
        }

        private void closeBells()
        {
            if (remoteBell >= 0)
            {
                Unistd.close(remoteBell);
                Unistd.close(ownBell);
                remoteBell = -1;
            }
        }
    }
}
