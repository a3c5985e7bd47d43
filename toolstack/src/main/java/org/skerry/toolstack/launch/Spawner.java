package org.skerry.toolstack.launch;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.IntUnaryOperator;
import java.util.function.Supplier;

import org.skerry.toolstack.ToolstackException;
import org.skerry.wire.Errno;
import org.skerry.wire.linux.ExitStatus;
import org.skerry.wire.linux.Pidfd;
import org.skerry.wire.linux.Spawn;
import org.skerry.wire.linux.SysWait;
import org.skerry.wire.linux.Unistd;

/**
 * One thread per process: it prepares itself as the process shall be, spawns it, waits for its end and reaps it. A
 * process inherits the walls of the thread that spawned it, and dies with that thread; so the thread stays.
 */
final class Spawner
{
    private static final int SIGNALLED = 128;

    /**
     * Out of reach of the terminal, and alone in its autogroup, whose nice value is the share of the CPUs of who has no
     * control group: no wall may begin another session after this.
     */
    private static final boolean SESSION_OF_ITS_OWN = true;

    /** A thread behind Landlock can open no file of classes any more: what it needs then is loaded with this class. */
    private static final List<Class<?>> NEEDED_BEHIND_THE_WALL = List.of(
        ExitStatus.class, LaunchedProcess.class, Pidfd.class, Spawn.class, SysWait.class, Unistd.class);

    private Spawner()
    {
    }

    /**
     * @param name    of what is started, for errors and the thread's name.
     * @param prepare runs on the thread before; answers 0 or a negative errno.
     * @param command program and arguments.
     * @param fds     of the process.
     * @param pidOf   from the spawned process id to that of the Java process.
     * @return the process.
     */
    static LaunchedProcess spawn(
        final String name, final Supplier<Integer> prepare, final List<String> command, final int[] fds,
        final IntUnaryOperator pidOf)
    {
        final CompletableFuture<LaunchedProcess> started = new CompletableFuture<>();
        Thread.ofPlatform().daemon().name("spawner-" + name).start(
            () -> run(name, prepare, command, fds, pidOf, started));
        try
        {
            return started.join();
        }
        catch (final CompletionException e)
        {
            throw e.getCause() instanceof ToolstackException toolstack ? toolstack : e;
        }
    }

    private static void run(
        final String name, final Supplier<Integer> prepare, final List<String> command, final int[] fds,
        final IntUnaryOperator pidOf, final CompletableFuture<LaunchedProcess> started)
    {
        final int prepared = prepare.get();
        final int pid = prepared < 0 ?
            prepared : Spawn.spawn(command.getFirst(), command, List.of(), fds, SESSION_OF_ITS_OWN);
        if (pid < 0)
        {
            started.completeExceptionally(new ToolstackException(
                "cannot start " + name + " (" + command.getFirst() + "): " + Errno.nameOf(pid)));
            return;
        }

        final int javaPid = pidOf.applyAsInt(pid);
        final LaunchedProcess process = javaPid > 0 ? new LaunchedProcess(javaPid) : null;
        if (process != null)
        {
            started.complete(process);
        }
        final int status = SysWait.waitPid(pid);
        if (process != null)
        {
            process.ended(status < 0 ? new ExitStatus(SIGNALLED, false) : ExitStatus.of(status));
        }
        else
        {
            started.completeExceptionally(new ToolstackException(
                "cannot start " + name + ": its wall could not be built; see its log, or run bin/skerry doctor"));
        }
    }
}
