package org.skerry.wire.linux;

/**
 * {@code sys/epoll.h}: waiting for many files. The array of {@code epoll_event} is the caller's memory,
 * {@link #EPOLL_EVENT_LENGTH} bytes an entry (packed on x86_64).
 */
public final class SysEpoll
{
    public static final int EPOLLIN = 0x001;
    public static final int EPOLLPRI = 0x002;
    public static final int EPOLLOUT = 0x004;
    public static final int EPOLLERR = 0x008;
    public static final int EPOLLHUP = 0x010;
    public static final int EPOLLRDHUP = 0x2000;
    public static final int EPOLLEXCLUSIVE = 1 << 28;
    public static final int EPOLLONESHOT = 1 << 30;
    public static final int EPOLLET = 1 << 31;

    /** Bytes of a {@code struct epoll_event}. */
    public static final int EPOLL_EVENT_LENGTH = 12;

    private static final int EPOLL_CLOEXEC = 0x8_0000;
    private static final int EPOLL_CTL_ADD = 1;
    private static final int EPOLL_CTL_DEL = 2;
    private static final int EPOLL_CTL_MOD = 3;
    private static final int EVENTS_OFFSET = 0;
    private static final int DATA_OFFSET = 4;
    private static final int SIGSET_LENGTH = 8;

    private SysEpoll()
    {
    }

    /** @return a new set, closed on exec ({@code epoll_create1}), or the negative errno. */
    public static int create()
    {
        return (int)Syscall.call(SyscallNumbers.SYS_EPOLL_CREATE1, EPOLL_CLOEXEC);
    }

    /**
     * {@code epoll_ctl}.
     *
     * @param events {@code EPOLL*}.
     * @param data   comes back with each event of this file.
     * @return 0 or the negative errno; -EPERM for a regular file.
     */
    public static int add(final int epoll, final int fd, final int events, final long data)
    {
        return control(epoll, EPOLL_CTL_ADD, fd, events, data);
    }

    /**
     * {@code epoll_ctl}.
     *
     * @return 0 or the negative errno.
     */
    public static int mod(final int epoll, final int fd, final int events, final long data)
    {
        return control(epoll, EPOLL_CTL_MOD, fd, events, data);
    }

    /**
     * {@code epoll_ctl}. A file that was passed to another process, too, must be removed before it is closed here:
     * it stays in the set as long as it is open anywhere.
     *
     * @return 0 or the negative errno.
     */
    public static int del(final int epoll, final int fd)
    {
        return control(epoll, EPOLL_CTL_DEL, fd, 0, 0);
    }

    private static int control(final int epoll, final int operation, final int fd, final int events, final long data)
    {
        final long event = Syscall.scratch();
        Memory.putInt(event + EVENTS_OFFSET, events);
        Memory.putLong(event + DATA_OFFSET, data);
        return (int)Syscall.call(SyscallNumbers.SYS_EPOLL_CTL, epoll, operation, fd, event);
    }

    /**
     * {@code epoll_pwait}. Allocates nothing.
     *
     * @param events    address of the array.
     * @param max       its entries, 1 or more.
     * @param timeoutMs 0 looks only, -1 waits without end.
     * @return entries filled, 0 after the timeout, -EINTR, or another negative errno.
     */
    public static int waitFor(final int epoll, final long events, final int max, final int timeoutMs)
    {
        return (int)Syscall.call(SyscallNumbers.SYS_EPOLL_PWAIT, epoll, events, max, timeoutMs, 0, SIGSET_LENGTH);
    }

    /** @return {@code EPOLL*} of an entry that {@link #waitFor} filled. */
    public static int events(final long events, final int index)
    {
        return Memory.getInt(events + (long)index * EPOLL_EVENT_LENGTH + EVENTS_OFFSET);
    }

    /** @return what was given to {@link #add} for the file of this entry. */
    public static long data(final long events, final int index)
    {
        return Memory.getLong(events + (long)index * EPOLL_EVENT_LENGTH + DATA_OFFSET);
    }
}
