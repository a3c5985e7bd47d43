package org.skerry.toolstack.resource;

/**
 * What a process may take.
 *
 * @param sched       of the CPUs; null for who does not compete with domains, but goes before them where it can.
 * @param memoryBytes of its own and of what it touches first in shared memory; 0 for no limit.
 * @param tasks       threads.
 */
public record ResourceLimits(SchedParams sched, long memoryBytes, int tasks)
{
    /** Threads of a JVM that does its work with a few of its own. */
    private static final int TASKS = 512;
    private static final long JVM_OVERHEAD_BYTES = 160L << 20;

    /** What serves the host: its page cache is worth more than a limit. */
    public static final ResourceLimits SERVICE = new ResourceLimits(SchedParams.DEFAULT, 0, TASKS);

    /** All domains wait for it. */
    public static final ResourceLimits HYPERVISOR = new ResourceLimits(null, 0, TASKS);

    /**
     * @param sched    as its config says.
     * @param memoryKb most that the domain may ever have, KiB.
     * @param heapMb   of its Java, MiB.
     * @return limits of a guest.
     */
    public static ResourceLimits ofGuest(final SchedParams sched, final long memoryKb, final int heapMb)
    {
        return new ResourceLimits(sched, (memoryKb << 10) + ((long)heapMb << 20) + JVM_OVERHEAD_BYTES, TASKS);
    }
}
