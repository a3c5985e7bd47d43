package org.skerry.toolstack.host;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

import org.skerry.wire.Hypercalls;

/**
 * What this machine and this host are, in the words of {@code xl info}.
 */
final class HostInfo
{
    /** When Domain-0 began. */
    static final Instant STARTED_AT = Instant.now();

    private static final String VERSION_MAJOR = "0";
    private static final String VERSION_MINOR = "1";
    private static final String VERSION_EXTRA = ".0";

    private HostInfo()
    {
    }

    static SequencedMap<String, String> collect(final Domctl.Memory memory)
    {
        final SequencedMap<String, String> info = new LinkedHashMap<>();
        info.put("host", firstLine("/proc/sys/kernel/hostname"));
        info.put("release", firstLine("/proc/sys/kernel/osrelease"));
        info.put("version", firstLine("/proc/sys/kernel/version"));
        info.put("machine", "x86_64");
        info.put("nr_cpus", Integer.toString(Runtime.getRuntime().availableProcessors()));
        final String mhz = cpuInfo("cpu MHz");
        if (mhz != null)
        {
            info.put("cpu_mhz", mhz);
        }
        info.put("total_memory", Long.toString(memory.totalKb() / 1024));
        info.put("free_memory", Long.toString(memory.freeKb() / 1024));
        info.put("xen_major", VERSION_MAJOR);
        info.put("xen_minor", VERSION_MINOR);
        info.put("xen_extra", VERSION_EXTRA);
        info.put("xen_version", VERSION_MAJOR + "." + VERSION_MINOR + VERSION_EXTRA);
        info.put("xen_caps", "skerry-java");
        info.put("xen_pagesize", Integer.toString(Hypercalls.PAGE_SIZE));
        info.put("xend_config_format", "4");

        return info;
    }

    /** @return memory of the machine, KiB. */
    static long memTotalKb()
    {
        for (final String line : lines("/proc/meminfo"))
        {
            if (line.startsWith("MemTotal:"))
            {
                return Long.parseLong(line.replaceAll("[^0-9]", ""));
            }
        }

        throw new IllegalStateException("/proc/meminfo has no MemTotal");
    }

    private static String cpuInfo(final String key)
    {
        return lines("/proc/cpuinfo").stream().filter(line -> line.startsWith(key))
            .map(line -> line.substring(line.indexOf(':') + 1).strip()).findFirst().orElse(null);
    }

    private static String firstLine(final String path)
    {
        return lines(path).stream().findFirst().orElse("");
    }

    private static List<String> lines(final String path)
    {
        try
        {
            return Files.readAllLines(Path.of(path));
        }
        catch (final IOException e)
        {
            return List.of();
        }
    }
}
