package org.skerry.toolstack.host;

import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

import org.skerry.guest.Domain;
import org.skerry.toolstack.Patience;
import org.skerry.toolstack.launch.JavaHeap;
import org.skerry.toolstack.launch.LaunchedProcess;
import org.skerry.toolstack.resource.ResourceLimits;
import org.skerry.wire.Hypercalls;
import org.skerry.wire.linux.SysSocket;
import org.skerry.wire.linux.Unistd;

/**
 * The process of the hypervisor, started by Domain-0, which it then rules. It ends when Domain-0 hangs up.
 */
final class HypervisorProcess
{
    private static final String MAIN_CLASS = "org.skerry.kernel.HypervisorMain";
    private static final String NAME = "hypervisor";
    private static final int HEAP_MB = 128;
    private static final int FRAME_KB = Hypercalls.PAGE_SIZE / 1024;
    private static final long DOM0_KB = 512 * 1024;
    private static final long END_PATIENCE_NS = Patience.ns(5, TimeUnit.SECONDS);

    private final LaunchedProcess process;
    private final int connectionFd;

    private HypervisorProcess(final LaunchedProcess process, final int connectionFd)
    {
        this.process = process;
        this.connectionFd = connectionFd;
    }

    /**
     * @param processes starts it.
     * @return the hypervisor; it waits for {@link #attach}.
     */
    static HypervisorProcess start(final Processes processes)
    {
        final long totalKb = HostInfo.memTotalKb();
        final long dom0Kb = Math.min(DOM0_KB, totalKb / 4);
        final long pair = SysSocket.socketpair(
            SysSocket.AF_UNIX, SysSocket.SOCK_SEQPACKET | SysSocket.SOCK_CLOEXEC);
        try
        {
            return new HypervisorProcess(
                processes.launch(NAME, 0, MAIN_CLASS,
                    List.of(
                        Long.toString(totalKb / FRAME_KB), Long.toString(dom0Kb / FRAME_KB),
                        Integer.toString(Runtime.getRuntime().availableProcessors())),
                    null, new JavaHeap(HEAP_MB), ResourceLimits.HYPERVISOR, SysSocket.second(pair)),
                SysSocket.first(pair));
        }
        finally
        {
            Unistd.close(SysSocket.second(pair));
        }
    }

    /** @return Domain-0, owned by the calling thread. */
    Domain attach()
    {
        return Domain.attach(connectionFd);
    }

    /** Hang up and wait for its end. */
    void end()
    {
        SysSocket.shutdown(connectionFd, SysSocket.SHUT_RDWR);
        try
        {
            process.exit().get(END_PATIENCE_NS, TimeUnit.NANOSECONDS);
        }
        catch (final TimeoutException e)
        {
            process.kill();
        }
        catch (final InterruptedException e)
        {
            Thread.currentThread().interrupt();
        }
        catch (final ExecutionException e)
        {
            throw new IllegalStateException("the hypervisor could not be reaped", e);
        }
    }
}
