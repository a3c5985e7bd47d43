package org.skerry.wire.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.List;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

/**
 * {@code spawn.h}: a new process that has exactly the files it is given, whatever else is open here.
 *
 * <p>The child inherits what belongs to the <em>calling thread</em>: credentials, namespaces, Landlock rules, seccomp
 * filters, no_new_privs, nice value, affinity. A throw-away platform thread that confined itself therefore makes a
 * child that is confined from its first instruction. The child's signal mask is empty and the signals that a JVM or
 * {@code nohup} may have set aside have their default actions.
 *
 * <p>Needs glibc 2.34 ({@code posix_spawn_file_actions_addclosefrom_np}).
 */
@SuppressWarnings("restricted")
public final class Spawn
{
    private static final int EINVAL = 22;

    private static final short POSIX_SPAWN_SETSIGDEF = 0x04;
    private static final short POSIX_SPAWN_SETSIGMASK = 0x08;
    private static final short POSIX_SPAWN_SETSID = 0x80;

    private static final int FILE_ACTIONS_LENGTH = 80;
    private static final int ATTRIBUTES_LENGTH = 336;
    private static final int SIGSET_LENGTH = 128;

    private static final long SIGNALS_TO_DEFAULT =
        1L << Signal.SIGHUP - 1 | 1L << Signal.SIGINT - 1 | 1L << Signal.SIGQUIT - 1 | 1L << Signal.SIGPIPE - 1 |
        1L << Signal.SIGTERM - 1 | 1L << Signal.SIGCHLD - 1 | 1L << Signal.SIGTSTP - 1 | 1L << Signal.SIGTTIN - 1 |
        1L << Signal.SIGTTOU - 1;

    /**
     * One shape for all functions here, so that one is linked and not seven: integers and pointers travel in
     * registers of their own, and a function does not look at those it has no parameter for.
     */
    private static final FunctionDescriptor SHAPE = FunctionDescriptor.of(
        JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG);

    private static final MethodHandle SPAWN = link("posix_spawn");
    private static final MethodHandle ATTR_INIT = link("posix_spawnattr_init");
    private static final MethodHandle ATTR_DESTROY = link("posix_spawnattr_destroy");
    private static final MethodHandle ATTR_SETFLAGS = link("posix_spawnattr_setflags");
    private static final MethodHandle ATTR_SETSIGMASK = link("posix_spawnattr_setsigmask");
    private static final MethodHandle ATTR_SETSIGDEFAULT = link("posix_spawnattr_setsigdefault");
    private static final MethodHandle ACTIONS_INIT = link("posix_spawn_file_actions_init");
    private static final MethodHandle ACTIONS_DESTROY = link("posix_spawn_file_actions_destroy");
    private static final MethodHandle ACTIONS_ADDOPEN = link("posix_spawn_file_actions_addopen");
    private static final MethodHandle ACTIONS_ADDDUP2 = link("posix_spawn_file_actions_adddup2");
    private static final MethodHandle ACTIONS_ADDCLOSEFROM = link("posix_spawn_file_actions_addclosefrom_np");

    private Spawn()
    {
    }

    private static MethodHandle link(final String function)
    {
        final Linker linker = Linker.nativeLinker();
        return linker.downcallHandle(linker.defaultLookup().findOrThrow(function), SHAPE);
    }

    /**
     * As {@link #spawn(String, List, List, int[], boolean)}, in the session of this process.
     *
     * @return the child's process id or the negative errno.
     */
    public static int spawn(
        final String path, final List<String> argv, final List<String> env, final int[] fds)
    {
        return spawn(path, argv, env, fds, false);
    }

