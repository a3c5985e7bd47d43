package org.skerry.tests.hostile;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.skerry.wire.Domid;
import org.skerry.wire.Errno;
import org.skerry.wire.GrantStatus;
import org.skerry.wire.Hypercalls;
import org.skerry.wire.ShutdownReason;
import org.skerry.wire.hypercall.GnttabCopyEncoder;
import org.skerry.wire.linux.SysMman;
import org.skerry.wire.linux.SysSocket;
import org.skerry.wire.linux.Unistd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Memory that a domain gives back, wants more of, or takes without asking. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class HostileMemoryTest
{
    private static final int PERMIT_ACCESS = 1;
    private static final int REF = 8;
    private static final int FIRST = RawDomain.FIRST_FREE_FRAME;
    private static final int FRAMES = 64;
    private static final int MAX_FRAMES = 8192;
    private static final int PAGE = Hypercalls.PAGE_SIZE;
    private static final int STEP_MS = 20;
    private static final long PATIENCE_NS = TimeUnit.SECONDS.toNanos(20);

    private final TestHost host = new TestHost();
    private final RawDomain domain = host.newGrowingDomain("growing", FRAMES, MAX_FRAMES, 0).attach();
    private final RawDomain other = host.newRawDomain();
    private final int domid = domain.domid();

    @AfterEach
    void close()
    {
        domain.close();
        other.close();
        host.close();
    }

    @Test
    void shouldGiveMemoryBackToTheHostAndTakeItAgain()
    {
        final long free = host.freeFrames();
        touch(domain.memory(), 0, FRAMES);
        assertEquals(FRAMES, MemoryFiles.pages(domain.memory()));

        assertEquals(40, domain.decrease(FIRST, 40));

        assertEquals(FRAMES - 40, MemoryFiles.pages(domain.memory()), "Linux has them");
        assertEquals(free + 40, host.freeFrames(), "the ledger has them");
        assertEquals(FRAMES - 40, host.info(domid).frameCount());
        assertEquals(MAX_FRAMES, host.info(domid).maxFrames());
        assertEquals(FRAMES - 40, domain.reservation(Domid.DOMID_SELF).value0());
        assertEquals(MAX_FRAMES, domain.reservation(domid).value1());

        assertEquals(10, domain.populate(FIRST + 30, 10));
        assertEquals(0, domain.memory().getLong((FIRST + 30) * PAGE));
        assertEquals(30, domain.populate(FIRST, 40), "up to what is populated");
        assertEquals(100, domain.populate(FRAMES, 100));
        assertEquals(free - 100, host.freeFrames());
        assertEquals(0, host.destroy(domid));
        assertEquals(free + FRAMES, host.freeFrames());
    }

    @Test
    @Tag("SEC-013")
    void shouldRefuseFramesThatAreNoneOrSpokenForOrTooMany()
    {
        final long[][] bad = {
            {0, 1}, {FIRST - 1, 1}, {FIRST, 0}, {FIRST, 1025}, {MAX_FRAMES, 1}, {MAX_FRAMES - 1, 2},
            {0xFFFF_FFFFL, 1}, {FIRST, 0xFFFF_FFFFL}};
        for (final long[] range : bad)
        {
            assertEquals(Errno.EINVAL.negative(), domain.populate(range[0], range[1]));
            assertEquals(Errno.EINVAL.negative(), domain.decrease(range[0], range[1]));
        }
        assertEquals(FRAMES, host.info(domid).frameCount());
    }

    @Test
    void shouldKeepFramesThatAreUsedByOthers()
    {
        assertEquals(0, domain.moveToWindow(FIRST + 2, 1, other.domid()));
        assertEquals(2, domain.decrease(FIRST, 8), "one lies in a window");
        assertEquals(0, domain.decrease(FIRST, 1), "it is gone already");
        assertEquals(0, domain.decrease(FIRST + 2, 1));
        assertEquals(Errno.EINVAL.negative(), domain.moveToWindow(FIRST, 1, other.domid()), "a hole");
        assertEquals(0, domain.moveFromWindow(FIRST, 8));
        assertEquals(6, domain.decrease(FIRST + 2, 6));
        assertEquals(FRAMES - FIRST - 8, domain.decrease(FIRST + 8, 1000), "up to the balloon's");
    }

    @Test
    void shouldNotCopyFromOrToFramesThatHoldNoMemory()
    {
        assertEquals(1, domain.decrease(FIRST + 1, 1));
        domain.grant(REF, PERMIT_ACCESS, other.domid(), FIRST + 1);
        domain.grant(REF + 1, PERMIT_ACCESS, other.domid(), MAX_FRAMES - 1);

        assertEquals(GrantStatus.BAD_PAGE, copyFrom(other, domid, REF));
        assertEquals(GrantStatus.BAD_PAGE, copyFrom(other, domid, REF + 1));
        assertEquals(GrantStatus.BAD_PAGE, other.map(domid, REF, 0).result());
        assertEquals(PERMIT_ACCESS, domain.grantFlags(REF), "a mark was left");
        assertEquals(GrantStatus.BAD_PAGE, copyOwn(domain, FIRST + 1, FIRST));
        assertEquals(GrantStatus.BAD_PAGE, copyOwn(domain, FIRST, MAX_FRAMES - 1));
        assertEquals(GrantStatus.OKAY, copyOwn(domain, FIRST, FIRST + 2));
    }

    @Test
    void shouldPopulateNoMoreThanDomainZeroSays()
    {
        assertEquals(Errno.EINVAL.negative(), host.setMaxMem(domid, MAX_FRAMES + 1));
        assertEquals(Errno.ESRCH.negative(), host.setMaxMem(999, 1));
        assertEquals(0, host.setMaxMem(domid, FRAMES + 10));
        assertEquals(10, domain.populate(FRAMES, 100));
        assertEquals(0, domain.populate(FRAMES + 10, 1));
        assertEquals(0, host.setMaxMem(domid, 8));
        assertEquals(FRAMES + 10, host.info(domid).frameCount(), "it keeps what it has");
        assertEquals(8, host.info(domid).maxFrames());
        assertEquals(1, domain.decrease(FRAMES, 1));
        assertEquals(0, domain.populate(FRAMES, 1));
    }

    @Test
    void shouldPopulateNoMoreThanTheHostHas()
    {
        final RawDomain rest = host.newUnattachedDomain("rest", (int)host.freeFrames() - 5, 0);

        assertEquals(5, domain.populate(FRAMES, 100));
        assertEquals(0, domain.populate(FRAMES + 5, 1));
        assertEquals(0, host.freeFrames());
        rest.close();
    }

    @Test
    void shouldTellSizesToThoseWhomTheyConcern()
    {
        assertEquals(GrantStatus.OKAY, domain.querySize(Domid.DOMID_SELF).result());
        assertEquals(1, domain.querySize(domid).value0());
        assertEquals(1, domain.querySize(domid).value1());
        assertEquals(GrantStatus.PERMISSION_DENIED, domain.querySize(other.domid()).result());
        assertEquals(GrantStatus.BAD_DOMAIN, domain.querySize(999).result());
        assertEquals(GrantStatus.OKAY, host.dom0().querySize(domid).result());
        assertEquals(Errno.EPERM.negative(), domain.reservation(other.domid()).result());
        assertEquals(Errno.ESRCH.negative(), domain.reservation(0xFFFF).result());
        assertEquals(FRAMES, host.dom0().reservation(domid).value0());
    }

    @Test
    @Tag("SEC-020")
    void shouldNeverPromiseMoreThanTheHostHasWhoeverAsksAtTheSameTime()
    {
        final long free = host.freeFrames();
        final long pair = SysSocket.socketpair(SysSocket.AF_UNIX, SysSocket.SOCK_SEQPACKET);
        final List<RawDomain> greedy = new ArrayList<>();
        for (int i = 0; i < 3; i++)
        {
            greedy.add(host.newGrowingDomain("greedy", FRAMES, TestHost.TOTAL_FRAMES, 0).attach());
        }
        final List<CompletableFuture<Void>> turns = greedy.stream()
            .map(one -> CompletableFuture.runAsync(() -> growAndShrink(one))).toList();
        int refused = 0;
        while (!turns.stream().allMatch(CompletableFuture::isDone))
        {
            final long built = host.createDomain("more", 20_000, 500, SysSocket.first(pair));
            assertTrue(host.freeFrames() >= 0);
            refused += built == Errno.ENOMEM.negative() ? 1 : 0;
            assertEquals(built < 0 ? Errno.ESRCH.negative() : 0, host.destroy(500));
        }
        turns.forEach(CompletableFuture::join);

        assertTrue(refused > 0, "there was never too little");
        for (final RawDomain one : greedy)
        {
            assertEquals(one.reservation(Domid.DOMID_SELF).value0(), host.info(one.domid()).frameCount());
            assertEquals(0, host.destroy(one.domid()));
            one.close();
        }
        assertEquals(free, host.freeFrames());
        Unistd.close(SysSocket.first(pair));
        Unistd.close(SysSocket.second(pair));
    }

    @Test
    void shouldEndADomainThatTakesMemoryThatItDoesNotHave()
    {
        await(() ->
        {
            touch(domain.memory(), FRAMES, 500);
            return host.info(domid).shutdownReason() != Hypercalls.STILL_RUNNING;
        });

        assertEquals(ShutdownReason.CRASH.code(), host.info(domid).shutdownReason());
        assertTrue(other.allocUnbound(Domid.DOMID_SELF, 0) > 0, "nobody else is harmed");
    }

    @Test
    void shouldTakeBackWhatADomainTouchedOnceAndLetItLive()
    {
        touch(domain.memory(), 0, 6000);

        await(() -> MemoryFiles.pages(domain.memory()) <= FRAMES);

        assertEquals(1, domain.memory().getLong((FRAMES - 1) * PAGE), "its own stays");
        assertEquals(Hypercalls.STILL_RUNNING, host.info(domid).shutdownReason());
    }

    @Test
    void shouldTakeBackWhatAGranteeTouchedInHolesOfAWindow()
    {
        assertEquals(0, domain.moveToWindow(FIRST, 2, other.domid()));
        final UnsafeBuffer window;
        try (RawDomain.Message opened = other.openWindow(domid, false))
        {
            assertEquals(MAX_FRAMES, opened.result());
            window = RawDomain.map(opened.fds()[0], MAX_FRAMES * PAGE);
        }
        touch(window, 0, 6000);

        await(() -> MemoryFiles.pages(window) <= 2);

        assertEquals(1, window.getLong(FIRST * PAGE), "what was granted stays");
        assertEquals(0, window.getLong(100 * PAGE));
        assertEquals(Hypercalls.STILL_RUNNING, host.info(domid).shutdownReason());
        assertEquals(Hypercalls.STILL_RUNNING, host.info(other.domid()).shutdownReason());
        SysMman.munmap(window.addressOffset(), window.capacity());
    }

    @Test
    void shouldTakeBackWhatAGranterTouchesInAWindowWhoseGranteeIsGone()
    {
        final UnsafeBuffer window;
        try (RawDomain.Message moved = domain.moveToWindow(FIRST, 2, other.domid(), false))
        {
            window = RawDomain.map(moved.fds()[0], MAX_FRAMES * PAGE);
        }
        assertEquals(0, domain.moveFromWindow(FIRST, 2));
        assertEquals(0, host.destroy(other.domid()));
        touch(window, 0, 6000);

        await(() -> MemoryFiles.pages(window) == 0);

        assertEquals(Hypercalls.STILL_RUNNING, host.info(domid).shutdownReason());
        SysMman.munmap(window.addressOffset(), window.capacity());
    }

    private static void growAndShrink(final RawDomain one)
    {
        final Random random = new Random(one.domid());
        for (int i = 0; i < 400; i++)
        {
            final int first = FRAMES + random.nextInt(60) * 1024;
            final long result = random.nextInt(3) > 0 ? one.populate(first, 1024) : one.decrease(first, 1024);
            assertTrue(result >= 0 && result <= 1024, "result=" + result);
        }
    }

    private static void touch(final UnsafeBuffer memory, final int firstFrame, final int count)
    {
        for (int i = 0; i < count; i++)
        {
            memory.putLong((firstFrame + i) * PAGE, 1);
        }
    }

    private void await(final BooleanSupplier condition)
    {
        final long deadline = System.nanoTime() + PATIENCE_NS;
        while (!condition.getAsBoolean())
        {
            assertTrue(System.nanoTime() < deadline, "it does not happen");
            host.dom0().isSilent(STEP_MS);
        }
    }

    private static long copyFrom(final RawDomain domain, final int granter, final int ref)
    {
        return copy(domain, Hypercalls.GNTCOPY_SOURCE_GREF, ref, granter, FIRST);
    }

    private static long copyOwn(final RawDomain domain, final int source, final int dest)
    {
        return copy(domain, 0, source, Domid.DOMID_SELF, dest);
    }

    private static long copy(
        final RawDomain domain, final int flags, final int source, final int sourceDomid, final int dest)
    {
        return domain.hypercall(offset -> new GnttabCopyEncoder().wrap(domain.ringPage(), offset)
            .op(GnttabCopyEncoder.TEMPLATE_ID).flags(flags).sourceRefOrFrame(source).sourceDomid(sourceDomid)
            .destRefOrFrame(dest).destDomid(Domid.DOMID_SELF).length(8)).result();
    }
}
