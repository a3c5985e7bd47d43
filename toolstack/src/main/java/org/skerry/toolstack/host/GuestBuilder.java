package org.skerry.toolstack.host;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.Attributes;
import java.util.jar.JarFile;

import org.skerry.guest.GuestBoot;
import org.skerry.guest.xenstore.XenstoreClient;
import org.skerry.toolstack.CreateOptions;
import org.skerry.toolstack.ToolstackException;
import org.skerry.toolstack.config.DomainConfig;
import org.skerry.toolstack.config.GuestType;
import org.skerry.toolstack.device.DeviceNodes;
import org.skerry.toolstack.device.DiskSpec;
import org.skerry.toolstack.device.DomainNodesSpec;
import org.skerry.toolstack.device.StoreNode;
import org.skerry.toolstack.device.VifSpec;
import org.skerry.toolstack.launch.JavaHeap;
import org.skerry.toolstack.resource.CpuSet;
import org.skerry.toolstack.resource.DomainResources;
import org.skerry.toolstack.resource.ResourceLimits;
import org.skerry.toolstack.resource.SchedParams;
import org.skerry.wire.Domid;
import org.skerry.wire.Errno;
import org.skerry.wire.EventChannelPort;
import org.skerry.wire.GrantRef;
import org.skerry.wire.linux.SysSocket;
import org.skerry.wire.linux.Unistd;

/**
 * Builds one guest, step by step: {@link #prepare}, {@link #create}, {@link #connect}, {@link #launch}. What cannot be
 * had is said in the first step, as far as it can be known then, and nothing exists yet; who calls takes apart what a
 * later step left unfinished.
 */
final class GuestBuilder implements AutoCloseable
{
    private static final int DEFAULT_GRANT_FRAMES = 32;
    private static final int DEFAULT_MAPTRACK_FRAMES = 64;
    private static final int DEFAULT_MAX_PORTS = 1023;
    private static final int FRAME_KB = 4;
    private static final int HEAP_MB = 64;

    private final Domctl domctl;
    private final Services services;
    private final Processes processes;
    private final HostBridges bridges;
    private final DomainRegistry registry;
    private final DomainConfig config;
    private final CreateOptions options;
    private final int hypervisorEnd;
    private final int domainEnd;
    private final ArrayDeque<Integer> images = new ArrayDeque<>();
    private String kernelClass;
    private LinuxBoot linux;
    private DomainResources.Affinity affinity;

    GuestBuilder(
        final Domctl domctl, final Services services, final Processes processes, final HostBridges bridges,
        final DomainRegistry registry, final DomainConfig config, final CreateOptions options)
    {
        this.domctl = domctl;
        this.services = services;
        this.processes = processes;
        this.bridges = bridges;
        this.registry = registry;
        this.config = config;
        this.options = options;
        final long pair = SysSocket.socketpair(
            SysSocket.AF_UNIX, SysSocket.SOCK_SEQPACKET | SysSocket.SOCK_CLOEXEC);
        this.hypervisorEnd = SysSocket.first(pair);
        this.domainEnd = SysSocket.second(pair);
    }

    /** Look whether everything can be had, and open what has to be open. */
    void prepare()
    {
        if (registry.findByName(config.name()) != null || config.name().equals("Domain-0"))
        {
            throw config.problem("name", "a domain named " + config.name() + " exists already");
        }
        if (config.type() == GuestType.PVH)
        {
            linux = LinuxBoot.open(config);
        }
        else
        {
            kernelClass = kernelClass(config);
        }
        affinity = new DomainResources.Affinity(cpus("cpus", config.cpus()), cpus("cpus_soft", config.cpusSoft()));
        checkNetwork();
        for (int i = 0; i < config.disks().size(); i++)
        {
            images.add(ImageLocks.open(config, i));
        }
    }

