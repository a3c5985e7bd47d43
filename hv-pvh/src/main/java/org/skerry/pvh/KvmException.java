package org.skerry.pvh;

import org.skerry.wire.Errno;

/**
 * This host's KVM refuses, or lacks, what a guest needs. The message is one line for whoever asked for the guest.
 */
public final class KvmException extends Exception
{
    private static final long serialVersionUID = 1L;

    KvmException(final String message)
    {
        super(message);
    }

    static int check(final String what, final int result) throws KvmException
    {
        if (result < 0)
        {
            throw new KvmException("KVM cannot " + what + ": " + Errno.nameOf(result));
        }

        return result;
    }
}
