package org.skerry.toolstack.resource;

import java.util.HashMap;
import java.util.Map;

import org.skerry.toolstack.launch.LaunchedProcess;

/**
 * Shares by control groups: each process is in one of its own, all of them are siblings, and their parent weighs as
 * much as they together, so that a domain counts as much as any program of the machine.
 */
final class CgroupScheduler implements CpuScheduler
{
    private final Cgroup parent;
    private final Map<LaunchedProcess, Member> members = new HashMap<>();

    CgroupScheduler(final Cgroup parent)
    {
        this.parent = parent;
    }

    @Override
    public synchronized void admit(final LaunchedProcess process, final Cgroup group, final SchedParams params)
    {
        members.put(process, new Member(group, params.weight()));
        apply(group, params);
    }

    @Override
    public synchronized void adjust(final LaunchedProcess process, final SchedParams params)
    {
        final Member member = members.get(process);
        if (member != null)
        {
            admit(process, member.group, params);
        }
    }

    @Override
    public synchronized void dismiss(final LaunchedProcess process)
    {
        members.remove(process);
    }

    private void apply(final Cgroup group, final SchedParams params)
    {
        group.weight(params.weight());
        group.cap(params.cap());
        parent.weight(members.values().stream().mapToLong(Member::weight).sum());
    }

    private record Member(Cgroup group, int weight)
    {
    }
}
