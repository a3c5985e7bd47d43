package org.skerry.perf.ring;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import org.skerry.wire.linux.Unistd;

/**
 * What /proc tells of the machine.
 */
public final class Machine
{
    private static final Path STAT = Path.of("/proc/stat");
    private static final Path CPUINFO = Path.of("/proc/cpuinfo");
    private static final Path SELF_STATUS = Path.of("/proc/self/status");
    private static final Path OS_RELEASE = Path.of("/proc/sys/kernel/osrelease");
    private static final String ALLOWED = "Cpus_allowed_list:";
    private static final String MODEL = "model name";
    private static final long NS_PER_S = 1_000_000_000L;
    private static final int IDLE_WORD = 4;
    private static final int IOWAIT_WORD = 5;
    private static final int LAST_WORD = 8;              // steal; what follows is counted in user time already

    private Machine()
    {
    }

    /** @return processors that this process may use, ascending. */
    public static List<Integer> allowedCpus()
    {
        final List<Integer> cpus = new ArrayList<>();
        for (final String line : lines(SELF_STATUS))
        {
            if (line.startsWith(ALLOWED))
            {
                for (final String range : line.substring(ALLOWED.length()).strip().split(","))
                {
                    final String[] ends = range.split("-");
                    for (int cpu = Integer.parseInt(ends[0]); cpu <= Integer.parseInt(ends[ends.length - 1]); cpu++)
                    {
                        cpus.add(cpu);
                    }
                }
            }
        }

        return cpus;
    }

    /** @return time that all processors together were busy since the machine started, ns; counted in clock ticks. */
    static long busyNs()
    {
        final String[] words = lines(STAT).getFirst().split(" +");
        long ticks = 0;
        for (int i = 1; i <= Math.min(LAST_WORD, words.length - 1); i++)
        {
            if (i != IDLE_WORD && i != IOWAIT_WORD)
            {
                ticks += Long.parseLong(words[i]);
            }
        }

        return ticks * (NS_PER_S / Unistd.sysconf(Unistd._SC_CLK_TCK));
    }

    /** @return processor, number of processors online, Linux and Java, in one line. */
    static String description()
    {
        String model = System.getProperty("os.arch");
        for (final String line : lines(CPUINFO))
        {
            if (line.startsWith(MODEL))
            {
                model = line.substring(line.indexOf(':') + 1).strip();
                break;
            }
        }

        return Unistd.sysconf(Unistd._SC_NPROCESSORS_ONLN) + " x " + model + ", Linux " +
            lines(OS_RELEASE).getFirst() + ", Java " + Runtime.version();
    }

    private static List<String> lines(final Path path)
    {
        try
        {
            return Files.readAllLines(path);
        }
        catch (final IOException e)
        {
            throw new MeasurementException("cannot read " + path + ": " + e.getMessage());
        }
    }
}
