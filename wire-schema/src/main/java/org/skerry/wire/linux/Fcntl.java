package org.skerry.wire.linux;

import java.lang.foreign.Arena;

/** {@code fcntl.h}: opening files, seals, locks, holes. */
public final class Fcntl
{
    public static final int O_RDONLY = 0;
    public static final int O_WRONLY = 1;
    public static final int O_RDWR = 2;
    public static final int O_CREAT = 0x40;
    public static final int O_EXCL = 0x80;
    public static final int O_NOCTTY = 0x100;
    public static final int O_TRUNC = 0x200;
    public static final int O_APPEND = 0x400;
    public static final int O_NONBLOCK = 0x800;
    public static final int O_DSYNC = 0x1000;
    public static final int O_DIRECT = 0x4000;
    public static final int O_DIRECTORY = 0x1_0000;
    public static final int O_NOFOLLOW = 0x2_0000;
    public static final int O_CLOEXEC = 0x8_0000;
    public static final int O_SYNC = 0x10_1000;
    public static final int O_PATH = 0x20_0000;
    public static final int O_TMPFILE = 0x41_0000;

    public static final int F_DUPFD = 0;
    public static final int F_GETFD = 1;
    public static final int F_SETFD = 2;
    public static final int F_GETFL = 3;
    public static final int F_SETFL = 4;
    public static final int F_OFD_GETLK = 36;
    public static final int F_OFD_SETLK = 37;
    public static final int F_OFD_SETLKW = 38;
    public static final int F_DUPFD_CLOEXEC = 1030;
    public static final int F_ADD_SEALS = 1033;
    public static final int F_GET_SEALS = 1034;

    /** Flag of {@link #F_SETFD}. */
    public static final int FD_CLOEXEC = 1;

    /** No more seals. */
    public static final int F_SEAL_SEAL = 0x01;
    /** The file cannot get smaller: no SIGBUS for those who mapped it. */
    public static final int F_SEAL_SHRINK = 0x02;
    /** The file cannot get larger. */
    public static final int F_SEAL_GROW = 0x04;
    /** Nobody writes; refused with -EBUSY while somebody has it mapped writable. */
    public static final int F_SEAL_WRITE = 0x08;
    /** No new writable mapping; those that exist go on. */
    public static final int F_SEAL_FUTURE_WRITE = 0x10;
    /** The execute bits cannot change. */
    public static final int F_SEAL_EXEC = 0x20;

    public static final int F_RDLCK = 0;
    public static final int F_WRLCK = 1;
    public static final int F_UNLCK = 2;

    public static final int FALLOC_FL_KEEP_SIZE = 0x01;
    public static final int FALLOC_FL_PUNCH_HOLE = 0x02;
    public static final int FALLOC_FL_ZERO_RANGE = 0x10;

    static final int EBADF = 9;

    private static final int AT_FDCWD = -100;

    private static final int FLOCK_TYPE_OFFSET = 0;
    private static final int FLOCK_LENGTH = 32;

    private Fcntl()
    {
    }

    /**
     * {@code openat} from the working directory.
     *
     * @param flags {@code O_*}; {@link #O_CLOEXEC} is not added.
     * @param mode  permissions of a file that is created, before the umask.
     * @return the new number or the negative errno.
     */
    public static int open(final String path, final int flags, final int mode)
    {
        try (Arena arena = Arena.ofConfined())
        {
            return (int)Syscall.call(
                SyscallNumbers.SYS_OPENAT, AT_FDCWD, arena.allocateFrom(path).address(), flags, mode);
        }
    }

    /**
     * @param command {@code F_*}.
     * @param argument a number, or the address of a struct.
     * @return what the command answers, or the negative errno.
     */
    public static int fcntl(final int fd, final int command, final long argument)
    {
        return (int)Syscall.call(SyscallNumbers.SYS_FCNTL, fd, command, argument);
    }

    /**
     * @param mode {@code FALLOC_FL_*}; {@link #FALLOC_FL_PUNCH_HOLE} needs {@link #FALLOC_FL_KEEP_SIZE} beside it.
     * @return 0 or the negative errno.
     */
    public static int fallocate(final int fd, final int mode, final long offset, final long length)
    {
        return (int)Syscall.call(SyscallNumbers.SYS_FALLOCATE, fd, mode, offset, length);
    }

    /**
     * Takes the whole file for writing, without waiting. The lock belongs to the open file: it ends when the last
     * number of it is closed, also those that were passed to other processes.
     *
     * @param fd opened for writing.
     * @return 0; -EAGAIN when another open file holds a lock; another negative errno.
     */
    public static int lockExclusive(final int fd)
    {
        return lock(fd, F_WRLCK);
    }

    /**
     * Takes the whole file for reading, without waiting; see {@link #lockExclusive}.
     *
     * @param fd opened for reading.
     * @return 0; -EAGAIN when another open file holds it for writing; another negative errno.
     */
    public static int lockShared(final int fd)
    {
        return lock(fd, F_RDLCK);
    }

    /**
     * Gives up the lock of this open file.
     *
     * @return 0 or the negative errno.
     */
    public static int unlock(final int fd)
    {
        return lock(fd, F_UNLCK);
    }

    private static int lock(final int fd, final int type)
    {
        final long flock = Syscall.scratch();
        Memory.clear(flock, FLOCK_LENGTH);              // whence SEEK_SET, from 0, length 0: to the end; pid 0
        Memory.putShort(flock + FLOCK_TYPE_OFFSET, (short)type);
        return fcntl(fd, F_OFD_SETLK, flock);
    }
}
