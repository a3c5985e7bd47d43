package org.skerry.guest.grant;

import org.skerry.wire.GrantStatus;

/**
 * A grant operation was refused.
 */
public final class GrantException extends Exception
{
    private static final long serialVersionUID = 1L;

    private final int status;

    GrantException(final String what, final int status)
    {
        super(what + ": " + GrantStatus.nameOf(status));
        this.status = status;
    }

    /** @return GNTST_*. */
    public int status()
    {
        return status;
    }
}
