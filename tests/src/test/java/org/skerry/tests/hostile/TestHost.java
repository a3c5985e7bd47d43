package org.skerry.tests.hostile;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import org.agrona.concurrent.NanoClock;
import org.agrona.concurrent.SystemNanoClock;
import org.skerry.guest.Domain;
import org.skerry.guest.hypercall.Waiter;
import org.skerry.kernel.Hypervisor;
import org.skerry.kernel.domain.KernelDomain;
import org.skerry.wire.hypercall.ConnectServiceEncoder;
import org.skerry.wire.hypercall.ConsoleRingDecoder;
import org.skerry.wire.hypercall.CreateDomainEncoder;
import org.skerry.wire.hypercall.DebugKeysEncoder;
import org.skerry.wire.hypercall.DestroyDomainEncoder;
import org.skerry.wire.hypercall.DomainExitedDecoder;
import org.skerry.wire.hypercall.DomainInfoDecoder;
import org.skerry.wire.hypercall.GetDomainInfoEncoder;
import org.skerry.wire.hypercall.GetPhysInfoEncoder;
import org.skerry.wire.hypercall.GiveCapabilityEncoder;
import org.skerry.wire.hypercall.MessageHeaderDecoder;
import org.skerry.wire.hypercall.MessageHeaderEncoder;
import org.skerry.wire.hypercall.PauseDomainEncoder;
import org.skerry.wire.hypercall.PhysInfoDecoder;
import org.skerry.wire.hypercall.ReadConsoleRingEncoder;
import org.skerry.wire.hypercall.UnpauseDomainEncoder;
import org.skerry.wire.hypercall.RestartDomainEncoder;
import org.skerry.wire.hypercall.SetMaxMemEncoder;
import org.skerry.wire.linux.SysSocket;
import org.skerry.wire.linux.Unistd;

/**
 * A real hypervisor on a thread of its own, and Domain-0 in our hands. Domains are threads or just sockets of this
 * process; to the hypervisor that makes no difference.
 */
public final class TestHost implements AutoCloseable
{
    /** Memory of all domains together. */
    public static final int TOTAL_FRAMES = 100_000;

    /** Memory of Domain-0. */
    public static final int DOM0_FRAMES = 64;

    /** Ports that a domain of {@link #newRawDomain} may have. */
    public static final int MAX_PORTS = 200;

    /** Pages in which a domain's mappings are tracked, 256 in each. */
    public static final int MAPTRACK_FRAMES = 4;

    private static final int PATIENCE_SECONDS = 10;

    private final CompletableFuture<Void> end = new CompletableFuture<>();
    private final int grantFrames;
    private final Thread thread;
    private final int dom0Fd;
    private final RawDomain dom0;

    /** Start it, for domains whose grant table is one page. */
    public TestHost()
    {
        this(1);
    }

    /** Start it, for domains with that many pages of grant table, and 4 times as many of maptrack. */
    public TestHost(final int grantFrames)
    {
        this(grantFrames, SystemNanoClock.INSTANCE);
    }

    /** Start it with a clock that the hypervisor goes by, as any thread may read it. */
    public TestHost(final int grantFrames, final NanoClock clock)
    {
        this.grantFrames = grantFrames;
        final long pair = SysSocket.socketpair(SysSocket.AF_UNIX, SysSocket.SOCK_SEQPACKET);
        final Hypervisor hypervisor = new Hypervisor(
            TOTAL_FRAMES, SysSocket.first(pair), new KernelDomain.Details(
                "Domain-0", "", DOM0_FRAMES, DOM0_FRAMES, 1, 64, 1023, 1), clock);
        dom0Fd = SysSocket.second(pair);
        thread = Thread.ofPlatform().daemon().name("hypervisor").start(() -> run(hypervisor));
        dom0 = new RawDomain(dom0Fd).attach();
    }

    /** @return Domain-0. */
    public RawDomain dom0()
    {
        return dom0;
    }

    /** Create a domain; answers what the hypervisor says. The descriptors stay the caller's. */
    public long createDomain(final String name, final long frames, final int domid, final int... fds)
    {
        return createGrowingDomain(name, frames, frames, domid, fds);
    }

    /** As above, with memory that it can populate later. */
    public long createGrowingDomain(
        final String name, final long frames, final long maxFrames, final int domid, final int... fds)
    {
        final CreateDomainEncoder create = new CreateDomainEncoder()
            .wrapAndApplyHeader(dom0.out(), 0, dom0.headerOut())
            .frameCount(frames).maxFrames(maxFrames).grantTableFrameCount(grantFrames)
            .maxMaptrackFrames(MAPTRACK_FRAMES * grantFrames).maxPorts(MAX_PORTS).vcpus(1).domid(domid)
            .name(name).cmdline("console=hvc0");
        return dom0.call(create.encodedLength(), fds);
    }

