package org.skerry.toolstack.resource;

import org.skerry.toolstack.launch.LaunchedProcess;
import org.skerry.wire.linux.Sched;

/**
 * What one process has of the CPUs. Any thread may use it.
 */
public final class DomainResources
{
    private final LaunchedProcess process;
    private final CpuScheduler scheduler;
    private SchedParams sched;

    DomainResources(final LaunchedProcess process, final CpuScheduler scheduler, final SchedParams sched)
    {
        this.process = process;
        this.scheduler = scheduler;
        this.sched = sched;
    }

    /** @return weight and cap that hold now. */
    public synchronized SchedParams sched()
    {
        return sched;
    }

    /**
     * @param params that hold from now on.
     */
    public synchronized void sched(final SchedParams params)
    {
        sched = params;
        scheduler.adjust(process, params);
    }

    /**
     * Let all threads of the process, and those that it will start, run there and nowhere else.
     *
     * @param cpus of this machine.
     * @return 0, or a negative errno: EINVAL when none of them can be used.
     */
    public synchronized int affinity(final CpuSet cpus)
    {
        return Threads.forEach(process.pid(), tid -> Sched.setaffinity(tid, cpus.toArray()));
    }
}
