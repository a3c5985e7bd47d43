package org.skerry.wire.linux;

/**
 * {@code sys/pidfd.h}: a process by an open file, which never comes to mean another one. It becomes readable when the
 * process has ended.
 */
public final class Pidfd
{
    private Pidfd()
    {
    }

    /**
     * {@code pidfd_open}. For a child that was not reaped yet there is no race.
     *
     * @return the new number, closed on exec, or the negative errno.
     */
    public static int open(final int pid)
    {
        return (int)Syscall.call(SyscallNumbers.SYS_PIDFD_OPEN, pid, 0);
    }

    /**
     * {@code pidfd_send_signal}.
     *
     * @return 0 or the negative errno; -ESRCH when the process has ended and was reaped.
     */
    public static int sendSignal(final int pidfd, final int signal)
    {
        return (int)Syscall.call(SyscallNumbers.SYS_PIDFD_SEND_SIGNAL, pidfd, signal, 0, 0);
    }
}
