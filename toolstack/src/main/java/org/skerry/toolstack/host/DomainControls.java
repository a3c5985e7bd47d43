package org.skerry.toolstack.host;

import java.util.ArrayList;
import java.util.List;

import org.skerry.toolstack.DomainControl;
import org.skerry.toolstack.DomainInfo;
import org.skerry.toolstack.DomainUsage;
import org.skerry.toolstack.Host;
import org.skerry.toolstack.ToolstackException;
import org.skerry.toolstack.VcpuInfo;
import org.skerry.toolstack.device.DeviceNodes;
import org.skerry.toolstack.device.DiskSpec;
import org.skerry.toolstack.device.Vdev;
import org.skerry.toolstack.device.VifSpec;
import org.skerry.toolstack.resource.CpuSet;
import org.skerry.toolstack.resource.DomainResources;
import org.skerry.toolstack.resource.HostResources;
import org.skerry.toolstack.resource.SchedParams;
import org.skerry.wire.Domid;
import org.skerry.wire.Errno;

/**
 * What can be changed of a domain that runs: whether it runs, its share of the CPUs, its memory.
 */
final class DomainControls implements DomainControl
{
    private final Host host;
    private final Domctl domctl;
    private final Services services;
    private final HostResources resources;
    private final DomainRegistry registry;
    private final HotPlug hotPlug;

    DomainControls(
        final Host host, final Domctl domctl, final Services services, final HostResources resources,
        final DomainRegistry registry)
    {
        this.host = host;
        this.domctl = domctl;
        this.services = services;
        this.resources = resources;
        this.registry = registry;
        this.hotPlug = new HotPlug(domctl, services, registry);
    }

    void pause(final HostDomain domain)
    {
        if (domain.service() == ServiceKind.XENSTORE)
        {
            throw new ToolstackException("without xenstore no domain could be unpaused or ended");
        }
        check("cannot pause domain " + domain.domid(), domctl.pauseDomain(domain.domid()));
        domain.process().pause();
        domain.paused(true);
    }

    void unpause(final HostDomain domain)
    {
        check("cannot unpause domain " + domain.domid(), domctl.unpauseDomain(domain.domid()));
        domain.process().unpause();
        domain.paused(false);
    }

    @Override
    public SchedParams schedOf(final Domid domid)
    {
        return domid.equals(Domid.DOM0) ? SchedParams.DEFAULT : of(registry.require(domid)).sched();
    }

    @Override
    public void sched(final Domid domid, final SchedParams params)
    {
        of(registry.require(domid)).sched(params);
    }

    @Override
    public int cpuCount()
    {
        return resources.cpuCount();
    }

    @Override
    public List<VcpuInfo> vcpus(final Domid domid)
    {
        final DomainInfo info = host.find(domid.toString());
        final DomainResources.Affinity affinity = domid.equals(Domid.DOM0) ?
            DomainResources.Affinity.same(info.vcpus(), CpuSet.first(resources.cpuCount())) :
            of(registry.require(domid)).affinity();
        final List<VcpuInfo> vcpus = new ArrayList<>();
        for (int i = 0; i < affinity.hard().size(); i++)
        {
            vcpus.add(new VcpuInfo(i, i < info.vcpus(), ProcessState.lastCpu(info.pid()), info.state(),
                info.cpuTimeNs() / info.vcpus(), affinity.hard().get(i), affinity.soft().get(i)));
        }

        return vcpus;
    }

    @Override
    public void pin(final Domid domid, final int vcpu, final CpuSet hard, final CpuSet soft)
    {
        final DomainResources own = of(registry.require(domid));
        if (vcpu >= own.affinity().hard().size())
        {
            throw new ToolstackException("Could not set affinity for vcpu `" + vcpu + "': domain " + domid + " has " +
                own.affinity().hard().size());
        }
        check("Could not set affinity for vcpu `" + (vcpu < 0 ? "all" : vcpu) + "'",
            own.affinity(own.affinity().with(vcpu, hard, soft)));
    }

    @Override
    public void memoryTarget(final Domid domid, final long memoryKb)
    {
        final String memory = DeviceNodes.home(registry.require(domid).domid()) + "/memory";
        final long maxKb = Long.parseLong(services.store().read(memory + "/static-max"));
        if (memoryKb > maxKb)
        {
            throw new ToolstackException("memory target must be less than or equal to the maximum: " +
                memoryKb / 1024 + " MiB are wanted, 'maxmem' is " + maxKb / 1024 + " MiB");
        }
        services.store().write(memory + "/target", Long.toString(memoryKb));
    }

    @Override
    public void maxMemory(final Domid domid, final long memoryKb)
    {
        final long result = domctl.setMaxMem(registry.require(domid).domid(), memoryKb);
        check("cannot set domid " + domid + " static max memory to " + memoryKb / 1024 + " MiB" +
            (result == Errno.EINVAL.negative() ? " (its config's maxmem is the most it can have)" : ""), result);
        services.store().write(DeviceNodes.home(domid) + "/memory/static-max", Long.toString(memoryKb));
    }

    @Override
    public void sysrq(final Domid domid, final char key)
    {
        final HostDomain domain = registry.require(domid);
        if (domain.config() == null)
        {
            throw new ToolstackException("domain " + domid + " serves the host and has no keyboard");
        }
        services.store().write(DeviceNodes.home(domid) + "/control/sysrq", Character.toString(key));
    }

    @Override
    public void attach(final Domid domid, final DiskSpec disk)
    {
        hotPlug.attach(domid, disk);
    }

    @Override
    public void detach(final Domid domid, final Vdev vdev, final boolean force)
    {
        hotPlug.detach(domid, vdev, force);
    }

    @Override
    public List<DomainUsage> usage()
    {
        final List<DomainUsage> usage = new ArrayList<>();
        for (final DomainInfo info : host.domains())
        {
            final HostDomain domain = registry.find(info.domid());
            final boolean isGuest = domain != null && domain.config() != null;
            final List<VifSpec> vifs = isGuest ? domain.config().vifs() : List.of();
            final boolean isCounted = vifs.stream().allMatch(vif -> vif.bridge() != null);
            final List<String> taps = vifs.stream().map(vif -> HostTap.nameOf(info.domid(), vif)).toList();
            usage.add(new DomainUsage(info, vifs.size(),
                isCounted ? taps.stream().mapToLong(HostTap::sentBytes).sum() : -1,
                isCounted ? taps.stream().mapToLong(HostTap::receivedBytes).sum() : -1,
                isGuest ? domain.config().disks().size() : 0));
        }

        return usage;
    }

    private DomainResources of(final HostDomain domain)
    {
        final DomainResources own = domain.process() == null ? null : resources.of(domain.process());
        if (own == null)
        {
            throw new ToolstackException("domain " + domain.domid() + " has no process any more");
        }

        return own;
    }

    private static void check(final String what, final long result)
    {
        if (result < 0)
        {
            throw new ToolstackException(what + ": " + Errno.nameOf(result));
        }
    }
}
