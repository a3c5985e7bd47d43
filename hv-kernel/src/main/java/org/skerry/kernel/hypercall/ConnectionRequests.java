package org.skerry.kernel.hypercall;

import org.skerry.kernel.domain.DomainTable;
import org.skerry.kernel.domain.KernelDomain;
import org.skerry.kernel.grant.MoveRequests;
import org.skerry.kernel.memory.GrantWindow;
import org.skerry.kernel.memory.PhysicalMemory;
import org.skerry.kernel.policy.Privilege;
import org.skerry.wire.Errno;
import org.skerry.wire.Hypercalls;
import org.skerry.wire.hypercall.AttachDecoder;
import org.skerry.wire.hypercall.AttachDoneEncoder;
import org.skerry.wire.hypercall.BindInterdomainDecoder;
import org.skerry.wire.hypercall.BindIpiDecoder;
import org.skerry.wire.hypercall.BindVirqDecoder;
import org.skerry.wire.hypercall.MessageHeaderDecoder;
import org.skerry.wire.hypercall.MoveListEncoder;
import org.skerry.wire.hypercall.MoveToWindowDecoder;
import org.skerry.wire.hypercall.OpenWindowDecoder;
import org.skerry.wire.hypercall.SealWindowDecoder;
import org.skerry.wire.hypercall.ServeMovesDecoder;
import org.skerry.wire.hypercall.StartInfoEncoder;
import org.skerry.wire.hypercall.TakeMovesDecoder;
import org.skerry.wire.hypercall.WindowHomeEncoder;

/**
 * Answers what any domain may ask over its connection.
 */
public final class ConnectionRequests
{
    /** Frames that are moved for one unit of work. */
    static final int FRAMES_PER_WORK = 32;

    private static final int MESSAGE_WORK = 4;
    private static final int MOVE_LIMIT = 256;

    private final DomainTable domains;
    private final DomctlRequests domctl;
    private final Request request = new Request();
    private final AttachDecoder attach = new AttachDecoder();
    private final BindInterdomainDecoder bindInterdomain = new BindInterdomainDecoder();
    private final BindVirqDecoder bindVirq = new BindVirqDecoder();
    private final BindIpiDecoder bindIpi = new BindIpiDecoder();
    private final MoveToWindowDecoder moveToWindow = new MoveToWindowDecoder();
    private final OpenWindowDecoder openWindow = new OpenWindowDecoder();
    private final SealWindowDecoder sealWindow = new SealWindowDecoder();
    private final StartInfoEncoder startInfo = new StartInfoEncoder();
    private final WindowHomeEncoder windowHome = new WindowHomeEncoder();
    private final AttachDoneEncoder attachDone = new AttachDoneEncoder();
    private final MoveListEncoder moveList = new MoveListEncoder();
    private int frameWork;

    /**
     * @param domains all domains.
     * @param domctl  answers Domain-0.
     */
    public ConnectionRequests(final DomainTable domains, final DomctlRequests domctl)
    {
        this.domains = domains;
        this.domctl = domctl;
    }

    /**
     * Read one message of a domain and answer it.
     *
     * @param caller whose connection has something to read.
     * @return work done, in units of a slot of a hypercall ring; 0 when there is no message now; a negative errno when
     * the domain hung up.
     */
    public int serve(final KernelDomain caller)
    {
        final long received = request.receive(caller);
        if (received == Errno.EAGAIN.negative())
        {
            return 0;
        }
        if (received == Errno.EMSGSIZE.negative())
        {
            request.reply(Errno.EMSGSIZE.negative());
            return MESSAGE_WORK;
        }

        frameWork = 0;
        final MessageHeaderDecoder header = request.header();
        if (header != null)
        {
            dispatch(caller, header);
        }
        else if (received > 0)
        {
            request.reply(Errno.EINVAL.negative());
        }
        request.discardFds();

        return received > 0 ? MESSAGE_WORK + frameWork : Errno.EPIPE.negative();
    }

