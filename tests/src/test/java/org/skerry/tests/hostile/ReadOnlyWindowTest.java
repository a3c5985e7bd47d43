package org.skerry.tests.hostile;

import java.util.concurrent.TimeUnit;

import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.skerry.wire.Errno;
import org.skerry.wire.GrantStatus;
import org.skerry.wire.Hypercalls;
import org.skerry.wire.hypercall.HypercallResponseDecoder;
import org.skerry.wire.linux.Fcntl;
import org.skerry.wire.linux.SysMman;
import org.skerry.wire.linux.Unistd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** What a grantee can read and not write, whatever it does, and what the granter can do to it. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class ReadOnlyWindowTest
{
    private static final int PERMIT_ACCESS = 1;
    private static final int READONLY = 4;
    private static final int READING = 8;
    private static final int REF = 8;
    private static final int FRAME = 10;
    private static final int FRAMES = 3000;
    private static final int LENGTH = Hypercalls.MAX_WINDOW_BATCH;
    private static final int PAGE = Hypercalls.PAGE_SIZE;
    private static final int RW = SysMman.PROT_READ | SysMman.PROT_WRITE;
    private static final long IN_READ_ONLY = Hypercalls.WINDOW_IS_READ_ONLY;

    private final TestHost host = new TestHost();
    private final RawDomain granter = host.newUnattachedDomain("granter", FRAMES, 0).attach();
    private final RawDomain grantee = host.newRawDomain();

    @AfterEach
    void close()
    {
        granter.close();
        grantee.close();
        host.close();
    }

    @Test
    void shouldShowTheGranteeWhatTheGranterWrites()
    {
        granter.memory().putLong(FRAME * PAGE, 1);
        final UnsafeBuffer linear = moveAndSeal(FRAME, 2);
        granter.grant(REF, PERMIT_ACCESS | READONLY, grantee.domid(), FRAME);

        final HypercallResponseDecoder mapped = grantee.map(granter.domid(), REF, Hypercalls.GNTMAP_READONLY);
        assertEquals(GrantStatus.OKAY, mapped.result());
        assertEquals(FRAME | Hypercalls.WINDOW_IS_NEW | IN_READ_ONLY, mapped.value1());
        final long handle = mapped.value0();
        assertEquals(PERMIT_ACCESS | READONLY | READING, granter.grantFlags(REF));
        assertEquals(1, host.info(granter.domid()).activeGrants());
        final UnsafeBuffer seen = open();
        assertEquals(1, seen.getLong(FRAME * PAGE));
        linear.putLong(FRAME * PAGE, 2);
        assertEquals(2, seen.getLong(FRAME * PAGE));

        assertEquals(Errno.EBUSY.negative(), granter.moveFromWindow(FRAME, 1));
        assertEquals(GrantStatus.OKAY, grantee.unmap(handle));
        assertEquals(0, host.info(granter.domid()).activeGrants());
        assertEquals(0, granter.moveFromWindow(FRAME, 1));
        assertEquals(0, seen.getLong(FRAME * PAGE), "taken back");
        assertEquals(2, granter.memory().getLong(FRAME * PAGE));
    }

    @Test
    void shouldNotLetTheGranteeWriteByAnyMeans()
    {
        final UnsafeBuffer linear = moveAndSeal(FRAME, 1);
        linear.putLong(FRAME * PAGE, 7);
        try (RawDomain.Message opened = grantee.openWindow(granter.domid(), true))
        {
            assertEquals(LENGTH, opened.result());
            final int fd = opened.fds()[0];
            final long length = (long)LENGTH * PAGE;
            final long address = SysMman.mmap(0, length, SysMman.PROT_READ, SysMman.MAP_SHARED, fd, 0);
            assertTrue(address > 0);
            assertEquals(Errno.EPERM.negative(), SysMman.mmap(0, length, RW, SysMman.MAP_SHARED, fd, 0));
            assertEquals(Errno.EACCES.negative(), SysMman.mprotect(address, length, RW));
            assertEquals(Errno.EPERM.negative(), Unistd.pwrite(fd, linear.addressOffset(), 8, FRAME * PAGE));
            assertEquals(Errno.EPERM.negative(), punch(fd));
            assertTrue(SysMman.madvise(address + FRAME * PAGE, PAGE, SysMman.MADV_REMOVE) < 0);
            assertEquals(Errno.EPERM.negative(), Unistd.ftruncate(fd, 0));
            assertEquals(Errno.EPERM.negative(), Fcntl.fcntl(fd, Fcntl.F_ADD_SEALS, Fcntl.F_SEAL_WRITE));
            final int again = Fcntl.open("/proc/self/fd/" + fd, Fcntl.O_RDWR | Fcntl.O_CLOEXEC, 0);
            assertEquals(Errno.EPERM.negative(), SysMman.mmap(0, length, RW, SysMman.MAP_SHARED, again, 0));
            Unistd.close(again);
            SysMman.munmap(address, length);
        }
        assertEquals(7, linear.getLong(FRAME * PAGE));
    }

    @Test
    void shouldMapItOnlyForReading()
    {
        moveAndSeal(FRAME, 1);
        granter.grant(REF, PERMIT_ACCESS | READONLY, grantee.domid(), FRAME);
        granter.grant(REF + 1, PERMIT_ACCESS, grantee.domid(), FRAME);

        assertEquals(GrantStatus.GENERAL_ERROR, grantee.map(granter.domid(), REF, 0).result());
        assertEquals(GrantStatus.BAD_PAGE, grantee.map(granter.domid(), REF + 1, 0).result());
        final int flag = Hypercalls.GNTMAP_READONLY;
        assertEquals(GrantStatus.OKAY, grantee.map(granter.domid(), REF + 1, flag).result());
        assertEquals(PERMIT_ACCESS | READONLY, granter.grantFlags(REF), "no mark is left");
        assertEquals(PERMIT_ACCESS | READING, granter.grantFlags(REF + 1));
    }

    @Test
    void shouldKeepToWhatWasMappedWhateverTheGranterWritesIntoTheEntry()
    {
        moveAndSeal(FRAME, 2);
        granter.grant(REF, PERMIT_ACCESS | READONLY, grantee.domid(), FRAME);
        final long handle =
            grantee.map(granter.domid(), REF, Hypercalls.GNTMAP_READONLY).value0();

        granter.grant(REF, PERMIT_ACCESS, grantee.domid(), FRAME + 1);

        assertEquals(Errno.EBUSY.negative(), granter.moveFromWindow(FRAME, 1), "still in use");
        assertEquals(0, granter.moveFromWindow(FRAME + 1, 1), "never in use");
        assertEquals(GrantStatus.OKAY, grantee.unmap(handle));
        assertEquals(GrantStatus.BAD_HANDLE, grantee.unmap(handle));
        assertEquals(0, granter.moveFromWindow(FRAME, 1));
        assertEquals(PERMIT_ACCESS, granter.grantFlags(REF));
    }

    @Test
    void shouldMapAFrameOfTheOtherWindowForReadingOnlyWhenItMayBeWritten()
    {
        assertEquals(0, granter.moveToWindow(FRAME, 1, grantee.domid()));
        granter.grant(REF, PERMIT_ACCESS | READONLY, grantee.domid(), FRAME);
        granter.grant(REF + 1, PERMIT_ACCESS, grantee.domid(), FRAME);

        final int flag = Hypercalls.GNTMAP_READONLY;
        assertEquals(GrantStatus.BAD_PAGE, grantee.map(granter.domid(), REF, flag).result());
        assertEquals(PERMIT_ACCESS | READONLY, granter.grantFlags(REF));
        final HypercallResponseDecoder mapped = grantee.map(granter.domid(), REF + 1, flag);
        assertEquals(GrantStatus.OKAY, mapped.result());
        assertEquals(0, mapped.value1() & IN_READ_ONLY);
        assertEquals(PERMIT_ACCESS | 24, granter.grantFlags(REF + 1), "it can be written, so it is marked so");
    }

    @Test
    void shouldShowNothingBeforeItIsSealed()
    {
        try (RawDomain.Message moved = granter.moveToWindow(FRAME, 1, grantee.domid(), true))
        {
            assertEquals(1, moved.result(), "to be sealed");
        }
        granter.grant(REF, PERMIT_ACCESS | READONLY, grantee.domid(), FRAME);

        assertEquals(Errno.ESRCH.negative(), openResult());
        assertEquals(GrantStatus.BAD_PAGE,
            grantee.map(granter.domid(), REF, Hypercalls.GNTMAP_READONLY).result());
        assertEquals(Errno.ESRCH.negative(), grantee.sealWindow(granter.domid()), "not its own");
        assertEquals(Errno.ESRCH.negative(), granter.sealWindow(999));
        assertEquals(0, granter.sealWindow(grantee.domid()));
        assertEquals(0, granter.sealWindow(grantee.domid()));
        assertEquals(LENGTH, openResult());
    }

    @Test
    void shouldNeverShowAWindowThatTheGranterSpoiled()
    {
        try (RawDomain.Message moved = granter.moveToWindow(FRAME, 1, grantee.domid(), true))
        {
            assertEquals(0, Fcntl.fcntl(moved.fds()[0], Fcntl.F_ADD_SEALS, Fcntl.F_SEAL_SEAL));
        }

        assertEquals(Errno.EPERM.negative(), granter.sealWindow(grantee.domid()));
        assertEquals(Errno.ESRCH.negative(), openResult());
        assertEquals(0, granter.moveFromWindow(FRAME, 1));
    }

    @Test
    void shouldGiveEveryPlaceToOneFrame()
    {
        granter.memory().putLong((FRAME + LENGTH) * PAGE, 3);
        assertEquals(1, moveResult(FRAME, 1, grantee.domid()));

        assertEquals(Errno.EBUSY.negative(), moveResult(FRAME + LENGTH, 1, grantee.domid()));
        assertEquals(Errno.EBUSY.negative(), moveResult(FRAME + 1, LENGTH, grantee.domid()));
        assertEquals(1, moveResult(FRAME, LENGTH, grantee.domid()));
        assertEquals(Errno.EBUSY.negative(), granter.moveToWindow(FRAME, 1, grantee.domid()), "in the other one");
        assertEquals(Errno.EINVAL.negative(), moveResult(FRAME, LENGTH + 1, grantee.domid()));
        assertEquals(0, granter.moveFromWindow(FRAME, LENGTH));
        assertEquals(1, moveResult(FRAME + LENGTH, LENGTH, grantee.domid()));
        assertEquals(0, granter.moveFromWindow(FRAME + LENGTH, 1));
        assertEquals(3, granter.memory().getLong((FRAME + LENGTH) * PAGE));
    }

    @Test
    void shouldCountAllOfAWindowAndGiveItBackWithItsDomain()
    {
        final long free = host.freeFrames();
        assertEquals(1, moveResult(FRAME, 1, 0));
        assertEquals(free - LENGTH, host.freeFrames());
        for (int i = 1; i < 8; i++)
        {
            final RawDomain more = host.newUnattachedDomain("more", 8, 600 + i);
            assertEquals(1, moveResult(FRAME + i, 1, 600 + i));
            assertNotEquals(0, more.fd());
        }
        assertEquals(Errno.ENOSPC.negative(), moveResult(FRAME + 8, 1, grantee.domid()), "a ninth one");
        assertEquals(0, granter.moveFromWindow(FRAME, 8));
        for (int i = 1; i < 8; i++)
        {
            assertEquals(0, host.destroy(600 + i));
        }
        assertEquals(free - 8 * LENGTH, host.freeFrames(), "the granter may have them mapped");
        assertEquals(Errno.ENOSPC.negative(), moveResult(FRAME + 8, 1, grantee.domid()), "nor when they are empty");
        assertEquals(0, host.destroy(granter.domid()));
        final long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (host.freeFrames() != free + FRAMES)      // its windows go with the last of its memory
        {
            assertTrue(System.nanoTime() < deadline, "free=" + host.freeFrames());
        }
    }

    @Test
    void shouldMakeNoWindowThatTheHostHasNoMemoryFor()
    {
        final RawDomain rest = host.newUnattachedDomain("rest", (int)host.freeFrames() - LENGTH + 1, 0);

        assertEquals(Errno.ENOMEM.negative(), moveResult(FRAME, 1, grantee.domid()));

        assertEquals(0, granter.moveToWindow(FRAME, 1, grantee.domid()), "it stayed where it was");
        assertTrue(rest.fd() > 0);
    }

    @Test
    void shouldLeaveTheGranteeItsViewWhenTheGranterDies()
    {
        final UnsafeBuffer linear = moveAndSeal(FRAME, 1);
        linear.putLong(FRAME * PAGE, 4);
        granter.grant(REF, PERMIT_ACCESS | READONLY, grantee.domid(), FRAME);
        final long handle =
            grantee.map(granter.domid(), REF, Hypercalls.GNTMAP_READONLY).value0();
        final UnsafeBuffer seen = open();

        assertEquals(0, host.destroy(granter.domid()));

        assertEquals(4, seen.getLong(FRAME * PAGE));
        assertEquals(GrantStatus.BAD_DOMAIN, grantee.map(granter.domid(), REF, 4).result());
        assertEquals(GrantStatus.OKAY, grantee.unmap(handle));
        assertEquals(0, host.info(grantee.domid()).mappedGrants());
    }

    private UnsafeBuffer moveAndSeal(final int frame, final int count)
    {
        try (RawDomain.Message moved = granter.moveToWindow(frame, count, grantee.domid(), true))
        {
            assertEquals(1, moved.result());
            final UnsafeBuffer linear = RawDomain.map(moved.fds()[0], LENGTH * PAGE);
            assertEquals(0, granter.sealWindow(grantee.domid()));
            return linear;
        }
    }

    private UnsafeBuffer open()
    {
        try (RawDomain.Message opened = grantee.openWindow(granter.domid(), true))
        {
            final long address = SysMman.mmap(
                0, LENGTH * PAGE, SysMman.PROT_READ, SysMman.MAP_SHARED, opened.fds()[0], 0);
            assertTrue(address > 0);
            return new UnsafeBuffer(address, LENGTH * PAGE);
        }
    }

    private long openResult()
    {
        try (RawDomain.Message opened = grantee.openWindow(granter.domid(), true))
        {
            return opened.result();
        }
    }

    private long moveResult(final int frame, final int count, final int toDomid)
    {
        try (RawDomain.Message moved = granter.moveToWindow(frame, count, toDomid, true))
        {
            return moved.result();
        }
    }

    private static int punch(final int fd)
    {
        return Fcntl.fallocate(
            fd, Fcntl.FALLOC_FL_PUNCH_HOLE | Fcntl.FALLOC_FL_KEEP_SIZE, (long)FRAME * PAGE, PAGE);
    }
}
