package org.skerry.toolstack.xl;

import java.io.PrintWriter;
import java.time.LocalTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SequencedMap;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.skerry.toolstack.DomainInfo;
import org.skerry.toolstack.DomainUsage;
import org.skerry.toolstack.ToolstackException;
import org.skerry.toolstack.VcpuInfo;
import org.skerry.wire.Domid;
import org.skerry.wire.ShutdownReason;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * {@code xl top} and {@code xentop}: the columns of xentop, again and again. On a terminal each picture overwrites the
 * one before; in batch mode they follow each other. What nobody counts is {@code n/a}.
 */
@Command(name = "top")
final class TopCommand implements Callable<Integer>
{
    private static final String HEAD = String.format(Locale.ROOT,
        "%10s %6s %10s %6s %10s %6s %10s %9s %5s %4s %8s %8s %4s %8s %8s %8s %10s %10s %4s",
        "NAME", "STATE", "CPU(sec)", "CPU(%)", "MEM(k)", "MEM(%)", "MAXMEM(k)", "MAXMEM(%)", "VCPUS", "NETS",
        "NETTX(k)", "NETRX(k)", "VBDS", "VBD_OO", "VBD_RD", "VBD_WR", "VBD_RSECT", "VBD_WSECT", "SSID");
    private static final int NAME_LENGTH = 10;
    private static final String UNKNOWN = "n/a";

    private final Invocation invocation;
    private final Map<Domid, Long> cpuTimesNs = new HashMap<>();
    private long sampledNs;

    @Option(names = {"-b", "--batch"})
    private boolean batch;
    @Option(names = {"-d", "--delay"})
    private double delaySeconds = 3;
    @Option(names = {"-i", "--iterations"})
    private int iterations;
    @Option(names = {"-f", "--full-name"})
    private boolean fullName;
    @Option(names = {"-v", "--vcpus"})
    private boolean vcpus;
    @Option(names = "--rows", hidden = true)
    private int rows;

    TopCommand(final Invocation invocation)
    {
        this.invocation = invocation;
    }

    @Override
    public Integer call() throws InterruptedException
    {
        if (delaySeconds <= 0 || iterations < 0)
        {
            throw new ToolstackException("a delay is more than 0 seconds, a number of iterations not less than 0",
                ToolstackException.EXIT_USAGE);
        }

        final boolean isLive = !batch && invocation.session().isTerminal(1);
        final long delayMs = Math.max(1, (long)(delaySeconds * TimeUnit.SECONDS.toMillis(1)));
        for (int i = 0; iterations == 0 || i < iterations; i++)
        {
            if (i > 0)
            {
                Thread.sleep(delayMs);
            }
            show(isLive);
        }

        return 0;
    }

    private void show(final boolean isLive)
    {
        final List<DomainUsage> usage = invocation.host().control().usage();
        final SequencedMap<String, String> info = invocation.host().info();
        final long nowNs = System.nanoTime();
        final List<String> lines = new ArrayList<>();
        if (isLive)
        {
            summary(lines, usage, info);
        }
        lines.add(HEAD);
        for (final DomainUsage domain : usage)
        {
            lines.add(row(domain, megabytes(info, "total_memory") << 10, nowNs - sampledNs));
            if (vcpus)
            {
                lines.add(vcpuRow(domain.info()));
            }
        }
        cpuTimesNs.clear();
        usage.forEach(domain -> cpuTimesNs.put(domain.info().domid(), domain.info().cpuTimeNs()));
        sampledNs = nowNs;
        if (isLive)
        {
            draw(lines);
        }
        else
        {
            lines.forEach(invocation.out()::println);
        }
        invocation.out().flush();
    }

    private void draw(final List<String> lines)
    {
        final PrintWriter out = invocation.out();
        final int columns = invocation.session().columns();
        final int count = rows > 0 ? Math.min(rows - 1, lines.size()) : lines.size();
        out.print("\033[H");
        for (final String line : lines.subList(0, count))
        {
            final boolean isHead = line.equals(HEAD);
            out.print((isHead ? "\033[7m" : "") + line.substring(0, columns > 0 ?
                Math.min(columns, line.length()) : line.length()) + (isHead ? "\033[0m" : "") + "\033[K\r\n");
        }
        out.print("\033[J q ends\033[K\r");
    }

