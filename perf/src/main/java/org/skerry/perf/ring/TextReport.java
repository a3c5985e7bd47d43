package org.skerry.perf.ring;

import java.io.PrintWriter;
import java.util.Locale;
import java.util.stream.Collectors;

import org.skerry.perf.link.RunMode;
import org.skerry.wire.Blkif;

/**
 * Findings for people: one table for each mode, 120 columns wide, then how far to trust them.
 */
final class TextReport
{
    private static final double PS_PER_NS = 1000;
    private static final double PS_PER_US = 1e6;
    private static final double NS_PER_US = 1000;
    private static final double NS_PER_S = 1e9;
    private static final double PERCENT = 100;
    private static final double THOUSANDS_FROM = 1e5;
    private static final double MILLIONS_FROM = 1e8;
    private static final String ONE_WAY_HEAD = String.format(
        "%-27s%7s%7s%7s%9s%13s%7s%6s%6s%6s%8s%7s%6s",
        "", "min", "p10", "p50", "max", "round p50s", "M/s", "front", "back", "third", "/msg", "p50", "p10");
    private static final String REQUEST_HEAD = String.format(
        "%-27s%7s%7s%7s%9s%13s%7s%7s%6s%6s%6s%7s%6s%5s",
        "", "min", "p10", "p50", "max", "round p50s", "p50", "p99", "front", "back", "third", "/msg", "p50", "p10");
    private static final String ONE_WAY_GROUPS = String.format(
        "%-27s%43s%7s%18s%8s%13s", "", group("ns per message", 41), "", group("CPU ns/msg", 16), "bells",
        "time / ours");
    private static final String REQUEST_GROUPS = String.format(
        "%-27s%43s%14s%18s%7s%11s", "", group("ns per message", 41), group("RTT us", 12), group("CPU ns/msg", 16),
        "bells", "time/ours");

    private final Findings findings;
    private final PrintWriter out;

    /**
     * @param findings to tell.
     * @param out      where to; stays the caller's.
     */
    TextReport(final Findings findings, final PrintWriter out)
    {
        this.findings = findings;
        this.out = out;
    }

    /** Print all. */
    void print()
    {
        printHead();
        for (final int window : findings.windows())
        {
            if (window == 0)
            {
                printOneWay();
            }
            else
            {
                printRequestResponse(window);
            }
        }
        printNoise();
        out.flush();
    }

    private void printHead()
    {
        final Plan plan = findings.plan();
        line("Messages are block requests of %d bytes, encoded, decoded and checked field by field at both ends.",
            Blkif.REQUEST_LENGTH);
        line("%s", Machine.description());
        line("Rounds: %d. A contender's turn is %.1f s, all modes together. Times are over slices of 2 ms.",
            plan.roundCount(), plan.turnNs() / NS_PER_S);
        line("%s; a half without work spins %.0f us; Agrona bounds checks %s%s.",
            plan.isPinned() ?
                "Fronts run on cpu " + plan.frontCpu() + ", backs on cpu " + plan.backCpu() : "Not pinned",
            plan.spinNs() / NS_PER_US, plan.boundsChecks() ? "on" : "off",
            plan.jvmFlags().isEmpty() ? "" : "; " + String.join(" ", plan.jvmFlags()));
        line("Skerry's front and back are domains of a hypervisor process, %s.", findings.isConfined() ?
            "confined by seccomp; Domain-0's outer wall is left out" :
            "not confined, for not all classes come from jars");
    }

    private void printOneWay()
    {
        line("");
        line("ONE WAY: the front sends as fast as there is room, nobody waits for an answer.");
        line("%s", ONE_WAY_GROUPS);
        line("%s", ONE_WAY_HEAD);
        Summary ours = null;
        for (final Summary row : findings.summaries(RunMode.ONE_WAY, 0))
        {
            ours = ours == null && row.kind().hasBells() ? row : ours;
            line("%s%7.2f%s%8s%s",
                times(row), PS_PER_US / row.p50Ps(), cpu(row), bells(row), ratios(row, ours, "%7s%6s"));
        }
    }

    private void printRequestResponse(final int window)
    {
        line("");
        line("REQUEST AND RESPONSE, window %d: the front keeps %s under way.", window,
            window == 1 ? "one request" : window + " requests");
        line("%s", REQUEST_GROUPS);
        line("%s", REQUEST_HEAD);
        Summary ours = null;
        for (final Summary row : findings.summaries(RunMode.REQUEST_RESPONSE, window))
        {
            ours = ours == null && row.kind().hasBells() ? row : ours;
            line("%s%7s%7s%s%7s%s", times(row), us(row.rttNs().getValueAtPercentile(50)),
                us(row.rttNs().getValueAtPercentile(99)), cpu(row), bells(row), ratios(row, ours, "%6s%5s"));
        }
    }

