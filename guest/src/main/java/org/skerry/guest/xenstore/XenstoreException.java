package org.skerry.guest.xenstore;

import org.skerry.wire.Errno;

/**
 * What xenstore answered instead of doing what it was asked, or the loss of the connection to it ({@link Errno#EIO}).
 */
public final class XenstoreException extends RuntimeException
{
    private static final long serialVersionUID = 1L;

    private final Errno errno;

    /**
     * @param errno  the error of the answer.
     * @param detail what was asked: operation and path.
     */
    public XenstoreException(final Errno errno, final String detail)
    {
        super(errno + ": " + detail);
        this.errno = errno;
    }

    /** @return the error by name; {@link Errno#EIO} when the connection is gone. */
    public Errno errno()
    {
        return errno;
    }
}
