package org.skerry.tests.system;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.skerry.tests.hostile.RawDomain;
import org.skerry.tests.hostile.TestHost;
import org.skerry.wire.Domid;
import org.skerry.wire.Errno;
import org.skerry.wire.Hypercalls;
import org.skerry.wire.ShutdownReason;
import org.skerry.wire.Virq;
import org.skerry.wire.hypercall.SchedShutdownEncoder;
import org.skerry.wire.linux.Eventfd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Domains that are paused, bitten by their watchdog, or shut down: what is told, and that nothing is lost. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class PauseSystemTest
{
    private final TestHost host = new TestHost();
    private final RawDomain domain = host.newRawDomain();

    @AfterEach
    void close()
    {
        domain.close();
        host.close();
    }

    @Test
    void shouldServeNoHypercallOfAPausedDomainAndAllOfThemAfterwards() throws Exception
    {
        assertEquals(0, host.pause(domain.domid()));
        assertEquals(1, host.info(domain.domid()).paused());
        final CompletableFuture<Long> port = CompletableFuture.supplyAsync(
            () -> domain.allocUnbound(Domid.DOMID_SELF, 0));

        assertThrows(TimeoutException.class, () -> port.get(100, TimeUnit.MILLISECONDS));
        assertEquals(0, host.info(domain.domid()).boundPorts());
        assertEquals(0, host.unpause(domain.domid()));

        assertEquals(1, port.get(10, TimeUnit.SECONDS));
        assertEquals(0, host.info(domain.domid()).paused());
    }

    @Test
    void shouldReadNoMessageOfAPausedDomainAndAnswerItAfterwards() throws Exception
    {
        assertEquals(0, host.pause(domain.domid()));
        final CompletableFuture<Long> port = CompletableFuture.supplyAsync(() ->
        {
            try (RawDomain.Message answer = domain.bindIpi(0))
            {
                return answer.result();
            }
        });

        assertThrows(TimeoutException.class, () -> port.get(100, TimeUnit.MILLISECONDS));
        assertEquals(0, host.unpause(domain.domid()));

        assertEquals(1, port.get(10, TimeUnit.SECONDS));
    }

    @Test
    void shouldNotSpinForAPausedDomainThatAsks() throws Exception
    {
        assertEquals(0, host.pause(domain.domid()));
        final CompletableFuture<Long> port = CompletableFuture.supplyAsync(
            () -> domain.allocUnbound(Domid.DOMID_SELF, 0));
        assertThrows(TimeoutException.class, () -> port.get(50, TimeUnit.MILLISECONDS));
        final long before = host.cpuTimeNs();

        assertTrue(host.dom0().isSilent(200));

        assertTrue(host.cpuTimeNs() - before < TimeUnit.MILLISECONDS.toNanos(50), "it spins");
        assertEquals(0, host.unpause(domain.domid()));
        port.get(10, TimeUnit.SECONDS);
    }

    @Test
    void shouldTellOfTheDeathOfAPausedDomainAndDestroyOne()
    {
        final RawDomain second = host.newRawDomain();
        assertEquals(0, host.pause(domain.domid()));
        assertEquals(0, host.pause(second.domid()));
        domain.close();

        assertEquals(domain.domid(), host.awaitExit()[0]);
        assertEquals(Errno.ESRCH.negative(), host.unpause(domain.domid()), "there is nothing to serve");
        assertEquals(0, host.destroy(second.domid()));
        second.awaitHangUp();
        second.close();
    }

    @ParameterizedTest
    @ValueSource(ints = {99, 0x7FF0, 0xFFFF})
    void shouldRefuseToPauseWhatIsNoGuest(final int domid)
    {
        assertEquals(Errno.ESRCH.negative(), host.pause(domid));
        assertEquals(Errno.ESRCH.negative(), host.unpause(domid));
        assertEquals(Errno.EINVAL.negative(), host.pause(0));
        assertEquals(0, host.unpause(domain.domid()), "it runs already");
        assertEquals(0, host.pause(domain.domid()));
        assertEquals(0, host.pause(domain.domid()), "it stands already");
        assertEquals(0, host.unpause(domain.domid()));
        assertEquals(1, domain.allocUnbound(Domid.DOMID_SELF, 0));
    }

    @Test
    void shouldShutADomainDownWhoseWatchdogIsNotFed()
    {
        assertEquals(1, domain.watchdog(0, 1));
        assertEquals(2, domain.watchdog(0, 3600));
        assertEquals(Errno.ENOSPC.negative(), domain.watchdog(0, 1));
        final long start = System.nanoTime();

        final int[] exit = host.awaitExit();

        assertTrue(System.nanoTime() - start > TimeUnit.MILLISECONDS.toNanos(900));
        assertEquals(domain.domid(), exit[0]);
        assertEquals(ShutdownReason.WATCHDOG.code(), exit[1]);
        assertEquals(ShutdownReason.WATCHDOG.code(), host.info(domain.domid()).shutdownReason());
    }

    @Test
    void shouldNotBiteADomainThatStopsItsWatchdogOrIsPaused()
    {
        final RawDomain paused = host.newRawDomain();
        assertEquals(1, domain.watchdog(0, 1));
        assertEquals(0, domain.watchdog(1, 0));
        assertEquals(1, paused.watchdog(0, 1));
        assertEquals(0, host.pause(paused.domid()));

        assertTrue(host.dom0().isSilent(1500));
        assertEquals(Hypercalls.STILL_RUNNING, host.info(domain.domid()).shutdownReason());

        assertEquals(0, host.unpause(paused.domid()));
        assertEquals(paused.domid(), host.awaitExit()[0]);
        paused.close();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4, 5})
    void shouldTellEveryReason(final int reason)
    {
        try (RawDomain.Message virq = host.dom0().bindVirq(Virq.DOM_EXC, 0))
        {
            assertEquals(0, domain.hypercall(offset -> new SchedShutdownEncoder().wrap(domain.ringPage(), offset)
                .op(SchedShutdownEncoder.TEMPLATE_ID).reason(reason)).result());

            assertEquals(reason, host.awaitExit()[1]);
            assertEquals(1, Eventfd.drain(virq.fds()[0]), "VIRQ_DOM_EXC");
        }
    }
}
