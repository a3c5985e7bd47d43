package org.skerry.perf.ring;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

import org.skerry.perf.link.RunMode;

/**
 * Findings for programs: the summaries, and every run with its noise. Times in nanoseconds.
 */
final class JsonReport
{
    private static final double PS_PER_NS = 1000;

    private final Findings findings;

    /**
     * @param findings to tell.
     */
    JsonReport(final Findings findings)
    {
        this.findings = findings;
    }

    /**
     * @param path is replaced.
     * @throws MeasurementException when it cannot be written.
     */
    void write(final Path path)
    {
        try (PrintWriter out = new PrintWriter(Files.newBufferedWriter(path)))
        {
            out.println("{");
            out.println("  \"machine\": " + quoted(Machine.description()) + ",");
            out.println("  \"plan\": " + object(plan()) + ",");
            out.println("  \"summaries\": [");
            printRows(out, Arrays.stream(findings.windows()).boxed()
                .flatMap(window -> findings.summaries(mode(window), window).stream()
                    .map(summary -> object(summary(window, summary)))).iterator());
            out.println("  ],");
            out.println("  \"runs\": [");
            printRows(out, findings.cells().stream().map(cell -> object(run(cell))).iterator());
            out.println("  ]");
            out.println("}");
            if (out.checkError())
            {
                throw new MeasurementException("cannot write " + path);
            }
        }
        catch (final IOException e)
        {
            throw new MeasurementException("cannot write " + path + ": " + e.getMessage());
        }
    }

    private Map<String, Object> plan()
    {
        final Plan plan = findings.plan();
        final Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("rounds", plan.roundCount());
        fields.put("turnNs", plan.turnNs());
        fields.put("spinNs", plan.spinNs());
        fields.put("frontCpu", plan.frontCpu());
        fields.put("backCpu", plan.backCpu());
        fields.put("boundsChecks", plan.boundsChecks());
        fields.put("confined", findings.isConfined());
        fields.put("jvmFlags", String.join(" ", plan.jvmFlags()));

        return fields;
    }

    private static Map<String, Object> summary(final int window, final Summary summary)
    {
        final Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("contender", summary.kind().key());
        fields.put("mode", mode(window).name().toLowerCase(Locale.ROOT));
        fields.put("window", window);
        fields.put("rounds", summary.roundCount());
        fields.put("cleanRounds", summary.cleanRoundCount());
        fields.put("messages", summary.messageCount());
        fields.put("minNs", summary.minPs() / PS_PER_NS);
        fields.put("p10Ns", summary.p10Ps() / PS_PER_NS);
        fields.put("p50Ns", summary.p50Ps() / PS_PER_NS);
        fields.put("maxNs", summary.maxPs() / PS_PER_NS);
        fields.put("bestRoundNs", summary.bestRoundPs() / PS_PER_NS);
        fields.put("worstRoundNs", summary.worstRoundPs() / PS_PER_NS);
        if (window > 0)
        {
            for (final double percentile : List.of(50.0, 90.0, 99.0, 99.9))
            {
                fields.put("rttP" + String.format(Locale.ROOT, percentile % 1 == 0 ? "%.0f" : "%.1f", percentile) +
                    "Ns", summary.rttNs().getValueAtPercentile(percentile));
            }
        }
        fields.put("frontCpuNs", summary.perMessage(summary.frontCpuNs()));
        fields.put("backCpuNs", summary.perMessage(summary.backCpuNs()));
        fields.put("thirdCpuNs", summary.perMessage(summary.thirdCpuNs()));
        fields.put("bells", summary.perMessage(summary.bellCount()));

        return fields;
    }

    private static Map<String, Object> run(final Cell cell)
    {
        final Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("contender", cell.kind().key());
        fields.put("mode", cell.spec().mode().name().toLowerCase(Locale.ROOT));
        fields.put("window", cell.spec().window());
        fields.put("sent", cell.turn().front().messageCount());
        fields.put("received", cell.turn().back().messageCount());
        fields.put("p50Ns", cell.medianPs() / PS_PER_NS);
        fields.put("foreignShare", cell.foreignShare());
        fields.put("probeBeforeNs", cell.probeBeforeNs());
        fields.put("probeAfterNs", cell.probeAfterNs());

        return fields;
    }

    private static RunMode mode(final int window)
    {
        return window == 0 ? RunMode.ONE_WAY : RunMode.REQUEST_RESPONSE;
    }

    private static void printRows(final PrintWriter out, final Iterator<String> rows)
    {
        while (rows.hasNext())
        {
            out.println("    " + rows.next() + (rows.hasNext() ? "," : ""));
        }
    }

    private static String object(final Map<String, Object> fields)
    {
        final StringBuilder text = new StringBuilder("{");
        fields.forEach((name, value) -> text.append(text.length() == 1 ? "" : ", ").append(quoted(name)).append(": ")
            .append(value instanceof String string ? quoted(string) : number(value)));

        return text.append('}').toString();
    }

    private static String number(final Object value)
    {
        return value instanceof Double real ? String.format(Locale.ROOT, "%.4f", real) : value.toString();
    }

    private static String quoted(final String text)
    {
        return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }
}
