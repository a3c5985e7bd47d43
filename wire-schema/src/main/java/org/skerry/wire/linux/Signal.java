package org.skerry.wire.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

/** {@code signal.h}: signals to processes and threads. */
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
    /** Neither the C library nor the JVM has a use for it. Unlike a real-time signal it is pending once at most. */
    public static final int SIGURG = 23;
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

    /**
     * {@code tgkill}: to one thread of this process.
     *
     * @param tid of the thread, {@link Unistd#gettid}.
     * @return 0 or the negative errno; -ESRCH when the thread has ended.
     */
    public static int sendToThread(final int tid, final int signal)
    {
        return (int)Syscall.call(SyscallNumbers.SYS_TGKILL, Unistd.getpid(), tid, signal);
    }

    /**
     * {@code sigaction} with a handler that does nothing, without SA_RESTART: the signal does nothing but end the
     * system call that a thread waits in.
     *
     * @param signal one that the JVM leaves alone.
     * @return 0, or -1 for what is no such signal.
     */
    public static int handleByNothing(final int signal)
    {
        try (Arena arena = Arena.ofConfined())
        {
            final MemorySegment action = arena.allocate(Sigaction.LENGTH, Long.BYTES);
            action.set(JAVA_LONG, 0, Sigaction.NOTHING.address());
            return (int)Sigaction.HANDLE.invokeExact(signal, action, MemorySegment.NULL);
        }
        catch (final Throwable unexpected)
        {
            throw new AssertionError("sigaction(3) cannot throw", unexpected);
        }
    }

    /** The C library's, for it knows what a handler returns to: linked when first asked. */
    @SuppressWarnings("restricted")
    private static final class Sigaction
    {
        private static final int LENGTH = 152;
        private static final Linker LINKER = Linker.nativeLinker();
        private static final MethodHandle HANDLE = LINKER.downcallHandle(
            LINKER.defaultLookup().findOrThrow("sigaction"),
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, ADDRESS));
        /** {@code int abs(int)}: takes what a handler takes and touches no memory. */
        private static final MemorySegment NOTHING = LINKER.defaultLookup().findOrThrow("abs");
    }
}
