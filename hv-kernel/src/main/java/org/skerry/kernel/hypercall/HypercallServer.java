package org.skerry.kernel.hypercall;

import java.nio.ByteBuffer;

import org.agrona.concurrent.NanoClock;
import org.agrona.concurrent.UnsafeBuffer;
import org.skerry.kernel.domain.DomainTable;
import org.skerry.kernel.domain.KernelDomain;
import org.skerry.kernel.policy.Privilege;
import org.skerry.wire.Errno;
import org.skerry.wire.GrantStatus;
import org.skerry.wire.Hypercalls;
import org.skerry.wire.ShutdownReason;
import org.skerry.wire.hypercall.ConsoleIoWriteDecoder;
import org.skerry.wire.hypercall.DecreaseReservationDecoder;
import org.skerry.wire.hypercall.EvtchnAllocUnboundDecoder;
import org.skerry.wire.hypercall.EvtchnBindVcpuDecoder;
import org.skerry.wire.hypercall.EvtchnCloseDecoder;
import org.skerry.wire.hypercall.EvtchnResetDecoder;
import org.skerry.wire.hypercall.EvtchnSendDecoder;
import org.skerry.wire.hypercall.EvtchnStatusDecoder;
import org.skerry.wire.hypercall.GnttabCopyDecoder;
import org.skerry.wire.hypercall.GnttabMapGrantRefDecoder;
import org.skerry.wire.hypercall.GnttabQuerySizeDecoder;
import org.skerry.wire.hypercall.GnttabUnmapGrantRefDecoder;
import org.skerry.wire.hypercall.HypercallResponseEncoder;
import org.skerry.wire.hypercall.HypercallSlotDecoder;
import org.skerry.wire.hypercall.MemoryReservationDecoder;
import org.skerry.wire.hypercall.MoveFromWindowDecoder;
import org.skerry.wire.hypercall.PopulatePhysmapDecoder;
import org.skerry.wire.hypercall.SchedShutdownDecoder;
import org.skerry.wire.hypercall.SchedWatchdogDecoder;
import org.skerry.wire.hypercall.SetSingleshotTimerDecoder;
import org.skerry.wire.hypercall.XenVersionDecoder;
import org.skerry.wire.linux.Eventfd;
import org.skerry.wire.ring.BackRing;
import org.skerry.wire.ring.RingLayout;

/**
 * Serves the slots of hypercall rings. A slot is copied out once and only the copy is looked at.
 */
public final class HypercallServer
{
    private static final int BLOCK_LENGTH = Hypercalls.SLOT_LENGTH;
    private static final int RESET_LIMIT = 256;
    private static final int CLOSES_PER_WORK = 4;
    private static final int SYSTEM_CALL_WORK = 3;      // what rings, arms or closes keeps others waiting for longer

    private final DomainTable domains;
    private final DomainEvents events;
    private final GrantOperations grants;
    private final UnsafeBuffer slot = new UnsafeBuffer(ByteBuffer.allocateDirect(BLOCK_LENGTH));
    private final HypercallSlotDecoder head = new HypercallSlotDecoder().wrap(slot, 0, BLOCK_LENGTH, 0);
    private final GnttabMapGrantRefDecoder map = new GnttabMapGrantRefDecoder().wrap(slot, 0, BLOCK_LENGTH, 0);
    private final GnttabUnmapGrantRefDecoder unmap = new GnttabUnmapGrantRefDecoder().wrap(slot, 0, BLOCK_LENGTH, 0);
    private final GnttabCopyDecoder copy = new GnttabCopyDecoder().wrap(slot, 0, BLOCK_LENGTH, 0);
    private final GnttabQuerySizeDecoder querySize = new GnttabQuerySizeDecoder().wrap(slot, 0, BLOCK_LENGTH, 0);
    private final MoveFromWindowDecoder frames = new MoveFromWindowDecoder().wrap(slot, 0, BLOCK_LENGTH, 0);
    private final MemoryReservationDecoder reservation = new MemoryReservationDecoder().wrap(slot, 0, BLOCK_LENGTH, 0);
    private final ConsoleIoWriteDecoder console = new ConsoleIoWriteDecoder().wrap(slot, 0, BLOCK_LENGTH, 0);
    private final SchedWatchdogDecoder watchdog = new SchedWatchdogDecoder().wrap(slot, 0, BLOCK_LENGTH, 0);
    private final SchedShutdownDecoder shutdown = new SchedShutdownDecoder().wrap(slot, 0, BLOCK_LENGTH, 0);
    private final EvtchnAllocUnboundDecoder allocUnbound =
        new EvtchnAllocUnboundDecoder().wrap(slot, 0, BLOCK_LENGTH, 0);
    private final EvtchnCloseDecoder close = new EvtchnCloseDecoder().wrap(slot, 0, BLOCK_LENGTH, 0);
    private final EvtchnStatusDecoder status = new EvtchnStatusDecoder().wrap(slot, 0, BLOCK_LENGTH, 0);
    private final EvtchnSendDecoder send = new EvtchnSendDecoder().wrap(slot, 0, BLOCK_LENGTH, 0);
    private final EvtchnResetDecoder reset = new EvtchnResetDecoder().wrap(slot, 0, BLOCK_LENGTH, 0);
    private final EvtchnBindVcpuDecoder bindVcpu = new EvtchnBindVcpuDecoder().wrap(slot, 0, BLOCK_LENGTH, 0);
    private final SetSingleshotTimerDecoder timer = new SetSingleshotTimerDecoder().wrap(slot, 0, BLOCK_LENGTH, 0);
    private final KernelLog log;
    private final NanoClock clock;
    private final byte[] consoleText = new byte[Hypercalls.CONSOLE_TEXT_LENGTH];
    private final HypercallResponseEncoder response = new HypercallResponseEncoder();
    private long value0;
    private long value1;
    private int extraWork;
    private int systemCallCount;

