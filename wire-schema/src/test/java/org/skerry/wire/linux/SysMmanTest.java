package org.skerry.wire.linux;

import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

class SysMmanTest
{
    private static final int PAGE = 4096;
    private static final int READ_WRITE = SysMman.PROT_READ | SysMman.PROT_WRITE;

    @AutoClose
    private final TestFiles files = new TestFiles();

    @Test
    void shouldShareMemoryBetweenTwoMappings()
    {
        final int memory = memfd(4 * PAGE);
        final long one = map(0, 4 * PAGE, SysMman.MAP_SHARED, memory, 0);
        final long third = map(0, PAGE, SysMman.MAP_SHARED, memory, 2 * PAGE);

        Memory.putLong(one + 2 * PAGE + 8, 0x1122_3344_5566_7788L);
        assertEquals(0x1122_3344_5566_7788L, Memory.getLong(third + 8));

        assertEquals(0, SysMman.munmap(one, 4 * PAGE));
        assertEquals(0, SysMman.munmap(third, PAGE));
    }

    @Test
    void shouldHoldTheSizeOfASealedFile()
    {
        final int memory = memfd(PAGE);
        final int seals = Fcntl.F_SEAL_SHRINK | Fcntl.F_SEAL_GROW | Fcntl.F_SEAL_SEAL;

        assertEquals(0, Fcntl.fcntl(memory, Fcntl.F_ADD_SEALS, seals));
        assertEquals(seals, Fcntl.fcntl(memory, Fcntl.F_GET_SEALS, 0));
        assertEquals(-TestFiles.EPERM, Unistd.ftruncate(memory, 0));
        assertEquals(-TestFiles.EPERM, Unistd.ftruncate(memory, 2 * PAGE));
        assertEquals(-TestFiles.EPERM, Fcntl.fcntl(memory, Fcntl.F_ADD_SEALS, Fcntl.F_SEAL_WRITE));
    }

    @Test
    void shouldRefuseNewWritersOnlyWhenSealedAgainstFutureWrites()
    {
        final int memory = memfd(PAGE);
        final long writer = map(0, PAGE, SysMman.MAP_SHARED, memory, 0);

        assertEquals(-TestFiles.EBUSY, Fcntl.fcntl(memory, Fcntl.F_ADD_SEALS, Fcntl.F_SEAL_WRITE));
        assertEquals(0, Fcntl.fcntl(memory, Fcntl.F_ADD_SEALS, Fcntl.F_SEAL_FUTURE_WRITE));
        assertEquals(-TestFiles.EPERM, SysMman.mmap(0, PAGE, READ_WRITE, SysMman.MAP_SHARED, memory, 0));
        final long reader = SysMman.mmap(0, PAGE, SysMman.PROT_READ, SysMman.MAP_SHARED, memory, 0);
        assertTrue(reader > 0);
        assertEquals(-TestFiles.EACCES, SysMman.mprotect(reader, PAGE, READ_WRITE));
        Memory.putInt(writer, 7);
        assertEquals(7, Memory.getInt(reader));

        SysMman.munmap(writer, PAGE);
        SysMman.munmap(reader, PAGE);
    }

    @Test
    void shouldReplaceOnePageOfAMapping()
    {
        final int own = memfd(3 * PAGE);
        final int window = memfd(PAGE);
        final long address = map(0, 3 * PAGE, SysMman.MAP_SHARED, own, 0);
        final long peer = map(0, PAGE, SysMman.MAP_SHARED, window, 0);
        Memory.putInt(address + PAGE, 1);
        Memory.putInt(peer, 2);

        assertEquals(address + PAGE, map(address + PAGE, PAGE, SysMman.MAP_SHARED | SysMman.MAP_FIXED, window, 0));
        assertEquals(2, Memory.getInt(address + PAGE));

        final int hole = Fcntl.FALLOC_FL_PUNCH_HOLE | Fcntl.FALLOC_FL_KEEP_SIZE;
        assertEquals(0, Fcntl.fallocate(window, hole, 0, PAGE));
        assertEquals(0, Memory.getInt(peer));
        SysMman.munmap(address, 3 * PAGE);
        SysMman.munmap(peer, PAGE);
    }

    @Test
    void shouldMapASharedPageASecondTimeWhenTheOldLengthIsZero()
    {
        final int memory = memfd(PAGE);
        final long first = map(0, PAGE, SysMman.MAP_SHARED, memory, 0);
        final long second = SysMman.mremap(first, 0, PAGE, SysMman.MREMAP_MAYMOVE, 0);

        assertTrue(second > 0 && second != first);
        Memory.putInt(first, 42);
        assertEquals(42, Memory.getInt(second));
        assertEquals(0, SysMman.msync(first, PAGE, SysMman.MS_SYNC));
        assertEquals(0, SysMman.madvise(first, PAGE, SysMman.MADV_DONTDUMP));
        SysMman.munmap(first, PAGE);
        SysMman.munmap(second, PAGE);
    }

    @Test
    void shouldAnswerTheNegativeErrno()
    {
        assertEquals(-TestFiles.EBADF, SysMman.mmap(0, PAGE, READ_WRITE, SysMman.MAP_SHARED, -1, 0));
        assertEquals(-TestFiles.EINVAL, SysMman.munmap(1, PAGE));
        assertEquals(-TestFiles.EINVAL, SysMman.memfdCreate("x".repeat(250), 0));
    }

    private int memfd(final int length)
    {
        final int fd =
            files.open(SysMman.memfdCreate("test", SysMman.MFD_CLOEXEC | SysMman.MFD_ALLOW_SEALING));
        assertEquals(0, Unistd.ftruncate(fd, length));
        return fd;
    }

    private static long map(
        final long address, final int length, final int flags, final int fd, final int offset)
    {
        final long result = SysMman.mmap(address, length, READ_WRITE, flags, fd, offset);
        assertTrue(result > 0, () -> "expected an address: result=" + result);
        return result;
    }
}
