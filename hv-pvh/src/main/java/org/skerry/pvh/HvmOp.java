package org.skerry.pvh;

import org.skerry.guest.StartInfo;
import org.skerry.wire.Errno;

/**
 * hvm_op: where the console and the store are, and by which interrupt a vCPU hears of events.
 *
 * <p>Spec: hvm/hvm_op.h, hvm/params.h.
 */
final class HvmOp implements Hypercall
{
    private static final int HVMOP_SET_PARAM = 0;
    private static final int HVMOP_GET_PARAM = 1;
    private static final int HVMOP_SET_EVTCHN_UPCALL_VECTOR = 23;

    private static final int HVM_PARAM_CALLBACK_IRQ = 0;
    private static final int HVM_PARAM_STORE_PFN = 1;
    private static final int HVM_PARAM_STORE_EVTCHN = 2;
    private static final int HVM_PARAM_CONSOLE_PFN = 17;
    private static final int HVM_PARAM_CONSOLE_EVTCHN = 18;
    private static final int HVM_NR_PARAMS = 39;

    private static final int PARAM_LENGTH = 16;
    private static final int PARAM_INDEX_OFFSET = 4;
    private static final int PARAM_VALUE_OFFSET = 8;
    private static final int UPCALL_VECTOR_LENGTH = 8;
    private static final int UPCALL_VECTOR_OFFSET = 4;
    private static final int FIRST_VECTOR = 16;

    private final PvhGuest guest;
    private final StartInfo startInfo;
    private volatile long callbackIrq;

    HvmOp(final PvhGuest guest)
    {
        this.guest = guest;
        this.startInfo = guest.domain().startInfo();
    }

    @Override
    public long call(final HypercallFrame frame)
    {
        return switch (frame.intArg(0))
        {
            case HVMOP_SET_PARAM -> setParam(frame);
            case HVMOP_GET_PARAM -> getParam(frame);
            case HVMOP_SET_EVTCHN_UPCALL_VECTOR -> setUpcallVector(frame);
            default -> Errno.ENOSYS.negative();
        };
    }

    private long setParam(final HypercallFrame frame)
    {
        if (!frame.read(frame.arg(1), PARAM_LENGTH))
        {
            return Errno.EFAULT.negative();
        }
        final int index = frame.buffer.getInt(PARAM_INDEX_OFFSET);
        if (index < 0 || index >= HVM_NR_PARAMS)
        {
            return Errno.EINVAL.negative();
        }
        if (index != HVM_PARAM_CALLBACK_IRQ)
        {
            return Errno.EPERM.negative();
        }
        callbackIrq = frame.buffer.getLong(PARAM_VALUE_OFFSET);

        return 0;
    }

    private long getParam(final HypercallFrame frame)
    {
        if (!frame.read(frame.arg(1), PARAM_LENGTH))
        {
            return Errno.EFAULT.negative();
        }
        final int index = frame.buffer.getInt(PARAM_INDEX_OFFSET);
        if (index < 0 || index >= HVM_NR_PARAMS)
        {
            return Errno.EINVAL.negative();
        }
        frame.buffer.putLong(PARAM_VALUE_OFFSET, switch (index)
        {
            case HVM_PARAM_CALLBACK_IRQ -> callbackIrq;
            case HVM_PARAM_STORE_PFN -> Math.max(startInfo.storeFrame(), 0);
            case HVM_PARAM_STORE_EVTCHN -> startInfo.storePort() == null ? 0 : startInfo.storePort().value();
            case HVM_PARAM_CONSOLE_PFN -> Math.max(startInfo.consoleFrame(), 0);
            case HVM_PARAM_CONSOLE_EVTCHN -> startInfo.consolePort() == null ? 0 : startInfo.consolePort().value();
            default -> 0;
        });

        return frame.write(frame.arg(1), PARAM_LENGTH) ? 0 : Errno.EFAULT.negative();
    }

    private long setUpcallVector(final HypercallFrame frame)
    {
        if (!frame.read(frame.arg(1), UPCALL_VECTOR_LENGTH))
        {
            return Errno.EFAULT.negative();
        }
        final int vcpu = frame.buffer.getInt(0);
        final int vector = frame.buffer.getByte(UPCALL_VECTOR_OFFSET) & 0xFF;
        if (vector < FIRST_VECTOR)
        {
            return Errno.EINVAL.negative();
        }
        if (vcpu < 0 || vcpu >= guest.vcpus().count())
        {
            return Errno.ENOENT.negative();
        }
        guest.upcalls().setVector(vcpu, vector);

        return 0;
    }
}
