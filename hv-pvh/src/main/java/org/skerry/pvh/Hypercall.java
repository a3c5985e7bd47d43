package org.skerry.pvh;

/**
 * A group of hypercalls: one number in xen.h, many commands.
 */
@FunctionalInterface
interface Hypercall
{
    /**
     * On the thread of the vCPU that calls.
     *
     * @param frame what it says.
     * @return 0 or more, or a negative errno.
     */
    long call(HypercallFrame frame);
}
