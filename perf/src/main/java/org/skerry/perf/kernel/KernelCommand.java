package org.skerry.perf.kernel;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

import org.skerry.guest.Domain;
import org.skerry.perf.ring.Children;
import org.skerry.perf.ring.DomainZero;
import org.skerry.perf.ring.Machine;
import org.skerry.perf.ring.MeasurementException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * {@code xenperf kernel}.
 */
@Command(name = "xenperf kernel", mixinStandardHelpOptions = true, sortOptions = false, description = {
    "What the hypervisor costs; medians of all rounds.", "",
    "Rows: bells (a round trip between two processes, beside the same in C), grants (map and copy, and what the",
    "hypervisor allocates for them), hypercalls (with 1, 4 and 16 driver domains: guests that ask at the same time are",
    "limited), memory (of an idle domain).", ""})
public final class KernelCommand implements Callable<Integer>
{
    private static final List<String> ROWS = List.of("bells", "grants", "hypercalls", "memory");
    private static final int[] CROWDS = {1, 4, 16};
    private static final int IDLE_DOMAINS = 64;
    private static final int MAX_ROUNDS = 100;
    private static final int QUICK_ROUNDS = 3;
    private static final double QUICK_SECONDS = 0.3;
    private static final double MIN_SECONDS = 0.05;
    private static final double MAX_SECONDS = 60;

    @Spec
    private CommandSpec spec;

    @Option(names = "--only", paramLabel = "ROW", split = ",", description = "Rows (default: all).")
    private List<String> only = ROWS;

    @Option(names = "--rounds", paramLabel = "N", defaultValue = "5",
        description = "How often each is measured (default: ${DEFAULT-VALUE}).")
    private int rounds;

    @Option(names = "--seconds", paramLabel = "N", defaultValue = "1",
        description = "Length of a turn (default: ${DEFAULT-VALUE}).")
    private double seconds;

    @Option(names = "--domains", paramLabel = "N", defaultValue = "16",
        description = "Most domains that ask at the same time (default: ${DEFAULT-VALUE}).")
    private int domains;

    @Option(names = "--quick", description = "3 rounds with turns of 0.3 s.")
    private boolean isQuick;

    private PrintWriter out;

    @Override
    public Integer call()
    {
        require(rounds >= 1 && rounds <= MAX_ROUNDS, "--rounds must be 1 to 100: " + rounds);
        require(seconds >= MIN_SECONDS && seconds <= MAX_SECONDS, "--seconds must be 0.05 to 60: " + seconds);
        require(domains >= 1 && domains <= MAX_ROUNDS, "--domains must be 1 to 100: " + domains);
        only.forEach(row -> require(ROWS.contains(row), "--only: no such row: " + row));
        out = spec.commandLine().getOut();
        if (isQuick)
        {
            rounds = QUICK_ROUNDS;
            seconds = QUICK_SECONDS;
        }
        try
        {
            for (final String row : only)
            {
                switch (row)
                {
                    case "bells" -> bells();
                    case "grants" -> grants();
                    case "hypercalls" -> hypercalls();
                    default -> memory();
                }
                out.flush();
            }
            return 0;
        }
        catch (final MeasurementException e)
        {
            spec.commandLine().getErr().println("xenperf: " + e.getMessage());
            return 1;
        }
    }

    private void bells()
    {
        final List<Integer> cpus = Machine.allowedCpus();
        final int cpu = cpus.getFirst();
        final int otherCpu = cpus.get(Math.min(1, cpus.size() - 1));
        final List<Times> ours = new ArrayList<>();
        final List<Times> theirs = new ArrayList<>();
        try (Children children = new Children(false, List.of()); CPingPong program = CPingPong.compile())
        {
            final DomainZero host = new DomainZero(children);
            final SideDomain front = SideDomain.start(host, "front", cpu, Children.canConfine());
            final SideDomain back = SideDomain.start(host, "back", otherCpu, Children.canConfine());
            back.connect(front);
            back.tell("echo");
            front.ask("ping " + milliseconds());                        // to warm up
            for (int i = 0; i < rounds; i++)
            {
                ours.add(Times.parse(front.ask("ping " + milliseconds())));
                if (program != null)
                {
                    theirs.add(program.run(milliseconds(), cpu, otherCpu));
                }
            }
            back.ask("stop");
        }
        catch (final IOException e)
        {
            throw new MeasurementException("cannot compile the program in C: " + e.getMessage());
        }

        row("bell round trip, p50", Times.median(ours, Times::bellP50) / 1000, "us");
        row("bell round trip, p99", Times.median(ours, Times::bellP99) / 1000, "us");
        if (theirs.isEmpty())
        {
            out.println("the same in C was left out: no cc, gcc or clang here");
            return;
        }
        row("the same in C, p50", Times.median(theirs, Times::bellP50) / 1000, "us");
        row("the same in C, p99", Times.median(theirs, Times::bellP99) / 1000, "us");
        row("ratio of p50s, of each round", Times.median(IntStream.range(0, rounds)
            .mapToDouble(i -> (double)ours.get(i).bellP50() / theirs.get(i).bellP50()).toArray()), "x");
    }

