package org.skerry.kernel.memory;

import java.lang.foreign.MemorySegment;

import org.skerry.wire.Hypercalls;
import org.skerry.wire.linux.Fcntl;
import org.skerry.wire.linux.SysMman;
import org.skerry.wire.linux.SysStat;
import org.skerry.wire.linux.Unistd;

/**
 * A memory file that can neither shrink nor grow, mapped by the kernel for reading and writing. Nobody who holds its
 * descriptor can make an access of ours fault.
 *
 * @param fd      stays ours.
 * @param segment where the kernel has it mapped, bounds-checked.
 */
public record SharedFile(int fd, MemorySegment segment) implements AutoCloseable
{
    private static final int SEALS = Fcntl.F_SEAL_SHRINK | Fcntl.F_SEAL_GROW;
    private static final int OWNER_ONLY = 0600;
    private static final int BLOCK_TO_PAGE_SHIFT = 3;

    /**
     * Make a file of zeros. No page of it is touched, so it costs nothing yet.
     *
     * @param name       for /proc/PID/maps.
     * @param length     bytes, a multiple of the page size.
     * @param isReadOnly whether {@link #sealFutureWrite} follows; else no more seals can be put on it.
     * @return the file, or null when Linux refuses.
     */
    public static SharedFile create(final String name, final long length, final boolean isReadOnly)
    {
        final int fd = SysMman.memfdCreate(name, SysMman.MFD_CLOEXEC | SysMman.MFD_ALLOW_SEALING);
        if (fd < 0)
        {
            return null;
        }

        long result = SysStat.fchmod(fd, OWNER_ONLY) | Unistd.ftruncate(fd, length) |
            Fcntl.fcntl(fd, Fcntl.F_ADD_SEALS, isReadOnly ? SEALS : SEALS | Fcntl.F_SEAL_SEAL);
        if (result >= 0)
        {
            result = SysMman.mmap(
                0, length, SysMman.PROT_READ | SysMman.PROT_WRITE, SysMman.MAP_SHARED | SysMman.MAP_NORESERVE, fd, 0);
        }
        if (result < 0)
        {
            Unistd.close(fd);
            return null;
        }

        return new SharedFile(fd, SysMman.segment(result, length));
    }

    public long address()
    {
        return segment.address();
    }

    /** @return its length. */
    public int frames()
    {
        return (int)(segment.byteSize() >> Hypercalls.PAGE_SHIFT);
    }

    /** @return pages that it holds now, whoever touched them; or a negative errno. */
    public long pageCount()
    {
        return SysStat.blocks(fd) >> BLOCK_TO_PAGE_SHIFT;
    }

    /** @return 0 or a negative errno; from then on nobody can map it for writing who has not done so before. */
    public int sealFutureWrite()
    {
        return Fcntl.fcntl(fd, Fcntl.F_ADD_SEALS, Fcntl.F_SEAL_FUTURE_WRITE | Fcntl.F_SEAL_SEAL);
    }

    /** Give frames back to Linux; whoever looks at them sees zeros from now on. */
    public void punch(final int firstFrame, final int count)
    {
        final long offset = (long)firstFrame << Hypercalls.PAGE_SHIFT;
        final long length = (long)count << Hypercalls.PAGE_SHIFT;
        if (Fcntl.fallocate(fd, Fcntl.FALLOC_FL_PUNCH_HOLE | Fcntl.FALLOC_FL_KEEP_SIZE, offset, length) < 0)
        {
            segment.asSlice(offset, length).fill((byte)0);     // sealed, or no memory: then the memory stays
        }
    }

    @Override
    public void close()
    {
        SysMman.munmap(segment.address(), segment.byteSize());
        Unistd.close(fd);
    }
}
