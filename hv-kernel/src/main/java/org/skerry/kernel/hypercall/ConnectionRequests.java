package org.skerry.kernel.hypercall;

import java.util.List;

import org.skerry.kernel.domain.DomainTable;
import org.skerry.kernel.domain.KernelDomain;
import org.skerry.kernel.memory.GrantWindow;
import org.skerry.kernel.policy.Privilege;
import org.skerry.wire.Errno;
import org.skerry.wire.Hypercalls;
import org.skerry.wire.hypercall.AttachDecoder;
import org.skerry.wire.hypercall.AttachDoneEncoder;
import org.skerry.wire.hypercall.BindInterdomainDecoder;
import org.skerry.wire.hypercall.MessageHeaderDecoder;
import org.skerry.wire.hypercall.MessageHeaderEncoder;
import org.skerry.wire.hypercall.MoveToWindowDecoder;
import org.skerry.wire.hypercall.OpenWindowDecoder;
import org.skerry.wire.hypercall.StartInfoEncoder;
import org.skerry.wire.hypercall.WindowHomeEncoder;

/**
 * Answers what any domain may ask over its connection.
 */
public final class ConnectionRequests
{
    private final DomainTable domains;
    private final DomctlRequests domctl;
    private final Request request = new Request();
    private final AttachDecoder attach = new AttachDecoder();
    private final BindInterdomainDecoder bindInterdomain = new BindInterdomainDecoder();
    private final MoveToWindowDecoder moveToWindow = new MoveToWindowDecoder();
    private final OpenWindowDecoder openWindow = new OpenWindowDecoder();
    private final StartInfoEncoder startInfo = new StartInfoEncoder();
    private final WindowHomeEncoder windowHome = new WindowHomeEncoder();
    private final AttachDoneEncoder attachDone = new AttachDoneEncoder();

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
     * @return 1 when there was a message, 0 when there is none now, a negative errno when the domain hung up or broke
     * the protocol.
     */
    public int serve(final KernelDomain caller)
    {
        final long received = request.receive(caller);
        if (received == Errno.EAGAIN.negative())
        {
            return 0;
        }
        if (received <= 0)
        {
            return received == Errno.EMSGSIZE.negative() ? refuse(Errno.EMSGSIZE) : Errno.EPIPE.negative();
        }

        final MessageHeaderDecoder header = request.header();
        final int result = header == null ? refuse(Errno.EINVAL) : dispatch(caller, header);
        request.discardFds();

        return result;
    }

    private int dispatch(final KernelDomain caller, final MessageHeaderDecoder header)
    {
        final int templateId = header.templateId();
        if (templateId == AttachDecoder.TEMPLATE_ID)
        {
            attach.wrap(request.in(), MessageHeaderDecoder.ENCODED_LENGTH, header.blockLength(), header.version());
            return onAttach(caller);
        }
        if (!caller.isAttached())
        {
            return refuse(Errno.EPERM);
        }
        if (!Privilege.mayAsk(caller, templateId))
        {
            return refuse(Errno.EPERM);
        }

        switch (templateId)
        {
            case BindInterdomainDecoder.TEMPLATE_ID:
                bindInterdomain.wrapAndApplyHeader(request.in(), 0, header);
                onBindInterdomain(caller);
                break;

            case MoveToWindowDecoder.TEMPLATE_ID:
                moveToWindow.wrapAndApplyHeader(request.in(), 0, header);
                onMoveToWindow(caller);
                break;

            case OpenWindowDecoder.TEMPLATE_ID:
                openWindow.wrapAndApplyHeader(request.in(), 0, header);
                onOpenWindow(caller);
                break;

            default:
                if (!domctl.serve(request, header))
                {
                    return refuse(Errno.ENOSYS);
                }
        }

        return 1;
    }

    private int onAttach(final KernelDomain caller)
    {
        if (caller.isAttached() || attach.abiVersion() != Hypercalls.ABI_VERSION)
        {
            return refuse(Errno.EPROTO);
        }

        final KernelDomain.Details details = caller.details();
        final KernelDomain.Service console = caller.service(0);
        final KernelDomain.Service store = caller.service(1);
        startInfo.wrapAndApplyHeader(request.out(), 0, request.headerOut())
            .result(0)
            .frameCount(details.frameCount())
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
        caller.connection().sendFirst(
            request.out(), MessageHeaderEncoder.ENCODED_LENGTH + startInfo.encodedLength(),
            caller.memory().file().fd(), caller.hypercallRing().fd(), caller.requestBell(), caller.responseBell());
        caller.attached();
        caller.connection().release();

        final List<GrantWindow> windows = caller.memory().windows();
        windows.forEach(window -> sendHomes(caller, window));
        attachDone.wrapAndApplyHeader(request.out(), 0, request.headerOut()).windows(windows.size());
        request.send(attachDone.encodedLength());

        return 1;
    }

    private void sendHomes(final KernelDomain caller, final GrantWindow window)
    {
        int frame = 0;
        final int frameCount = caller.memory().frameCount();
        while (frame < frameCount)
        {
            int end = frame;
            while (end < frameCount && caller.memory().homeOf(end) == window)
            {
                end++;
            }
            if (end > frame)
            {
                windowHome.wrapAndApplyHeader(request.out(), 0, request.headerOut())
                    .firstFrame(frame).frameCount(end - frame).grantee(window.grantee());
                request.send(windowHome.encodedLength(), window.file().fd());
            }
            frame = end + 1;
        }
    }

    private void onBindInterdomain(final KernelDomain caller)
    {
        final KernelDomain remote = domains.find(bindInterdomain.remoteDomid());
        final long result = remote == null ?
            Errno.ESRCH.negative() : caller.ports().bindInterdomain(remote.ports(), bindInterdomain.remotePort());
        request.reply(result);
    }

    private void onMoveToWindow(final KernelDomain caller)
    {
        final long firstFrame = moveToWindow.firstFrame();
        final long frameCount = moveToWindow.frameCount();
        final int grantee = moveToWindow.grantee();
        if (frameCount > Hypercalls.MAX_WINDOW_BATCH || !caller.memory().contains(firstFrame, frameCount) ||
            firstFrame < KernelDomain.firstFreeFrame(caller.details()))
        {
            request.reply(Errno.EINVAL.negative());
            return;
        }
        if (domains.find(grantee) == null || grantee == caller.domid())
        {
            request.reply(Errno.ESRCH.negative());
            return;
        }

        final int result = caller.memory().moveToWindow((int)firstFrame, (int)frameCount, grantee);
        if (result < 0)
        {
            request.reply(result);
        }
        else
        {
            request.reply(result, caller.memory().window(grantee).file().fd());
        }
    }

    private void onOpenWindow(final KernelDomain caller)
    {
        final KernelDomain granter = domains.find(openWindow.granter());
        final GrantWindow window = granter == null ? null : granter.memory().window(caller.domid());
        if (window == null)
        {
            request.reply(Errno.ESRCH.negative());
        }
        else
        {
            request.reply(granter.memory().frameCount(), window.file().fd());
        }
    }

    private int refuse(final Errno errno)
    {
        request.reply(errno.negative());
        request.discardFds();

        return 1;
    }
}
