package org.skerry.toolstack.resource;

/**
 * Parameters of Xen's credit scheduler.
 *
 * @param weight of a domain when domains compete for a CPU: twice the weight, twice the time; 1 to 65535.
 * @param cap    most that it may use even when nobody else wants to run, per cent of one CPU; 0 for no limit.
 */
public record SchedParams(int weight, int cap)
{
    /** Heaviest. */
    public static final int MAX_WEIGHT = 65535;

    /** Highest cap. */
    public static final int MAX_CAP = 100 * CpuSet.MAX_CPUS;

    /** What a domain has that does not say. */
    public static final SchedParams DEFAULT = new SchedParams(256, 0);

    /** Parameters check themselves. */
    public SchedParams
    {
        if (weight < 1 || weight > MAX_WEIGHT)
        {
            throw new IllegalArgumentException(
                "Cpu weight out of range, valid values are within range from 1 to " + MAX_WEIGHT);
        }
        if (cap < 0 || cap > MAX_CAP)
        {
            throw new IllegalArgumentException(
                "Cpu cap out of range, valid range is from 0 to " + MAX_CAP);
        }
    }
}
