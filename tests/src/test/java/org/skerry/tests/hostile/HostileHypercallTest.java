package org.skerry.tests.hostile;

import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;

import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.skerry.wire.Domid;
import org.skerry.wire.Errno;
import org.skerry.wire.GrantStatus;
import org.skerry.wire.Hypercalls;
import org.skerry.wire.hypercall.EvtchnStatusEncoder;
import org.skerry.wire.hypercall.GnttabCopyEncoder;
import org.skerry.wire.hypercall.HypercallResponseDecoder;
import org.skerry.wire.hypercall.HypercallSlotEncoder;
import org.skerry.wire.hypercall.SchedShutdownEncoder;
import org.skerry.wire.hypercall.SchedWatchdogEncoder;
import org.skerry.wire.linux.Eventfd;
import org.skerry.wire.ring.RingLayout;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** What a hostile domain can write into its ring and its grant table, also while the hypervisor looks at them. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class HostileHypercallTest
{
    private static final int PERMIT_ACCESS = 1;
    private static final int READONLY = 4;
    private static final int REF = 8;
    private static final int FRAME = 10;
    private static final int SOURCE_GREF = Hypercalls.GNTCOPY_SOURCE_GREF;
    private static final int DEST_GREF = Hypercalls.GNTCOPY_DEST_GREF;
    private static final long NEVER_HEARD_MS = 200;
    private static final int[] OPS = IntStream.range(64, 86)
        .filter(op -> op != SchedShutdownEncoder.TEMPLATE_ID && op != SchedWatchdogEncoder.TEMPLATE_ID).toArray();

    private final TestHost host = new TestHost();
    private final RawDomain domain = host.newRawDomain();
    private final RawDomain other = host.newRawDomain();
    private final AtomicBoolean isOver = new AtomicBoolean();
    private Thread spoiler;

    @AfterEach
    void shouldStillServeTheOthers()
    {
        endSpoiling();
        assertTrue(other.allocUnbound(Domid.DOMID_SELF, 0) > 0);
        domain.close();
        other.close();
        host.close();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 10, 32, 63, 64, 65, 86, 0x7FFF, 0x8000, 0xFFFF})
    @Tag("SEC-019")
    void shouldNotKnowWhatIsNoHypercallAndGiveTheTagBack(final int op)
    {
        final HypercallResponseDecoder response = domain.hypercall(
            offset -> new HypercallSlotEncoder().wrap(domain.ringPage(), offset).op(op).tag(0xFFFF_FFFEL));

        assertEquals(Errno.ENOSYS.negative(), response.result());
        assertEquals(0xFFFF_FFFEL, response.tag());
        assertEquals(op, response.op());
    }

    @ParameterizedTest
    @ValueSource(ints = {257, 1000, 0x7FFF_FFFF, 0x8000_0000, -1})
    void shouldEndADomainWhoseIndexCannotBe(final int reqProd)
    {
        domain.ringPage().putIntRelease(RingLayout.REQ_PROD_OFFSET, reqProd);
        Eventfd.signal(domain.requestBell());

        domain.awaitHangUp();
        assertEquals(domain.domid(), host.awaitExit()[0]);
        assertEquals(0, host.destroy(domain.domid()));
    }

    @Test
    void shouldNotHearTheBellOfADomainThatItHasEnded()
    {
        domain.ringPage().putIntRelease(RingLayout.REQ_PROD_OFFSET, -1);
        Eventfd.signal(domain.requestBell());
        domain.awaitHangUp();
        Eventfd.signal(domain.requestBell());
        final long before = host.cpuTimeNs();

        assertEquals(domain.domid(), host.awaitExit()[0]);
        assertTrue(host.dom0().isSilent((int)NEVER_HEARD_MS));

        assertTrue(host.cpuTimeNs() - before < TimeUnit.MILLISECONDS.toNanos(NEVER_HEARD_MS / 2), "it spins");
    }

    @Test
    void shouldNotStayWithADomainWhoseIndexFlickers()
    {
        final UnsafeBuffer page = domain.ringPage();
        spoil(() ->
        {
            for (int i = 0; i < 100; i++)
            {
                page.putIntRelease(RingLayout.REQ_PROD_OFFSET, 1);
                page.putIntRelease(RingLayout.REQ_PROD_OFFSET, 0);
            }
            Eventfd.signal(domain.requestBell());
        });

        otherIsServed(200);
    }

    @Test
    @Tag("SEC-041")
    void shouldServeTheOthersBesideADomainThatKeepsItsRingFullAndRingsAllTheTime()
    {
        final UnsafeBuffer page = domain.ringPage();
        spoil(() ->
        {
            page.putIntRelease(RingLayout.REQ_PROD_OFFSET, page.getIntVolatile(RingLayout.RSP_PROD_OFFSET) + 256);
            Eventfd.signal(domain.requestBell());
        });

        otherIsServed(1000);
        assertEquals(Hypercalls.STILL_RUNNING, host.info(domain.domid()).shutdownReason(), "it kept to the rules");
    }

    @Test
    void shouldServeTheOthersBesideADomainThatMovesAllItsFramesAllTheTime()
    {
        try (RawDomain big = host.newUnattachedDomain("big", 20_000, 0).attach())
        {
            spoil(() ->
            {
                for (int i = 0; i < 16; i++)
                {
                    big.moveToWindow(RawDomain.FIRST_FREE_FRAME + i * 1024L, 1024, 0);
                    big.moveFromWindow(RawDomain.FIRST_FREE_FRAME + i * 1024L, 1024);
                }
            });
            otherIsServed(50);
            endSpoiling();
        }
    }

    @Test
    @Tag("SEC-003")
    void shouldRefuseEveryBadCopy()
    {
        final int granter = other.domid();
        other.grant(REF, PERMIT_ACCESS, domain.domid(), FRAME);
        other.grant(REF + 1, PERMIT_ACCESS | READONLY, domain.domid(), FRAME);
        other.grant(REF + 2, PERMIT_ACCESS, 999, FRAME);
        other.grant(REF + 3, PERMIT_ACCESS, domain.domid(), 64);
        other.grant(REF + 4, 2, domain.domid(), FRAME);
        final int self = Domid.DOMID_SELF;

        assertEquals(GrantStatus.OKAY, copy(SOURCE_GREF, REF, granter, 0, FRAME, self, 0, 4096));
        assertEquals(GrantStatus.OKAY, copy(SOURCE_GREF, REF, granter, 4096, FRAME, self, 4096, 0));
        assertEquals(GrantStatus.OKAY, copy(DEST_GREF, FRAME, self, 0, REF, granter, 4095, 1));
        assertEquals(GrantStatus.OKAY, copy(SOURCE_GREF | DEST_GREF, REF + 1, granter, 0, REF, granter, 0, 8));
        assertEquals(GrantStatus.OKAY, copy(0, FRAME, self, 0, FRAME, self, 1, 4095));

        assertEquals(GrantStatus.BAD_COPY_ARG, copy(SOURCE_GREF, REF, granter, 1, FRAME, self, 0, 4096));
        assertEquals(GrantStatus.BAD_COPY_ARG, copy(SOURCE_GREF, REF, granter, 0, FRAME, self, 4090, 7));
        assertEquals(GrantStatus.BAD_COPY_ARG, copy(SOURCE_GREF, REF, granter, 0xFFFF, FRAME, self, 0, 1));
        assertEquals(GrantStatus.BAD_COPY_ARG, copy(SOURCE_GREF, REF, granter, 0, FRAME, self, 0, 0xFFFF));
        assertEquals(GrantStatus.BAD_DOMAIN, copy(SOURCE_GREF, REF, 999, 0, FRAME, self, 0, 8));
        assertEquals(GrantStatus.BAD_DOMAIN, copy(SOURCE_GREF, REF, 0xFFFF, 0, FRAME, self, 0, 8));
        assertEquals(GrantStatus.PERMISSION_DENIED, copy(0, FRAME, granter, 0, FRAME, self, 0, 8));
        assertEquals(GrantStatus.PERMISSION_DENIED, copy(0, FRAME, self, 0, FRAME, granter, 0, 8));
        assertEquals(GrantStatus.PERMISSION_DENIED, copy(0, FRAME, self, 0, FRAME, 0, 0, 8));
        assertEquals(GrantStatus.BAD_GNTREF, copy(SOURCE_GREF, 512, granter, 0, FRAME, self, 0, 8));
        assertEquals(GrantStatus.BAD_GNTREF, copy(SOURCE_GREF, 0xFFFF_FFFEL, granter, 0, FRAME, self, 0, 8));
        assertEquals(GrantStatus.GENERAL_ERROR, copy(SOURCE_GREF, REF + 2, granter, 0, FRAME, self, 0, 8));
        assertEquals(GrantStatus.GENERAL_ERROR, copy(SOURCE_GREF, REF + 4, granter, 0, FRAME, self, 0, 8));
        assertEquals(GrantStatus.GENERAL_ERROR, copy(DEST_GREF, FRAME, self, 0, REF + 1, granter, 0, 8));
        assertEquals(GrantStatus.BAD_PAGE, copy(SOURCE_GREF, REF + 3, granter, 0, FRAME, self, 0, 8));
        assertEquals(GrantStatus.BAD_PAGE, copy(SOURCE_GREF, REF, granter, 0, 64, self, 0, 8));
        assertEquals(GrantStatus.BAD_PAGE, copy(SOURCE_GREF, REF, granter, 0, 0xFFFF_FFFEL, self, 0, 8));

        for (int ref = REF; ref < REF + 5; ref++)
        {
            assertEquals(0, other.grantFlags(ref) & 24, "a mark was left: ref=" + ref);
        }
    }

    @Test
    @Tag("SEC-007")
    @Tag("SEC-015")
    void shouldRefuseForgedAndReplayedHandles()
    {
        assertEquals(0, other.moveToWindow(FRAME, 1, domain.domid()));
        other.grant(REF, PERMIT_ACCESS, domain.domid(), FRAME);
        final long handle = domain.map(other.domid(), REF, 0).value0();
        assertEquals(PERMIT_ACCESS | 24, other.grantFlags(REF));

        assertEquals(GrantStatus.BAD_HANDLE, domain.unmap(handle + 1));
        assertEquals(GrantStatus.BAD_HANDLE, domain.unmap(0xFFFF_FFFEL));
        assertEquals(GrantStatus.BAD_HANDLE, other.unmap(handle), "a handle means nothing to others");
        assertEquals(Errno.EBUSY.negative(), other.moveFromWindow(FRAME, 1));
        assertEquals(GrantStatus.OKAY, domain.unmap(handle));
        assertEquals(GrantStatus.BAD_HANDLE, domain.unmap(handle));
        assertEquals(PERMIT_ACCESS, other.grantFlags(REF));
        assertEquals(0, other.moveFromWindow(FRAME, 1));
    }

    @Test
    @Tag("SEC-016")
    void shouldMapNoMoreThanADomainMayHave()
    {
        assertEquals(0, other.moveToWindow(FRAME, 1, domain.domid()));
        other.grant(REF, PERMIT_ACCESS, domain.domid(), FRAME);
        for (int i = 0; i < TestHost.MAPTRACK_FRAMES * 256; i++)
        {
            assertEquals(GrantStatus.OKAY, domain.map(other.domid(), REF, 0).result());
        }

        assertEquals(GrantStatus.NO_SPACE, domain.map(other.domid(), REF, 0).result());
        assertEquals(TestHost.MAPTRACK_FRAMES * 256, host.info(domain.domid()).mappedGrants());
        assertEquals(GrantStatus.OKAY, domain.unmap(77));
        assertEquals(GrantStatus.OKAY, domain.map(other.domid(), REF, 0).result());
    }

    @Test
    @Tag("SEC-021")
    @Tag("SEC-034")
    void shouldOnlyEverUseAFrameThatWasGrantedWhateverTheGranterDoesToItsEntries()
    {
        assertEquals(0, other.moveToWindow(FRAME, 2, domain.domid()));
        final Random random = new Random(42);
        spoil(() ->
        {
            other.grant(REF, random.nextInt(), random.nextInt(4), random.nextInt(70) - 3);
            other.grant(REF, PERMIT_ACCESS, domain.domid(), FRAME + random.nextInt(2));
        });
        for (int i = 0; i < 5000; i++)
        {
            final HypercallResponseDecoder mapped = domain.map(other.domid(), REF, 0);
            final long handle = mapped.value0();
            if (mapped.result() == GrantStatus.OKAY)
            {
                final long frame = mapped.value1() & 0xFFFF_FFFFL;
                assertTrue(frame == FRAME || frame == FRAME + 1, "frame=" + frame);
                assertEquals(GrantStatus.OKAY, domain.unmap(handle));
            }
            final short copied = copy(SOURCE_GREF, REF, other.domid(), 0, FRAME, Domid.DOMID_SELF, 0, 64);
            assertTrue(copied <= 0 && copied >= GrantStatus.NO_SPACE);
        }
    }

    @Test
    void shouldActOnlyForTheCaller()
    {
        assertEquals(Errno.EPERM.negative(), domain.allocUnbound(other.domid(), domain.domid()));
        assertEquals(Errno.EPERM.negative(), domain.allocUnbound(0, domain.domid()));
        assertEquals(Errno.EPERM.negative(), domain.allocUnbound(0xFFFF, domain.domid()));
        assertEquals(Errno.ESRCH.negative(), domain.allocUnbound(Domid.DOMID_SELF, 0xFFFF));
        assertEquals(Errno.EPERM.negative(), domain.hypercall(offset -> new EvtchnStatusEncoder()
            .wrap(domain.ringPage(), offset).op(EvtchnStatusEncoder.TEMPLATE_ID).dom(other.domid()).port(1)).result());
        assertTrue(host.dom0().allocUnbound(domain.domid(), other.domid()) > 0, "Domain-0 may");
        assertEquals(Errno.ESRCH.negative(), host.dom0().allocUnbound(999, other.domid()));
    }

    @ParameterizedTest
    @ValueSource(longs = {6, 255, 256, 0x7FFF_FFFFL, 0x8000_0003L, 0xFFFF_FFFEL})
    void shouldNotKnowAReasonThatIsNone(final long reason)
    {
        assertEquals(Errno.EINVAL.negative(), shutdown(reason));
        assertEquals(Hypercalls.STILL_RUNNING, host.info(domain.domid()).shutdownReason());
    }

    @Test
    void shouldKeepTheFirstReasonAndTellItOnce()
    {
        assertEquals(0, shutdown(1));
        assertEquals(0, shutdown(3));
        assertEquals(0, shutdown(0));

        assertEquals(1, host.awaitExit()[1]);
        assertEquals(1, host.info(domain.domid()).shutdownReason());
        assertTrue(host.dom0().isSilent(50));
    }

    @Test
    @Tag("SEC-013")
    void shouldSurviveAnySlot()
    {
        final long seed = System.nanoTime();
        final Random random = new Random(seed);
        final int openBefore = TestHost.openFiles();
        final byte[] bytes = new byte[Hypercalls.SLOT_LENGTH];
        other.moveToWindow(FRAME, 4, domain.domid());
        other.grant(REF, PERMIT_ACCESS, domain.domid(), FRAME);
        for (int i = 0; i < 20_000; i++)
        {
            random.nextBytes(bytes);
            domain.hypercall(offset -> fuzz(offset, bytes, random));
        }
        assertTrue(host.freeFrames() > 0, "seed=" + seed);
        assertTrue(TestHost.openFiles() <= openBefore + 1, "seed=" + seed);
        assertNotEquals(0, host.info(domain.domid()).domid());
    }

    /** Garbage, but with numbers that mean something where they are looked at. */
    private void fuzz(final int offset, final byte[] bytes, final Random random)
    {
        final UnsafeBuffer page = domain.ringPage();
        page.putBytes(offset, bytes);
        page.putShort(offset, (short)OPS[random.nextInt(OPS.length)]);
        for (int at = 8; at < 28; at += 2)
        {
            if (random.nextInt(3) > 0)
            {
                page.putShort(offset + at, (short)(random.nextBoolean() ? random.nextInt(12) : 0x7FF0));
            }
        }
    }

    private long shutdown(final long reason)
    {
        return domain.hypercall(offset -> new SchedShutdownEncoder().wrap(domain.ringPage(), offset)
            .op(SchedShutdownEncoder.TEMPLATE_ID).reason(reason)).result();
    }

    private short copy(
        final int flags, final long source, final int sourceDomid, final int sourceOffset,
        final long dest, final int destDomid, final int destOffset, final int length)
    {
        return (short)domain.hypercall(offset -> new GnttabCopyEncoder().wrap(domain.ringPage(), offset)
            .op(GnttabCopyEncoder.TEMPLATE_ID).flags(flags).sourceRefOrFrame(source).sourceDomid(sourceDomid)
            .sourceOffset(sourceOffset).destRefOrFrame(dest).destDomid(destDomid).destOffset(destOffset)
            .length(length)).result();
    }

    private void endSpoiling()
    {
        isOver.set(true);
        if (spoiler != null)
        {
            try
            {
                spoiler.join();
            }
            catch (final InterruptedException e)
            {
                throw new AssertionError(e);
            }
        }
    }

    private void otherIsServed(final int times)
    {
        for (int i = 0; i < times; i++)
        {
            final long port = other.allocUnbound(Domid.DOMID_SELF, 0);
            assertTrue(port > 0);
            assertEquals(0, other.closePort(port));
        }
    }

    /** Does something on another thread, again and again until the test is over. */
    private void spoil(final Runnable turn)
    {
        final CountDownLatch begun = new CountDownLatch(1);
        spoiler = Thread.ofPlatform().daemon().start(() ->
        {
            while (!isOver.get())
            {
                turn.run();
                begun.countDown();
            }
        });
        try
        {
            assertTrue(begun.await(10, TimeUnit.SECONDS));
        }
        catch (final InterruptedException e)
        {
            throw new AssertionError(e);
        }
    }
}
