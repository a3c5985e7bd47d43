package org.skerry.toolstack.resource;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

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
    private Affinity affinity;

    DomainResources(
        final LaunchedProcess process, final CpuScheduler scheduler, final SchedParams sched, final CpuSet all)
    {
        this.process = process;
        this.scheduler = scheduler;
        this.sched = sched;
        this.affinity = new Affinity(List.of(all), List.of(all));
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

    /** @return of each virtual CPU. */
    public synchronized Affinity affinity()
    {
        return affinity;
    }

    /**
     * Let all threads of the process, and those that it will start, run where one of its virtual CPUs may, and nowhere
     * else.
     *
     * @param wanted of each virtual CPU.
     * @return 0, or a negative errno, and all is as before: EINVAL when none of those CPUs can be used.
     */
    public synchronized int affinity(final Affinity wanted)
    {
        final int result = bind(wanted.union());
        if (result < 0)
        {
            bind(affinity.union());
        }
        else
        {
            affinity = wanted;
        }

        return result;
    }

    private int bind(final CpuSet cpus)
    {
        final int[] numbers = cpus.toArray();

        return Threads.forEach(process.pid(), tid -> Sched.setaffinity(tid, numbers));
    }

    /**
     * Where the virtual CPUs of a domain may run and where they should.
     *
     * @param hard of each, in their order; at least one.
     * @param soft of each, as many.
     */
    public record Affinity(List<CpuSet> hard, List<CpuSet> soft)
    {
        /** Lists of its own. */
        public Affinity
        {
            hard = List.copyOf(hard);
            soft = List.copyOf(soft);
        }

        /**
         * @param count of virtual CPUs.
         * @param cpus  for all of them.
         * @return the same for each.
         */
        public static Affinity same(final int count, final CpuSet cpus)
        {
            return new Affinity(Collections.nCopies(count, cpus), Collections.nCopies(count, cpus));
        }

        /**
         * @param vcpu    number of one, or -1 for all.
         * @param newHard null to leave it.
         * @param newSoft null to leave it.
         * @return with those changed.
         */
        public Affinity with(final int vcpu, final CpuSet newHard, final CpuSet newSoft)
        {
            return new Affinity(changed(hard, vcpu, newHard), changed(soft, vcpu, newSoft));
        }

        CpuSet union()
        {
            return hard.stream().reduce(CpuSet::or).orElseThrow();
        }

        private static List<CpuSet> changed(final List<CpuSet> sets, final int vcpu, final CpuSet set)
        {
            final List<CpuSet> changed = new ArrayList<>(sets);
            for (int i = 0; i < sets.size(); i++)
            {
                if (set != null && (vcpu < 0 || vcpu == i))
                {
                    changed.set(i, set);
                }
            }

            return changed;
        }
    }
}
