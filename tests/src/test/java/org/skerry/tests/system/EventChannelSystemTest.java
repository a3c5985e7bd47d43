package org.skerry.tests.system;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.skerry.guest.Domain;
import org.skerry.guest.event.EventChannel;
import org.skerry.guest.event.EventChannels;
import org.skerry.tests.hostile.RawDomain;
import org.skerry.tests.hostile.TestHost;
import org.skerry.wire.Domid;
import org.skerry.wire.Errno;
import org.skerry.wire.Virq;
import org.skerry.wire.hypercall.ChannelBoundDecoder;
import org.skerry.wire.hypercall.ChannelClosedDecoder;
import org.skerry.wire.hypercall.MessageHeaderDecoder;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Timers, IPIs and resets as an honest domain uses them, with a real hypervisor. */
@Timeout(value = 30, unit = TimeUnit.SECONDS)
class EventChannelSystemTest
{
    private static final int FRAMES = 64;
    private static final long PATIENCE_NS = TimeUnit.SECONDS.toNanos(10);

    private final TestHost host = new TestHost();
    private final Domain domain = host.newDomain("domain", FRAMES);
    private final List<String> heard = new ArrayList<>();

    @AfterEach
    void close()
    {
        host.close();
    }

    @Test
    void shouldRingTheTimerAtItsDeadlineAndNotBefore()
    {
        final EventChannel timer = domain.eventChannels().bindVirq(Virq.TIMER, 0);
        timer.onEvent(() -> heard.add("timer"));
        final long deadlineNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(30);

        domain.eventChannels().setSingleshotTimer(0, deadlineNs);

        turn(domain, () -> !heard.isEmpty());
        assertTrue(System.nanoTime() >= deadlineNs);
        domain.eventChannels().setSingleshotTimer(0, 1);
        turn(domain, () -> heard.size() == 2);
        domain.eventChannels().setSingleshotTimer(0, 1);
        domain.eventChannels().setSingleshotTimer(0, 0);
        domain.loop().poll(0);
        assertEquals(2, heard.size(), "it was stopped");
        timer.close();
        assertEquals(Errno.ENOENT, errnoOf(() -> domain.eventChannels().setSingleshotTimer(0, 1)));
    }

    @Test
    void shouldCarryAnIpiToItself()
    {
        final EventChannel ipi = domain.eventChannels().bindIpi(0);
        ipi.onEvent(() -> heard.add("ipi"));
        assertTrue(ipi.isBound());

        ipi.notifyRemote();
        turn(domain, () -> heard.size() == 1);
        domain.eventChannels().send(ipi.port());
        turn(domain, () -> heard.size() == 2);

        ipi.close();
        assertFalse(ipi.isBound());
        ipi.notifyRemote();
        assertEquals(Errno.EINVAL, errnoOf(() -> domain.eventChannels().send(ipi.port())));
    }

    @Test
    void shouldSendThroughTheHypervisorAsByTheBell()
    {
        final Domain other = host.newDomain("other", FRAMES);
        final EventChannel kept = domain.eventChannels().allocUnbound(other.domid());
        domain.eventChannels().send(kept.port());
        final EventChannel bound = other.eventChannels().bindInterdomain(domain.domid(), kept.port());
        bound.onEvent(() -> heard.add("other"));
        turn(other, () -> heard.size() == 1);

        domain.eventChannels().send(kept.port());

        turn(other, () -> heard.size() == 2);
    }

    @Test
    void shouldNotTellOfThePeersEndAfterItsSuccessorWasHeard()
    {
        final Domain other = host.newDomain("other", FRAMES);
        final EventChannel kept = domain.eventChannels().allocUnbound(other.domid());
        kept.onRemoteClosed(() -> heard.add("closed"));
        kept.onEvent(() -> heard.add("event"));
        final EventChannel first = other.eventChannels().bindInterdomain(domain.domid(), kept.port());
        turn(domain, () -> !heard.isEmpty());
        heard.clear();

        domain.loop().execute(() ->                         // what it leaves to do comes after the next turn's bells
        {
            first.close();
            other.eventChannels().bindInterdomain(domain.domid(), kept.port());
            domain.connection().pollEvents();
        });
        domain.loop().poll(0);
        domain.loop().poll(0);
        domain.loop().poll(0);

        assertEquals(List.of("event"), heard);
    }

