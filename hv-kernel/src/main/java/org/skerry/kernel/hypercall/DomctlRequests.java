package org.skerry.kernel.hypercall;

import java.nio.charset.StandardCharsets;

import org.skerry.kernel.domain.Connection;
import org.skerry.kernel.domain.DomainTable;
import org.skerry.kernel.domain.KernelDomain;
import org.skerry.kernel.memory.MemoryLedger;
import org.skerry.wire.Errno;
import org.skerry.wire.EventChannelPort;
import org.skerry.wire.Hypercalls;
import org.skerry.wire.hypercall.CapabilityGivenEncoder;
import org.skerry.wire.hypercall.ConnectServiceDecoder;
import org.skerry.wire.hypercall.ConsoleRingEncoder;
import org.skerry.wire.hypercall.CreateDomainDecoder;
import org.skerry.wire.hypercall.DebugKeysDecoder;
import org.skerry.wire.hypercall.DestroyDomainDecoder;
import org.skerry.wire.hypercall.DomainInfoEncoder;
import org.skerry.wire.hypercall.GetDomainInfoDecoder;
import org.skerry.wire.hypercall.GetPhysInfoDecoder;
import org.skerry.wire.hypercall.GiveCapabilityDecoder;
import org.skerry.wire.hypercall.MessageHeaderDecoder;
import org.skerry.wire.hypercall.MessageHeaderEncoder;
import org.skerry.wire.hypercall.PauseDomainDecoder;
import org.skerry.wire.hypercall.PhysInfoEncoder;
import org.skerry.wire.hypercall.ReadConsoleRingDecoder;
import org.skerry.wire.hypercall.RestartDomainDecoder;
import org.skerry.wire.hypercall.SetMaxMemDecoder;
import org.skerry.wire.hypercall.UnpauseDomainDecoder;
import org.skerry.wire.linux.Unistd;

/**
 * Answers what Domain-0 alone may ask; whoever calls has seen to that.
 */
public final class DomctlRequests
{
    private static final int MAX_GRANT_TABLE_FRAMES = 64;
    private static final int MAX_MAPTRACK_FRAMES = 1024;
    private static final int MAX_VCPUS = 512;
    private static final int MAX_NAME_LENGTH = 64;
    private static final int MAX_CMDLINE_LENGTH = 4096;
    private static final int MAX_TAG_LENGTH = 128;
    private static final int MAX_KEYS = 8;
    private static final int MIN_FREE_FRAMES = 1;
    private static final int MAX_FRAMES = 1 << 30;

    private final DomainTable domains;
    private final MemoryLedger ledger;
    private final KernelLog log;
    private final DomainEvents events;
    private final CreateDomainDecoder createDomain = new CreateDomainDecoder();
    private final ConnectServiceDecoder connectService = new ConnectServiceDecoder();
    private final DestroyDomainDecoder destroyDomain = new DestroyDomainDecoder();
    private final RestartDomainDecoder restartDomain = new RestartDomainDecoder();
    private final DebugKeys keys;
    private final DebugKeysDecoder debugKeys = new DebugKeysDecoder();
    private final PauseDomainDecoder pauseDomain = new PauseDomainDecoder();
    private final UnpauseDomainDecoder unpauseDomain = new UnpauseDomainDecoder();
    private final GiveCapabilityDecoder giveCapability = new GiveCapabilityDecoder();
    private final GetDomainInfoDecoder getDomainInfo = new GetDomainInfoDecoder();
    private final ReadConsoleRingDecoder readConsoleRing = new ReadConsoleRingDecoder();
    private final SetMaxMemDecoder setMaxMem = new SetMaxMemDecoder();
    private final CapabilityGivenEncoder capabilityGiven = new CapabilityGivenEncoder();
    private final DomainInfoEncoder domainInfo = new DomainInfoEncoder();
    private final PhysInfoEncoder physInfo = new PhysInfoEncoder();
    private final ConsoleRingEncoder consoleRing = new ConsoleRingEncoder();

    /**
     * @param domains all domains.
     * @param ledger  the memory of the host.
     * @param log     the hypervisor's messages.
     * @param events  hears of domains that come and go.
     */
    public DomctlRequests(
        final DomainTable domains, final MemoryLedger ledger, final KernelLog log, final DomainEvents events)
    {
        this.domains = domains;
        this.ledger = ledger;
        this.log = log;
        this.events = events;
        this.keys = new DebugKeys(domains, log);
    }

