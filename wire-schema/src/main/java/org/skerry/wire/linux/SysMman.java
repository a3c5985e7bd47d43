package org.skerry.wire.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** {@code sys/mman.h}: files in memory and memory from files. */
public final class SysMman
{
    public static final int MFD_CLOEXEC = 0x01;
    public static final int MFD_ALLOW_SEALING = 0x02;
    public static final int MFD_HUGETLB = 0x04;
    public static final int MFD_NOEXEC_SEAL = 0x08;
    public static final int MFD_EXEC = 0x10;

    public static final int PROT_NONE = 0;
    public static final int PROT_READ = 1;
    public static final int PROT_WRITE = 2;
    public static final int PROT_EXEC = 4;

    public static final int MAP_SHARED = 0x01;
    public static final int MAP_PRIVATE = 0x02;
    public static final int MAP_FIXED = 0x10;
    public static final int MAP_ANONYMOUS = 0x20;
    public static final int MAP_LOCKED = 0x2000;
    public static final int MAP_NORESERVE = 0x4000;
    public static final int MAP_POPULATE = 0x8000;
    public static final int MAP_FIXED_NOREPLACE = 0x10_0000;

    public static final int MREMAP_MAYMOVE = 1;
    public static final int MREMAP_FIXED = 2;
    public static final int MREMAP_DONTUNMAP = 4;

    public static final int MADV_NORMAL = 0;
    public static final int MADV_DONTNEED = 4;
    public static final int MADV_REMOVE = 9;
    public static final int MADV_DONTFORK = 10;
    public static final int MADV_HUGEPAGE = 14;
    public static final int MADV_NOHUGEPAGE = 15;
    public static final int MADV_DONTDUMP = 16;
    public static final int MADV_POPULATE_READ = 22;
    public static final int MADV_POPULATE_WRITE = 23;

    public static final int MS_ASYNC = 1;
    public static final int MS_SYNC = 4;

    private SysMman()
    {
    }

    /**
     * A file that lives in memory only. Its mode is 0777 (0666 with {@link #MFD_NOEXEC_SEAL}), so anyone with a
     * read-only number of it can open it again for writing: follow with {@code fchmod(fd, 0600)}, and seal it before
     * it is passed on.
     *
     * @param name  shown in /proc/PID/maps; at most 249 bytes.
     * @param flags {@code MFD_*}.
     * @return the new number or the negative errno.
     */
    public static int memfdCreate(final String name, final int flags)
    {
        try (Arena arena = Arena.ofConfined())
        {
            return (int)Syscall.call(SyscallNumbers.SYS_MEMFD_CREATE, arena.allocateFrom(name).address(), flags);
        }
    }

    /**
     * @param address where, page-aligned, or 0 to let the kernel choose.
     * @param length  in bytes.
     * @param offset  in the file, page-aligned.
     * @return the address of the mapping, or the negative errno.
     */
    public static long mmap(
        final long address, final long length, final int prot, final int flags, final int fd, final long offset)
    {
        return Syscall.call(SyscallNumbers.SYS_MMAP, address, length, prot, flags, fd, offset);
    }

    /** @return 0 or the negative errno. Whoever touches the memory afterwards kills the JVM. */
    public static int munmap(final long address, final long length)
    {
        return (int)Syscall.call(SyscallNumbers.SYS_MUNMAP, address, length);
    }

    /** @return 0 or the negative errno. */
    public static int mprotect(final long address, final long length, final int prot)
    {
        return (int)Syscall.call(SyscallNumbers.SYS_MPROTECT, address, length, prot);
    }

    /**
     * Moves or resizes a mapping. With {@code oldLength} 0, a shared mapping is mapped a second time instead.
     *
     * @param newAddress used with {@link #MREMAP_FIXED} only.
     * @return the new address, or the negative errno.
     */
    public static long mremap(
        final long oldAddress, final long oldLength, final long newLength, final int flags, final long newAddress)
    {
        return Syscall.call(SyscallNumbers.SYS_MREMAP, oldAddress, oldLength, newLength, flags, newAddress);
    }

    /** @return 0 or the negative errno. */
    public static int madvise(final long address, final long length, final int advice)
    {
        return (int)Syscall.call(SyscallNumbers.SYS_MADVISE, address, length, advice);
    }

    /** @return 0 or the negative errno. */
    public static int msync(final long address, final long length, final int flags)
    {
        return (int)Syscall.call(SyscallNumbers.SYS_MSYNC, address, length, flags);
    }

    /**
     * Look at a mapping through a bounds-checked segment.
     *
     * @param address what {@link #mmap} answered.
     * @param length  bytes of the mapping; the segment must not be used after {@link #munmap}.
     * @return the mapping.
     */
    @SuppressWarnings("restricted")
    public static MemorySegment segment(final long address, final long length)
    {
        return MemorySegment.ofAddress(address).reinterpret(length);
    }
}
