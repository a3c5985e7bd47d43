package org.skerry.toolstack;

import java.util.List;
import org.skerry.toolstack.device.DiskSpec;
import org.skerry.toolstack.device.Vdev;
import org.skerry.toolstack.resource.CpuSet;
import org.skerry.toolstack.resource.SchedParams;
import org.skerry.wire.Domid;

/**
 * What can be changed of domains while they run, and what they use. As of {@link Host}: any thread may call, and what
 * cannot be done ends in a {@link ToolstackException}.
 */
public interface DomainControl
{
    /**
     * @param domid of a domain.
     * @return its weight and cap.
     */
    SchedParams schedOf(Domid domid);

    /**
     * Give a domain another weight and cap. They hold when this returns.
     *
     * @param domid  which; not Domain-0.
     * @param params new.
     */
    void sched(Domid domid, SchedParams params);

    /** @return CPUs of this machine; they are numbered from 0. */
    int cpuCount();

    /**
     * @param domid of a domain.
     * @return its virtual CPUs, those that are offline too, by ascending number.
     */
    List<VcpuInfo> vcpus(Domid domid);

    /**
     * Choose where virtual CPUs may run. It holds when this returns.
     *
     * @param domid which; not Domain-0.
     * @param vcpu  number of one, or -1 for all.
     * @param hard  where they may run; null to leave it.
     * @param soft  where they should; null to leave it.
     */
    void pin(Domid domid, int vcpu, CpuSet hard, CpuSet soft);

    /**
     * Tell a guest how much memory it shall have: writes {@code memory/target}. Returns when the target is written; the
     * guest follows it by itself.
     *
     * @param domid    which.
     * @param memoryKb KiB, no more than its maximum.
     */
    void memoryTarget(Domid domid, long memoryKb);

    /**
     * Change the most memory that a guest may have.
     *
     * @param domid    which.
     * @param memoryKb KiB.
     */
    void maxMemory(Domid domid, long memoryKb);

    /**
     * Press a key of the magic SysRq in a guest: writes {@code control/sysrq}. Returns when it is written.
     *
     * @param domid which.
     * @param key   printable.
     */
    void sysrq(Domid domid, char key);

    /**
     * Plug a disk into a guest. Returns when both ends are Connected; else nothing of it is left.
     *
     * @param domid which.
     * @param disk  with an image that can be had.
     */
    void attach(Domid domid, DiskSpec disk);

    /**
     * Unplug a disk of a guest. Returns when the guest has let go of it and the image is closed.
     *
     * @param domid which.
     * @param vdev  the disk.
     * @param force do it even when the guest does not let go.
     */
    void detach(Domid domid, Vdev vdev, boolean force);

    /** @return what each domain uses, by ascending domid. */
    List<DomainUsage> usage();
}
