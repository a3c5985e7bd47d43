package org.skerry.perf.ring;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Consumer;

import org.skerry.wire.Blkif;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * {@code xenperf ring}.
 */
@Command(name = "xenperf ring", mixinStandardHelpOptions = true, sortOptions = false, description = {
    "Measure the block ring between two domains, beside other ways to pass messages on this machine.", ""})
public final class RingCommand implements Callable<Integer>
{
    private static final double NS_PER_S = 1e9;
    private static final long NS_PER_US = 1000;
    private static final int MAX_ROUNDS = 1000;
    private static final double MIN_SECONDS = 0.1;
    private static final double MAX_SECONDS = 120;
    private static final String NO_CPUS = "none";

    @Spec
    private CommandSpec spec;

    @Option(names = "--seconds", paramLabel = "N", defaultValue = "2",
        description = "Length of a contender's turn, all modes together (default: ${DEFAULT-VALUE}).")
    private double seconds;

    @Option(names = "--rounds", paramLabel = "N", defaultValue = "5",
        description = "How often each contender has its turn (default: ${DEFAULT-VALUE}).")
    private int rounds;

    @Option(names = "--window", paramLabel = "N", split = ",", defaultValue = "1,8,32",
        description = "Requests under way, for request and response (default: ${DEFAULT-VALUE}).")
    private List<Integer> windows;

    @Option(names = "--only", paramLabel = "NAME", split = ",", description = "Contenders: ${COMPLETION-CANDIDATES}.")
    private List<ContenderKind> only = List.of();

    @Option(names = "--json", paramLabel = "FILE", description = "Write all figures there, too.")
    private Path json;

    @Option(names = "--spin-us", paramLabel = "N", defaultValue = "50",
        description = "How long a half without work spins, microseconds (default: ${DEFAULT-VALUE}).")
    private long spinUs;

    @Option(names = "--cpus", paramLabel = "A,B",
        description = "Processors of fronts and backs, or 'none' (default: the first two).")
    private String cpus;

    @Option(names = "--bounds-checks", description = "Leave Agrona's bounds checks on.")
    private boolean boundsChecks;

    @Option(names = "--jvm-flag", paramLabel = "FLAG",
        description = "A further flag for all processes; may be given again.")
    private List<String> jvmFlags = new ArrayList<>();

    @Override
    public Integer call()
    {
        final PrintWriter out = spec.commandLine().getOut();
        final PrintWriter err = spec.commandLine().getErr();
        try
        {
            final Findings findings = new Measurement(plan(), progress(err)).run();
            new TextReport(findings, out).print();
            if (json != null)
            {
                new JsonReport(findings).write(json);
            }

            return 0;
        }
        catch (final MeasurementException e)
        {
            err.println("xenperf: " + e.getMessage());
            return 1;
        }
    }

    private Plan plan()
    {
        require(seconds >= MIN_SECONDS && seconds <= MAX_SECONDS, "--seconds must be 0.1 to 120: " + seconds);
        require(rounds >= 1 && rounds <= MAX_ROUNDS, "--rounds must be 1 to 1000: " + rounds);
        require(spinUs >= 0 && spinUs <= 1_000_000, "--spin-us must be 0 to 1000000: " + spinUs);
        final int slotCount = Blkif.RING_LAYOUT.slotCount();
        for (final int window : windows)
        {
            require(window >= 1 && window <= slotCount, "--window must be 1 to " + slotCount + ": " + window);
        }
        final int[] chosen = chosenCpus();

        return new Plan(
            only.isEmpty() ? EnumSet.allOf(ContenderKind.class) : EnumSet.copyOf(only),
            windows.stream().distinct().sorted().toList(), rounds, (long)(seconds * NS_PER_S), spinUs * NS_PER_US,
            chosen[0], chosen[1], boundsChecks, List.copyOf(jvmFlags));
    }

    private int[] chosenCpus()
    {
        final List<Integer> allowed = Machine.allowedCpus();
        if (cpus == null)
        {
            return allowed.size() > 1 ? new int[]{allowed.get(0), allowed.get(1)} : new int[]{-1, -1};
        }
        if (cpus.equals(NO_CPUS))
        {
            return new int[]{-1, -1};
        }

        require(cpus.matches("\\d{1,4},\\d{1,4}"), "--cpus must be two numbers or 'none': " + cpus);
        final String[] words = cpus.split(",");
        final int[] chosen = {Integer.parseInt(words[0]), Integer.parseInt(words[1])};
        require(allowed.contains(chosen[0]) && allowed.contains(chosen[1]),
            "--cpus must be among those we may use: " + cpus + ", allowed: " + allowed);

        return chosen;
    }

    private void require(final boolean condition, final String message)
    {
        if (!condition)
        {
            throw new ParameterException(spec.commandLine(), message);
        }
    }

    /** On a terminal one line that is written again and again; else nothing. */
    private static Consumer<String> progress(final PrintWriter err)
    {
        if (System.console() == null || !System.console().isTerminal())
        {
            return message -> {};
        }

        return message ->
        {
            err.print("\r\033[K" + message);
            err.flush();
        };
    }
}