    @Test
    void shouldRefuseVirqsThatAreOthersAndBindNoneTwice()
    {
        final EventChannels channels = domain.eventChannels();
        channels.bindVirq(Virq.DEBUG, 0);

        assertEquals(Errno.EEXIST, errnoOf(() -> channels.bindVirq(Virq.DEBUG, 0)));
        assertEquals(Errno.EPERM, errnoOf(() -> channels.bindVirq(Virq.DOM_EXC, 0)));
        assertEquals(Errno.EINVAL, errnoOf(() -> channels.bindVirq(Virq.NR_VIRQS, 0)));
        assertEquals(Errno.ENOENT, errnoOf(() -> channels.bindVirq(Virq.TIMER, 1)));
        assertEquals(Errno.ENOENT, errnoOf(() -> channels.bindIpi(1)));
    }

    @Test
    void shouldCloseEverythingOnResetAndTellThePeers()
    {
        final Domain other = host.newDomain("other", FRAMES);
        final EventChannel kept = other.eventChannels().allocUnbound(domain.domid());
        kept.onRemoteClosed(() -> heard.add("closed"));
        final EventChannel bound = domain.eventChannels().bindInterdomain(other.domid(), kept.port());
        turn(other, kept::isBound);
        domain.eventChannels().bindVirq(Virq.TIMER, 0);
        for (int i = 2; i < TestHost.MAX_PORTS; i++)
        {
            domain.eventChannels().allocUnbound(other.domid());
        }
        final int openBefore = TestHost.openFiles();

        domain.eventChannels().reset();

        turn(other, () -> !heard.isEmpty());
        assertEquals(List.of("closed"), heard);
        assertEquals(0, host.info(domain.domid().value()).boundPorts());
        assertFalse(bound.isBound());
        bound.close();
        assertEquals(openBefore - 8, TestHost.openFiles(), "six bells of the channel and two of the timer");
        assertEquals(1, domain.eventChannels().bindVirq(Virq.TIMER, 0).port().value());
    }

    @Test
    @Tag("SEC-046")
    void shouldTellEveryPeerOfADomainWithManyPortsThatItDied()
    {
        final int count = 2000;
        final RawDomain many = host.newRawDomain(4095);
        final RawDomain peer = host.newRawDomain(count);
        for (int i = 0; i < count; i++)
        {
            assertTrue(peer.bindInterdomain(many.domid(), many.allocUnbound(Domid.DOMID_SELF, peer.domid())) > 0);
            many.awaitEvent(ChannelBoundDecoder.TEMPLATE_ID).close();
        }
        assertEquals(Errno.ENOSPC.negative(), peer.allocUnbound(Domid.DOMID_SELF, 0));
        final int domid = many.domid();

        many.close();

        final Set<Long> closed = new HashSet<>();
        while (closed.size() < count)
        {
            try (RawDomain.Message event = peer.awaitEvent(ChannelClosedDecoder.TEMPLATE_ID))
            {
                closed.add(new ChannelClosedDecoder()
                    .wrapAndApplyHeader(event.bytes(), 0, new MessageHeaderDecoder()).port());
            }
        }
        assertEquals(0, host.info(domid).boundPorts());
        assertEquals(0, host.destroy(domid));
        assertEquals(count, host.info(peer.domid()).boundPorts(), "unbound now, and still its own");
        peer.close();
    }

    private static void turn(final Domain domain, final BooleanSupplier done)
    {
        final long deadline = System.nanoTime() + PATIENCE_NS;
        while (!done.getAsBoolean())
        {
            assertTrue(System.nanoTime() < deadline, "nothing happened");
            domain.loop().poll(100);
        }
    }

    private static Errno errnoOf(final Runnable call)
    {
        return assertThrows(EventChannels.EventChannelException.class, call::run).errno();
    }
}
