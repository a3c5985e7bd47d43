package org.skerry.toolstack.xenstore;

/** The end of a program before its time. */
final class ToolFailure extends RuntimeException
{
    private static final long serialVersionUID = 1L;

    private final int status;

    /**
     * @param status  exit status.
     * @param message what to say on standard error, without the program's name.
     */
    ToolFailure(final int status, final String message)
    {
        super(message, null, false, false);
        this.status = status;
    }

    /** @return exit status. */
    int status()
    {
        return status;
    }
}