    private void summary(
        final List<String> lines, final List<DomainUsage> usage, final SequencedMap<String, String> info)
    {
        final long totalKb = megabytes(info, "total_memory") << 10;
        final long freeKb = megabytes(info, "free_memory") << 10;
        lines.add("xentop - " + LocalTime.now().format(DateTimeFormatter.ofPattern("HH:mm:ss")) + "   Skerry " +
            info.getOrDefault("xen_version", ""));
        lines.add(usage.size() + " domains: " + count(usage, domain -> domain.state().running()) + " running, " +
            count(usage, domain -> domain.state().blocked()) + " blocked, " +
            count(usage, domain -> domain.state().paused()) + " paused, " +
            count(usage, TopCommand::isCrashed) + " crashed, " +
            count(usage, domain -> domain.state().dying()) + " dying, " +
            count(usage, domain -> domain.state().shutdown()) + " shutdown");
        lines.add("Mem: " + totalKb + "k total, " + (totalKb - freeKb) + "k used, " + freeKb + "k free    CPUs: " +
            invocation.host().control().cpuCount() + " @ " + info.getOrDefault("cpu_mhz", "0").replaceAll("\\..*", "") +
            "MHz");
    }

    private String row(final DomainUsage usage, final long totalKb, final long elapsedNs)
    {
        final DomainInfo domain = usage.info();
        final Long beforeNs = cpuTimesNs.get(domain.domid());
        final double percent = beforeNs == null ? 0 : 100.0 * (domain.cpuTimeNs() - beforeNs) / elapsedNs;
        final String name = fullName || domain.name().length() <= NAME_LENGTH ?
            domain.name() : domain.name().substring(0, NAME_LENGTH);
        final boolean isLimited = !domain.domid().equals(Domid.DOM0);
        return String.format(Locale.ROOT,
            "%10s %6s %10d %6.1f %10d %6.1f %10s %9s %5d %4d %8s %8s %4d %8s %8s %8s %10s %10s %4d",
            name, letters(domain), domain.cpuTimeNs() / 1_000_000_000, percent,
            domain.memoryKb(), 100.0 * domain.memoryKb() / totalKb,
            isLimited ? Long.toString(domain.maxMemoryKb()) : "no limit",
            isLimited ? String.format(Locale.ROOT, "%.1f", 100.0 * domain.maxMemoryKb() / totalKb) : UNKNOWN,
            domain.vcpus(), usage.vifCount(), kilobytes(usage.sentBytes()), kilobytes(usage.receivedBytes()),
            usage.vbdCount(), counter(usage), counter(usage), counter(usage), counter(usage), counter(usage), 0);
    }

    private String vcpuRow(final DomainInfo domain)
    {
        final StringBuilder row = new StringBuilder("VCPUs(sec): ");
        for (final VcpuInfo vcpu : invocation.host().control().vcpus(domain.domid()))
        {
            row.append(String.format(
                Locale.ROOT, " %2d: %10ds", vcpu.number(), vcpu.cpuTimeNs() / 1_000_000_000));
        }

        return row.toString();
    }

    /** xentop's letters are in an order of their own. */
    private static String letters(final DomainInfo domain)
    {
        final DomainInfo.State state = domain.state();
        return "" +
            (state.dying() ? 'd' : '-') +
            (state.shutdown() ? 's' : '-') +
            (state.blocked() ? 'b' : '-') +
            (isCrashed(domain) ? 'c' : '-') +
            (state.paused() ? 'p' : '-') +
            (state.running() ? 'r' : '-');
    }

    private static boolean isCrashed(final DomainInfo domain)
    {
        return domain.shutdownReason() == ShutdownReason.CRASH;
    }

    private static String kilobytes(final long bytes)
    {
        return bytes < 0 ? UNKNOWN : Long.toString(bytes >> 10);
    }

    /** Of disks: a driver domain keeps its counters to itself. */
    private static String counter(final DomainUsage usage)
    {
        return usage.vbdCount() == 0 ? "0" : UNKNOWN;
    }

    private static long count(final List<DomainUsage> usage, final Predicate<DomainInfo> is)
    {
        return usage.stream().filter(domain -> is.test(domain.info())).count();
    }

    private static long megabytes(final SequencedMap<String, String> info, final String key)
    {
        return Long.parseLong(info.getOrDefault(key, "1"));
    }
}