    /** A domain that is built and whose process has not begun. */
    public RawDomain newUnattachedDomain(final String name, final int frames, final int domid)
    {
        return newGrowingDomain(name, frames, frames, domid);
    }

    /** As above, with memory that it can populate later. */
    public RawDomain newGrowingDomain(
        final String name, final int frames, final int maxFrames, final int domid)
    {
        final long pair = SysSocket.socketpair(SysSocket.AF_UNIX, SysSocket.SOCK_SEQPACKET);
        final long created = createGrowingDomain(name, frames, maxFrames, domid, SysSocket.first(pair));
        Unistd.close(SysSocket.first(pair));
        if (created < 0)
        {
            Unistd.close(SysSocket.second(pair));
            throw new AssertionError("cannot create a domain: " + created);
        }

        return new RawDomain(SysSocket.second(pair));
    }

    /** A domain that speaks by hand and may have that many ports. */
    public RawDomain newRawDomain(final int maxPorts)
    {
        return newRawDomain(maxPorts, MAPTRACK_FRAMES);
    }

    /** A domain that speaks by hand, with limits of its own. */
    public RawDomain newRawDomain(final int maxPorts, final int maptrackFrames)
    {
        final long pair = SysSocket.socketpair(SysSocket.AF_UNIX, SysSocket.SOCK_SEQPACKET);
        final CreateDomainEncoder create = new CreateDomainEncoder()
            .wrapAndApplyHeader(dom0.out(), 0, dom0.headerOut())
            .frameCount(64).maxFrames(64).grantTableFrameCount(1).maxMaptrackFrames(maptrackFrames)
            .maxPorts(maxPorts).vcpus(1).domid(0).name("hoarder").cmdline("");
        final long created = dom0.call(create.encodedLength(), SysSocket.first(pair));
        if (created < 0)
        {
            throw new AssertionError("cannot create a domain: " + created);
        }
        Unistd.close(SysSocket.first(pair));

        return new RawDomain(SysSocket.second(pair)).attach();
    }

    /** A domain that speaks by hand. */
    public RawDomain newRawDomain()
    {
        return newUnattachedDomain("raw", 64, 0).attach();
    }

    /** A domain as the runtime makes it. */
    public Domain newDomain(final String name, final int frames)
    {
        return attach(newUnattachedDomain(name, frames, 0));
    }

    /** A domain whose timers go by another clock. */
    Domain newDomain(final String name, final int frames, final NanoClock clock)
    {
        return attach(newUnattachedDomain(name, frames, 0), clock);
    }

    /** Let the runtime carry a domain that was built. */
    public static Domain attach(final RawDomain unattached)
    {
        return attach(unattached, SystemNanoClock.INSTANCE);
    }

    private static Domain attach(final RawDomain unattached, final NanoClock clock)
    {
        final Domain domain = Domain.attach(unattached.fd(), Waiter.SLEEPING, clock);
        domain.onHypervisorGone(() -> {});

        return domain;
    }

    /** XEN_DOMCTL_destroydomain. */
    public long destroy(final int domid)
    {
        return dom0.call(new DestroyDomainEncoder()
            .wrapAndApplyHeader(dom0.out(), 0, dom0.headerOut()).domid(domid).encodedLength());
    }

    /** Cut off what carries a domain, and let another process carry it; answers what the hypervisor says. */
    public long restart(final int domid, final int... fds)
    {
        return dom0.call(new RestartDomainEncoder()
            .wrapAndApplyHeader(dom0.out(), 0, dom0.headerOut()).domid(domid).encodedLength(), fds);
    }

    /** @return the domain as its next process finds it. */
    public Domain restarted(final int domid)
    {
        final long pair = SysSocket.socketpair(SysSocket.AF_UNIX, SysSocket.SOCK_SEQPACKET);
        final long restarted = restart(domid, SysSocket.first(pair));
        Unistd.close(SysSocket.first(pair));
        if (restarted < 0)
        {
            Unistd.close(SysSocket.second(pair));
            throw new AssertionError("cannot restart a domain: " + restarted);
        }

        return attach(new RawDomain(SysSocket.second(pair)));
    }

    /** XEN_DOMCTL_pausedomain. */
    public long pause(final int domid)
    {
        return dom0.call(new PauseDomainEncoder()
            .wrapAndApplyHeader(dom0.out(), 0, dom0.headerOut()).domid(domid).encodedLength());
    }

    /** XEN_DOMCTL_unpausedomain. */
    public long unpause(final int domid)
    {
        return dom0.call(new UnpauseDomainEncoder()
            .wrapAndApplyHeader(dom0.out(), 0, dom0.headerOut()).domid(domid).encodedLength());
    }

    /** XEN_SYSCTL_debug_keys. */
    public long debugKeys(final String keys)
    {
        return dom0.call(new DebugKeysEncoder()
            .wrapAndApplyHeader(dom0.out(), 0, dom0.headerOut()).reserved(0).keys(keys).encodedLength());
    }