    /** @return the domain, in the registry; it has memory and nothing else. */
    HostDomain create()
    {
        // A machine has all its memory when it starts, and its balloon gives back what is above memory/target.
        final long memoryKb = wholeFrames(linux == null ? config.memoryKb() : config.maxMemoryKb());
        final long created = domctl.createDomain(new Domctl.Spec(
            config.name(), config.cmdline(), memoryKb, wholeFrames(config.maxMemoryKb()), config.vcpus(),
            config.maxGrantFrames() < 0 ? DEFAULT_GRANT_FRAMES : config.maxGrantFrames(),
            config.maxMaptrackFrames() < 0 ? DEFAULT_MAPTRACK_FRAMES : config.maxMaptrackFrames(),
            config.maxEventChannels() < 0 ? DEFAULT_MAX_PORTS : config.maxEventChannels(), 0), hypervisorEnd);
        if (created == Errno.ENOMEM.negative())
        {
            throw config.problem("memory", "not enough memory: the domain needs " + memoryKb / 1024 + " MiB, " +
                domctl.memory().freeKb() / 1024 + " MiB are free");
        }
        if (created < 0)
        {
            throw config.problem("", "the hypervisor refuses this domain: " + Errno.nameOf(created));
        }

        final HostDomain domain = new HostDomain(
            new Domid((int)created), config.name(), config.uuid(), config, options, null);
        registry.add(domain);

        return domain;
    }

    /** Its pages and ports for xenstore and console, its nodes, its devices' backends. */
    void connect(final HostDomain domain)
    {
        final Domid domid = domain.domid();
        final Domid console = services.serving(ServiceKind.CONSOLE).domid();
        final EventChannelPort storePort = domctl.connectService(
            domid, services.serving(ServiceKind.XENSTORE).domid(), GrantRef.RESERVED_XENSTORE);
        final EventChannelPort consolePort = domctl.connectService(domid, console, GrantRef.RESERVED_CONSOLE);

        final List<StoreNode> nodes = new ArrayList<>(DeviceNodes.domain(new DomainNodesSpec(
            domid, config.name(), config.uuid(), config.memoryKb(), config.maxMemoryKb(), config.vcpus(),
            config.maxVcpus(), domain.startedAt())));
        nodes.addAll(DeviceNodes.console(domid, console, GrantRef.RESERVED_CONSOLE.value(), consolePort));
        addDisks(domain, nodes);
        addVifs(domain, nodes);

        final XenstoreClient store = services.store();
        DeviceNodes.write(store, nodes);
        store.introduce(domid, GrantRef.RESERVED_XENSTORE.value(), storePort);
    }

    /** Its process. */
    void launch(final HostDomain domain)
    {
        final int heapMb = linux == null ? HEAP_MB : LinuxBoot.HEAP_MB;
        final ResourceLimits limits = ResourceLimits.ofGuest(
            new SchedParams(config.cpuWeight(), config.cpuCap()), config.maxMemoryKb(), heapMb);
        if (linux == null)
        {
            domain.process(processes.launch(
                config.name(), domain.domid().value(), GuestBoot.class.getName(), List.of(kernelClass),
                config.kernel(), new JavaHeap(heapMb), limits, domainEnd));
        }
        else
        {
            linux.hand(domctl, domain.domid());
            domain.process(processes.launch(
                config.name(), domain.domid().value(), LinuxBoot.MAIN_CLASS, List.of(), null, new JavaHeap(heapMb),
                limits, domainEnd));
        }
        final DomainResources resources = processes.resources().of(domain.process());
        final int bound = resources == null ? 0 : resources.affinity(affinity);
        if (bound < 0)
        {
            throw config.problem("cpus", "the domain cannot be bound to these CPUs: " + Errno.nameOf(bound));
        }
        if (linux != null)
        {
            linux.awaitLoaded(domain.process());
        }
        if (options.paused())
        {
            domain.paused(true);
            domain.process().pause();
        }
    }

    @Override
    public void close()
    {
        Unistd.close(hypervisorEnd);
        Unistd.close(domainEnd);
        images.forEach(Unistd::close);
        if (linux != null)
        {
            linux.close();
        }
    }

