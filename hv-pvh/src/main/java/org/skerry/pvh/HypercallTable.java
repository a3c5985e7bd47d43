package org.skerry.pvh;

import org.skerry.wire.Errno;

/**
 * The hypercalls that a guest has. Whatever is not here is -ENOSYS, which a kernel takes for an older Xen.
 *
 * <p>Spec: xen.h, __HYPERVISOR_*.
 */
final class HypercallTable
{
    private static final int MEMORY_OP = 12;
    private static final int XEN_VERSION = 17;
    private static final int CONSOLE_IO = 18;
    private static final int GRANT_TABLE_OP = 20;
    private static final int VM_ASSIST = 21;
    private static final int VCPU_OP = 24;
    private static final int SCHED_OP = 29;
    private static final int EVENT_CHANNEL_OP = 32;
    private static final int HVM_OP = 34;
    private static final int COUNT = 64;

    private final Hypercall[] hypercalls = new Hypercall[COUNT];

    HypercallTable(final PvhGuest guest)
    {
        hypercalls[MEMORY_OP] = new MemoryOp(guest);
        hypercalls[XEN_VERSION] = new XenVersionOp(guest.domain().domid());
        hypercalls[CONSOLE_IO] = new ConsoleIo(guest.kernel());
        hypercalls[GRANT_TABLE_OP] = new GrantTableOp(guest.domain().startInfo().grantTableFrameCount());
        hypercalls[VM_ASSIST] = frame -> Errno.EINVAL.negative();
        hypercalls[VCPU_OP] = new VcpuOp(guest);
        hypercalls[SCHED_OP] = new SchedOp(guest);
        hypercalls[EVENT_CHANNEL_OP] = new EventChannelOp(guest);
        hypercalls[HVM_OP] = new HvmOp(guest);
    }

    /**
     * @param number the guest's word.
     * @return what the guest finds in its register.
     */
    long call(final long number, final HypercallFrame frame)
    {
        final Hypercall hypercall = number >= 0 && number < COUNT ? hypercalls[(int)number] : null;
        return hypercall == null ? Errno.ENOSYS.negative() : hypercall.call(frame);
    }
}
