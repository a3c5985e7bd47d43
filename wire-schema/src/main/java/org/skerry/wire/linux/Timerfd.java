package org.skerry.wire.linux;

/**
 * {@code sys/timerfd.h}: a bell that rings by itself at a moment of CLOCK_MONOTONIC, the clock of
 * {@link System#nanoTime}.
 */
public final class Timerfd
{
    private static final int CLOCK_MONOTONIC = 1;
    private static final int TFD_CLOEXEC = 0x8_0000;
    private static final int TFD_NONBLOCK = 0x800;
    private static final int TFD_TIMER_ABSTIME = 1;
    private static final int VALUE_SECONDS_OFFSET = 16;
    private static final int VALUE_NANOSECONDS_OFFSET = 24;
    private static final int EAGAIN = 11;
    private static final long NS_PER_S = 1_000_000_000L;

    private Timerfd()
    {
    }

    /** @return a new timer that is not armed, non-blocking and closed on exec, or the negative errno. */
    public static int create()
    {
        return (int)Syscall.call(SyscallNumbers.SYS_TIMERFD_CREATE, CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    }

    /**
     * {@code timerfd_settime}: once, in place of what it was armed for. Allocates nothing.
     *
     * @param deadlineNs of CLOCK_MONOTONIC, unsigned; what is past rings at once; 0 stops it.
     * @return 0 or the negative errno.
     */
    public static int arm(final int fd, final long deadlineNs)
    {
        final long itimerspec = Syscall.scratch();
        Memory.putLong(itimerspec, 0);
        Memory.putLong(itimerspec + Long.BYTES, 0);
        Memory.putLong(itimerspec + VALUE_SECONDS_OFFSET, Long.divideUnsigned(deadlineNs, NS_PER_S));
        Memory.putLong(itimerspec + VALUE_NANOSECONDS_OFFSET, Long.remainderUnsigned(deadlineNs, NS_PER_S));
        return (int)Syscall.call(SyscallNumbers.SYS_TIMERFD_SETTIME, fd, TFD_TIMER_ABSTIME, itimerspec, 0);
    }

    /**
     * Silences it ({@code read}); does not wait as long as the file is non-blocking. Allocates nothing.
     *
     * @return 1 when it had rung, 0 when not, or the negative errno.
     */
    public static int drain(final int fd)
    {
        final long result = Syscall.call(SyscallNumbers.SYS_READ, fd, Syscall.scratch(), Long.BYTES);
        return result >= 0 ? 1 : result == -EAGAIN ? 0 : (int)result;
    }
}
