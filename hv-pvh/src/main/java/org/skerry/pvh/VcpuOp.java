package org.skerry.pvh;

import org.skerry.wire.Errno;
import org.skerry.wire.Hypercalls;

/**
 * vcpu_op: where a vCPU's records are, and its timer. vCPUs start by their LAPICs, without us.
 *
 * <p>Spec: vcpu.h, VCPUOP_*.
 */
final class VcpuOp implements Hypercall
{
    private static final int VCPUOP_IS_UP = 3;
    private static final int VCPUOP_GET_RUNSTATE_INFO = 4;
    private static final int VCPUOP_REGISTER_RUNSTATE_MEMORY_AREA = 5;
    private static final int VCPUOP_STOP_PERIODIC_TIMER = 7;
    private static final int VCPUOP_SET_SINGLESHOT_TIMER = 8;
    private static final int VCPUOP_STOP_SINGLESHOT_TIMER = 9;
    private static final int VCPUOP_REGISTER_VCPU_INFO = 10;
    private static final int VCPUOP_REGISTER_VCPU_TIME_MEMORY_AREA = 13;

    private static final int REGISTER_VCPU_INFO_LENGTH = 16;
    private static final int REGISTER_VCPU_INFO_OFFSET_OFFSET = 8;
    private static final int SET_SINGLESHOT_TIMER_LENGTH = 16;
    private static final int RUNSTATE_INFO_LENGTH = 48;

    private final PvhGuest guest;

    VcpuOp(final PvhGuest guest)
    {
        this.guest = guest;
    }

    @Override
    public long call(final HypercallFrame frame)
    {
        final int vcpu = frame.intArg(1);
        if (vcpu < 0 || vcpu >= guest.vcpus().count())
        {
            return Errno.ENOENT.negative();
        }

        return switch (frame.intArg(0))
        {
            case VCPUOP_IS_UP -> 1;
            case VCPUOP_STOP_PERIODIC_TIMER -> 0;
            case VCPUOP_SET_SINGLESHOT_TIMER -> setTimer(frame, vcpu);
            case VCPUOP_STOP_SINGLESHOT_TIMER -> stopTimer(frame, vcpu);
            case VCPUOP_REGISTER_VCPU_INFO -> frame.onLoop(() -> registerVcpuInfo(frame, vcpu));
            case VCPUOP_REGISTER_VCPU_TIME_MEMORY_AREA -> registerTime(frame);
            case VCPUOP_REGISTER_RUNSTATE_MEMORY_AREA -> registerRunstate(frame);
            case VCPUOP_GET_RUNSTATE_INFO -> writeRunstate(frame, frame.arg(2));
            default -> Errno.ENOSYS.negative();
        };
    }

    /** The timer of a vCPU is its own; its flags ask for what Xen does not look at either. */
    private long setTimer(final HypercallFrame frame, final int vcpu)
    {
        if (vcpu != frame.vcpu().id())
        {
            return Errno.EINVAL.negative();
        }
        if (!frame.read(frame.arg(2), SET_SINGLESHOT_TIMER_LENGTH))
        {
            return Errno.EFAULT.negative();
        }
        frame.vcpu().exits().timers++;
        guest.ports().setTimer(vcpu, frame.vcpu().hostDeadlineNs(frame.buffer.getLong(0)));

        return 0;
    }

    private long stopTimer(final HypercallFrame frame, final int vcpu)
    {
        if (vcpu != frame.vcpu().id())
        {
            return Errno.EINVAL.negative();
        }
        guest.ports().setTimer(vcpu, 0);

        return 0;
    }

    private long registerVcpuInfo(final HypercallFrame frame, final int vcpu)
    {
        if (!frame.read(frame.arg(2), REGISTER_VCPU_INFO_LENGTH))
        {
            return Errno.EFAULT.negative();
        }
        final long gfn = frame.buffer.getLong(0);
        final long offset = Integer.toUnsignedLong(frame.buffer.getInt(REGISTER_VCPU_INFO_OFFSET_OFFSET));
        if (!guest.memory().hasFrame(gfn) || offset % Long.BYTES != 0 ||
            offset > Hypercalls.PAGE_SIZE - SharedInfo.VCPU_INFO_LENGTH ||
            !guest.sharedInfo().placeVcpuInfo(vcpu, guest.memory().addressOf(gfn) + offset))
        {
            return Errno.EINVAL.negative();
        }
        guest.upcalls().lookAgain(vcpu);

        return 0;
    }

    private long registerTime(final HypercallFrame frame)
    {
        if (!frame.read(frame.arg(2), Long.BYTES))
        {
            return Errno.EFAULT.negative();
        }
        final long area = frame.buffer.getLong(0);
        guest.clock().putTimeInfo(frame.buffer, 0);

        return frame.write(area, GuestClock.TIME_INFO_LENGTH) ? 0 : Errno.EFAULT.negative();
    }

    private long registerRunstate(final HypercallFrame frame)
    {
        return frame.read(frame.arg(2), Long.BYTES) ?
            writeRunstate(frame, frame.buffer.getLong(0)) : Errno.EFAULT.negative();
    }

    /** It runs, and nothing was ever stolen from it: what the host takes we do not know. */
    private static long writeRunstate(final HypercallFrame frame, final long area)
    {
        frame.buffer.setMemory(0, RUNSTATE_INFO_LENGTH, (byte)0);
        return frame.write(area, RUNSTATE_INFO_LENGTH) ? 0 : Errno.EFAULT.negative();
    }
}
