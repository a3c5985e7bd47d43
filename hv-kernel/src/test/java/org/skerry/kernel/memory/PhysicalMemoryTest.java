package org.skerry.kernel.memory;

import java.lang.foreign.MemorySegment;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.skerry.kernel.OpenFiles;
import org.skerry.wire.Errno;
import org.skerry.wire.linux.Fcntl;
import org.skerry.wire.linux.SysMman;
import org.skerry.wire.linux.SysStat;
import org.skerry.wire.linux.Unistd;

import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

class PhysicalMemoryTest
{
    private static final int PAGE = 4096;
    private static final int FRAMES = 64;
    private static final int GRANTEE = 5;
    private static final int OTHER = 6;

    private final int openBefore = OpenFiles.count();
    private PhysicalMemory memory;

    @BeforeEach
    void create()
    {
        memory = PhysicalMemory.create("test", FRAMES, FRAMES, new MemoryLedger(FRAMES));
    }

    @AfterEach
    void close()
    {
        memory.close();
        assertEquals(openBefore, OpenFiles.count(), "descriptors left behind");
    }

    @Test
    void shouldBeAFileThatNobodyCanResizeOrOpenAgain()
    {
        final int fd = memory.file().fd();

        assertEquals(FRAMES * PAGE, SysStat.fileSize(fd));
        assertEquals(Errno.EPERM.negative(), Unistd.ftruncate(fd, 0));
        assertEquals(Errno.EPERM.negative(), Unistd.ftruncate(fd, 2L * FRAMES * PAGE));
        assertEquals(Errno.EPERM.negative(), Fcntl.fcntl(fd, Fcntl.F_ADD_SEALS, Fcntl.F_SEAL_WRITE));
    }

    @Test
    void shouldKnowWhatLiesInIt()
    {
        assertTrue(memory.contains(0, FRAMES));
        assertTrue(memory.contains(FRAMES - 1, 1));
        assertFalse(memory.contains(FRAMES, 1));
        assertFalse(memory.contains(FRAMES - 1, 2));
        assertFalse(memory.contains(0, 0));
        assertFalse(memory.contains(-1, 1));
        assertFalse(memory.contains(1, Long.MAX_VALUE));
        assertFalse(memory.contains(0xFFFF_FFFFL, 1));
        assertFalse(memory.contains(1, 0xFFFF_FFFFL));
    }

    @Test
    void shouldTakeTheContentsIntoTheWindowAndLeaveZerosBehind()
    {
        own(10, 0xAB);
        own(11, 0xCD);

        assertEquals(0, memory.moveToWindow(10, 2, GRANTEE, false));

        final GrantWindow window = memory.window(GRANTEE, false);
        assertEquals(0xAB, window(window, 10));
        assertEquals(0xCD, window(window, 11));
        assertEquals(0, window(window, 9));
        assertEquals(0, own(10));
        assertEquals(2, window.frameCount());
        assertSame(window, memory.homeOf(11));
        assertNull(memory.homeOf(9));
    }

    @Test
    void shouldBringTheContentsHomeAndLeaveZerosToTheGrantee()
    {
        own(10, 1);
        memory.moveToWindow(10, 4, GRANTEE, false);
        final GrantWindow window = memory.window(GRANTEE, false);
        window.file().segment().set(JAVA_LONG, 12L * PAGE, 77);

        memory.moveFromWindow(8, 10);

        assertEquals(1, own(10));
        assertEquals(77, own(12));
        assertEquals(0, window(window, 10));
        assertEquals(0, window(window, 12));
        assertEquals(0, window.frameCount());
        assertNull(memory.homeOf(12));
    }

    @Test
    void shouldShowTheGranteeZerosThroughTheMappingThatItKept()
    {
        memory.moveToWindow(10, 1, GRANTEE, false);
        final long length = (long)FRAMES * PAGE;
        final long address = SysMman.mmap(0, length, SysMman.PROT_READ | SysMman.PROT_WRITE, SysMman.MAP_SHARED,
            memory.window(GRANTEE, false).file().fd(), 0);
        final MemorySegment grantee = SysMman.segment(address, length);
        grantee.set(JAVA_LONG, 10L * PAGE, 5);

        memory.moveFromWindow(10, 1);
        assertEquals(5, own(10));
        assertEquals(0, grantee.get(JAVA_LONG, 10L * PAGE));

        grantee.set(JAVA_LONG, 10L * PAGE, 6);
        assertEquals(5, own(10), "a late writer reaches nobody");
        SysMman.munmap(address, length);
    }

    @Test
    void shouldGiveAFrameOneHomeOnly()
    {
        memory.moveToWindow(10, 2, GRANTEE, false);

        assertEquals(Errno.EBUSY.negative(), memory.moveToWindow(9, 2, OTHER, false));

        assertNull(memory.homeOf(9), "all or nothing");
        assertNull(memory.window(OTHER, false));
        assertEquals(0, memory.moveToWindow(8, 1, OTHER, false));
        assertNotSame(memory.window(GRANTEE, false), memory.window(OTHER, false));
    }

    @Test
    void shouldLeaveFramesThatAreInTheWindowAlready()
    {
        memory.moveToWindow(10, 2, GRANTEE, false);
        memory.window(GRANTEE, false).file().segment().set(JAVA_LONG, 10L * PAGE, 9);
        own(12, 3);

        assertEquals(0, memory.moveToWindow(10, 3, GRANTEE, false));

        assertEquals(9, window(memory.window(GRANTEE, false), 10));
        assertEquals(3, window(memory.window(GRANTEE, false), 12));
        assertEquals(3, memory.window(GRANTEE, false).frameCount());
    }