    private void printNoise()
    {
        final int count = findings.cells().size();
        line("");
        line("HOW FAR TO TRUST THIS");
        final long[] probes = findings.probesNs();
        if (probes.length > 0)
        {
            line("Placement: a cache line went to the other cpu and back in %d ns (median of %d probes, %d to %d ns);",
                probes[probes.length / 2], probes.length, probes[0], probes[probes.length - 1]);
            line("  before or after %d of %d runs they were far apart (over %d ns).",
                findings.cells().stream().filter(cell -> !cell.isNear()).count(), count, PlacementProbe.FAR_NS);
        }
        final double[] foreign = findings.foreignShares();
        line("Foreign CPU: others took %.0f %% of the machine (median of %d runs, at most %.0f %%);",
            foreign[foreign.length / 2] * PERCENT, count, foreign[foreign.length - 1] * PERCENT);
        line("  %d runs were quiet (under 10 %%).",
            findings.cells().stream().filter(Cell::isQuiet).count());
        line("Near and quiet runs: %s.", findings.plan().kinds().stream().sorted()
            .map(this::cleanRuns).collect(Collectors.joining(", ")));
        line("Disturbed runs are in the figures: trust min and p10 before p50, ratios of one table before times, and");
        line("nothing whose round p50s lie far apart. A ratio over 1 means that ours is faster.");
    }

    private String cleanRuns(final ContenderKind kind)
    {
        final long all = findings.cells().stream().filter(cell -> cell.kind() == kind).count();
        final long clean = findings.cells().stream()
            .filter(cell -> cell.kind() == kind && cell.isNear() && cell.isQuiet()).count();

        return kind.key() + ' ' + clean + '/' + all;
    }

    private static String times(final Summary row)
    {
        return String.format("%-27s%7s%7s%7s%9s%13s", row.kind().title(), ns(row.minPs() / PS_PER_NS),
            ns(row.p10Ps() / PS_PER_NS), ns(row.p50Ps() / PS_PER_NS), ns(row.maxPs() / PS_PER_NS),
            ns(row.bestRoundPs() / PS_PER_NS) + '-' + ns(row.worstRoundPs() / PS_PER_NS));
    }

    private static String cpu(final Summary row)
    {
        return String.format("%6s%6s%6s", ns(row.perMessage(row.frontCpuNs())), ns(row.perMessage(row.backCpuNs())),
            row.kind() == ContenderKind.AERON || row.kind().hasBells() ? ns(row.perMessage(row.thirdCpuNs())) : "-");
    }

    private static String bells(final Summary row)
    {
        return row.kind().hasBells() ? String.format(Locale.ROOT, "%.4f", row.perMessage(row.bellCount())) : "-";
    }

    private static String ratios(final Summary row, final Summary ours, final String format)
    {
        return ours == null ? "" :
            String.format(format, ratio(row.p50Ps(), ours.p50Ps()), ratio(row.p10Ps(), ours.p10Ps()));
    }

    private static String ratio(final long value, final long base)
    {
        final double ratio = (double)value / base;
        return String.format(Locale.ROOT, ratio < 10 ? "%.2f" : "%.0f", ratio);
    }

    private static String ns(final double value)
    {
        if (value >= MILLIONS_FROM)
        {
            return String.format(Locale.ROOT, "%.0fM", value / 1e6);
        }
        if (value >= THOUSANDS_FROM)
        {
            return String.format(Locale.ROOT, "%.0fk", value / 1e3);
        }

        return String.format(Locale.ROOT, value < 100 ? "%.1f" : "%.0f", value);
    }

    private static String us(final long valueNs)
    {
        final double value = valueNs / NS_PER_US;
        return value < 10 ? String.format(Locale.ROOT, "%.2f", value) : ns(value);
    }

    private static String group(final String title, final int width)
    {
        final int dashes = Math.max(0, width - title.length() - 2);
        return "-".repeat(dashes / 2) + ' ' + title + ' ' + "-".repeat(dashes - dashes / 2);
    }

    private void line(final String format, final Object... arguments)
    {
        out.println(String.format(Locale.ROOT, format, arguments));
    }
}
