package org.skerry.wire.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

/**
 * {@code sys/eventfd.h}: a bell. Whoever has the number may ring it and may silence it, and may change its flags:
 * {@link #drain} therefore never waits, whatever the flags are. {@link #signal} waits only when a peer both cleared
 * {@code O_NONBLOCK} and filled the counter; confinement denies domains the calls for the former.
 */
public final class Eventfd
{
    public static final int EFD_CLOEXEC = 0x8_0000;
    public static final int EFD_NONBLOCK = 0x800;

    private static final int EAGAIN = 11;
    private static final int RWF_NOWAIT = 0x08;
    private static final int IOV_OFFSET = 8;
    private static final long NO_OFFSET = -1;
    private static final MemorySegment ONE = Arena.global().allocateFrom(JAVA_LONG, 1L);

    private Eventfd()
    {
    }

    /** @return a new bell, non-blocking and closed on exec ({@code eventfd2}), or the negative errno. */
    public static int create()
    {
        return (int)Syscall.call(SyscallNumbers.SYS_EVENTFD2, 0, EFD_CLOEXEC | EFD_NONBLOCK);
    }

    /**
     * Rings the bell ({@code write}). Allocates nothing.
     *
     * @return 0, also when the bell is as full as it gets, for then it has been rung; or the negative errno.
     */
    public static int signal(final int fd)
    {
        final long result = Syscall.call(SyscallNumbers.SYS_WRITE, fd, ONE.address(), Long.BYTES);
        return result >= 0 || result == -EAGAIN ? 0 : (int)result;
    }

    /**
     * Silences the bell ({@code preadv2} with RWF_NOWAIT). Never waits. Allocates nothing.
     *
     * @return 1 when it had been rung, 0 when not, or the negative errno.
     */
    public static int drain(final int fd)
    {
        final long value = Syscall.scratch();
        final long iov = value + IOV_OFFSET;
        Memory.putLong(iov, value);
        Memory.putLong(iov + Long.BYTES, Long.BYTES);
        final long result = Syscall.call(SyscallNumbers.SYS_PREADV2, fd, iov, 1, NO_OFFSET, NO_OFFSET, RWF_NOWAIT);
        return result >= 0 ? 1 : result == -EAGAIN ? 0 : (int)result;
    }
}