    boolean serve(final Request request, final MessageHeaderDecoder header)
    {
        switch (header.templateId())
        {
            case CreateDomainDecoder.TEMPLATE_ID:
                createDomain.wrapAndApplyHeader(request.in(), 0, header);
                onCreateDomain(request);
                return true;

            case ConnectServiceDecoder.TEMPLATE_ID:
                connectService.wrapAndApplyHeader(request.in(), 0, header);
                request.reply(onConnectService());
                return true;

            case DestroyDomainDecoder.TEMPLATE_ID:
                destroyDomain.wrapAndApplyHeader(request.in(), 0, header);
                request.reply(onDestroyDomain());
                return true;

            case RestartDomainDecoder.TEMPLATE_ID:
                restartDomain.wrapAndApplyHeader(request.in(), 0, header);
                request.reply(onRestartDomain(request));
                return true;

            case PauseDomainDecoder.TEMPLATE_ID:
                request.reply(onPause(pauseDomain.wrapAndApplyHeader(request.in(), 0, header).domid(), true));
                return true;

            case UnpauseDomainDecoder.TEMPLATE_ID:
                request.reply(onPause(unpauseDomain.wrapAndApplyHeader(request.in(), 0, header).domid(), false));
                return true;

            case DebugKeysDecoder.TEMPLATE_ID:
                debugKeys.wrapAndApplyHeader(request.in(), 0, header);
                request.reply(onDebugKeys(request));
                return true;

            case GiveCapabilityDecoder.TEMPLATE_ID:
                giveCapability.wrapAndApplyHeader(request.in(), 0, header);
                onGiveCapability(request);
                return true;

            case GetDomainInfoDecoder.TEMPLATE_ID:
                getDomainInfo.wrapAndApplyHeader(request.in(), 0, header);
                onGetDomainInfo(request);
                return true;

            case GetPhysInfoDecoder.TEMPLATE_ID:
                physInfo.wrapAndApplyHeader(request.out(), 0, request.headerOut())
                    .result(0).totalFrames(ledger.totalFrames()).freeFrames(ledger.freeFrames());
                request.answer(physInfo.encodedLength());
                return true;

            case SetMaxMemDecoder.TEMPLATE_ID:
                setMaxMem.wrapAndApplyHeader(request.in(), 0, header);
                request.reply(onSetMaxMem());
                return true;

            case ReadConsoleRingDecoder.TEMPLATE_ID:
                readConsoleRing.wrapAndApplyHeader(request.in(), 0, header);
                consoleRing.wrapAndApplyHeader(request.out(), 0, request.headerOut())
                    .result(0).text(log.read(readConsoleRing.clear() == 1));
                request.answer(consoleRing.encodedLength());
                return true;

            default:
                return false;
        }
    }

    private void onCreateDomain(final Request request)
    {
        final int nameAt = createDomain.limit();
        if (!request.holdsText(nameAt))
        {
            request.reply(Errno.EINVAL.negative());
            return;
        }
        final String name = createDomain.name();
        if (!request.holdsText(createDomain.limit()))
        {
            request.reply(Errno.EINVAL.negative());
            return;
        }
        final String cmdline = createDomain.cmdline();
        final long frameCount = createDomain.frameCount();
        final long maxFrames = createDomain.maxFrames();
        final long grantTableFrames = createDomain.grantTableFrameCount();
        final long maptrackFrames = createDomain.maxMaptrackFrames();
        final long maxPorts = createDomain.maxPorts();
        if (grantTableFrames < 1 || grantTableFrames > MAX_GRANT_TABLE_FRAMES ||
            maptrackFrames < 1 || maptrackFrames > MAX_MAPTRACK_FRAMES || maxFrames < frameCount ||
            maxPorts < 1 || maxPorts >= EventChannelPort.MAX_PORTS ||
            createDomain.vcpus() < 1 || createDomain.vcpus() > MAX_VCPUS ||
            isTooLong(name, MAX_NAME_LENGTH) || isTooLong(cmdline, MAX_CMDLINE_LENGTH))
        {
            request.reply(Errno.EINVAL.negative());
            return;
        }
        if (frameCount > ledger.freeFrames() || maxFrames > MAX_FRAMES)
        {
            request.reply(Errno.ENOMEM.negative());
            return;
        }

        final KernelDomain.Details details = new KernelDomain.Details(
            name, cmdline, (int)frameCount, (int)maxFrames, (int)grantTableFrames, (int)maptrackFrames, (int)maxPorts,
            createDomain.vcpus());
        if (frameCount < KernelDomain.firstFreeFrame(details) + MIN_FREE_FRAMES)
        {
            request.reply(Errno.EINVAL.negative());
            return;
        }
        final int domid = domains.choose(createDomain.domid());
        request.reply(domid < 0 ? domid : create(request, domid, details));
    }

    private int create(final Request request, final int domid, final KernelDomain.Details details)
    {
        final int connectionFd = request.takeFd();
        if (connectionFd < 0)
        {
            return Errno.EBADF.negative();
        }
        final Connection connection = new Connection(connectionFd);
        final KernelDomain domain = KernelDomain.create(domid, details, connection, ledger);
        if (domain == null)
        {
            connection.close();
            return Errno.ENOMEM.negative();
        }
        domains.add(domain);
        final int result = events.onCreated(domain);
        if (result < 0)
        {
            events.onDestroyed(domain);
            return result;
        }
        log.log("d" + domid + " created: frames=" + details.frameCount());

        return domid;
    }

