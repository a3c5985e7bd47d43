package org.skerry.wire.linux;

/** {@code sys/wait.h}: reaping our own children. */
public final class SysWait
{
    private static final int EINTR = 4;
    private static final int EAGAIN = 11;
    private static final int WNOHANG = 1;

    private SysWait()
    {
    }

    /**
     * Waits until a child has ended and reaps it ({@code wait4}). EINTR is retried.
     *
     * @return the wait status, zero or more, for {@link ExitStatus#of}; or the negative errno, -ECHILD when it is not
     *         our child or was reaped before.
     */
    public static int waitPid(final int pid)
    {
        return waitPid(pid, 0);
    }

    /**
     * Reaps a child if it has ended ({@code wait4}). Never waits.
     *
     * @return as {@link #waitPid}; -EAGAIN while it runs.
     */
    public static int tryWaitPid(final int pid)
    {
        return waitPid(pid, WNOHANG);
    }

    private static int waitPid(final int pid, final int options)
    {
        final long status = Syscall.scratch();
        long result;
        do
        {
            result = Syscall.call(SyscallNumbers.SYS_WAIT4, pid, status, options, 0);
        }
        while (result == -EINTR);

        if (result < 0)
        {
            return (int)result;
        }
        return result == 0 ? -EAGAIN : Memory.getInt(status);
    }
}
