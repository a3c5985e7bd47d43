package org.skerry.toolstack.launch;

import java.util.concurrent.CompletableFuture;

import org.skerry.wire.linux.ExitStatus;
import org.skerry.wire.linux.Pidfd;
import org.skerry.wire.linux.Signal;
import org.skerry.wire.linux.Time;
import org.skerry.wire.linux.Unistd;

/**
 * A process that we started and will reap. Any thread may use it.
 */
public final class LaunchedProcess
{
    private final int pid;
    private final int pidfd;
    private final CompletableFuture<ExitStatus> exit = new CompletableFuture<>();
    private long lastCpuTimeNs;
    private boolean isPaused;
    private boolean isHeld;

    LaunchedProcess(final int pid)
    {
        this.pid = pid;
        this.pidfd = Pidfd.open(pid);
    }

    /** @return of the Java process itself, as seen from here. */
    public int pid()
    {
        return pid;
    }

    /** @return completes when the process has ended and nothing of it is left. */
    public CompletableFuture<ExitStatus> exit()
    {
        return exit;
    }

    /** @return CPU time of all its threads since its start, ns; what it was at last when it has ended. */
    public synchronized long cpuTimeNs()
    {
        if (!exit.isDone())
        {
            lastCpuTimeNs = Math.max(lastCpuTimeNs, Time.processCpuTimeNs(pid));
        }

        return lastCpuTimeNs;
    }

    /** End it at once. Waits for nothing; see {@link #exit}. */
    public void kill()
    {
        signal(Signal.SIGKILL);
    }

    /** Its owner stops it where it stands. */
    public synchronized void pause()
    {
        stand(true, isHeld);
    }

    /** Its owner lets it go on. */
    public synchronized void unpause()
    {
        stand(false, isHeld);
    }

    /** It stands still for a while because it has used more than its share. */
    public synchronized void hold()
    {
        stand(isPaused, true);
    }

    /** It may use the CPU again, unless it is paused. */
    public synchronized void release()
    {
        stand(isPaused, false);
    }

    /** Called once, by the thread that reaped it. */
    synchronized void ended(final ExitStatus status)
    {
        exit.complete(status);
        Unistd.close(pidfd);
    }

    private void stand(final boolean paused, final boolean held)
    {
        final boolean stood = isPaused || isHeld;
        isPaused = paused;
        isHeld = held;
        if (stood != (paused || held))
        {
            signal(stood ? Signal.SIGCONT : Signal.SIGSTOP);
        }
    }

    private synchronized void signal(final int signal)
    {
        if (!exit.isDone())
        {
            Pidfd.sendSignal(pidfd, signal);
        }
    }
}