    /**
     * Starts a program and returns when it has been executed, or could not be. The caller reaps it
     * ({@link SysWait#waitPid}).
     *
     * @param path       of the program; PATH is not searched.
     * @param argv       its arguments, beginning with its name.
     * @param env        its whole environment, each {@code NAME=value}.
     * @param fds        the child's file {@code i} is {@code fds[i]}, from standard input on; -1 stands for /dev/null;
     *                   one file may stand in several places. Nothing else is open in the child.
     * @param newSession whether it leads a session of its own, out of reach of the terminal's signals.
     * @return the child's process id or the negative errno; -ENOENT or -EACCES when the program cannot be executed,
     *         -EBADF when a file is not open.
     */
    public static int spawn(
        final String path,
        final List<String> argv,
        final List<String> env,
        final int[] fds,
        final boolean newSession)
    {
        if (fds.length == 0)
        {
            return -EINVAL;                                // a program without standard files misuses its next ones
        }
        try (Arena arena = Arena.ofConfined())
        {
            final long actions = arena.allocate(FILE_ACTIONS_LENGTH, Long.BYTES).address();
            final long attributes = arena.allocate(ATTRIBUTES_LENGTH, Long.BYTES).address();
            call(ACTIONS_INIT, actions, 0, 0, 0, 0, 0);
            call(ATTR_INIT, attributes, 0, 0, 0, 0, 0);
            try
            {
                int result = addFiles(arena, actions, fds);
                if (result == 0)
                {
                    setAttributes(arena, attributes, newSession);
                    final MemorySegment pid = arena.allocate(JAVA_INT);
                    result = call(
                        SPAWN,
                        pid.address(),
                        arena.allocateFrom(path).address(),
                        actions,
                        attributes,
                        strings(arena, argv),
                        strings(arena, env));
                    if (result == 0)
                    {
                        return pid.get(JAVA_INT, 0);
                    }
                }
                return -result;
            }
            finally
            {
                call(ATTR_DESTROY, attributes, 0, 0, 0, 0, 0);
                call(ACTIONS_DESTROY, actions, 0, 0, 0, 0, 0);
            }
        }
    }

    /**
     * First all files to numbers above every source, then down to their places: no step can run over a file that a
     * later one needs. A copy is not closed on exec, whatever its source is.
     */
    private static int addFiles(final Arena arena, final long actions, final int[] fds)
    {
        int parking = fds.length;
        for (final int fd : fds)
        {
            parking = Math.max(parking, fd + 1);
        }

        final long devNull = arena.allocateFrom("/dev/null").address();
        int result = 0;
        for (int i = 0; i < fds.length && result == 0; i++)
        {
            result = fds[i] < 0 ?
                call(ACTIONS_ADDOPEN, actions, parking + i, devNull, Fcntl.O_RDWR, 0, 0) :
                call(ACTIONS_ADDDUP2, actions, fds[i], parking + i, 0, 0, 0);
        }
        for (int i = 0; i < fds.length && result == 0; i++)
        {
            result = call(ACTIONS_ADDDUP2, actions, parking + i, i, 0, 0, 0);
        }
        return result != 0 ? result : call(ACTIONS_ADDCLOSEFROM, actions, fds.length, 0, 0, 0, 0);
    }

    private static void setAttributes(final Arena arena, final long attributes, final boolean newSession)
    {
        final MemorySegment none = arena.allocate(SIGSET_LENGTH, Long.BYTES);
        final MemorySegment toDefault = arena.allocate(SIGSET_LENGTH, Long.BYTES);
        toDefault.set(JAVA_LONG, 0, SIGNALS_TO_DEFAULT);
        final int flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | (newSession ? POSIX_SPAWN_SETSID : 0);
        call(ATTR_SETSIGMASK, attributes, none.address(), 0, 0, 0, 0);
        call(ATTR_SETSIGDEFAULT, attributes, toDefault.address(), 0, 0, 0, 0);
        call(ATTR_SETFLAGS, attributes, flags, 0, 0, 0, 0);
    }

    private static long strings(final Arena arena, final List<String> list)
    {
        final MemorySegment array = arena.allocate(ADDRESS, list.size() + 1L);
        int index = 0;
        for (final String string : list)
        {
            array.setAtIndex(ADDRESS, index++, arena.allocateFrom(string));
        }
        return array.address();
    }

    /** @return 0 or the positive errno: this family does not set errno itself. */
    private static int call(
        final MethodHandle function,
        final long a,
        final long b,
        final long c,
        final long d,
        final long e,
        final long f)
    {
        try
        {
            return (int)function.invokeExact(a, b, c, d, e, f);
        }
        catch (final Throwable unexpected)
        {
            throw new AssertionError("spawn.h cannot throw", unexpected);
        }
    }
}
