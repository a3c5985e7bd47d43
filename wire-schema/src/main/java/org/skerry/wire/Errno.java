package org.skerry.wire;

/**
 * Error numbers of Linux and Xen that cross a boundary of ours, by name. Hypercalls answer the negative number,
 * xenstore the name.
 *
 * <p>Spec: errno.h (Xen's public one; equal to Linux x86_64 for all that stand here).
 */
public enum Errno
{
    EPERM(1), ENOENT(2), ESRCH(3), EINTR(4), EIO(5), ENXIO(6), E2BIG(7), EBADF(9), ECHILD(10), EAGAIN(11), ENOMEM(12),
    EACCES(13), EFAULT(14), EBUSY(16), EEXIST(17), EXDEV(18), ENODEV(19), ENOTDIR(20), EISDIR(21), EINVAL(22),
    ENFILE(23), EMFILE(24), ENOTTY(25), ETXTBSY(26), EFBIG(27), ENOSPC(28), ESPIPE(29), EROFS(30), EPIPE(32),
    ERANGE(34), EDEADLK(35), ENAMETOOLONG(36), ENOSYS(38), ENOTEMPTY(39), EPROTO(71), EOVERFLOW(75), EILSEQ(84),
    EMSGSIZE(90), EOPNOTSUPP(95), EADDRINUSE(98), ENETDOWN(100), ECONNRESET(104), ENOBUFS(105), EISCONN(106),
    ENOTCONN(107), ETIMEDOUT(110), ECONNREFUSED(111), EINPROGRESS(115);

    private static final Errno[] BY_NUMBER = new Errno[128];

    static
    {
        for (final Errno errno : values())
        {
            BY_NUMBER[errno.number] = errno;
        }
    }

    private final int number;

    Errno(final int number)
    {
        this.number = number;
    }

    /** @return the positive number. */
    public int number()
    {
        return number;
    }

    /** @return what a call answers for it: the negative number. */
    public int negative()
    {
        return -number;
    }

    /**
     * @param result what a call answered; its sign does not matter.
     * @return the name, or null for a number that is not listed here.
     */
    public static Errno of(final long result)
    {
        final long number = Math.abs(result);
        return number < BY_NUMBER.length ? BY_NUMBER[(int)number] : null;
    }

    /**
     * @param result what a call answered.
     * @return its name, or {@code errno N} for a number that is not listed here.
     */
    public static String nameOf(final long result)
    {
        final Errno errno = of(result);
        return errno != null ? errno.name() : "errno " + Math.abs(result);
    }
}
