package org.skerry.toolstack;

import java.io.Serial;

/**
 * A command cannot be carried out, and its message is what the user reads: one line, cause and remedy, no stack.
 */
public class ToolstackException extends RuntimeException
{
    /** Exit status of a command that failed. */
    public static final int EXIT_FAILURE = 1;

    /** Exit status of a command that was not understood. */
    public static final int EXIT_USAGE = 2;

    /** Exit status of a command that lacks a program or the network: EX_UNAVAILABLE of sysexits.h. */
    public static final int EXIT_UNAVAILABLE = 69;

    /** Exit status of a command whose means failed it, and which may do better next time: EX_TEMPFAIL of sysexits.h. */
    public static final int EXIT_TRY_AGAIN = 75;

    @Serial
    private static final long serialVersionUID = 1L;

    private final int exitCode;

    /**
     * @param message one line for the user.
     */
    public ToolstackException(final String message)
    {
        this(message, EXIT_FAILURE);
    }

    /**
     * @param message  one line for the user.
     * @param exitCode of the command, 1 to 255.
     */
    public ToolstackException(final String message, final int exitCode)
    {
        super(message);
        this.exitCode = checkExitCode(exitCode);
    }

    /**
     * @param message  one line for the user.
     * @param exitCode of the command, 1 to 255.
     * @param cause    for the log of Domain-0; the user does not see it.
     */
    public ToolstackException(final String message, final int exitCode, final Throwable cause)
    {
        super(message, cause);
        this.exitCode = checkExitCode(exitCode);
    }

    /** @return exit status of the command, 1 to 255. */
    public final int exitCode()
    {
        return exitCode;
    }

    private static int checkExitCode(final int exitCode)
    {
        if (exitCode < 1 || exitCode > 255)
        {
            throw new IllegalArgumentException("exit code out of range: value=" + exitCode);
        }

        return exitCode;
    }
}