    private void addDisks(final HostDomain domain, final List<StoreNode> nodes)
    {
        for (int i = 0; i < config.disks().size(); i++)
        {
            final DiskSpec disk = config.disks().get(i);
            final Domid backend = backend(disk.backend(), ServiceKind.BLK);
            final int image = images.remove();
            hand(domain, new DeviceFile(
                backend, "vbd/" + domain.domid() + "/" + disk.vdev().number(), image, () -> Unistd.close(image)));
            nodes.addAll(DeviceNodes.vbd(domain.domid(), backend, disk));
        }
    }

    private void addVifs(final HostDomain domain, final List<StoreNode> nodes)
    {
        for (int i = 0; i < config.vifs().size(); i++)
        {
            final VifSpec vif = config.vifs().get(i);
            final Domid backend = backend(vif.backend(), ServiceKind.NET);
            if (vif.bridge() != null)
            {
                final String name = HostTap.nameOf(domain.domid(), vif);
                try
                {
                    final HostTap tap = HostTap.open(name, vif.bridge(), vif.mtu());
                    hand(domain, new DeviceFile(
                        backend, "vif/" + domain.domid() + "/" + vif.devid(), tap.fd(), tap::close));
                }
                catch (final HostTap.TapException e)
                {
                    throw config.problem("vif[" + i + "]", e.getMessage());
                }
            }
            nodes.addAll(DeviceNodes.vif(domain.domid(), backend, vif));
        }
    }

    private void hand(final HostDomain domain, final DeviceFile file)
    {
        domain.deviceFiles().add(file);
        domctl.giveCapability(file.backend(), file.tag(), file.fd());
    }

    private Domid backend(final String name, final ServiceKind kind)
    {
        return backend(services, registry, name, kind);
    }

    /** @return who serves a device whose config names that backend, or none. */
    static Domid backend(
        final Services services, final DomainRegistry registry, final String name, final ServiceKind kind)
    {
        if (name == null || name.isEmpty() || name.equals("0") || name.equals("Domain-0"))
        {
            return services.serving(kind).domid();
        }
        final HostDomain backend = registry.findByName(name);
        if (backend == null)
        {
            throw new ToolstackException("there is no backend domain " + name);
        }

        return backend.domid();
    }

    /** One set for each virtual CPU: those that the config lists, and the last of them, or all, for the others. */
    private List<CpuSet> cpus(final String key, final List<String> texts)
    {
        final int cpuCount = processes.resources().cpuCount();
        final List<CpuSet> sets = new ArrayList<>();
        for (int i = 0; i < config.maxVcpus(); i++)
        {
            try
            {
                sets.add(texts.isEmpty() ? CpuSet.first(cpuCount) :
                    CpuSet.parse(texts.get(Math.min(i, texts.size() - 1)), cpuCount));
            }
            catch (final IllegalArgumentException e)
            {
                throw config.problem(key, e.getMessage());
            }
        }

        return sets;
    }

    private void checkNetwork()
    {
        for (int i = 0; i < config.vifs().size(); i++)
        {
            final VifSpec vif = config.vifs().get(i);
            final String problem = vif.bridge() == null ? null : bridges.require(vif.bridge());
            if (problem != null)
            {
                throw config.problem("vif[" + i + "]", problem);
            }
        }
    }

    private static long wholeFrames(final long kb)
    {
        return (kb + FRAME_KB - 1) / FRAME_KB * FRAME_KB;
    }

    private static String kernelClass(final DomainConfig config)
    {
        try (JarFile jar = new JarFile(config.kernel().toFile()))
        {
            final String mainClass = jar.getManifest() == null ?
                null : jar.getManifest().getMainAttributes().getValue(Attributes.Name.MAIN_CLASS);
            if (mainClass == null)
            {
                throw config.problem("kernel", config.kernel() + " names no Main-Class in its manifest");
            }

            return mainClass;
        }
        catch (final IOException e)
        {
            throw config.problem("kernel", config.kernel() + " is no kernel: neither a Java guest's jar (" +
                e.getMessage() + ") nor an ELF file or a bzImage");
        }
    }
}
