package org.skerry.wire.linux;

/** {@code time.h}: what Java's clocks do not tell. */
public final class Time
{
    private static final long NS_PER_S = 1_000_000_000L;
    private static final int CPUCLOCK_SCHED = 2;
    private static final int CLOCK_PROCESS_CPUTIME_ID = 2;
    private static final int CLOCK_THREAD_CPUTIME_ID = 3;

    private Time()
    {
    }

    /**
     * CPU time of all threads of a process, those that have ended too ({@code clock_gettime}). Rights over the process
     * are not needed.
     *
     * @param pid 0 for the calling process.
     * @return nanoseconds, or the negative errno; -EINVAL or -ESRCH when there is no such process.
     */
    public static long processCpuTimeNs(final int pid)
    {
        return read(pid == 0 ? CLOCK_PROCESS_CPUTIME_ID : ~pid << 3 | CPUCLOCK_SCHED);
    }

    /** @return CPU time of the calling thread, nanoseconds ({@code clock_gettime}). */
    public static long threadCpuTimeNs()
    {
        return read(CLOCK_THREAD_CPUTIME_ID);
    }

    private static long read(final int clock)
    {
        final long timespec = Syscall.scratch();
        final long result = Syscall.call(SyscallNumbers.SYS_CLOCK_GETTIME, clock, timespec);
        return result < 0 ? result : Memory.getLong(timespec) * NS_PER_S + Memory.getLong(timespec + Long.BYTES);
    }
}
