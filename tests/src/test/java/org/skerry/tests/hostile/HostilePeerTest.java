package org.skerry.tests.hostile;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.skerry.guest.Domain;
import org.skerry.guest.event.EventChannel;
import org.skerry.wire.Domid;
import org.skerry.wire.Errno;
import org.skerry.wire.GrantStatus;
import org.skerry.wire.Hypercalls;
import org.skerry.wire.hypercall.BindInterdomainEncoder;
import org.skerry.wire.hypercall.ChannelBoundDecoder;
import org.skerry.wire.hypercall.MessageHeaderEncoder;
import org.skerry.wire.linux.Eventfd;
import org.skerry.wire.linux.Unistd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** What one domain can do to another through the hypervisor, by living or by dying at the wrong moment. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class HostilePeerTest
{
    private static final int PERMIT_ACCESS = 1;
    private static final int REF = 8;
    private static final int FRAME = 10;
    private static final int FLOOD = 2000;
    private static final int LIVES = 30;
    private static final int MAX_DELAY_MS = 16;

    private final TestHost host = new TestHost();

    @AfterEach
    void close()
    {
        host.close();
    }

    @Test
    @Tag("SEC-035")
    void shouldLetGoOfGrantsOfADomainThatIsDestroyedMeanwhile()
    {
        final RawDomain granter = host.newRawDomain();
        final RawDomain grantee = host.newRawDomain();
        assertEquals(0, granter.moveToWindow(FRAME, 1, grantee.domid()));
        granter.grant(REF, PERMIT_ACCESS, grantee.domid(), FRAME);
        final long first = grantee.map(granter.domid(), REF, 0).value0();
        final long second = grantee.map(granter.domid(), REF, 0).value0();
        granter.close();
        assertEquals(0, host.destroy(granter.domid()));

        assertEquals(GrantStatus.OKAY, grantee.unmap(first));
        assertEquals(GrantStatus.BAD_DOMAIN, grantee.map(granter.domid(), REF, 0).result());
        grantee.close();
        assertEquals(0, host.destroy(grantee.domid()), "and of what is left: handle " + second);
    }

    @Test
    @Tag("SEC-045")
    void shouldNotLetAPeerThatBindsAndClosesEndADomainThatReadsSlowly()
    {
        final RawDomain victim = host.newRawDomain();
        final RawDomain peer = host.newRawDomain();
        final long kept = victim.allocUnbound(Domid.DOMID_SELF, peer.domid());
        final int open = TestHost.openFiles();
        for (int i = 0; i < FLOOD; i++)
        {
            final long port = peer.bindInterdomain(victim.domid(), kept);
            assertTrue(port > 0);
            assertEquals(0, peer.closePort(port));
        }
        assertTrue(TestHost.openFiles() <= open + 2, "bells that nobody took pile up");

        assertEquals(Errno.ESRCH.negative(), victim.bindInterdomain(999, 1), "it lives, and is answered");
        assertTrue(peer.bindInterdomain(victim.domid(), kept) > 0);
    }

    @Test
    @Tag("SEC-045")
    void shouldKeepTheRuntimeAliveUnderSuchAFlood()
    {
        final Domain victim = host.newDomain("victim", 64);
        final RawDomain peer = host.newRawDomain();
        final EventChannel kept = victim.eventChannels().allocUnbound(new Domid(peer.domid()));
        final List<String> heard = new ArrayList<>();
        kept.onRemoteClosed(() -> heard.add("closed"));
        for (int i = 0; i < FLOOD; i++)
        {
            assertEquals(0, peer.closePort(peer.bindInterdomain(victim.domid().value(), kept.port().value())));
        }

        while (heard.isEmpty() || kept.isBound())
        {
            victim.loop().poll(100);
        }
        kept.close();
        assertEquals(kept.port(), victim.eventChannels().allocUnbound(new Domid(peer.domid())).port());
    }

    @Test
    @Tag("SEC-041")
    @Tag("SEC-048")
    void shouldHearAPeerThatRingsForNothingSeldomAndMissNothing()
    {
        final long[] nowNs = {1};
        final Domain victim = host.newDomain("victim", 64, () -> nowNs[0]);
        final Domain peer = host.newDomain("peer", 64);
        final EventChannel kept = victim.eventChannels().allocUnbound(peer.domid());
        final EventChannel flood = peer.eventChannels().bindInterdomain(victim.domid(), kept.port());
        final int[] heard = {0, 0};
        final boolean[] isThere = {false};
        kept.onEventLateEoi(() ->
        {
            final boolean isFound = isThere[0];
            heard[isFound ? 1 : 0]++;
            isThere[0] = false;
            return isFound;
        });
        for (int i = 0; i < FLOOD; i++)
        {
            flood.notifyRemote();
            victim.loop().poll(0);
            nowNs[0] += TimeUnit.MICROSECONDS.toNanos(50);
        }
        assertTrue(heard[0] > 32 && heard[0] < 32 + 20, "100 ms, heard=" + heard[0]);

        isThere[0] = true;
        flood.notifyRemote();
        nowNs[0] += TimeUnit.MILLISECONDS.toNanos(MAX_DELAY_MS);
        victim.loop().poll(0);
        victim.loop().poll(0);
        assertEquals(1, heard[1], "late, but not lost");
        kept.close();
        victim.loop().poll(0);
    }

    @Test
    void shouldHearAPeerThatBringsWorkEachTime()
    {
        final Domain victim = host.newDomain("victim", 64, () -> 1);
        final Domain peer = host.newDomain("peer", 64);
        final EventChannel kept = victim.eventChannels().allocUnbound(peer.domid());
        final EventChannel busy = peer.eventChannels().bindInterdomain(victim.domid(), kept.port());
        final int[] heard = {0};
        kept.onEventLateEoi(() -> ++heard[0] > 0);
        victim.loop().poll(0);
        victim.loop().poll(0);
        heard[0] = 0;
        for (int i = 0; i < FLOOD; i++)
        {
            busy.notifyRemote();
            victim.loop().poll(0);
        }
        assertEquals(FLOOD, heard[0]);
    }

    @Test
    void shouldRefuseChannelsAndCapabilitiesForTheDead()
    {
        final RawDomain dead = host.newRawDomain();
        final RawDomain other = host.newRawDomain();
        final long kept = dead.allocUnbound(Domid.DOMID_SELF, other.domid());
        final int bell = Eventfd.create();
        dead.close();
        host.awaitExit();

        assertEquals(Errno.EINVAL.negative(), other.bindInterdomain(dead.domid(), kept));
        assertEquals(Errno.ESRCH.negative(), host.give(dead.domid(), "tag", bell));
        assertEquals(Errno.ESRCH.negative(), host.connectService(dead.domid(), other.domid(), 0));
        assertEquals(0, host.destroy(dead.domid()));
        assertEquals(Errno.ESRCH.negative(), other.bindInterdomain(dead.domid(), kept));
        Unistd.close(bell);
    }

    @Test
    void shouldSurviveADomainThatDiesWithARequestUnderWay()
    {
        for (int i = 0; i < LIVES; i++)
        {
            final RawDomain dying = host.newRawDomain();
            final BindInterdomainEncoder bind = new BindInterdomainEncoder()
                .wrapAndApplyHeader(dying.out(), 0, dying.headerOut()).remotePort(1).remoteDomid(0);
            for (int j = 0; j < i; j++)
            {
                dying.send(MessageHeaderEncoder.ENCODED_LENGTH + bind.encodedLength());
            }
            dying.ringPage().putIntRelease(0, i);
            Eventfd.signal(dying.requestBell());
            dying.close();
            assertEquals(dying.domid(), host.awaitExit()[0]);
            assertEquals(0, host.destroy(dying.domid()));
        }
        assertTrue(host.newRawDomain().allocUnbound(Domid.DOMID_SELF, 0) > 0);
    }

    @Test
    @Tag("SEC-024")
    void shouldKeepNothingOfDomainsThatLivedAndDied()
    {
        live(host.newRawDomain(), true);
        final int open = TestHost.openFiles();
        final long free = host.freeFrames();

        for (int i = 0; i < LIVES; i++)
        {
            live(host.newRawDomain(), i % 2 == 0);
        }

        assertEquals(free, host.freeFrames());
        assertEquals(open, TestHost.openFiles());
    }

    @Test
    void shouldGiveBackWhatADomainHeldThatNeverBegan()
    {
        final int open = TestHost.openFiles();
        for (int i = 0; i < LIVES; i++)
        {
            final RawDomain built = host.newUnattachedDomain("built", 64, 77);
            assertTrue(host.connectService(77, 0, 0) > 0);
            assertTrue(host.connectService(77, 0, 1) > 0);
            assertEquals(0, host.give(77, "tag", built.fd()));
            assertEquals(0, host.destroy(77));
            built.awaitHangUp();
            built.close();
        }

        assertEquals(open, TestHost.openFiles());
        assertEquals(TestHost.TOTAL_FRAMES - TestHost.DOM0_FRAMES, host.freeFrames());
    }

    @Test
    void shouldServeMoreDomainsThanItHearsOfAtOnce()
    {
        final List<RawDomain> domains = new ArrayList<>();
        for (int i = 0; i < 150; i++)
        {
            domains.add(host.newRawDomain());
        }
        for (final RawDomain domain : domains)
        {
            assertEquals(1, domain.allocUnbound(Domid.DOMID_SELF, 0));
        }
        domains.forEach(RawDomain::close);
        for (int i = 0; i < 150; i++)
        {
            host.awaitExit();
        }
        assertEquals(0, host.info(0).domid());
        assertFalse(host.info(150).shutdownReason() == Hypercalls.STILL_RUNNING);
    }

    /** A life with all that a domain can have: a channel, a window each way, a mapping, a copy of a descriptor. */
    private void live(final RawDomain domain, final boolean isDestroyedFirst)
    {
        final RawDomain dom0 = host.dom0();
        final RawDomain granter = host.newRawDomain();
        final int bell = Eventfd.create();
        final long kept = domain.allocUnbound(Domid.DOMID_SELF, 0);
        final long port = dom0.bindInterdomain(domain.domid(), kept);
        domain.awaitEvent(ChannelBoundDecoder.TEMPLATE_ID).close();
        assertEquals(0, domain.moveToWindow(FRAME, 3, 0));
        domain.grant(REF, PERMIT_ACCESS, 0, FRAME);
        final long handle = dom0.map(domain.domid(), REF, 0).value0();
        assertEquals(0, granter.moveToWindow(20, 2, domain.domid()));
        granter.grant(REF, PERMIT_ACCESS, domain.domid(), 20);
        assertEquals(GrantStatus.OKAY, domain.map(granter.domid(), REF, 0).result());
        assertEquals(0, host.give(domain.domid(), "tag", bell));
        Unistd.close(bell);

        if (isDestroyedFirst)
        {
            assertEquals(0, host.destroy(domain.domid()));
            domain.awaitHangUp();
            domain.close();
        }
        else
        {
            domain.close();
            assertEquals(domain.domid(), host.awaitExit()[0]);
            assertEquals(0, host.destroy(domain.domid()));
        }
        assertEquals(GrantStatus.OKAY, dom0.unmap(handle));
        assertEquals(PERMIT_ACCESS, granter.grantFlags(REF));
        assertEquals(0, granter.moveFromWindow(20, 2));
        assertEquals(0, dom0.closePort(port));
        assertEquals(0, host.destroy(granter.domid()));
        granter.awaitHangUp();
        granter.close();
    }
}