    @Test
    void shouldNotMindFramesThatAreAtHome()
    {
        own(20, 4);

        memory.moveFromWindow(0, FRAMES);

        assertEquals(4, own(20));
    }

    @Test
    void shouldBringHomeRunsOfSeveralWindowsAtOnce()
    {
        for (int frame = 10; frame < 16; frame++)
        {
            own(frame, frame);
        }
        memory.moveToWindow(10, 2, GRANTEE, false);
        memory.moveToWindow(12, 1, OTHER, false);
        memory.moveToWindow(14, 2, GRANTEE, false);

        memory.moveFromWindow(10, 6);

        for (int frame = 10; frame < 16; frame++)
        {
            assertEquals(frame, own(frame));
            assertNull(memory.homeOf(frame));
        }
        assertEquals(0, memory.window(GRANTEE, false).frameCount() + memory.window(OTHER, false).frameCount());
    }

    @Test
    void shouldCopyFromAndToWhereverThePagesAreAtHome()
    {
        try (PhysicalMemory other = PhysicalMemory.create("other", FRAMES, FRAMES, new MemoryLedger(FRAMES)))
        {
            own(10, 0x1234);
            memory.moveToWindow(10, 1, GRANTEE, false);
            other.moveToWindow(20, 1, GRANTEE, false);

            PhysicalMemory.copy(memory, 10, 0, other, 20, 8, 8);
            PhysicalMemory.copy(other, 20, 8, memory, 11, PAGE - 8, 8);

            assertEquals(0x1234, other.window(GRANTEE, false).file().segment().get(JAVA_LONG, 20L * PAGE + 8));
            assertEquals(0, other.file().segment().get(JAVA_LONG, 20L * PAGE + 8));
            assertEquals(0x1234, memory.file().segment().get(JAVA_LONG, 12L * PAGE - 8));
        }
    }

    @Test
    void shouldGiveALaterDomainOfTheSameNumberAWindowOfItsOwn()
    {
        own(10, 1);
        memory.moveToWindow(10, 1, GRANTEE, false);
        final GrantWindow old = memory.window(GRANTEE, false);
        old.opened(true);

        memory.retireWindows(GRANTEE);

        assertNull(memory.window(GRANTEE, false));
        assertSame(old, memory.homeOf(10), "the granter still works in it");
        assertEquals(0, memory.moveToWindow(11, 1, GRANTEE, false));
        assertNotSame(old, memory.window(GRANTEE, false));
        assertFalse(memory.window(GRANTEE, false).isOpened());
        assertEquals(Errno.EBUSY.negative(), memory.moveToWindow(10, 1, GRANTEE, false));
        assertEquals(2, memory.windows().size());

        memory.moveFromWindow(10, 1);
        assertEquals(1, own(10));
        assertEquals(2, memory.windows().size(), "watched as long as the granter may have it mapped");
    }

    @Test
    void shouldTakeBackWhatIsTouchedInAWindowThatIsRetiredEmpty()
    {
        memory.moveToWindow(10, 1, GRANTEE, false);
        memory.moveFromWindow(10, 1);
        final SharedFile retired = memory.window(GRANTEE, false).file();
        memory.retireWindows(GRANTEE);
        memory.retireWindows(99);
        retired.segment().fill((byte)1);

        while (!memory.audit() || !memory.isAudited())
        {
            assertTrue(retired.pageCount() > 0);
        }

        assertEquals(0, retired.pageCount());
    }

    @Test
    void shouldKeepSoManyWindowsOfGranteesThatAreGone()
    {
        for (int i = 0; i < 256; i++)
        {
            assertEquals(0, memory.moveToWindow(10, 1, GRANTEE, false));
            memory.moveFromWindow(10, 1);
            memory.retireWindows(GRANTEE);
        }
        assertEquals(Errno.ENOSPC.negative(), memory.moveToWindow(10, 1, GRANTEE, false));
    }

    @Test
    void shouldGiveItsMemoryBackInParts()
    {
        own(0, 1);
        own(40, 2);
        own(63, 3);
        memory.moveToWindow(20, 1, GRANTEE, false);
        memory.window(GRANTEE, false).file().segment().set(JAVA_LONG, 20L * PAGE, 4);

        assertFalse(memory.relinquish(40));
        assertEquals(0, own(0));
        assertEquals(2, own(40));
        assertFalse(memory.relinquish(23));
        assertTrue(memory.relinquish(40));
        assertEquals(0, own(63));
        assertTrue(memory.relinquish(40));
        assertEquals(4, window(memory.window(GRANTEE, false), 20), "what a grantee has mapped stays");
    }

    @Test
    void shouldRefuseMemoryThatLinuxDoesNotHave()
    {
        final int frames = 1 << 30;
        final PhysicalMemory huge = PhysicalMemory.create("huge", frames, frames, new MemoryLedger(frames));
        if (huge != null)
        {
            assertEquals(frames, huge.length(), "a promise costs nothing");
            huge.close();
        }
        assertNotEquals(0, memory.file().address());
    }

    private void own(final int frame, final long value)
    {
        memory.file().segment().set(JAVA_LONG, (long)frame * PAGE, value);
    }

    private long own(final int frame)
    {
        return memory.file().segment().get(JAVA_LONG, (long)frame * PAGE);
    }

    private static long window(final GrantWindow window, final int frame)
    {
        return window.file().segment().get(JAVA_LONG, (long)frame * PAGE);
    }
}
