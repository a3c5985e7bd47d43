package org.skerry.toolstack.config;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.skerry.toolstack.device.DiskSpec;
import org.skerry.toolstack.device.VifSpec;

/**
 * A domain as its config describes it, checked and complete: nothing in it is left for later to choose but the domid.
 * Building it twice gives the same domain twice, with the same UUID and the same MAC addresses.
 *
 * @param name             of the domain.
 * @param uuid             given, or chosen when the config was read.
 * @param type             of guest.
 * @param memoryKb         at start, KiB, more than 0.
 * @param maxMemoryKb      ever, KiB, not less than {@code memoryKb}.
 * @param vcpus            at start, 1 or more.
 * @param maxVcpus         ever, not less than {@code vcpus}.
 * @param kernel           file to boot; absolute, exists.
 * @param ramdisk          initial ram disk; absolute, exists; or null.
 * @param cmdline          of the kernel; empty when there is none.
 * @param disks            in the order of the config.
 * @param vifs             in the order of the config.
 * @param actions          after the domain has stopped.
 * @param cpuWeight        share of a contended CPU, 1 to 65535; 256 is what everybody has.
 * @param cpuCap           most it may use, percent of one CPU; 0 for no limit.
 * @param cpus             CPUs on which it may run, one text for each virtual CPU, the last one for the rest too; empty
 *                         for all.
 * @param cpusSoft         CPUs on which it should run, likewise.
 * @param driverDomain     it serves devices to others.
 * @param maxGrantFrames   pages of its grant table; -1 for the host's default.
 * @param maxMaptrackFrames pages in which its mappings are tracked; -1 for the host's default.
 * @param maxEventChannels ports it may have; -1 for the host's default.
 * @param positions        where keys stand: {@code memory}, {@code disk[0]}; always has {@code ""}, the whole config.
 */
public record DomainConfig(
    String name,
    UUID uuid,
    GuestType type,
    long memoryKb,
    long maxMemoryKb,
    int vcpus,
    int maxVcpus,
    Path kernel,
    Path ramdisk,
    String cmdline,
    List<DiskSpec> disks,
    List<VifSpec> vifs,
    ShutdownActions actions,
    int cpuWeight,
    int cpuCap,
    List<String> cpus,
    List<String> cpusSoft,
    boolean driverDomain,
    int maxGrantFrames,
    int maxMaptrackFrames,
    int maxEventChannels,
    Map<String, SourcePosition> positions)
{
    /** A config checks itself; the reader has said it better before, with the place. */
    public DomainConfig
    {
        Objects.requireNonNull(uuid);
        Objects.requireNonNull(type);
        Objects.requireNonNull(kernel);
        Objects.requireNonNull(cmdline);
        Objects.requireNonNull(actions);
        disks = List.copyOf(disks);
        vifs = List.copyOf(vifs);
        cpus = List.copyOf(cpus);
        cpusSoft = List.copyOf(cpusSoft);
        positions = Map.copyOf(positions);

        if (name.isEmpty() || memoryKb <= 0 || maxMemoryKb < memoryKb || vcpus < 1 || maxVcpus < vcpus ||
            cpuWeight < 1 || cpuWeight > 65535 || cpuCap < 0 || !positions.containsKey(""))
        {
            throw new IllegalArgumentException("not a usable config: name=" + name + ", memoryKb=" + memoryKb +
                ", maxMemoryKb=" + maxMemoryKb + ", vcpus=" + vcpus + ", maxVcpus=" + maxVcpus +
                ", cpuWeight=" + cpuWeight + ", cpuCap=" + cpuCap);
        }
    }

    /**
     * Something about this config turned out not to work. To be thrown.
     *
     * @param key     it belongs to: {@code name}, {@code memory}, {@code disk[0]}, {@code vif[1]} ...; a key that does
     *                not stand in the config stands for the whole of it.
     * @param problem what is wrong, one line, without the place.
     * @return {@code file:line:column: problem}.
     */
    public ConfigException problem(final String key, final String problem)
    {
        return new ConfigException(positions.getOrDefault(key, positions.get("")), problem);
    }
}
