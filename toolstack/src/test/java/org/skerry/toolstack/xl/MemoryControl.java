package org.skerry.toolstack.xl;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.skerry.toolstack.DomainControl;
import org.skerry.toolstack.DomainInfo;
import org.skerry.toolstack.DomainUsage;
import org.skerry.toolstack.ToolstackException;
import org.skerry.toolstack.VcpuInfo;
import org.skerry.toolstack.device.DiskSpec;
import org.skerry.toolstack.device.Vdev;
import org.skerry.toolstack.resource.CpuSet;
import org.skerry.toolstack.resource.DomainResources.Affinity;
import org.skerry.toolstack.resource.SchedParams;
import org.skerry.wire.Domid;

/** What can be changed of the domains of a {@link MemoryHost}: entries in maps, too. */
final class MemoryControl implements DomainControl
{
    private static final int CPUS = 4;

    private final MemoryHost host;
    private final Map<Domid, SchedParams> sched = new HashMap<>();
    private final Map<Domid, Affinity> affinities = new HashMap<>();
    private final List<String> log = new ArrayList<>();

    MemoryControl(final MemoryHost host)
    {
        this.host = host;
    }

    /** @return what was asked for that leaves no other trace. */
    synchronized List<String> log()
    {
        return List.copyOf(log);
    }

    @Override
    public synchronized SchedParams schedOf(final Domid domid)
    {
        return sched.getOrDefault(domid, SchedParams.DEFAULT);
    }

    @Override
    public synchronized void sched(final Domid domid, final SchedParams params)
    {
        sched.put(domid, params);
    }

    @Override
    public int cpuCount()
    {
        return CPUS;
    }

    @Override
    public synchronized List<VcpuInfo> vcpus(final Domid domid)
    {
        final DomainInfo info = host.find(domid.toString());
        final Affinity affinity = affinity(info);
        final List<VcpuInfo> vcpus = new ArrayList<>();
        for (int i = 0; i < info.vcpus(); i++)
        {
            vcpus.add(new VcpuInfo(i, i < 2, 1, info.state(), info.cpuTimeNs() / info.vcpus(),
                affinity.hard().get(i), affinity.soft().get(i)));
        }

        return vcpus;
    }

    @Override
    public synchronized void pin(final Domid domid, final int vcpu, final CpuSet hard, final CpuSet soft)
    {
        affinities.put(domid, affinity(host.find(domid.toString())).with(vcpu, hard, soft));
    }

    @Override
    public synchronized void memoryTarget(final Domid domid, final long memoryKb)
    {
        if (memoryKb > host.find(domid.toString()).maxMemoryKb())
        {
            throw new ToolstackException("too much");
        }
        log.add("target " + domid + " " + memoryKb);
    }

    @Override
    public synchronized void maxMemory(final Domid domid, final long memoryKb)
    {
        log.add("max " + domid + " " + memoryKb);
    }

    @Override
    public synchronized void sysrq(final Domid domid, final char key)
    {
        log.add("sysrq " + domid + " " + key);
    }

    @Override
    public synchronized void attach(final Domid domid, final DiskSpec disk)
    {
        log.add("attach " + domid + " " + disk.vdev() + " " + disk.target() + (disk.writable() ? " w" : " r"));
    }

    @Override
    public synchronized void detach(final Domid domid, final Vdev vdev, final boolean force)
    {
        log.add("detach " + domid + " " + vdev.number() + (force ? " by force" : ""));
    }

    @Override
    public List<DomainUsage> usage()
    {
        return host.domains().stream().map(info -> new DomainUsage(info, 1, 2048, -1, info.service() ? 0 : 1)).toList();
    }

    private Affinity affinity(final DomainInfo info)
    {
        return affinities.getOrDefault(info.domid(), Affinity.same(info.vcpus(), CpuSet.first(CPUS)));
    }
}
