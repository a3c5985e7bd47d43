package org.skerry.wire.linux;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** {@code sys/prctl.h}: properties of the calling thread, or of its process where a method says so. */
public final class Prctl
{
    private static final int PR_SET_PDEATHSIG = 1;
    private static final int PR_GET_DUMPABLE = 3;
    private static final int PR_SET_DUMPABLE = 4;
    private static final int PR_SET_NAME = 15;
    private static final int PR_SET_CHILD_SUBREAPER = 36;
    private static final int PR_SET_NO_NEW_PRIVS = 38;
    private static final int PR_GET_NO_NEW_PRIVS = 39;
    private static final int NAME_LENGTH = 15;

    private Prctl()
    {
    }

    /**
     * From now on no program that this thread, or what it starts, executes gets more rights than it has. Cannot be
     * undone. Landlock and seccomp need it from those who are not root.
     *
     * @return 0 or the negative errno.
     */
    public static int noNewPrivs()
    {
        return (int)Syscall.call(SyscallNumbers.SYS_PRCTL, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    }

    /** @return 1 when {@link #noNewPrivs} holds for this thread, 0 when not. */
    public static int hasNoNewPrivs()
    {
        return (int)Syscall.call(SyscallNumbers.SYS_PRCTL, PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0);
    }

    /**
     * The name that ps and top show for this thread. For the whole process it is that of the main thread, which in a
     * JVM is not the one that runs {@code main}.
     *
     * @param name cut to 15 bytes.
     * @return 0 or the negative errno.
     */
    public static int setName(final String name)
    {
        final byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
        final long address = Syscall.scratch();
        Memory.putBytes(address, bytes.length <= NAME_LENGTH ? bytes : Arrays.copyOf(bytes, NAME_LENGTH));
        Memory.putByte(address + Math.min(bytes.length, NAME_LENGTH), (byte)0);
        return (int)Syscall.call(SyscallNumbers.SYS_PRCTL, PR_SET_NAME, address);
    }

    /**
     * Whether the process leaves core dumps and may be traced by others of its user. When not, its /proc entries
     * belong to root.
     *
     * @return 0 or the negative errno.
     */
    public static int setDumpable(final boolean dumpable)
    {
        return (int)Syscall.call(SyscallNumbers.SYS_PRCTL, PR_SET_DUMPABLE, dumpable ? 1 : 0);
    }

    /** @return 1 when the process is dumpable, 0 when not, 2 when only root may read the dump. */
    public static int getDumpable()
    {
        return (int)Syscall.call(SyscallNumbers.SYS_PRCTL, PR_GET_DUMPABLE);
    }

    /**
     * The signal that this process gets when the <em>thread</em> that spawned it ends, not its process.
     *
     * @param signal 0 for none.
     * @return 0 or the negative errno.
     */
    public static int setPdeathsig(final int signal)
    {
        return (int)Syscall.call(SyscallNumbers.SYS_PRCTL, PR_SET_PDEATHSIG, signal);
    }

    /**
     * Whether orphans among the descendants of this process become its children.
     *
     * @return 0 or the negative errno.
     */
    public static int setChildSubreaper(final boolean subreaper)
    {
        return (int)Syscall.call(SyscallNumbers.SYS_PRCTL, PR_SET_CHILD_SUBREAPER, subreaper ? 1 : 0);
    }
}
