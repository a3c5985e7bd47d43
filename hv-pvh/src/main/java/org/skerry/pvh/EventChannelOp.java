package org.skerry.pvh;

import java.util.function.IntSupplier;

import org.agrona.concurrent.UnsafeBuffer;
import org.skerry.wire.Domid;
import org.skerry.wire.Errno;
import org.skerry.wire.Hypercalls;
import org.skerry.wire.hypercall.HypercallResponseDecoder;

/**
 * event_channel_op: the 2-level ABI. FIFO is refused, which a guest takes for an older Xen.
 *
 * <p>Spec: event_channel.h, EVTCHNOP_*.
 */
final class EventChannelOp implements Hypercall
{
    private static final int EVTCHNOP_BIND_INTERDOMAIN = 0;
    private static final int EVTCHNOP_BIND_VIRQ = 1;
    private static final int EVTCHNOP_CLOSE = 3;
    private static final int EVTCHNOP_SEND = 4;
    private static final int EVTCHNOP_STATUS = 5;
    private static final int EVTCHNOP_ALLOC_UNBOUND = 6;
    private static final int EVTCHNOP_BIND_IPI = 7;
    private static final int EVTCHNOP_BIND_VCPU = 8;
    private static final int EVTCHNOP_UNMASK = 9;
    private static final int EVTCHNOP_RESET = 10;

    private static final int BIND_LENGTH = 12;
    private static final int ALLOC_UNBOUND_LENGTH = 8;
    private static final int BIND_IPI_LENGTH = 8;
    private static final int BIND_VCPU_LENGTH = 8;
    private static final int RESET_LENGTH = 2;
    private static final int STATUS_LENGTH = 24;
    private static final int STATUS_PORT_OFFSET = 4;
    private static final int STATUS_STATUS_OFFSET = 8;
    private static final int STATUS_VCPU_OFFSET = 12;
    private static final int STATUS_REMOTE_OFFSET = 16;
    private static final int STATUS_REMOTE_PORT_OFFSET = 20;
    private static final int SHORT_MASK = 0xFFFF;

    private final GuestPorts ports;
    private final KernelCalls kernel;
    private final int vcpuCount;
    private final PvhGuest guest;

    EventChannelOp(final PvhGuest guest)
    {
        this.guest = guest;
        this.ports = guest.ports();
        this.kernel = guest.kernel();
        this.vcpuCount = guest.vcpus().count();
    }

    @Override
    public long call(final HypercallFrame frame)
    {
        return switch (frame.intArg(0))
        {
            case EVTCHNOP_SEND -> frame.read(frame.arg(1), Integer.BYTES) ?
                ports.send(frame.buffer.getInt(0)) : Errno.EFAULT.negative();
            case EVTCHNOP_UNMASK -> frame.read(frame.arg(1), Integer.BYTES) ?
                ports.unmask(frame.buffer.getInt(0)) : Errno.EFAULT.negative();
            case EVTCHNOP_BIND_VCPU -> bindVcpu(frame);
            case EVTCHNOP_BIND_INTERDOMAIN -> make(frame, BIND_LENGTH, 8, () ->
                ports.bindInterdomain(frame.buffer.getShort(0) & SHORT_MASK, frame.buffer.getInt(4)));
            case EVTCHNOP_BIND_VIRQ -> make(frame, BIND_LENGTH, 8, () ->
                ports.bindVirq(frame.buffer.getInt(0), frame.buffer.getInt(4)));
            case EVTCHNOP_BIND_IPI -> make(frame, BIND_IPI_LENGTH, 4, () -> ports.bindIpi(frame.buffer.getInt(0)));
            case EVTCHNOP_ALLOC_UNBOUND -> make(frame, ALLOC_UNBOUND_LENGTH, 4, () -> allocUnbound(frame.buffer));
            case EVTCHNOP_CLOSE -> frame.onLoop(() -> frame.read(frame.arg(1), Integer.BYTES) ?
                ports.close(frame.buffer.getInt(0)) : Errno.EFAULT.negative());
            case EVTCHNOP_STATUS -> frame.onLoop(() -> status(frame));
            case EVTCHNOP_RESET -> frame.onLoop(() -> reset(frame));
            default -> Errno.ENOSYS.negative();
        };
    }

    /** A command that makes a port and writes its number into its own structure. */
    private static long make(
        final HypercallFrame frame, final int length, final int portOffset, final IntSupplier maker)
    {
        return frame.onLoop(() ->
        {
            if (!frame.read(frame.arg(1), length))
            {
                return Errno.EFAULT.negative();
            }
            final int port = maker.getAsInt();
            if (port < 0)
            {
                return port;
            }
            frame.buffer.putInt(portOffset, port);

            return frame.write(frame.arg(1), length) ? 0 : Errno.EFAULT.negative();
        });
    }

    private int allocUnbound(final UnsafeBuffer arguments)
    {
        return isUs(arguments.getShort(0)) ?
            ports.allocUnbound(arguments.getShort(2) & SHORT_MASK) : Errno.EPERM.negative();
    }

    private long bindVcpu(final HypercallFrame frame)
    {
        if (!frame.read(frame.arg(1), BIND_VCPU_LENGTH))
        {
            return Errno.EFAULT.negative();
        }
        final int vcpu = frame.buffer.getInt(4);

        return vcpu < 0 || vcpu >= vcpuCount ?
            Errno.ENOENT.negative() : ports.bindVcpu(frame.buffer.getInt(0), vcpu);
    }

    private long status(final HypercallFrame frame)
    {
        if (!frame.read(frame.arg(1), STATUS_LENGTH))
        {
            return Errno.EFAULT.negative();
        }
        if (!isUs(frame.buffer.getShort(0)))
        {
            return Errno.EPERM.negative();
        }
        final int number = frame.buffer.getInt(STATUS_PORT_OFFSET);
        final GuestPort port = ports.find(number);
        final HypercallResponseDecoder answer = kernel.eventChannelStatus(number);
        final int status = (int)answer.result();
        frame.buffer.setMemory(STATUS_STATUS_OFFSET, STATUS_LENGTH - STATUS_STATUS_OFFSET, (byte)0);
        frame.buffer.putInt(STATUS_STATUS_OFFSET, status);
        frame.buffer.putInt(STATUS_VCPU_OFFSET, port == null ? 0 : port.vcpu);
        frame.buffer.putInt(STATUS_REMOTE_OFFSET, (int)answer.value0());
        if (status == Hypercalls.EVTCHNSTAT_INTERDOMAIN)
        {
            frame.buffer.putInt(STATUS_REMOTE_PORT_OFFSET, (int)answer.value1());
        }

        return status < 0 ? status : frame.write(frame.arg(1), STATUS_LENGTH) ? 0 : Errno.EFAULT.negative();
    }

    private long reset(final HypercallFrame frame)
    {
        if (!frame.read(frame.arg(1), RESET_LENGTH))
        {
            return Errno.EFAULT.negative();
        }
        if (!isUs(frame.buffer.getShort(0)))
        {
            return Errno.EPERM.negative();
        }
        ports.reset(guest.domain().startInfo().storePort(), guest.domain().startInfo().consolePort());

        return 0;
    }

    private boolean isUs(final short domid)
    {
        final int value = domid & SHORT_MASK;
        return value == Domid.DOMID_SELF || value == guest.domain().domid().value();
    }
}
