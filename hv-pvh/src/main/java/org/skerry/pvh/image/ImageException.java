package org.skerry.pvh.image;

/**
 * A kernel, a ramdisk or their place in memory cannot be what was asked for. The message is one line for the user: what
 * is wrong, where, and what to do about it.
 */
public final class ImageException extends Exception
{
    private static final long serialVersionUID = 1L;

    ImageException(final String message)
    {
        super(message);
    }

    ImageException(final String message, final Throwable cause)
    {
        super(message, cause);
    }
}
