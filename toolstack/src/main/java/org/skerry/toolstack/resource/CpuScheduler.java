package org.skerry.toolstack.resource;

import org.skerry.toolstack.launch.LaunchedProcess;

/**
 * A way to share the CPUs out among domains by weight and cap. Any thread may use it.
 */
interface CpuScheduler
{
    /**
     * From now on the process gets its share.
     *
     * @param process that runs.
     * @param group   it has been put into; may be of no hierarchy at all.
     * @param params  of its domain.
     */
    void admit(LaunchedProcess process, Cgroup group, SchedParams params);

    /**
     * @param process that was admitted.
     * @param params  that hold from now on.
     */
    void adjust(LaunchedProcess process, SchedParams params);

    /**
     * @param process that was admitted, and has ended.
     */
    void dismiss(LaunchedProcess process);
}
