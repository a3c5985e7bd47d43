package org.skerry.wire.linux;

/** {@code sys/resource.h}: limits and nice values. */
public final class SysResource
{
    public static final int RLIMIT_CPU = 0;
    public static final int RLIMIT_FSIZE = 1;
    public static final int RLIMIT_DATA = 2;
    public static final int RLIMIT_STACK = 3;
    public static final int RLIMIT_CORE = 4;
    public static final int RLIMIT_NPROC = 6;
    public static final int RLIMIT_NOFILE = 7;
    public static final int RLIMIT_MEMLOCK = 8;
    public static final int RLIMIT_AS = 9;

    /** No limit. */
    public static final long RLIM_INFINITY = -1;

    private static final int PRIO_PROCESS = 0;

    private SysResource()
    {
    }

    /**
     * Limits this process; children inherit it ({@code prlimit64}).
     *
     * @param resource {@code RLIMIT_*}.
     * @param soft     what holds, unsigned.
     * @param hard     how far the process may raise it itself.
     * @return 0 or the negative errno; -EPERM when the hard limit would rise without CAP_SYS_RESOURCE.
     */
    public static int setrlimit(final int resource, final long soft, final long hard)
    {
        return prlimit(0, resource, soft, hard);
    }

    /**
     * Limits a process ({@code prlimit64}).
     *
     * @param pid 0 for the calling process.
     * @return as {@link #setrlimit}.
     */
    public static int prlimit(final int pid, final int resource, final long soft, final long hard)
    {
        final long rlimit = Syscall.scratch();
        Memory.putLong(rlimit, soft);
        Memory.putLong(rlimit + Long.BYTES, hard);
        return (int)Syscall.call(SyscallNumbers.SYS_PRLIMIT64, pid, resource, rlimit, 0);
    }

    /**
     * The soft limit of this process ({@code prlimit64}).
     *
     * @return the limit, at most Long.MAX_VALUE, which also stands for none; or the negative errno.
     */
    public static long getrlimit(final int resource)
    {
        final long rlimit = Syscall.scratch();
        final long result = Syscall.call(SyscallNumbers.SYS_PRLIMIT64, 0, resource, 0, rlimit);
        if (result < 0)
        {
            return result;
        }
        final long soft = Memory.getLong(rlimit);
        return soft < 0 ? Long.MAX_VALUE : soft;
    }

    /**
     * The nice value of one thread ({@code setpriority}). A process has it in each of its threads: set it before the
     * exec, or for all of /proc/PID/task.
     *
     * @param tid  0 for the calling thread.
     * @param nice -20 to 19; lowering it needs CAP_SYS_NICE.
     * @return 0 or the negative errno.
     */
    public static int setNice(final int tid, final int nice)
    {
        return (int)Syscall.call(SyscallNumbers.SYS_SETPRIORITY, PRIO_PROCESS, tid, nice);
    }
}
