package org.skerry.toolstack.host;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import org.agrona.concurrent.UnsafeBuffer;
import org.skerry.toolstack.Distribution;
import org.skerry.toolstack.Patience;
import org.skerry.toolstack.ToolstackException;
import org.skerry.toolstack.launch.LaunchedProcess;
import org.skerry.toolstack.resource.ResourceLimits;
import org.skerry.wire.Domid;
import org.skerry.wire.linux.Poll;
import org.skerry.wire.linux.SysSocket;
import org.skerry.wire.linux.Unistd;

/**
 * A process that waits behind the same wall as the one that carries a service's domain, to carry it next: the start of
 * a Java machine is no part of the pause then. It is started a while after the service, so that it takes the CPU from
 * nobody who waits, and it is not needed: whoever finds none starts a process as always. Any thread may use it.
 */
final class Standby
{
    /** Environment variable of Domain-0: seconds after which one is started (4); {@code no} saves the memory. */
    static final String VARIABLE = "SKERRY_STANDBY";

    private static final String ARGUMENT = "standby";
    private static final long DELAY_SECONDS = delaySeconds(System.getenv(VARIABLE), Patience.isNeeded());
    private static final long MAX_DELAY_SECONDS = 600;

    private final Processes processes;
    private final ServiceKind kind;
    private final Domid domid;
    private Waiting waiting;
    private long delaySeconds = DELAY_SECONDS;
    private int startCount;
    private boolean isClosed;

    /**
     * A process that waits, now its taker's.
     *
     * @param process       its standard output is the log of the service.
     * @param hypervisorEnd of its connection; to be closed when the hypervisor has it.
     * @param jars          what it was started with.
     */
    record Waiting(LaunchedProcess process, int hypervisorEnd, List<FileTime> jars)
    {
        /** Its socket knows of its end before we could reap it. */
        boolean hasHungUp()
        {
            final UnsafeBuffer pollfd = new UnsafeBuffer(ByteBuffer.allocateDirect(Poll.POLLFD_LENGTH));
            Poll.set(pollfd.addressOffset(), 0, hypervisorEnd, 0);
            return Poll.poll(pollfd.addressOffset(), 1, 0) != 0;
        }

        void end()
        {
            process.kill();
            Unistd.close(hypervisorEnd);
        }
    }

    /**
     * @param processes starts it.
     * @param kind      of the service.
     * @param domid     of the service.
     */
    Standby(final Processes processes, final ServiceKind kind, final Domid domid)
    {
        this.processes = processes;
        this.kind = kind;
        this.domid = domid;
    }

    /** Have one soon. */
    synchronized void prepare()
    {
        if (DELAY_SECONDS >= 0 && !isClosed)
        {
            final Executor later = CompletableFuture.delayedExecutor(delaySeconds, TimeUnit.SECONDS);
            later.execute(this::start);
        }
    }

    /** @return what waits, or null: there is none, or the jars of the host are others now. */
    synchronized Waiting take()
    {
        final Waiting taken = waiting;
        waiting = null;
        delaySeconds = DELAY_SECONDS;

        if (taken != null && (taken.hasHungUp() || !taken.jars.equals(jars())))
        {
            taken.end();
            return null;
        }

        return taken;
    }

    /** End it, and wait for that; none is started any more. */
    void close()
    {
        final Waiting last;

        synchronized (this)
        {
            isClosed = true;
            last = waiting;
            waiting = null;
        }

        if (last != null)
        {
            last.end();
            last.process.exit().join();
        }
    }

    private synchronized void start()
    {
        if (isClosed || waiting != null)
        {
            return;
        }

        final long pair = SysSocket.socketpair(
            SysSocket.AF_UNIX, SysSocket.SOCK_SEQPACKET | SysSocket.SOCK_CLOEXEC);
        final int domainEnd = SysSocket.second(pair);

        try
        {
            final List<FileTime> jars = jars();
            final LaunchedProcess process = processes.launch(
                "dom" + domid + "-" + ++startCount, kind.domainName(), domid.value(), kind.mainClass(),
                List.of(ARGUMENT), null, kind.heap(), ResourceLimits.SERVICE, domainEnd);
            waiting = new Waiting(process, SysSocket.first(pair), jars);
            process.exit().thenRun(() -> ended(process));
        }
        catch (final ToolstackException e)
        {
            System.err.println("no process stands by for " + kind.domainName() + ": " + e.getMessage());
            Unistd.close(SysSocket.first(pair));
        }
        finally
        {
            Unistd.close(domainEnd);
        }
    }

    /** Another one is started in its place, later each time until one is needed. */
    private synchronized void ended(final LaunchedProcess process)
    {
        if (waiting != null && waiting.process == process)
        {
            waiting.end();
            waiting = null;
            prepare();
            delaySeconds = Math.min(MAX_DELAY_SECONDS, 2 * delaySeconds + 1);
        }
    }

    /**
     * @param text   of the variable, or null.
     * @param isSlow whether the machine has no time for it.
     * @return seconds, -1 for never.
     */
    static long delaySeconds(final String text, final boolean isSlow)
    {
        if (isSlow || "no".equals(text))
        {
            return -1;
        }

        return text != null && text.matches("[0-9]{1,3}") ? Long.parseLong(text) : 4;
    }

    private static List<FileTime> jars()
    {
        try (Stream<Path> files = Files.list(Distribution.ofProperties().lib()))
        {
            return files.filter(file -> file.toString().endsWith(".jar")).sorted().map(Standby::time).toList();
        }
        catch (final IOException e)
        {
            return List.of();
        }
    }

    private static FileTime time(final Path file)
    {
        try
        {
            return Files.getLastModifiedTime(file);
        }
        catch (final IOException e)
        {
            return FileTime.fromMillis(0);
        }
    }
}