    private void dispatch(final KernelDomain caller, final MessageHeaderDecoder header)
    {
        final int templateId = header.templateId();
        if (templateId == AttachDecoder.TEMPLATE_ID)
        {
            attach.wrapAndApplyHeader(request.in(), 0, header);
            onAttach(caller);
            return;
        }
        if (!caller.isAttached() || !Privilege.mayAsk(caller, templateId))
        {
            request.reply(Errno.EPERM.negative());
            return;
        }

        switch (templateId)
        {
            case BindInterdomainDecoder.TEMPLATE_ID:
                bindInterdomain.wrapAndApplyHeader(request.in(), 0, header);
                onBindInterdomain(caller);
                break;

            case BindVirqDecoder.TEMPLATE_ID:
                bindVirq.wrapAndApplyHeader(request.in(), 0, header);
                replyPort(caller, caller.ports().bindVirq(bindVirq.virq(), bindVirq.vcpu()));
                break;

            case BindIpiDecoder.TEMPLATE_ID:
                bindIpi.wrapAndApplyHeader(request.in(), 0, header);
                replyPort(caller, caller.ports().bindIpi(bindIpi.vcpu()));
                break;

            case MoveToWindowDecoder.TEMPLATE_ID:
                moveToWindow.wrapAndApplyHeader(request.in(), 0, header);
                onMoveToWindow(caller);
                break;

            case OpenWindowDecoder.TEMPLATE_ID:
                openWindow.wrapAndApplyHeader(request.in(), 0, header);
                onOpenWindow(caller);
                break;

            case SealWindowDecoder.TEMPLATE_ID:
                sealWindow.wrapAndApplyHeader(request.in(), 0, header);
                final GrantWindow window = caller.memory().window(sealWindow.grantee(), true);
                request.reply(window == null ? Errno.ESRCH.negative() : window.seal());
                break;

            case ServeMovesDecoder.TEMPLATE_ID:
                caller.serveMoves();
                request.reply(0);
                break;

            case TakeMovesDecoder.TEMPLATE_ID:
                onTakeMoves(caller);
                break;

            default:
                if (!domctl.serve(request, header))
                {
                    request.reply(Errno.ENOSYS.negative());
                }
        }
    }

    private void onAttach(final KernelDomain caller)
    {
        if (caller.isAttached() || attach.abiVersion() != Hypercalls.ABI_VERSION)
        {
            request.reply(Errno.EPROTO.negative());
            return;
        }

        final KernelDomain.Details details = caller.details();
        final KernelDomain.Service console = caller.service(0);
        final KernelDomain.Service store = caller.service(1);
        startInfo.wrapAndApplyHeader(request.out(), 0, request.headerOut())
            .result(0)
            .frameCount(details.maxFrames())
            .populatedFrames(caller.memory().firstHole())
            .grantTableFrame(KernelDomain.GRANT_TABLE_FRAME)
            .grantTableFrameCount(details.grantTableFrames())
            .storeFrame(store == null ? -1 : caller.serviceFrame(1))
            .storePort(store == null ? -1 : store.port())
            .storeDomid(store == null ? -1 : store.domid())
            .consoleFrame(console == null ? -1 : caller.serviceFrame(0))
            .consolePort(console == null ? -1 : console.port())
            .consoleDomid(console == null ? -1 : console.domid())
            .firstFreeFrame(KernelDomain.firstFreeFrame(details))
            .domid(caller.domid())
            .vcpus(details.vcpus())
            .name(details.name())
            .cmdline(details.cmdline());
        request.answer(
            startInfo.encodedLength(),
            caller.memory().file().fd(), caller.hypercallRing().fd(), caller.requestBell(), caller.responseBell());
        caller.attached();
        caller.connection().release();
        sendHomes(caller.memory());
        attachDone.wrapAndApplyHeader(request.out(), 0, request.headerOut())
            .windows(caller.memory().windows().size());
        request.send(attachDone.encodedLength());
    }

