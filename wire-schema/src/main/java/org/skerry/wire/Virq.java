package org.skerry.wire;

/**
 * Events that the hypervisor itself sends.
 *
 * <p>Spec: xen.h, VIRQ_*.
 */
public final class Virq
{
    /** Of one vcpu: its single-shot timer is due. */
    public static final int TIMER = 0;

    /** Of one vcpu: somebody wants the domain to say how it is. */
    public static final int DEBUG = 1;

    /** Keys for the hypervisor's console. */
    public static final int CONSOLE = 2;

    /** A domain stopped or was destroyed. */
    public static final int DOM_EXC = 3;

    /** Of one vcpu: samples of a profiler. */
    public static final int XENOPROF = 7;

    /** The console ring of the hypervisor has new messages. */
    public static final int CON_RING = 8;

    /** Of one vcpu: performance counters. */
    public static final int XENPMU = 13;

    /** Numbers are 0 to 23. */
    public static final int NR_VIRQS = 24;

    private Virq()
    {
    }

    /**
     * @param virq 0 to 23.
     * @return whether there is one for the whole host, bound on vcpu 0, and not one for each vcpu of each domain.
     */
    public static boolean isGlobal(final int virq)
    {
        return virq != TIMER && virq != DEBUG && virq != XENOPROF && virq != XENPMU;
    }
}
