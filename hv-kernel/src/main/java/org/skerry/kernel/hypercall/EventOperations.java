package org.skerry.kernel.hypercall;

import org.agrona.concurrent.UnsafeBuffer;
import org.skerry.kernel.domain.DomainTable;
import org.skerry.kernel.domain.KernelDomain;
import org.skerry.kernel.policy.Privilege;
import org.skerry.wire.Domid;
import org.skerry.wire.Errno;
import org.skerry.wire.Hypercalls;
import org.skerry.wire.hypercall.EvtchnAllocUnboundDecoder;
import org.skerry.wire.hypercall.EvtchnBindVcpuDecoder;
import org.skerry.wire.hypercall.EvtchnCloseDecoder;
import org.skerry.wire.hypercall.EvtchnResetDecoder;
import org.skerry.wire.hypercall.EvtchnSendDecoder;
import org.skerry.wire.hypercall.EvtchnStatusDecoder;
import org.skerry.wire.hypercall.EvtchnUnmaskDecoder;
import org.skerry.wire.hypercall.SetSingleshotTimerDecoder;

/**
 * The slots that are about ports and timers. Those that make a bell come over the connection.
 *
 * <p>Spec: event_channel.h, EVTCHNOP_*; vcpu.h, VCPUOP_set_singleshot_timer.
 */
final class EventOperations
{
    private static final int BLOCK_LENGTH = Hypercalls.SLOT_LENGTH;
    private static final int RESET_LIMIT = 256;
    private static final int CLOSES_PER_WORK = 4;

    private final DomainTable domains;
    private final EvtchnAllocUnboundDecoder allocUnbound = new EvtchnAllocUnboundDecoder();
    private final EvtchnCloseDecoder close = new EvtchnCloseDecoder();
    private final EvtchnStatusDecoder status = new EvtchnStatusDecoder();
    private final EvtchnSendDecoder send = new EvtchnSendDecoder();
    private final EvtchnUnmaskDecoder unmask = new EvtchnUnmaskDecoder();
    private final EvtchnResetDecoder reset = new EvtchnResetDecoder();
    private final EvtchnBindVcpuDecoder bindVcpu = new EvtchnBindVcpuDecoder();
    private final SetSingleshotTimerDecoder timer = new SetSingleshotTimerDecoder();
    private long value0;
    private long value1;
    private int extraWork;

    EventOperations(final DomainTable domains)
    {
        this.domains = domains;
    }

    /**
     * @param caller who asks.
     * @param op     templateId of the slot.
     * @param slot   a private copy.
     * @return result; the other two values and the work beyond a slot's stand beside it.
     */
    long serve(final KernelDomain caller, final int op, final UnsafeBuffer slot)
    {
        value0 = 0;
        value1 = 0;
        extraWork = 0;
        switch (op)
        {
            case EvtchnAllocUnboundDecoder.TEMPLATE_ID:
                return onAllocUnbound(caller, allocUnbound.wrap(slot, 0, BLOCK_LENGTH, 0));

            case EvtchnCloseDecoder.TEMPLATE_ID:
                return caller.ports().close(close.wrap(slot, 0, BLOCK_LENGTH, 0).port());

            case EvtchnStatusDecoder.TEMPLATE_ID:
                return onStatus(caller, status.wrap(slot, 0, BLOCK_LENGTH, 0));

            case EvtchnSendDecoder.TEMPLATE_ID:
                return caller.ports().send(send.wrap(slot, 0, BLOCK_LENGTH, 0).port());

            case EvtchnUnmaskDecoder.TEMPLATE_ID:
                return caller.ports().unmask(unmask.wrap(slot, 0, BLOCK_LENGTH, 0).port());

            case EvtchnResetDecoder.TEMPLATE_ID:
                return onReset(caller, reset.wrap(slot, 0, BLOCK_LENGTH, 0).dom());

            case EvtchnBindVcpuDecoder.TEMPLATE_ID:
                bindVcpu.wrap(slot, 0, BLOCK_LENGTH, 0);
                return caller.ports().bindVcpu(bindVcpu.port(), bindVcpu.vcpu());

            case SetSingleshotTimerDecoder.TEMPLATE_ID:
                timer.wrap(slot, 0, BLOCK_LENGTH, 0);
                return caller.ports().setTimer(timer.vcpu(), timer.deadlineNs());

            default:
                return Errno.ENOSYS.negative();
        }
    }

    long value0()
    {
        return value0;
    }

    long value1()
    {
        return value1;
    }

    int extraWork()
    {
        return extraWork;
    }

    private long onAllocUnbound(final KernelDomain caller, final EvtchnAllocUnboundDecoder op)
    {
        if (!Privilege.mayActFor(caller, op.dom()))
        {
            return Errno.EPERM.negative();
        }
        final KernelDomain owner = find(caller, op.dom());
        final KernelDomain remote = find(caller, op.remoteDom());

        return owner == null || remote == null ?
            Errno.ESRCH.negative() : owner.ports().allocUnbound(remote.domid());
    }

    private long onStatus(final KernelDomain caller, final EvtchnStatusDecoder op)
    {
        if (!Privilege.mayActFor(caller, op.dom()))
        {
            return Errno.EPERM.negative();
        }
        final KernelDomain owner = find(caller, op.dom());
        if (owner == null)
        {
            return Errno.ESRCH.negative();
        }
        value0 = owner.ports().remoteDomid(op.port());
        value1 = owner.ports().remotePort(op.port()) | (long)owner.ports().vcpu(op.port()) << Integer.SIZE;

        return owner.ports().status(op.port());
    }

    private long onReset(final KernelDomain caller, final int domid)
    {
        if (!Privilege.mayActFor(caller, domid))
        {
            return Errno.EPERM.negative();
        }
        final KernelDomain owner = find(caller, domid);
        if (owner == null)
        {
            return Errno.ESRCH.negative();
        }
        extraWork = Math.min(RESET_LIMIT, owner.ports().portCount()) / CLOSES_PER_WORK;

        return owner.ports().closeSome(RESET_LIMIT);
    }

    private KernelDomain find(final KernelDomain caller, final int domid)
    {
        return domid == Domid.DOMID_SELF ? caller : domains.find(domid);
    }
}
