package org.skerry.wire.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.invoke.MethodHandle;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

/** {@code unistd.h}: files by number, and who we are. */
public final class Unistd
{
    /** {@link #sysconf}: clock ticks per second. */
    public static final int _SC_CLK_TCK = 2;
    /** {@link #sysconf}: bytes of a page. */
    public static final int _SC_PAGESIZE = 30;
    /** {@link #sysconf}: processors configured. */
    public static final int _SC_NPROCESSORS_CONF = 83;
    /** {@link #sysconf}: processors online. */
    public static final int _SC_NPROCESSORS_ONLN = 84;
    /** {@link #sysconf}: pages of physical memory. */
    public static final int _SC_PHYS_PAGES = 85;

    private static final int AT_FDCWD = -100;
    private static final int TCGETS = 0x5401;

    private Unistd()
    {
    }

    /**
     * @param length in bytes.
     * @return bytes read, 0 at the end of the file, or the negative errno. Allocates nothing.
     */
    public static long read(final int fd, final long address, final long length)
    {
        return Syscall.call(SyscallNumbers.SYS_READ, fd, address, length);
    }

    /**
     * @param length in bytes.
     * @return bytes written, which may be fewer than asked for, or the negative errno. Allocates nothing.
     */
    public static long write(final int fd, final long address, final long length)
    {
        return Syscall.call(SyscallNumbers.SYS_WRITE, fd, address, length);
    }

    /**
     * {@code pread64}.
     *
     * @param offset in the file, in bytes.
     * @return bytes read, 0 at the end of the file, or the negative errno. Allocates nothing.
     */
    public static long pread(final int fd, final long address, final long length, final long offset)
    {
        return Syscall.call(SyscallNumbers.SYS_PREAD64, fd, address, length, offset);
    }

    /**
     * {@code pwrite64}.
     *
     * @param offset in the file, in bytes.
     * @return bytes written, which may be fewer than asked for, or the negative errno. Allocates nothing.
     */
    public static long pwrite(final int fd, final long address, final long length, final long offset)
    {
        return Syscall.call(SyscallNumbers.SYS_PWRITE64, fd, address, length, offset);
    }

    /**
     * @return 0 or the negative errno. The number is free again in either case but -EBADF: never close it twice.
     */
    public static int close(final int fd)
    {
        return (int)Syscall.call(SyscallNumbers.SYS_CLOSE, fd);
    }

    /**
     * @param length the new size of the file in bytes.
     * @return 0 or the negative errno; -EPERM when a seal forbids it.
     */
    public static int ftruncate(final int fd, final long length)
    {
        return (int)Syscall.call(SyscallNumbers.SYS_FTRUNCATE, fd, length);
    }

    /** @return 0 when data and metadata are on the device, or the negative errno. */
    public static int fsync(final int fd)
    {
        return (int)Syscall.call(SyscallNumbers.SYS_FSYNC, fd);
    }

    /** @return 0 when the data is on the device, or the negative errno. */
    public static int fdatasync(final int fd)
    {
        return (int)Syscall.call(SyscallNumbers.SYS_FDATASYNC, fd);
    }

    /** @return the id of this process. */
    public static int getpid()
    {
        return (int)Syscall.call(SyscallNumbers.SYS_GETPID);
    }

    /** @return the kernel's id of the calling thread; for a virtual thread that of its carrier. */
    public static int gettid()
    {
        return (int)Syscall.call(SyscallNumbers.SYS_GETTID);
    }

    /** @return the real user id; 0 is root. */
    public static int getuid()
    {
        return (int)Syscall.call(SyscallNumbers.SYS_GETUID);
    }

    /** @return the real group id. */
    public static int getgid()
    {
        return (int)Syscall.call(SyscallNumbers.SYS_GETGID);
    }

    /**
     * {@code fcntl(F_DUPFD_CLOEXEC)}: unlike C's, the new number is closed on exec.
     *
     * @return the lowest free number, for the same open file, or the negative errno.
     */
    public static int dup(final int fd)
    {
        return Fcntl.fcntl(fd, Fcntl.F_DUPFD_CLOEXEC, 0);
    }

    /**
     * Makes a number stand for an open file; what it stood for before is closed.
     *
     * @return the new number, which is not closed on exec, or the negative errno.
     */
    public static int dup2(final int fd, final int newFd)
    {
        return (int)Syscall.call(SyscallNumbers.SYS_DUP2, fd, newFd);
    }

    /**
     * {@code unlinkat}.
     *
     * @return 0 or the negative errno.
     */
    public static int unlink(final String path)
    {
        try (Arena arena = Arena.ofConfined())
        {
            return (int)Syscall.call(SyscallNumbers.SYS_UNLINKAT, AT_FDCWD, arena.allocateFrom(path).address());
        }
    }

    /**
     * {@code ioctl(TCGETS)}.
     *
     * @return 1 when the file is a terminal, 0 when it is something else, -EBADF when it is nothing.
     */
    public static int isatty(final int fd)
    {
        final long result = Syscall.call(SyscallNumbers.SYS_IOCTL, fd, TCGETS, Syscall.scratch());
        return result == 0 ? 1 : result == -Fcntl.EBADF ? -Fcntl.EBADF : 0;
    }

    /**
     * @param name one of {@code _SC_*}.
     * @return the value, or -1 when there is none.
     */
    public static long sysconf(final int name)
    {
        try
        {
            return (long)Sysconf.HANDLE.invokeExact(name);
        }
        catch (final Throwable unexpected)
        {
            throw new AssertionError("sysconf(3) cannot throw", unexpected);
        }
    }

    /** Not a system call: linked when first asked. */
    @SuppressWarnings("restricted")
    private static final class Sysconf
    {
        private static final MethodHandle HANDLE = Linker.nativeLinker().downcallHandle(
            Linker.nativeLinker().defaultLookup().findOrThrow("sysconf"), FunctionDescriptor.of(JAVA_LONG, JAVA_INT));
    }
}