    private void grants()
    {
        try (GrantRows rows = new GrantRows())
        {
            final List<GrantRows.Cost> maps = new ArrayList<>();
            final List<GrantRows.Cost> copies = new ArrayList<>();
            for (int i = 0; i < rounds; i++)
            {
                maps.add(rows.maps(seconds));
                copies.add(rows.copies(seconds));
            }
            row("map or unmap in a batch of 32", median(maps, GrantRows.Cost::ns) / 1000, "us");
            row("allocated by the hypervisor for it", median(maps, GrantRows.Cost::bytes), "bytes");
            row("copy of 4 KiB in a batch of 32", median(copies, GrantRows.Cost::ns) / 1000, "us");
            row("allocated by the hypervisor for it", median(copies, GrantRows.Cost::bytes), "bytes");
        }
    }

    private void hypercalls()
    {
        try (Children children = new Children(false, List.of()))
        {
            final DomainZero host = DomainZero.ofDriverDomains(children);
            final List<SideDomain> all = new ArrayList<>();
            for (int i = 0; i < domains; i++)
            {
                all.add(SideDomain.start(host, "domain-" + i, -1, Children.canConfine()));
            }
            crowd(all);                                                 // to warm up
            for (final int size : CROWDS)
            {
                if (size <= domains)
                {
                    final List<List<Times>> turns = new ArrayList<>();
                    for (int i = 0; i < rounds; i++)
                    {
                        turns.add(crowd(all.subList(0, size)));
                    }
                    print(size, turns);
                }
            }
        }
    }

    private List<Times> crowd(final List<SideDomain> some)
    {
        some.forEach(domain -> domain.tell("hypercalls " + milliseconds()));
        return some.stream().map(domain -> Times.parse(domain.hear())).toList();
    }

    private void print(final int size, final List<List<Times>> turns)
    {
        final String who = size + (size == 1 ? " domain" : " domains");
        row("hypercall, p50, " + who, median(turns, turn -> Times.median(turn, Times::callP50)) / 1000, "us");
        row("hypercall, worst p99, " + who,
            median(turns, turn -> turn.stream().mapToLong(Times::callP99).max().orElseThrow()) / 1000, "us");
        row("hypercalls a second, " + who,
            median(turns, turn -> turn.stream().mapToLong(Times::callCount).sum() / seconds), "");
    }

    private void memory()
    {
        try (Children children = new Children(false, List.of()))
        {
            final DomainZero host = new DomainZero(children);
            final List<Domain> domains = new ArrayList<>();
            attach(host, domains);                                      // classes are loaded
            final double anonymous = host.hypervisor().statusKb("RssAnon");
            final double shared = host.hypervisor().statusKb("RssShmem");
            attach(host, domains);
            row("hypervisor's own memory of an idle domain",
                (host.hypervisor().statusKb("RssAnon") - anonymous) / IDLE_DOMAINS, "kB");
            row("pages that it shares with an idle domain",
                (host.hypervisor().statusKb("RssShmem") - shared) / IDLE_DOMAINS, "kB");
            domains.forEach(Domain::close);
        }
    }

    private static void attach(final DomainZero host, final List<Domain> domains)
    {
        for (int i = 0; i < IDLE_DOMAINS; i++)
        {
            final Domain domain = Domain.attach(host.connect("idle-" + domains.size()).fd());
            domain.onHypervisorGone(() -> {});
            domains.add(domain);
        }
    }

    private void row(final String name, final double value, final String unit)
    {
        out.printf(Locale.ROOT, value >= 1000 ? "%-44s %,12.0f %s%n" : "%-44s %12.3f %s%n", name, value, unit);
    }

    private int milliseconds()
    {
        return (int)Math.round(seconds * 1000);
    }

    private static <T> double median(final List<T> turns, final ToDoubleFunction<T> figure)
    {
        return Times.median(turns.stream().mapToDouble(figure)
            .toArray());
    }

    private void require(final boolean condition, final String message)
    {
        if (!condition)
        {
            throw new ParameterException(spec.commandLine(), message);
        }
    }
}
