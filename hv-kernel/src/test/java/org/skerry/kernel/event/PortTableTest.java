package org.skerry.kernel.event;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.skerry.kernel.OpenFiles;
import org.skerry.wire.Errno;
import org.skerry.wire.Hypercalls;
import org.skerry.wire.Virq;
import org.skerry.wire.linux.Eventfd;
import org.skerry.wire.linux.Fcntl;
import org.skerry.wire.linux.Timerfd;
import org.skerry.wire.linux.Unistd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

class PortTableTest
{
    private static final int A = 1;
    private static final int B = 2;
    private static final int C = 3;

    private final int openBefore = OpenFiles.count();
    private final Told toldA = new Told();
    private final Told toldB = new Told();
    private final PortTable a = new PortTable(A, 100, 2, toldA);
    private final PortTable b = new PortTable(B, 100, 2, toldB);

    @AfterEach
    void shouldLeaveNoBellOpen()
    {
        toldA.closeBells();
        toldB.closeBells();
        a.closeSome(100);
        b.closeSome(100);
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
        final PortTable c = new PortTable(C, 100, 2, new Told());
        final int kept = a.allocUnbound(B);

        assertEquals(Errno.EINVAL.negative(), c.bindInterdomain(a, kept));
        assertTrue(b.bindInterdomain(a, kept) > 0);
        assertEquals(Errno.EINVAL.negative(), b.bindInterdomain(a, kept));
        assertEquals(0, c.portCount());
        assertEquals(1, b.portCount());
    }

    @ParameterizedTest
    @ValueSource(longs = {0, -1, 2, 4096, 0xFFFF_FFFFL, 0x1_0000_0001L, Long.MAX_VALUE, Long.MIN_VALUE})
    @Tag("SEC-038")
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
        final PortTable small = new PortTable(C, 2, 2, new Told());
        final int kept = a.allocUnbound(C);
        small.allocUnbound(A);
        small.allocUnbound(A);

