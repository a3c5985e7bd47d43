package org.skerry.tests.hostile;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.skerry.guest.Domain;
import org.skerry.guest.event.EventChannel;
import org.skerry.wire.Domid;
import org.skerry.wire.Errno;
import org.skerry.wire.Hypercalls;
import org.skerry.wire.Virq;
import org.skerry.wire.hypercall.EvtchnBindVcpuEncoder;
import org.skerry.wire.hypercall.EvtchnResetEncoder;
import org.skerry.wire.hypercall.EvtchnSendEncoder;
import org.skerry.wire.hypercall.EvtchnStatusEncoder;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Event channels of a domain that means harm, or whose peer does. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class HostileEventTest
{
    private static final int TURNS = 300;
    private static final int PORTS = 4095;
    private static final long PREEMPTION_NS = TimeUnit.MILLISECONDS.toNanos(200);

    private final TestHost host = new TestHost();
    private final Bystanders bystanders = new Bystanders(host);

    @AfterEach
    void shouldHaveTouchedNobodyElse()
    {
        bystanders.check("after the test");
        bystanders.close();
        host.close();
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 2, 4094, 4095, 4096, 0x7FFF_FFFFL, 0x8000_0000L, 0x8000_0001L, 0xFFFF_FFFFL})
    @Tag("SEC-038")
    @Tag("SEC-044")
    void shouldRefuseEveryPortThatIsNone(final long port)
    {
        final RawDomain domain = host.newRawDomain();
        assertEquals(1, domain.allocUnbound(Domid.DOMID_SELF, 0));

        assertEquals(Errno.EINVAL.negative(), domain.onPort(EvtchnSendEncoder.TEMPLATE_ID, port));
        assertEquals(Errno.EINVAL.negative(), domain.onPort(EvtchnBindVcpuEncoder.TEMPLATE_ID, port));
        assertEquals(Errno.EINVAL.negative(), domain.closePort(port));
        assertEquals(Errno.EINVAL.negative(), domain.bindInterdomain(0, port));
        assertEquals(Hypercalls.EVTCHNSTAT_CLOSED, domain.hypercall(offset -> new EvtchnStatusEncoder()
            .wrap(domain.ringPage(), offset).op(EvtchnStatusEncoder.TEMPLATE_ID).dom(Domid.DOMID_SELF).port(port))
            .result());
        end(domain);
    }

    @Test
    @Tag("SEC-040")
    void shouldCallNoHandlerOfAChannelThatIsClosed()
    {
        final RawDomain peer = host.newRawDomain();
        final Domain victim = host.newDomain("victim", 64);
        final AtomicBoolean isClosed = new AtomicBoolean();
        for (int i = 0; i < TURNS / 3; i++)
        {
            isClosed.set(false);
            final EventChannel channel = victim.eventChannels().allocUnbound(new Domid(peer.domid()));
            final int[] heard = new int[1];
            channel.onEvent(() ->
            {
                assertTrue(!isClosed.get(), "called after the end");
                heard[0]++;
            });
            final long port = peer.bindInterdomain(victim.domid().value(), channel.port().value());
            final CompletableFuture<Void> rings = CompletableFuture.runAsync(() -> peer.hypercalls(
                100, (index, offset) -> new EvtchnSendEncoder().wrap(peer.ringPage(), offset)
                    .op(EvtchnSendEncoder.TEMPLATE_ID).port(port)));
            while (heard[0] < 1 + i % 3 && !rings.isDone())
            {
                victim.loop().poll(1);
            }
            channel.close();
            isClosed.set(true);
            rings.orTimeout(20, TimeUnit.SECONDS).join();
            victim.loop().poll(0);
            assertEquals(0, peer.closePort(port));
        }
        assertEquals(0, host.destroy(victim.domid().value()));
        victim.close();
        end(peer);
    }

    @Test
    @Tag("SEC-042")
    @Tag("SEC-046")
    void shouldHaveAllItsPortsAgainAfterAReset()
    {
        final RawDomain domain = host.newRawDomain(PORTS);
        for (int round = 0; round < 2; round++)
        {
            for (int port = 1; port <= PORTS; port++)
            {
                assertEquals(port, domain.allocUnbound(Domid.DOMID_SELF, 0));
            }
            assertEquals(Errno.ENOSPC.negative(), domain.allocUnbound(Domid.DOMID_SELF, 0));

            final long before = host.cpuTimeNs();
            int parts = 1;
            while (reset(domain) > 0)
            {
                parts++;
            }
            assertEquals(PORTS / 256 + 1, parts, "it is done in parts");
            assertTrue((host.cpuTimeNs() - before) / parts < PREEMPTION_NS, "a part takes long");
            assertEquals(Errno.EINVAL.negative(), domain.closePort(1));
        }
        end(domain);
    }

    @Test
    @Tag("SEC-043")
    @Tag("SEC-045")
    void shouldKeepBothEndsTrueWhileOneIsResetAndTheOtherBindsAndSends()
    {
        final RawDomain domain = host.newRawDomain();
        final RawDomain peer = host.newRawDomain();
        final CompletableFuture<Void> theirs = CompletableFuture.runAsync(() -> bindAndSend(peer, domain.domid()));
        while (!theirs.isDone())
        {
            for (int i = 0; i < 8; i++)
            {
                domain.allocUnbound(Domid.DOMID_SELF, peer.domid());
            }
            assertEquals(0, reset(domain));
        }
        theirs.join();
        assertEquals(0, reset(domain));
        assertEquals(0, host.info(domain.domid()).boundPorts());
        for (int port = 1; port <= TestHost.MAX_PORTS; port++)
        {
            final long unbound = port;
            final long status = peer.hypercall(offset -> new EvtchnStatusEncoder().wrap(peer.ringPage(), offset)
                .op(EvtchnStatusEncoder.TEMPLATE_ID).dom(Domid.DOMID_SELF).port(unbound)).result();
            assertTrue(status == Hypercalls.EVTCHNSTAT_UNBOUND || status == Hypercalls.EVTCHNSTAT_CLOSED,
                "bound to nobody: port=" + port);
        }
        end(domain);
        end(peer);
    }

    @Test
    @Tag("SEC-049")
    void shouldCloseAChannelWhoseBothEndsAreClosedAtOnce()
    {
        final RawDomain one = host.newRawDomain();
        final RawDomain two = host.newRawDomain();
        for (int i = 0; i < TURNS; i++)
        {
            final long near = one.allocUnbound(Domid.DOMID_SELF, two.domid());
            final long far = two.bindInterdomain(one.domid(), near);
            final CompletableFuture<Long> theirs = CompletableFuture.supplyAsync(() -> two.closePort(far));
            assertEquals(0, one.closePort(near));
            assertEquals(0, theirs.orTimeout(20, TimeUnit.SECONDS).join());
            assertEquals(Errno.EINVAL.negative(), one.closePort(near));
        }
        assertEquals(0, host.info(one.domid()).boundPorts());
        end(one);
        end(two);
    }

    @Test
    @Tag("SEC-049")
    void shouldCloseAChannelFromItsOwnHandler()
    {
        final RawDomain peer = host.newRawDomain();
        final Domain victim = host.newDomain("victim", 64);
        final EventChannel channel = victim.eventChannels().allocUnbound(new Domid(peer.domid()));
        final AtomicBoolean isClosed = new AtomicBoolean();
        channel.onEvent(() ->
        {
            channel.close();
            isClosed.set(true);
        });
        assertTrue(peer.bindInterdomain(victim.domid().value(), channel.port().value()) > 0);
        pollUntil(victim, isClosed::get);

        assertEquals(0, host.info(victim.domid().value()).boundPorts());
        assertEquals(0, host.destroy(victim.domid().value()));
        victim.close();
        end(peer);
    }

    @Test
    @Tag("SEC-050")
    void shouldBindNothingWhenPortsAreExhaustedAndEverythingAfterwards()
    {
        final RawDomain domain = host.newRawDomain(4);
        final RawDomain peer = host.newRawDomain();
        final long kept = peer.allocUnbound(Domid.DOMID_SELF, domain.domid());
        for (int i = 0; i < 4; i++)
        {
            assertTrue(domain.allocUnbound(Domid.DOMID_SELF, 0) > 0);
        }
        final int open = TestHost.openFiles();
        for (int i = 0; i < 3; i++)
        {
            assertEquals(Errno.ENOSPC.negative(), domain.bindVirq(Virq.TIMER, 0).result());
            assertEquals(Errno.ENOSPC.negative(), domain.bindVirq(Virq.DEBUG, 0).result());
            assertEquals(Errno.ENOSPC.negative(), domain.bindIpi(0).result());
            assertEquals(Errno.ENOSPC.negative(), domain.bindInterdomain(peer.domid(), kept));
        }
        assertEquals(open, TestHost.openFiles());

        assertEquals(0, reset(domain));
        assertTrue(take(domain.bindVirq(Virq.TIMER, 0)) > 0);
        assertTrue(take(domain.bindVirq(Virq.DEBUG, 0)) > 0);
        assertEquals(Errno.EEXIST.negative(), domain.bindVirq(Virq.TIMER, 0).result());
        assertTrue(take(domain.bindIpi(0)) > 0);
        assertTrue(domain.bindInterdomain(peer.domid(), kept) > 0);
        end(domain);
        end(peer);
    }

    private static void bindAndSend(final RawDomain peer, final int domid)
    {
        for (int i = 0; i < TURNS; i++)
        {
            final long port = peer.bindInterdomain(domid, 1 + i % 8);
            if (port > 0)
            {
                final long sent = peer.onPort(EvtchnSendEncoder.TEMPLATE_ID, port);
                assertEquals(0, sent, "bound or unbound, the port is there");
                assertEquals(0, peer.closePort(port));
            }
            else
            {
                assertEquals(Errno.EINVAL.negative(), port);
            }
        }
    }

    private static long reset(final RawDomain domain)
    {
        return domain.hypercall(offset -> new EvtchnResetEncoder().wrap(domain.ringPage(), offset)
            .op(EvtchnResetEncoder.TEMPLATE_ID).dom(Domid.DOMID_SELF)).result();
    }

    private static long take(final RawDomain.Message answer)
    {
        try (answer)
        {
            return answer.result();
        }
    }

    private static void pollUntil(final Domain domain, final BooleanSupplier condition)
    {
        final long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
        while (!condition.getAsBoolean() && System.nanoTime() < deadline)
        {
            domain.loop().poll(100);
        }
        assertTrue(condition.getAsBoolean());
    }

    private void end(final RawDomain domain)
    {
        assertEquals(0, host.destroy(domain.domid()));
        domain.close();
    }
}