    private int onConnectService()
    {
        final KernelDomain domain = alive(connectService.domid());
        final KernelDomain service = alive(connectService.serviceDomid());
        final long grantRef = connectService.grantRef();
        if (domain == null || service == null)
        {
            return Errno.ESRCH.negative();
        }
        if (grantRef > 1 || domain == service)
        {
            return Errno.EINVAL.negative();
        }
        if (domain.isAttached() || domain.service((int)grantRef) != null)
        {
            return Errno.EBUSY.negative();
        }

        final int frame = domain.serviceFrame((int)grantRef);
        final int moved = domain.memory().moveToWindow(frame, 1, service.domid(), false);
        if (moved < 0)
        {
            return moved;
        }
        final int port = domain.ports().allocUnbound(service.domid());
        if (port > 0)
        {
            domain.grantTable().seed((int)grantRef, service.domid(), frame);
            domain.service((int)grantRef, new KernelDomain.Service(service.domid(), port));
        }

        return port;
    }

    private int onSetMaxMem()
    {
        final KernelDomain domain = domains.find(setMaxMem.domid());
        if (domain == null)
        {
            return Errno.ESRCH.negative();
        }
        if (setMaxMem.frames() > domain.memory().length())
        {
            return Errno.EINVAL.negative();
        }
        domain.memory().maxFrames((int)setMaxMem.frames());

        return 0;
    }

    private int onDestroyDomain()
    {
        final KernelDomain domain = domains.find(destroyDomain.domid());
        if (domain == null)
        {
            return Errno.ESRCH.negative();
        }
        if (domain.isPrivileged())
        {
            return Errno.EINVAL.negative();
        }

        events.onDestroyed(domain);
        log.log("d" + domain.domid() + " destroyed");

        return 0;
    }

    private int onRestartDomain(final Request request)
    {
        final KernelDomain domain = domains.find(restartDomain.domid());
        if (domain == null || domain.isPrivileged())
        {
            return domain == null ? Errno.ESRCH.negative() : Errno.EINVAL.negative();
        }
        final int connectionFd = request.takeFd();
        if (connectionFd < 0)
        {
            return Errno.EBADF.negative();
        }
        log.log("d" + domain.domid() + " restarts");

        return events.onRestart(domain, new Connection(connectionFd));
    }

    private int onPause(final int domid, final boolean pause)
    {
        final KernelDomain domain = alive(domid);
        if (domain == null || domain.isPrivileged())
        {
            return domain == null ? Errno.ESRCH.negative() : Errno.EINVAL.negative();
        }
        events.onPause(domain, pause);

        return 0;
    }

    private int onDebugKeys(final Request request)
    {
        if (!request.holdsText(debugKeys.limit()))
        {
            return Errno.EINVAL.negative();
        }
        final String pressed = debugKeys.keys();
        if (pressed.length() > MAX_KEYS)
        {
            return Errno.E2BIG.negative();
        }
        pressed.chars().forEach(key -> keys.press((char)key));

        return 0;
    }

    private void onGiveCapability(final Request request)
    {
        if (!request.holdsText(giveCapability.limit()))
        {
            request.reply(Errno.EINVAL.negative());
            return;
        }
        final KernelDomain domain = alive(giveCapability.domid());
        final String tag = giveCapability.tag();
        final int fd = domain == null || isTooLong(tag, MAX_TAG_LENGTH) ? -1 : request.takeFd();
        if (fd < 0)
        {
            request.reply(domain == null ? Errno.ESRCH.negative() : Errno.EINVAL.negative());
            return;
        }

        capabilityGiven.wrapAndApplyHeader(request.out(), 0, request.headerOut()).reserved(0).tag(tag);
        domain.connection().send(
            request.out(), MessageHeaderEncoder.ENCODED_LENGTH + capabilityGiven.encodedLength(), fd);
        Unistd.close(fd);
        request.reply(0);
    }

    private void onGetDomainInfo(final Request request)
    {
        final KernelDomain domain = domains.firstFrom(getDomainInfo.domid());
        domainInfo.wrapAndApplyHeader(request.out(), 0, request.headerOut());
        if (domain == null)
        {
            domainInfo.result(Errno.ESRCH.negative()).name("");
        }
        else
        {
            domainInfo.result(domain.domid())
                .frameCount(domain.memory().populatedFrames())
                .maxFrames(domain.memory().maxFrames())
                .activeGrants(domain.grantTable().pinnedEntries())
                .mappedGrants(domain.mapTrack().mappedCount())
                .boundPorts(domain.ports().portCount())
                .domid(domain.domid())
                .vcpus(domain.details().vcpus())
                .attached((short)(domain.isAttached() ? 1 : 0))
                .shutdownReason((short)(domain.shutdownReason() == null ?
                    Hypercalls.STILL_RUNNING : domain.shutdownReason().code()))
                .paused((short)(domain.isPaused() ? 1 : 0))
                .name(domain.details().name());
        }
        request.answer(domainInfo.encodedLength());
    }

    private KernelDomain alive(final int domid)
    {
        final KernelDomain domain = domains.find(domid);
        return domain == null || domain.isAbandoned() ? null : domain;
    }

    /** Bytes count: they have to fit into messages again, also when they were no proper UTF-8. */
    private static boolean isTooLong(final String text, final int maxBytes)
    {
        return text.getBytes(StandardCharsets.UTF_8).length > maxBytes;
    }
}
