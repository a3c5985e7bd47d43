package org.skerry.kernel.memory;

import java.lang.foreign.MemorySegment;

import org.skerry.wire.Hypercalls;
import org.skerry.wire.linux.Fcntl;
import org.skerry.wire.linux.SysMman;
import org.skerry.wire.linux.SysStat;
import org.skerry.wire.linux.Unistd;

/**
 * A memory file that can neither shrink nor grow nor take further seals, mapped by the kernel for reading and writing.
 * Nobody who holds its descriptor can make an access of ours fault.
 */
public final class SharedFile implements AutoCloseable
{
    private static final int SEALS = Fcntl.F_SEAL_SHRINK | Fcntl.F_SEAL_GROW;
    private static final int OWNER_ONLY = 0600;
    private static final int BLOCK_TO_PAGE_SHIFT = 3;

    private final int fd;
    private final long address;
    private final long length;
    private final MemorySegment segment;

    private SharedFile(final int fd, final long address, final long length)
    {
        this.fd = fd;
        this.address = address;
        this.length = length;
        this.segment = SysMman.segment(address, length);
    }

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

        if (SysStat.fchmod(fd, OWNER_ONLY) < 0 || Unistd.ftruncate(fd, length) < 0 ||
            Fcntl.fcntl(fd, Fcntl.F_ADD_SEALS, isReadOnly ? SEALS : SEALS | Fcntl.F_SEAL_SEAL) < 0)
        {
            Unistd.close(fd);
            return null;
        }

        final long address = SysMman.mmap(
            0, length, SysMman.PROT_READ | SysMman.PROT_WRITE, SysMman.MAP_SHARED | SysMman.MAP_NORESERVE, fd, 0);
        if (address < 0)
        {
            Unistd.close(fd);
            return null;
        }

        return new SharedFile(fd, address, length);
    }

    /** @return the descriptor; stays ours. */
    public int fd()
    {
        return fd;
    }

    /** @return where the kernel has it mapped. */
    public long address()
    {
        return address;
    }

    /** @return bytes. */
    public long length()
    {
        return length;
    }

    /** @return the mapping, bounds-checked. */
    public MemorySegment segment()
    {
        return segment;
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

    /**
     * Give frames back to Linux; whoever looks at them sees zeros from now on.
     *
     * @param firstFrame in the file.
     * @param count      frames.
     */
    public void punch(final int firstFrame, final int count)
    {
        final int mode = Fcntl.FALLOC_FL_PUNCH_HOLE | Fcntl.FALLOC_FL_KEEP_SIZE;
        final long offset = (long)firstFrame << Hypercalls.PAGE_SHIFT;
        if (Fcntl.fallocate(fd, mode, offset, (long)count << Hypercalls.PAGE_SHIFT) < 0)
        {
            clear(firstFrame, count);
        }
    }

    /** As {@link #punch}, but the memory stays. */
    void clear(final int firstFrame, final int count)
    {
        segment.asSlice((long)firstFrame << Hypercalls.PAGE_SHIFT, (long)count << Hypercalls.PAGE_SHIFT)
            .fill((byte)0);
    }

    @Override
    public void close()
    {
        SysMman.munmap(address, length);
        Unistd.close(fd);
    }
}
