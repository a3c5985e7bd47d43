package org.skerry.pvh;

import org.skerry.wire.Errno;
import org.skerry.wire.ShutdownReason;

/**
 * sched_op: the end of the guest, and waiting.
 *
 * <p>Spec: sched.h, SCHEDOP_*.
 */
final class SchedOp implements Hypercall
{
    private static final int SCHEDOP_YIELD = 0;
    private static final int SCHEDOP_BLOCK = 1;
    private static final int SCHEDOP_SHUTDOWN = 2;
    private static final int SCHEDOP_POLL = 3;
    private static final int SCHEDOP_WATCHDOG = 6;

    private static final int POLL_LENGTH = 24;
    private static final int POLL_NR_PORTS_OFFSET = 8;
    private static final int POLL_TIMEOUT_OFFSET = 16;
    private static final int MAX_POLL_PORTS = 128;
    private static final int WATCHDOG_LENGTH = 8;

    private final PvhGuest guest;

    SchedOp(final PvhGuest guest)
    {
        this.guest = guest;
    }

    @Override
    public long call(final HypercallFrame frame)
    {
        return switch (frame.intArg(0))
        {
            case SCHEDOP_YIELD ->
            {
                Thread.yield();
                yield 0;
            }
            case SCHEDOP_BLOCK ->
            {
                frame.vcpu().awaitEvent(0, 0, frame.buffer);
                yield 0;
            }
            case SCHEDOP_SHUTDOWN -> shutdown(frame);
            case SCHEDOP_POLL -> poll(frame);
            case SCHEDOP_WATCHDOG -> frame.onLoop(() -> watchdog(frame));
            default -> Errno.ENOSYS.negative();
        };
    }

    /** A guest cannot be saved yet: it goes on as after a suspend that was called off. */
    private long shutdown(final HypercallFrame frame)
    {
        if (!frame.read(frame.arg(1), Integer.BYTES))
        {
            return Errno.EFAULT.negative();
        }
        final ShutdownReason reason = ShutdownReason.ofCode(frame.buffer.getInt(0));
        if (reason == null || reason == ShutdownReason.SUSPEND || reason == ShutdownReason.SOFT_RESET)
        {
            return reason == null ? Errno.EINVAL.negative() : Errno.ENOSYS.negative();
        }
        guest.end(reason, reason == ShutdownReason.CRASH ? "the guest says that it crashed" : null);

        return 0;
    }

    private long poll(final HypercallFrame frame)
    {
        if (!frame.read(frame.arg(1), POLL_LENGTH))
        {
            return Errno.EFAULT.negative();
        }
        final long ports = frame.buffer.getLong(0);
        final int count = frame.buffer.getInt(POLL_NR_PORTS_OFFSET);
        final long timeout = frame.buffer.getLong(POLL_TIMEOUT_OFFSET);
        if (count < 0 || count > MAX_POLL_PORTS)
        {
            return Errno.EINVAL.negative();
        }
        if (!frame.read(ports, count * Integer.BYTES))
        {
            return Errno.EFAULT.negative();
        }
        frame.vcpu().awaitEvent(timeout == 0 ? 0 : frame.vcpu().hostDeadlineNs(timeout), count, frame.buffer);

        return 0;
    }

    private long watchdog(final HypercallFrame frame)
    {
        return frame.read(frame.arg(1), WATCHDOG_LENGTH) ?
            guest.kernel().watchdog(frame.buffer.getInt(0), frame.buffer.getInt(Integer.BYTES)) :
            Errno.EFAULT.negative();
    }
}