    /**
     * @param domains all domains.
     * @param events  hears of domains that shut down.
     * @param log     takes what domains say.
     * @param clock   says how much they may say.
     */
    public HypercallServer(
        final DomainTable domains, final DomainEvents events, final KernelLog log, final NanoClock clock)
    {
        this.log = log;
        this.clock = clock;
        this.domains = domains;
        this.events = events;
        this.grants = new GrantOperations(domains);
    }

    /**
     * Serve what stands in a domain's ring.
     *
     * @param caller the domain.
     * @param ring   its ring.
     * @param page   where the ring stands.
     * @param limit  most work to do now, in units of a slot.
     * @return work done, one unit for a slot and more for one that moves frames;
     * {@link RingLayout#PROTOCOL_VIOLATION} when the indices cannot be.
     */
    public int serve(final KernelDomain caller, final BackRing ring, final UnsafeBuffer page, final int limit)
    {
        int work = 0;
        systemCallCount = 0;
        while (work < limit)
        {
            final int polled = ring.copyRequest(slot, 0);
            if (polled == RingLayout.PROTOCOL_VIOLATION)
            {
                return RingLayout.PROTOCOL_VIOLATION;
            }
            if (polled < 0)
            {
                break;
            }

            value0 = 0;
            value1 = 0;
            extraWork = 0;
            final long result = dispatch(caller);
            response.wrap(page, ring.claimResponse())
                .op(head.op()).tag(head.tag()).result(result).value0(value0).value1(value1);
            work += 1 + extraWork;
        }
        if (work > 0 && ring.pushResponsesAndCheckNotify())
        {
            Eventfd.signal(caller.responseBell());
        }

        return work;
    }

    /** @return how many of the requests that were served last had Linux called. */
    public int systemCallCount()
    {
        return systemCallCount;
    }

    private long dispatch(final KernelDomain caller)
    {
        return switch (head.op())
        {
            case EvtchnAllocUnboundDecoder.TEMPLATE_ID -> onAllocUnbound(caller);
            case EvtchnCloseDecoder.TEMPLATE_ID -> withSystemCall(caller.ports().close(close.port()));
            case EvtchnStatusDecoder.TEMPLATE_ID -> onStatus(caller);
            case EvtchnSendDecoder.TEMPLATE_ID -> withSystemCall(caller.ports().send(send.port()));
            case EvtchnResetDecoder.TEMPLATE_ID -> onReset(caller);
            case EvtchnBindVcpuDecoder.TEMPLATE_ID -> caller.ports().bindVcpu(bindVcpu.port(), bindVcpu.vcpu());
            case SetSingleshotTimerDecoder.TEMPLATE_ID ->
                withSystemCall(caller.ports().setTimer(timer.vcpu(), timer.deadlineNs()));
            case GnttabMapGrantRefDecoder.TEMPLATE_ID -> onMap(caller);
            case GnttabUnmapGrantRefDecoder.TEMPLATE_ID -> grants.unmap(caller, unmap.handle());
            case GnttabCopyDecoder.TEMPLATE_ID -> grants.copy(caller, copy);
            case GnttabQuerySizeDecoder.TEMPLATE_ID -> onQuerySize(caller, querySize.dom());
            case MoveFromWindowDecoder.TEMPLATE_ID, PopulatePhysmapDecoder.TEMPLATE_ID,
                DecreaseReservationDecoder.TEMPLATE_ID -> onFrames(caller, frames);
            case MemoryReservationDecoder.TEMPLATE_ID -> onReservation(caller, reservation.dom());
            case SchedShutdownDecoder.TEMPLATE_ID -> onShutdown(caller);
            case SchedWatchdogDecoder.TEMPLATE_ID -> events.onWatchdog(caller, watchdog.id(), watchdog.timeoutS());
            case XenVersionDecoder.TEMPLATE_ID -> onXenVersion();
            case ConsoleIoWriteDecoder.TEMPLATE_ID -> onConsoleIoWrite(caller, console.length());
            default -> Errno.ENOSYS.negative();
        };
    }

