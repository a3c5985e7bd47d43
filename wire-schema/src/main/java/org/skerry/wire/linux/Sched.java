package org.skerry.wire.linux;

/** {@code sched.h}: namespaces and processors of the calling thread. */
public final class Sched
{
    public static final int CLONE_NEWTIME = 0x0000_0080;
    public static final int CLONE_VM = 0x0000_0100;
    public static final int CLONE_THREAD = 0x0001_0000;
    public static final int CLONE_NEWNS = 0x0002_0000;
    public static final int CLONE_NEWCGROUP = 0x0200_0000;
    public static final int CLONE_NEWUTS = 0x0400_0000;
    public static final int CLONE_NEWIPC = 0x0800_0000;
    /** Refused with -EINVAL in a process that has more than one thread, so in every JVM. */
    public static final int CLONE_NEWUSER = 0x1000_0000;
    /** For the children of the thread, which cannot start threads any more. */
    public static final int CLONE_NEWPID = 0x2000_0000;
    public static final int CLONE_NEWNET = 0x4000_0000;

    private static final int EINVAL = 22;
    private static final int CPU_SETSIZE = 1024;
    private static final int CPU_SET_LENGTH = CPU_SETSIZE / Byte.SIZE;

    private Sched()
    {
    }

    /**
     * Moves the calling thread, and no other, into new namespaces. Do this on a throw-away platform thread.
     *
     * @param flags {@code CLONE_NEW*}.
     * @return 0 or the negative errno; -EPERM without CAP_SYS_ADMIN.
     */
    public static int unshare(final int flags)
    {
        return (int)Syscall.call(SyscallNumbers.SYS_UNSHARE, flags);
    }

    /**
     * Moves the calling thread, and no other, into the namespace that an open file of /proc/PID/ns stands for.
     *
     * @param type {@code CLONE_NEW*} that it must be, or 0.
     * @return 0 or the negative errno.
     */
    public static int setns(final int fd, final int type)
    {
        return (int)Syscall.call(SyscallNumbers.SYS_SETNS, fd, type);
    }

    /**
     * {@code sched_setaffinity}.
     *
     * @param tid  a thread, 0 for the calling one.
     * @param cpus where it may run, each 0 to 1023.
     * @return 0 or the negative errno; -EINVAL when none of them is online.
     */
    public static int setaffinity(final int tid, final int... cpus)
    {
        final long set = Syscall.scratch();
        Memory.clear(set, CPU_SET_LENGTH);
        for (final int cpu : cpus)
        {
            if (cpu < 0 || cpu >= CPU_SETSIZE)
            {
                return -EINVAL;
            }
            final long word = set + (long)(cpu / Long.SIZE) * Long.BYTES;
            Memory.putLong(word, Memory.getLong(word) | 1L << cpu);
        }
        return (int)Syscall.call(SyscallNumbers.SYS_SCHED_SETAFFINITY, tid, CPU_SET_LENGTH, set);
    }

    /** @return the processor that the calling thread runs on, from 0. */
    public static int getcpu()
    {
        final long cpu = Syscall.scratch();
        final long result = Syscall.call(SyscallNumbers.SYS_GETCPU, cpu, 0, 0);
        return result < 0 ? (int)result : Memory.getInt(cpu);
    }
}
