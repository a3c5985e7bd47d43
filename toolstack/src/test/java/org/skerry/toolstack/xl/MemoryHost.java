package org.skerry.toolstack.xl;

import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.TreeMap;
import java.util.UUID;
import org.skerry.toolstack.ConsoleEndpoint;
import org.skerry.toolstack.CreateOptions;
import org.skerry.toolstack.DomainInfo;
import org.skerry.toolstack.Host;
import org.skerry.toolstack.Progress;
import org.skerry.toolstack.ToolstackException;
import org.skerry.toolstack.config.DomainConfig;
import org.skerry.toolstack.device.DeviceLists;
import org.skerry.toolstack.device.DeviceNodes;
import org.skerry.toolstack.device.DomainNodesSpec;
import org.skerry.toolstack.device.MemoryStore;
import org.skerry.toolstack.device.StoreNode;
import org.skerry.toolstack.device.VbdInfo;
import org.skerry.toolstack.device.VifInfo;
import org.skerry.wire.Domid;
import org.skerry.wire.EventChannelPort;
import org.skerry.wire.ShutdownReason;

/** A host whose domains are entries in a map: everything but the running. */
final class MemoryHost implements Host
{
    private static final Domid STORAGE = new Domid(2);
    private static final long FREE_MEMORY_KB = 1 << 20;

    private final TreeMap<Integer, DomainInfo> domains = new TreeMap<>();
    private final TreeMap<Integer, DomainConfig> configs = new TreeMap<>();
    private final MemoryStore store = new MemoryStore();
    private final List<String> log = new ArrayList<>();
    private final MemoryControl control = new MemoryControl(this);
    private int nextDomid = 1;
    private String messages = "(XEN) one\n(XEN) two\n";

    MemoryHost()
    {
        put(0, "Domain-0", 256 << 10, 2, DomainInfo.State.RUNNING, null, true);
        put(STORAGE.value(), "driver-domain-blk", 16 << 10, 1, DomainInfo.State.BLOCKED, null, true);
    }

    synchronized void put(
        final int domid,
        final String name,
        final long memoryKb,
        final int vcpus,
        final DomainInfo.State state,
        final ShutdownReason reason,
        final boolean service)
    {
        domains.put(domid, new DomainInfo(new Domid(domid), name, new UUID(0x1234567800004000L, 0x8000000000000000L |
            domid), memoryKb, 2 * memoryKb, vcpus, state, reason,
            domid * 1_234_567_890L, Instant.now().minusSeconds(3725),
            service, 1000 + domid, "full"));
        nextDomid = Math.max(nextDomid, domid + 1);
        notifyAll();
    }

    /** @return what was asked for that leaves no other trace. */
    synchronized List<String> log()
    {
        return List.copyOf(log);
    }

    @Override
    public synchronized Domid create(
        final DomainConfig config, final CreateOptions options, final Progress progress)
    {
        progress.onStep("building " + config.name());
        final DomainInfo other = find(config.name());
        if (other != null)
        {
            throw config.problem("name", "Domain '" + config.name() + "' already exists with ID '" + other.domid() +
                "'");
        }
        if (config.memoryKb() > FREE_MEMORY_KB)
        {
            throw config.problem("memory", "I need " + config.memoryKb() + " KiB but only have " + FREE_MEMORY_KB +
                ".");
        }

        final Domid domid = new Domid(nextDomid);
        put(domid.value(), config.name(), config.memoryKb(), config.vcpus(),
            options.paused() ? DomainInfo.State.PAUSED : DomainInfo.State.BLOCKED, null, false);
        configs.put(domid.value(), config);
        final List<StoreNode> nodes = new ArrayList<>(DeviceNodes.domain(new DomainNodesSpec(domid, config.name(),
            config.uuid(), config.memoryKb(), config.maxMemoryKb(), config.vcpus(), config.maxVcpus(),
            Instant.now())));
        config.disks().forEach(disk -> nodes.addAll(DeviceNodes.vbd(domid, STORAGE, disk)));
        config.vifs().forEach(vif -> nodes.addAll(DeviceNodes.vif(domid, new Domid(3), vif)));
        nodes.addAll(DeviceNodes.console(domid, new Domid(4), 1, new EventChannelPort(2)));
        DeviceNodes.write(store, nodes);
        log.add("create " + config.name() + " " + options);
        return domid;
    }