    private long withSystemCall(final int result)
    {
        extraWork = SYSTEM_CALL_WORK;
        systemCallCount++;
        return result;
    }

    private long onXenVersion()
    {
        value0 = Hypercalls.ABI_VERSION;
        return Hypercalls.VERSION_MAJOR << Short.SIZE | Hypercalls.VERSION_MINOR;
    }

    private long onConsoleIoWrite(final KernelDomain caller, final int length)
    {
        if (length < 1 || length > consoleText.length)
        {
            return Errno.EINVAL.negative();
        }
        slot.getBytes(ConsoleIoWriteDecoder.text0EncodingOffset(), consoleText);

        return caller.console().write(
            consoleText, length, clock.nanoTime(), line -> log.log(caller.domid(), line));
    }

    private long onAllocUnbound(final KernelDomain caller)
    {
        if (!Privilege.mayActFor(caller, allocUnbound.dom()))
        {
            return Errno.EPERM.negative();
        }
        final KernelDomain owner = domains.find(caller, allocUnbound.dom());
        final KernelDomain remote = domains.find(caller, allocUnbound.remoteDom());

        return owner == null || remote == null ?
            Errno.ESRCH.negative() : owner.ports().allocUnbound(remote.domid());
    }

    private long onStatus(final KernelDomain caller)
    {
        if (!Privilege.mayActFor(caller, status.dom()))
        {
            return Errno.EPERM.negative();
        }
        final KernelDomain owner = domains.find(caller, status.dom());
        if (owner == null)
        {
            return Errno.ESRCH.negative();
        }
        value0 = owner.ports().remoteDomid(status.port());
        value1 = owner.ports().remotePort(status.port()) | (long)owner.ports().vcpu(status.port()) << Integer.SIZE;

        return owner.ports().status(status.port());
    }

    private long onReset(final KernelDomain caller)
    {
        if (!Privilege.mayActFor(caller, reset.dom()))
        {
            return Errno.EPERM.negative();
        }
        final KernelDomain owner = domains.find(caller, reset.dom());
        if (owner == null)
        {
            return Errno.ESRCH.negative();
        }
        extraWork = Math.min(RESET_LIMIT, owner.ports().portCount()) / CLOSES_PER_WORK;

        return owner.ports().closeSome(RESET_LIMIT);
    }

    private long onMap(final KernelDomain caller)
    {
        final boolean isReadOnly = (map.flags() & Hypercalls.GNTMAP_READONLY) != 0;
        final int handle = grants.map(caller, map.dom(), map.grantRef(), isReadOnly);
        if (handle < 0)
        {
            return handle;
        }
        value0 = handle;
        value1 = grants.mappedPlace();

        return 0;
    }

    private long onQuerySize(final KernelDomain caller, final int dom)
    {
        final KernelDomain owner = domains.find(caller, dom);
        if (owner == null || !Privilege.mayActFor(caller, dom))
        {
            return owner == null ? GrantStatus.BAD_DOMAIN : GrantStatus.PERMISSION_DENIED;
        }
        value0 = owner.details().grantTableFrames();
        value1 = value0;

        return GrantStatus.OKAY;
    }

    /** The three have the same fields. */
    private long onFrames(final KernelDomain caller, final MoveFromWindowDecoder op)
    {
        final long first = op.firstFrame();
        final long count = op.frameCount();
        final int result = switch (op.op())
        {
            case PopulatePhysmapDecoder.TEMPLATE_ID -> MemoryOperations.populate(caller, first, count);
            case DecreaseReservationDecoder.TEMPLATE_ID -> MemoryOperations.decrease(caller, first, count);
            default -> MemoryOperations.moveFromWindow(caller, first, count);
        };
        extraWork = result < 0 ? 0 : (int)count / ConnectionRequests.FRAMES_PER_WORK;

        return result;
    }

    private long onReservation(final KernelDomain caller, final int dom)
    {
        final KernelDomain owner = domains.find(caller, dom);
        if (owner == null || !Privilege.mayActFor(caller, dom))
        {
            return owner == null ? Errno.ESRCH.negative() : Errno.EPERM.negative();
        }
        value0 = owner.memory().populatedFrames();
        value1 = owner.memory().maxFrames();

        return 0;
    }

    private long onShutdown(final KernelDomain caller)
    {
        final ShutdownReason reason = ShutdownReason.ofCode((int)shutdown.reason());
        if (reason == null)
        {
            return Errno.EINVAL.negative();
        }
        events.onShutdown(caller, reason);

        return 0;
    }
}
