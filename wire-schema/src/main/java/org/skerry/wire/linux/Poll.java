package org.skerry.wire.linux;

/**
 * {@code poll.h}: waiting for a handful of files. The array of {@code pollfd} is the caller's memory,
 * {@link #POLLFD_LENGTH} bytes an entry.
 */
public final class Poll
{
    public static final int POLLIN = 0x001;
    public static final int POLLPRI = 0x002;
    public static final int POLLOUT = 0x004;
    public static final int POLLERR = 0x008;
    public static final int POLLHUP = 0x010;
    public static final int POLLNVAL = 0x020;
    public static final int POLLRDHUP = 0x2000;

    /** Bytes of a {@code struct pollfd}. */
    public static final int POLLFD_LENGTH = 8;

    private static final int FD_OFFSET = 0;
    private static final int EVENTS_OFFSET = 4;
    private static final int REVENTS_OFFSET = 6;

    private Poll()
    {
    }

    /**
     * Allocates nothing.
     *
     * @param pollfds   address of the array.
     * @param count     its entries.
     * @param timeoutMs 0 looks only, -1 waits without end.
     * @return entries with something to tell, 0 after the timeout, -EINTR, or another negative errno.
     */
    public static int poll(final long pollfds, final int count, final int timeoutMs)
    {
        return (int)Syscall.call(SyscallNumbers.SYS_POLL, pollfds, count, timeoutMs);
    }

    /**
     * @param fd     a negative number makes the kernel skip the entry.
     * @param events {@code POLL*}.
     */
    public static void set(final long pollfds, final int index, final int fd, final int events)
    {
        final long entry = pollfds + (long)index * POLLFD_LENGTH;
        Memory.putInt(entry + FD_OFFSET, fd);
        Memory.putShort(entry + EVENTS_OFFSET, (short)events);
        Memory.putShort(entry + REVENTS_OFFSET, (short)0);
    }

    /** @return the file of an entry. */
    public static int fd(final long pollfds, final int index)
    {
        return Memory.getInt(pollfds + (long)index * POLLFD_LENGTH + FD_OFFSET);
    }

    /** @return what the last {@link #poll} found: {@code POLL*}, 0 for nothing. */
    public static int revents(final long pollfds, final int index)
    {
        return Memory.getShort(pollfds + (long)index * POLLFD_LENGTH + REVENTS_OFFSET) & 0xFFFF;
    }
}