    @Override
    public synchronized List<DomainInfo> domains()
    {
        return List.copyOf(domains.values());
    }

    @Override
    public synchronized DomainInfo find(final String idOrName)
    {
        if (idOrName.matches("[0-9]{1,5}"))
        {
            return domains.get(Integer.parseInt(idOrName));
        }

        return domains.values().stream()
            .filter(domain -> domain.name().equals(idOrName) || domain.uuid().toString().equals(idOrName))
            .findFirst().orElse(null);
    }

    @Override
    public synchronized DomainConfig configOf(final Domid domid)
    {
        return configs.get(domid.value());
    }

    @Override
    public synchronized void pause(final Domid domid)
    {
        replace(domid, DomainInfo.State.PAUSED, null);
    }

    @Override
    public synchronized void unpause(final Domid domid)
    {
        replace(domid, DomainInfo.State.BLOCKED, null);
    }

    @Override
    public synchronized void requestShutdown(final Domid domid, final ShutdownReason reason)
    {
        log.add("request " + domid + " " + reason);
    }

    /** What a guest does when it follows a request, or dies. */
    synchronized void shutDown(final int domid, final ShutdownReason reason)
    {
        replace(new Domid(domid), DomainInfo.State.SHUTDOWN, reason);
    }

    @Override
    public synchronized ShutdownReason awaitShutdown(final Domid domid) throws InterruptedException
    {
        log.add("await shutdown " + domid);
        notifyAll();
        while (domains.containsKey(domid.value()) && !domains.get(domid.value()).state().shutdown())
        {
            wait();
        }

        final DomainInfo domain = domains.get(domid.value());
        return domain == null ? null : domain.shutdownReason();
    }

    @Override
    public synchronized void awaitGone(final Domid domid) throws InterruptedException
    {
        log.add("await gone " + domid);
        notifyAll();
        while (domains.containsKey(domid.value()))
        {
            wait();
        }
    }

    /** Wait until something is in the log. */
    synchronized void awaitLog(final String entry) throws InterruptedException
    {
        while (!log.contains(entry))
        {
            wait();
        }
    }

    @Override
    public synchronized void destroy(final Domid domid)
    {
        domains.remove(domid.value());
        configs.remove(domid.value());
        DeviceNodes.removeDomain(store, domid);
        notifyAll();
    }

    @Override
    public synchronized List<VbdInfo> vbds(final Domid domid)
    {
        return DeviceLists.vbds(store, domid);
    }

    @Override
    public synchronized List<VifInfo> vifs(final Domid domid)
    {
        return DeviceLists.vifs(store, domid);
    }

    @Override
    public ConsoleEndpoint consoleOf(final Domid domid, final int consoleId)
    {
        if (consoleId != 0)
        {
            throw new ToolstackException("domain " + domid + " has no console " + consoleId);
        }

        return new ConsoleEndpoint(Path.of("/run/none/console/socket"), domid, consoleId);
    }

    @Override
    public SequencedMap<String, String> info()
    {
        final SequencedMap<String, String> info = new LinkedHashMap<>();
        info.put("host", "rock");
        info.put("nr_cpus", "4");
        info.put("nr_nodes", "1");
        info.put("cores_per_socket", "2");
        info.put("threads_per_core", "1");
        info.put("total_memory", "4096");
        info.put("xen_caps", "xen-3.0-x86_64");
        info.put("build_id", "");
        info.put("xend_config_format", "4");
        return info;
    }

    @Override
    public MemoryControl control()
    {
        return control;
    }

    @Override
    public synchronized void debugKeys(final String keys)
    {
        messages += "(XEN) keys " + keys + "\n";
    }

    @Override
    public synchronized String messages(final boolean clear)
    {
        final String all = messages;
        messages = clear ? "" : messages;
        return all;
    }

    @Override
    public synchronized void down(final Progress progress)
    {
        progress.onStep("stopping");
        log.add("down");
    }

    private void replace(final Domid domid, final DomainInfo.State state, final ShutdownReason reason)
    {
        final DomainInfo old = domains.get(domid.value());
        put(domid.value(), old.name(), old.memoryKb(), old.vcpus(), state, reason, old.service());
    }
}