    /** XEN_SYSCTL_readconsole; forgets what it read. */
    public String messages()
    {
        final int length = new ReadConsoleRingEncoder()
            .wrapAndApplyHeader(dom0.out(), 0, dom0.headerOut()).clear((short)1).encodedLength();
        return new ConsoleRingDecoder().wrapAndApplyHeader(
            dom0.ask(MessageHeaderEncoder.ENCODED_LENGTH + length).bytes(), 0, new MessageHeaderDecoder()).text();
    }

    /** XEN_DOMCTL_max_mem. */
    public long setMaxMem(final int domid, final long frames)
    {
        return dom0.call(new SetMaxMemEncoder()
            .wrapAndApplyHeader(dom0.out(), 0, dom0.headerOut()).domid(domid).frames(frames).encodedLength());
    }

    /** Make the store (1) or console (0) page of a domain being built. */
    public long connectService(final int domid, final int service, final long ref)
    {
        return dom0.call(new ConnectServiceEncoder()
            .wrapAndApplyHeader(dom0.out(), 0, dom0.headerOut()).domid(domid).serviceDomid(service).grantRef(ref)
            .encodedLength());
    }

    /** Hand a descriptor to a domain. */
    public long give(final int domid, final String tag, final int... fds)
    {
        return dom0.call(new GiveCapabilityEncoder()
            .wrapAndApplyHeader(dom0.out(), 0, dom0.headerOut()).domid(domid).tag(tag).encodedLength(), fds);
    }

    /** @return what the hypervisor knows of the first domain from a number on. */
    public DomainInfoDecoder info(final int domid)
    {
        final int length = new GetDomainInfoEncoder()
            .wrapAndApplyHeader(dom0.out(), 0, dom0.headerOut()).domid(domid).encodedLength();
        return new DomainInfoDecoder().wrapAndApplyHeader(
            dom0.ask(MessageHeaderEncoder.ENCODED_LENGTH + length).bytes(), 0, new MessageHeaderDecoder());
    }

    /** @return frames that no domain has. */
    public long freeFrames()
    {
        final int length = new GetPhysInfoEncoder()
            .wrapAndApplyHeader(dom0.out(), 0, dom0.headerOut()).reserved(0).encodedLength();
        return new PhysInfoDecoder().wrapAndApplyHeader(
            dom0.ask(MessageHeaderEncoder.ENCODED_LENGTH + length).bytes(), 0, new MessageHeaderDecoder())
            .freeFrames();
    }

    /** @return the next domain that ended, and why: domid and reason. */
    public int[] awaitExit()
    {
        try (RawDomain.Message event = dom0.awaitEvent(DomainExitedDecoder.TEMPLATE_ID))
        {
            final DomainExitedDecoder exited = new DomainExitedDecoder()
                .wrapAndApplyHeader(event.bytes(), 0, new MessageHeaderDecoder());
            return new int[]{exited.domid(), exited.reason()};
        }
    }

    /** @return CPU time that the hypervisor has used, ns. */
    public long cpuTimeNs()
    {
        return ManagementFactory.getThreadMXBean().getThreadCpuTime(thread.threadId());
    }

    /** @return memory files, bells and sockets that this process, hypervisor and domains, has open. */
    public static int openFiles()
    {
        try (Stream<Path> fds = Files.list(Path.of("/proc/self/fd")))
        {
            return (int)fds.filter(TestHost::isOurs).count();
        }
        catch (final IOException e)
        {
            throw new UncheckedIOException(e);
        }
    }

    /** Hang up as Domain-0: the hypervisor ends, and not before. */
    @Override
    public void close()
    {
        final boolean endedBefore = end.isDone();
        dom0.close();
        try
        {
            end.orTimeout(PATIENCE_SECONDS, TimeUnit.SECONDS).join();
        }
        catch (final CompletionException e)
        {
            throw new AssertionError("the hypervisor died", e.getCause());
        }
        if (endedBefore)
        {
            throw new AssertionError("the hypervisor ended while Domain-0 was there");
        }
    }

    private void run(final Hypervisor hypervisor)
    {
        try
        {
            hypervisor.run();
            end.complete(null);
        }
        catch (final RuntimeException | Error e)
        {
            end.completeExceptionally(e);
            SysSocket.shutdown(dom0Fd, SysSocket.SHUT_RDWR);
        }
    }

    private static boolean isOurs(final Path fd)
    {
        try
        {
            final String target = Files.readSymbolicLink(fd).toString();
            return target.contains("memfd:") || target.contains("eventfd") || target.contains("timerfd") ||
                target.contains("socket:");
        }
        catch (final IOException e)
        {
            return false;       // the descriptor that lists the directory is gone again
        }
    }
}
