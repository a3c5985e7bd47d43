package org.skerry.perf.xenstore;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The table: a line for each figure of a row, a column for each server, and how ours compares with the best other. */
final class StoreReport
{
    private static final int NAME_WIDTH = 54;

    private final PrintWriter out;
    private final List<StoreServer> servers;

    StoreReport(final PrintWriter out, final List<StoreServer> servers)
    {
        this.out = out;
        this.servers = servers;
    }

    /** @param rounds of each server, in their order; empty for one that cannot do the row. */
    void print(final Row row, final List<List<List<Figure>>> rounds)
    {
        final StringBuilder head = new StringBuilder(String.format("%n%-" + NAME_WIDTH + 's', row.name()));
        servers.forEach(server -> head.append(String.format("%12s", server.name())));
        out.println(head.append(servers.size() > 1 ? "   best other" : ""));
        final List<Figure> shape = rounds.stream().filter(list -> !list.isEmpty()).findFirst()
            .map(List::getFirst).orElse(List.of());

        for (int i = 0; i < shape.size(); i++)
        {
            final StringBuilder line = new StringBuilder(String.format("  %-" + (NAME_WIDTH - 2) + 's',
                shape.get(i).name()));
            final List<Double> values = new ArrayList<>();

            for (int of = 0; of < rounds.size(); of++)
            {
                final double value = median(rounds.get(of), i);
                line.append(String.format(Locale.ROOT, "%12s", format(value)));

                if (servers.get(of).kind() != StoreServer.Kind.FLOOR)
                {
                    values.add(value);
                }
            }

            out.println(line.append(comparison(values, shape.get(i).isLowerBetter())));
        }

        out.flush();
    }

    private static String comparison(final List<Double> values, final boolean isLowerBetter)
    {
        final double own = values.getFirst();
        final double best = values.stream().skip(1).filter(value -> !value.isNaN())
            .reduce(isLowerBetter ? Math::min : Math::max).orElse(Double.NaN);
        final double ratio = own / best;
        return Double.isNaN(ratio) || Double.isInfinite(ratio) ? "" : String.format(Locale.ROOT, "%12.2fx", ratio);
    }

    private static double median(final List<List<Figure>> rounds, final int index)
    {
        final double[] sorted = rounds.stream().mapToDouble(round -> round.get(index).value()).sorted().toArray();
        return sorted.length == 0 ? Double.NaN : sorted[sorted.length / 2];
    }

    private static String format(final double value)
    {
        final double size = Math.abs(value);
        return Double.isNaN(value) ? "-" :
            String.format(Locale.ROOT, size >= 1000 ? "%,.0f" : size >= 100 ? "%.0f" : size >= 10 ? "%.1f" : "%.2f",
                value);
    }
}