        assertEquals(Errno.ENOSPC.negative(), small.allocUnbound(A));
        assertEquals(Errno.ENOSPC.negative(), small.bindInterdomain(a, kept));
        assertEquals(Hypercalls.EVTCHNSTAT_UNBOUND, a.status(kept));
        assertTrue(toldA.events.isEmpty());
    }

    @Test
    @Tag("SEC-036")
    @Tag("SEC-044")
    void shouldGiveAll4095PortsAndNotOneMore()
    {
        final PortTable big = new PortTable(C, 4095, 2, new Told());
        for (int port = 1; port <= 4095; port++)
        {
            assertEquals(port, big.allocUnbound(A));
        }

        assertEquals(Errno.ENOSPC.negative(), big.allocUnbound(A));
        big.closeSome(4095);
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

        b.closeSome(4095);

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
        a.closeSome(4095);
        assertEquals(0, a.portCount());
    }

    @Test
    void shouldRingTheBellOfAVirqForWhoeverBoundIt()
    {
        final int debug = a.bindVirq(Virq.DEBUG, 1);

        assertTrue(a.raiseVirq(Virq.DEBUG, 1));
        assertEquals(1, Eventfd.drain(a.bell(debug)));
        assertFalse(a.raiseVirq(Virq.DEBUG, 0), "that vcpu has none");
        assertFalse(b.raiseVirq(Virq.DEBUG, 1));
        assertEquals(Hypercalls.EVTCHNSTAT_VIRQ, a.status(debug));
        assertEquals(Virq.DEBUG, a.remoteDomid(debug));
        assertEquals(1, a.vcpu(debug));
        assertEquals(0, a.close(debug));
        assertFalse(a.raiseVirq(Virq.DEBUG, 1));
        assertEquals(debug, a.bindVirq(Virq.DEBUG, 1));
    }

    @Test
    void shouldBindAVirqOncePerVcpuAndGlobalOnesOnlyForDomain0()
    {
        final PortTable dom0 = new PortTable(0, 100, 2, new Told());

        assertTrue(a.bindVirq(Virq.TIMER, 0) > 0);
        assertTrue(a.bindVirq(Virq.TIMER, 1) > 0);
        assertEquals(Errno.EEXIST.negative(), a.bindVirq(Virq.TIMER, 1));
        assertEquals(Errno.EPERM.negative(), a.bindVirq(Virq.DOM_EXC, 0));
        assertTrue(dom0.bindVirq(Virq.DOM_EXC, 0) > 0);
        assertEquals(Errno.EEXIST.negative(), dom0.bindVirq(Virq.DOM_EXC, 0));
        assertEquals(Errno.EINVAL.negative(), dom0.bindVirq(Virq.CON_RING, 1));
        assertEquals(2, a.portCount());
        dom0.closeSome(100);
    }

    @ParameterizedTest
    @ValueSource(longs = {-1, 24, 255, 0xFFFF_FFFFL, Long.MAX_VALUE})
    void shouldRefuseForgedVirqsAndVcpus(final long forged)
    {
        assertEquals(Errno.EINVAL.negative(), a.bindVirq(forged, 0));
        assertEquals(Errno.ENOENT.negative(), a.bindVirq(Virq.TIMER, forged));
        assertEquals(Errno.ENOENT.negative(), a.bindVirq(Virq.DEBUG, 2));
        assertEquals(Errno.ENOENT.negative(), a.bindIpi(forged));
        assertEquals(Errno.ENOENT.negative(), a.bindVcpu(a.allocUnbound(B), forged));
        assertEquals(Errno.ENOENT.negative(), a.setTimer(forged, 1));
        assertEquals(Errno.EINVAL.negative(), a.send(forged));
        assertEquals(Errno.EINVAL.negative(), a.bindVcpu(forged, 0));
        assertEquals(1, a.portCount());
    }

    @Test
    @Tag("SEC-050")
    void shouldLeakNothingWhenPortsAreExhausted()
    {
        final PortTable small = new PortTable(C, 1, 1, new Told());
        final int kept = a.allocUnbound(C);
        final int ipi = small.bindIpi(0);
        final int open = OpenFiles.count();

        assertEquals(Errno.ENOSPC.negative(), small.bindVirq(Virq.DEBUG, 0));
        assertEquals(Errno.ENOSPC.negative(), small.bindVirq(Virq.TIMER, 0));
        assertEquals(Errno.ENOSPC.negative(), small.bindIpi(0));
        assertEquals(Errno.ENOSPC.negative(), small.bindInterdomain(a, kept));
        assertEquals(Errno.ENOSPC.negative(), small.allocUnbound(A));
        assertEquals(open, OpenFiles.count());
        assertEquals(0, small.close(ipi));
        assertTrue(small.bindVirq(Virq.DEBUG, 0) > 0, "a refused virq is not bound");
        small.closeSome(1);
    }

    @Test
    void shouldSendOnEveryPortThatHasSomebodyToHear()
    {
        final int kept = a.allocUnbound(B);
        assertEquals(0, a.send(kept), "nobody hears it yet");
        final int port = b.bindInterdomain(a, kept);
        Eventfd.drain(toldA.ownBell);
        Eventfd.drain(toldB.ownBell);
        final int ipi = a.bindIpi(1);

        assertEquals(0, a.send(kept));
        assertEquals(1, Eventfd.drain(toldB.ownBell));
        assertEquals(0, b.send(port));
        assertEquals(1, Eventfd.drain(toldA.ownBell));
        assertEquals(0, a.send(ipi));
        assertEquals(1, Eventfd.drain(a.bell(ipi)));
        assertEquals(Errno.EINVAL.negative(), a.send(a.bindVirq(Virq.DEBUG, 0)));
        assertEquals(Hypercalls.EVTCHNSTAT_IPI, a.status(ipi));
    }

    @Test
    void shouldRingTheTimerOnceAtItsDeadlineAndNotWhenStopped()
    {
        final int port = a.bindVirq(Virq.TIMER, 1);
        final int bell = a.bell(port);
        assertEquals(Errno.ENOENT.negative(), a.setTimer(0, 1));

        assertEquals(0, a.setTimer(1, System.nanoTime() + TimeUnit.HOURS.toNanos(1)));
        assertEquals(0, Timerfd.drain(bell));
        assertEquals(0, a.setTimer(1, 1), "long past");
        assertEquals(1, Timerfd.drain(bell));
        assertEquals(0, Timerfd.drain(bell));
        assertEquals(0, a.setTimer(1, -1), "in 584 years");
        assertEquals(0, Timerfd.drain(bell));
        assertEquals(0, a.setTimer(1, 1));
        assertEquals(0, a.setTimer(1, 0));
        assertEquals(0, Timerfd.drain(bell));
    }

    @Test
    void shouldChangeTheVcpuOfPortsThatMayMove()
    {
        final int port = a.allocUnbound(B);

        assertEquals(0, a.bindVcpu(port, 1));
        assertEquals(1, a.vcpu(port));
        assertEquals(Errno.EINVAL.negative(), a.bindVcpu(a.bindIpi(0), 1));
        assertEquals(Errno.EINVAL.negative(), a.bindVcpu(a.bindVirq(Virq.TIMER, 0), 1));
        assertEquals(Errno.EINVAL.negative(), a.bindVcpu(99, 1));
    }

    @Test
    void shouldForgetAGlobalVirqThatMovedToAnotherVcpuWhenItIsClosed()
    {
        final PortTable dom0 = new PortTable(0, 100, 2, new Told());
        final int port = dom0.bindVirq(Virq.DOM_EXC, 0);
        assertEquals(0, dom0.bindVcpu(port, 1));
        assertTrue(dom0.raiseVirq(Virq.DOM_EXC, 0));

        assertEquals(0, dom0.close(port));

        assertFalse(dom0.raiseVirq(Virq.DOM_EXC, 0));
        assertEquals(port, dom0.bindVirq(Virq.DOM_EXC, 0));
        dom0.closeSome(1);
    }

    @Test
    @Tag("SEC-046")
    void shouldCloseInParts()
    {
        for (int i = 0; i < 100; i++)
        {
            a.bindIpi(0);
        }

        assertEquals(70, a.closeSome(30));
        assertEquals(0, a.closeSome(100));
        assertEquals(0, a.closeSome(100));
        assertEquals(1, a.bindIpi(0));
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