    /** What the builder granted stands low; with the last frame that is not at home in the file itself we are done. */
    private void sendHomes(final PhysicalMemory memory)
    {
        int left = memory.windows().stream().filter(window -> !window.isReadOnly())
            .mapToInt(GrantWindow::frameCount).sum();
        int frame = 0;
        while (left > 0)
        {
            final GrantWindow home = memory.homeOf(frame);
            final int first = frame++;
            if (home != null && !home.isReadOnly())
            {
                while (frame < memory.length() && memory.homeOf(frame) == home)
                {
                    frame++;
                }
                windowHome.wrapAndApplyHeader(request.out(), 0, request.headerOut())
                    .firstFrame(first).frameCount(frame - first).grantee(home.grantee());
                request.send(windowHome.encodedLength(), home.file().fd());
                left -= frame - first;
            }
        }
    }

    private void onBindInterdomain(final KernelDomain caller)
    {
        final KernelDomain remote = domains.find(bindInterdomain.remoteDomid());
        final long result = remote == null ?
            Errno.ESRCH.negative() : caller.ports().bindInterdomain(remote.ports(), bindInterdomain.remotePort());
        request.reply(result);
    }

    private void replyPort(final KernelDomain caller, final int port)
    {
        if (port < 0)
        {
            request.reply(port);
        }
        else
        {
            request.reply(port, caller.ports().bell(port));
        }
    }

    private void onMoveToWindow(final KernelDomain caller)
    {
        final long firstFrame = moveToWindow.firstFrame();
        final long frameCount = moveToWindow.frameCount();
        final int grantee = moveToWindow.grantee();
        if (!MemoryOperations.isOwn(caller, firstFrame, frameCount))
        {
            request.reply(Errno.EINVAL.negative());
            return;
        }
        if (domains.find(grantee) == null || grantee == caller.domid())
        {
            request.reply(Errno.ESRCH.negative());
            return;
        }

        final boolean isReadOnly = moveToWindow.readOnly() == 1;
        final int result = caller.memory().moveToWindow((int)firstFrame, (int)frameCount, grantee, isReadOnly);
        if (result < 0)
        {
            request.reply(result);
        }
        else
        {
            frameWork = (int)frameCount / FRAMES_PER_WORK;
            final GrantWindow window = caller.memory().window(grantee, isReadOnly);
            request.reply(window.isSealed() ? 0 : 1, window.file().fd());
        }
    }

    private void onTakeMoves(final KernelDomain caller)
    {
        final MoveRequests moves = caller.grantTable().moves();
        moveList.wrapAndApplyHeader(request.out(), 0, request.headerOut());
        if (moves == null)
        {
            moveList.result(Errno.EINVAL.negative()).movesCount(0);
        }
        else
        {
            moves.tellServed(grantee -> tellMoved(domains.find(grantee), caller));
            final int count = Math.min(moves.count(), MOVE_LIMIT);
            final MoveListEncoder.MovesEncoder list = moveList.result(count).movesCount(count);
            moves.take(count, (frame, grantee, isHome) ->
                list.next().frame(frame).grantee(grantee).home((short)(isHome ? 1 : 0)));
        }
        request.answer(moveList.encodedLength());
    }

    private static void tellMoved(final KernelDomain grantee, final KernelDomain granter)
    {
        if (grantee != null)
        {
            grantee.tellMoved(granter.domid());
        }
    }

    private void onOpenWindow(final KernelDomain caller)
    {
        final KernelDomain granter = domains.find(openWindow.granter());
        final GrantWindow window =
            granter == null ? null : granter.memory().window(caller.domid(), openWindow.readOnly() == 1);
        if (window == null || !window.isSealed())
        {
            request.reply(Errno.ESRCH.negative());
        }
        else
        {
            window.opened(true);
            request.reply(window.file().frames(), window.file().fd());
        }
    }
}
