package org.skerry.wire.linux;

/**
 * How a process ended.
 *
 * @param code      its exit status, 0 to 255, or the number of the signal that killed it.
 * @param signalled whether a signal killed it.
 */
public record ExitStatus(int code, boolean signalled)
{
    private static final int SIGNAL_MASK = 0x7F;

    /**
     * @param waitStatus what {@link SysWait#waitPid} answered, zero or more.
     * @return the same in words.
     */
    public static ExitStatus of(final int waitStatus)
    {
        final int signal = waitStatus & SIGNAL_MASK;
        return signal != 0 ? new ExitStatus(signal, true) : new ExitStatus(waitStatus >> 8 & 0xFF, false);
    }

    /** @return true for exit status 0. */
    public boolean isSuccess()
    {
        return !signalled && code == 0;
    }

    @Override
    public String toString()
    {
        return (signalled ? "killed by signal " : "exit status ") + code;
    }
}
