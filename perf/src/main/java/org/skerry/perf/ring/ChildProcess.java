package org.skerry.perf.ring;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

import org.skerry.perf.side.ControlChannel;
import org.skerry.wire.linux.ExitStatus;
import org.skerry.wire.linux.Signal;
import org.skerry.wire.linux.SysWait;
import org.skerry.wire.linux.Time;
import org.skerry.wire.linux.Unistd;

/**
 * A process that this one has started and will reap. One thread, but for {@link #kill}.
 */
public final class ChildProcess
{
    private static final long POLL_NS = 1_000_000;
    private static final long END_TIMEOUT_NS = 2_000_000_000L;

    private final String name;
    private final int pid;
    private final ControlChannel control;
    private final int hangUpFd;
    private boolean isReaped;

    /**
     * @param name     for messages.
     * @param pid      ours to reap.
     * @param control  null for a process that has none.
     * @param hangUpFd closing it is the process's sign to end.
     */
    ChildProcess(final String name, final int pid, final ControlChannel control, final int hangUpFd)
    {
        this.hangUpFd = hangUpFd;
        this.name = name;
        this.pid = pid;
        this.control = control;
    }

    /** @return for messages. */
    public String name()
    {
        return name;
    }

    /** @return null for a process that has none. */
    public ControlChannel control()
    {
        return control;
    }

    /** CPU time of all its threads, ns. */
    public long cpuTimeNs()
    {
        return Time.processCpuTimeNs(pid);
    }

    /**
     * Tell it a line over a control channel.
     *
     * @throws MeasurementException when the process ended.
     */
    public void send(final ControlChannel channel, final String line)
    {
        try
        {
            channel.send(line);
        }
        catch (final IllegalStateException e)
        {
            throw new MeasurementException(name + " ended: " + awaitEnd());
        }
    }

    /**
     * Wait for a line of a control channel.
     *
     * @throws MeasurementException when the process ended, or is silent too long.
     */
    public String receive(final ControlChannel channel, final int timeoutMs)
    {
        final String line;
        try
        {
            line = channel.receive(timeoutMs);
        }
        catch (final IllegalStateException e)
        {
            throw new MeasurementException(name + ": " + e.getMessage());
        }
        if (line == null)
        {
            throw new MeasurementException(name + " ended: " + awaitEnd());
        }

        return line;
    }

    /**
     * @param field of /proc/PID/status that counts kB, e.g. VmRSS.
     * @return kB; 0 when there is no such field.
     */
    public long statusKb(final String field)
    {
        try (Stream<String> lines = Files.lines(Path.of("/proc/" + pid + "/status")))
        {
            return lines.filter(line -> line.startsWith(field + ':'))
                .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", ""))).findFirst().orElse(0);
        }
        catch (final IOException e)
        {
            throw new MeasurementException(name + " has no status: " + e.getMessage());
        }
    }

    /** Stop it where it stands. */
    void pause()
    {
        signal(Signal.SIGSTOP);
    }

    /** Let it go on. */
    void unpause()
    {
        signal(Signal.SIGCONT);
    }

    /** Tell it to end. To be called once. */
    void hangUp()
    {
        Unistd.close(hangUpFd);
    }

    /** Give it a while to end, then end it. */
    void reap()
    {
        final long deadlineNs = System.nanoTime() + END_TIMEOUT_NS;
        while (!hasEnded() && System.nanoTime() - deadlineNs < 0)
        {
            LockSupport.parkNanos(POLL_NS);
        }
        kill();
    }

    /** End it, unless it has ended. Any thread; when this returns nothing of it is left. */
    synchronized void kill()
    {
        if (!isReaped)
        {
            Signal.kill(pid, Signal.SIGKILL);
            awaitEnd();
        }
    }

    private synchronized boolean hasEnded()
    {
        isReaped = isReaped || SysWait.tryWaitPid(pid) >= 0;
        return isReaped;
    }

    private synchronized String awaitEnd()
    {
        final int status = isReaped ? -1 : SysWait.waitPid(pid);
        isReaped = true;

        return status < 0 ? "we have ended it" : ExitStatus.of(status).toString();
    }

    private synchronized void signal(final int number)
    {
        if (!isReaped)
        {
            Signal.kill(pid, number);
        }
    }
}
