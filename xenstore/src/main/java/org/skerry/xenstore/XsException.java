package org.skerry.xenstore;

import java.util.EnumMap;
import java.util.Map;

import org.skerry.wire.Errno;

/**
 * A request is answered by an error. Only errors that the protocol knows leave the store; there is one exception of
 * each, without a stack, since guests may cause them as often as they like.
 *
 * <p>Spec: io/xs_wire.h, xsd_errors.
 */
public final class XsException extends Exception
{
    private static final long serialVersionUID = 1L;

    private static final Map<Errno, XsException> ALL = new EnumMap<>(Errno.class);

    static
    {
        for (final Errno errno : new Errno[]{
            Errno.EINVAL, Errno.EACCES, Errno.EEXIST, Errno.EISDIR, Errno.ENOENT, Errno.ENOMEM, Errno.ENOSPC, Errno.EIO,
            Errno.ENOTEMPTY, Errno.ENOSYS, Errno.EROFS, Errno.EBUSY, Errno.EAGAIN, Errno.EISCONN, Errno.E2BIG,
            Errno.EPERM})
        {
            ALL.put(errno, new XsException(errno));
        }
    }

    private final Errno errno;

    private XsException(final Errno errno)
    {
        super(errno.name(), null, false, false);
        this.errno = errno;
    }

    /**
     * @param errno any; one that has no name in the protocol becomes EINVAL, as in C.
     * @return the exception of that error.
     */
    public static XsException of(final Errno errno)
    {
        return ALL.getOrDefault(errno, ALL.get(Errno.EINVAL));
    }

    /**
     * @param isRight what must hold.
     * @param otherwise as of {@link #of}.
     * @throws XsException when it does not.
     */
    static void check(final boolean isRight, final Errno otherwise) throws XsException
    {
        if (!isRight)
        {
            throw of(otherwise);
        }
    }

    /** @return the error. */
    public Errno errno()
    {
        return errno;
    }
}
