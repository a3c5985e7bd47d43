package org.skerry.wire.linux;

/** {@code signal.h}: signals to processes. */
public final class Signal
{
    public static final int SIGHUP = 1;
    public static final int SIGINT = 2;
    public static final int SIGQUIT = 3;
    public static final int SIGABRT = 6;
    public static final int SIGKILL = 9;
    public static final int SIGUSR1 = 10;
    public static final int SIGSEGV = 11;
    public static final int SIGUSR2 = 12;
    public static final int SIGPIPE = 13;
    public static final int SIGTERM = 15;
    public static final int SIGCHLD = 17;
    public static final int SIGCONT = 18;
    public static final int SIGSTOP = 19;
    public static final int SIGTSTP = 20;
    public static final int SIGTTIN = 21;
    public static final int SIGTTOU = 22;
    public static final int SIGWINCH = 28;
    public static final int SIGSYS = 31;

    private Signal()
    {
    }

    /**
     * @param pid    a process, or the negative number of a process group. For anything but a child that was not
     *               reaped yet, {@link Pidfd} is safe where this may meet a stranger with the same number.
     * @param signal 0 asks only whether it could be sent.
     * @return 0 or the negative errno.
     */
    public static int kill(final int pid, final int signal)
    {
        return (int)Syscall.call(SyscallNumbers.SYS_KILL, pid, signal);
    }
}
