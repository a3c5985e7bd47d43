package org.skerry.toolstack.resource;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

import org.skerry.toolstack.RunDirectory;
import org.skerry.toolstack.launch.LaunchedProcess;
import org.skerry.toolstack.resource.CgroupHierarchy.Controller;

/**
 * Gives the processes of one host their resources, by the best means that this machine allows. Any thread may use it.
 */
public final class HostResources
{
    /** Overrides the choice: {@code none} does without control groups. */
    public static final String CGROUP_VARIABLE = "SKERRY_CGROUP";

    private static final long FIRST_WEIGHT = 16L * SchedParams.DEFAULT.weight();

    private final Cgroup group;
    private final CpuScheduler scheduler;
    private final String mechanism;
    private final int cpuCount = onlineCpus();
    private final Map<LaunchedProcess, DomainResources> admitted = new ConcurrentHashMap<>();

    HostResources(final List<CgroupHierarchy> hierarchies, final String name)
    {
        group = Cgroup.parent(hierarchies, name);
        scheduler = group.has(Controller.CPU) ? new CgroupScheduler(group) : new NiceScheduler();
        mechanism = group.has(Controller.CPU) ? group.version(Controller.CPU) : "nice";
    }

    /**
     * Make the group of this host, after removing what an earlier one of the same run directory left.
     *
     * @param runDirectory names the group; its lock is held.
     * @return of this host.
     */
    public static HostResources open(final RunDirectory runDirectory)
    {
        final boolean isWanted = !"none".equals(System.getenv(CGROUP_VARIABLE));
        final String path = runDirectory.toString();
        final String name = "skerry-" + path.substring(path.lastIndexOf('/') + 1).replaceAll("[^A-Za-z0-9_-]", "_") +
            "-" + Integer.toHexString(path.hashCode());

        return new HostResources(isWanted ? CgroupMounts.ofThisProcess().usable() : List.of(), name);
    }

    /** @return how CPUs are shared out: {@code cgroup v2}, {@code cgroup v1} or {@code nice}. */
    public String mechanism()
    {
        return mechanism;
    }

    /** @return CPUs of this machine, those that this process may not use too. */
    public int cpuCount()
    {
        return cpuCount;
    }

    /**
     * Give a process its resources, until it ends.
     *
     * @param name    of its group; unique among those that live.
     * @param process that has just been started.
     * @param limits  of it.
     */
    public void admit(final String name, final LaunchedProcess process, final ResourceLimits limits)
    {
        final Cgroup own = group.child(name);
        if (limits.memoryBytes() > 0)
        {
            own.memory(limits.memoryBytes());
        }
        own.tasks(limits.tasks());
        own.add(process.pid());
        process.exit().whenComplete((status, failure) ->
        {
            admitted.remove(process);
            scheduler.dismiss(process);
            own.remove();
        });
        if (limits.sched() == null)
        {
            own.weight(FIRST_WEIGHT);
            return;
        }
        final DomainResources resources = new DomainResources(
            process, scheduler, limits.sched(), CpuSet.first(cpuCount));
        admitted.put(process, resources);
        scheduler.admit(process, own, limits.sched());
        if (process.exit().isDone())
        {
            admitted.remove(process);
            scheduler.dismiss(process);
        }
    }

    /**
     * @param process that was admitted.
     * @return its resources, or null when it has ended.
     */
    public DomainResources of(final LaunchedProcess process)
    {
        return admitted.get(process);
    }

    /** All processes have ended. */
    public void close()
    {
        group.remove();
    }

    private static int onlineCpus()
    {
        final List<String> online = CgroupMounts.lines(Path.of("/sys/devices/system/cpu/online"));

        return online.isEmpty() ? Runtime.getRuntime().availableProcessors() :
            CpuSet.parse(online.getFirst(), CpuSet.MAX_CPUS).cpus().length();
    }
}
