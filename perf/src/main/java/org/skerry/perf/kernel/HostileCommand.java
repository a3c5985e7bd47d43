package org.skerry.perf.kernel;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;

import org.skerry.perf.ring.ChildProcess;
import org.skerry.perf.ring.Children;
import org.skerry.perf.ring.DomainZero;
import org.skerry.perf.ring.MeasurementException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * {@code xenperf hostile}.
 */
@Command(name = "xenperf hostile", mixinStandardHelpOptions = true, sortOptions = false, description = {
    "What one domain at full speed costs two others that ring each other and ask the hypervisor: p50 and p99 of",
    "their bell round trips and hypercalls without it and with it, in turns; medians of all rounds.", "",
    "Modes: cpu (keeps a processor and does nothing: what the scheduler of Linux makes of it), bells (rings the",
    "victims' peer, past the hypervisor), hypercalls (has the hypervisor ring it, in batches), connection (messages",
    "that are refused), maps (maps and unmaps a victim's page, in batches).", ""})
public final class HostileCommand implements Callable<Integer>
{
    private static final List<String> MODES = List.of("cpu", "bells", "hypercalls", "connection", "maps");
    private static final int MAX_ROUNDS = 100;
    private static final int QUICK_ROUNDS = 3;
    private static final double QUICK_SECONDS = 0.4;
    private static final double MIN_SECONDS = 0.05;
    private static final double MAX_SECONDS = 60;

    @Spec
    private CommandSpec spec;

    @Option(names = "--only", paramLabel = "MODE", split = ",", description = "Modes (default: all).")
    private List<String> only = MODES;

    @Option(names = "--rounds", paramLabel = "N", defaultValue = "5",
        description = "Turns without and with the hostile domain (default: ${DEFAULT-VALUE}).")
    private int rounds;

    @Option(names = "--seconds", paramLabel = "N", defaultValue = "2",
        description = "Length of a turn (default: ${DEFAULT-VALUE}).")
    private double seconds;

    @Option(names = "--pause-us", paramLabel = "N", defaultValue = "200",
        description = "What a victim does nothing between two round trips, us (default: ${DEFAULT-VALUE}).")
    private int pauseUs;

    @Option(names = "--quick", description = "3 rounds with turns of 0.4 s.")
    private boolean isQuick;

    @Override
    public Integer call()
    {
        require(rounds >= 1 && rounds <= MAX_ROUNDS, "--rounds must be 1 to 100: " + rounds);
        require(seconds >= MIN_SECONDS && seconds <= MAX_SECONDS, "--seconds must be 0.05 to 60: " + seconds);
        require(pauseUs >= 0 && pauseUs <= 1_000_000, "--pause-us must be 0 to 1000000: " + pauseUs);
        only.forEach(mode -> require(MODES.contains(mode), "--only: no such mode: " + mode));
        final PrintWriter out = spec.commandLine().getOut();
        try (Children children = new Children(false, List.of()))
        {
            measure(new DomainZero(children), out);
            return 0;
        }
        catch (final MeasurementException e)
        {
            spec.commandLine().getErr().println("xenperf: " + e.getMessage());
            return 1;
        }
    }

    private void measure(final DomainZero host, final PrintWriter out)
    {
        final boolean isConfined = Children.canConfine();
        final SideDomain victim = SideDomain.start(host, "victim", -1, isConfined);
        final SideDomain peer = SideDomain.start(host, "peer", -1, isConfined);
        final SideDomain hostile = SideDomain.start(host, "hostile", -1, isConfined);
        peer.connect(victim);
        peer.connect(hostile);
        final int ref = peer.number("grant " + hostile.domid(), "ref");
        final String turn = "run " + Math.round((isQuick ? QUICK_SECONDS : seconds) * 1000) + ' ' + pauseUs;
        turn(victim, peer, turn);                                       // to warm up

        out.printf(Locale.ROOT, "%-12s %-20s %12s %12s %8s %12s %12s %8s%n", "hostile", "victim, us", "p50 quiet",
            "p50", "ratio", "p99 quiet", "p99", "ratio");
        for (final String mode : only)
        {
            final List<Times> quiet = new ArrayList<>();
            final List<Times> loud = new ArrayList<>();
            final long kbBefore = kernelKb(host.hypervisor());
            long count = 0;
            for (int i = 0; i < (isQuick ? QUICK_ROUNDS : rounds); i++)
            {
                quiet.add(turn(victim, peer, turn));
                hostile.tell("flood " + mode + ' ' + peer.domid() + ' ' + ref);
                loud.add(turn(victim, peer, turn));
                count += Long.parseLong(hostile.ask("stop").substring("flooded ".length()));
            }
            print(out, mode, quiet, loud);
            out.printf(Locale.ROOT, "%-12s %d done by the hostile domain, hypervisor %+d kB, %d errors of others%n",
                "", count, kernelKb(host.hypervisor()) - kbBefore, errors(quiet) + errors(loud));
            out.flush();
        }
    }

    private static Times turn(final SideDomain victim, final SideDomain peer, final String line)
    {
        peer.tell("echo");
        final Times times = Times.parse(victim.ask(line));
        peer.ask("stop");

        return times;
    }

    private static void print(
        final PrintWriter out, final String mode, final List<Times> quiet, final List<Times> loud)
    {
        printRow(out, mode, "bell round trip", Times.median(quiet, Times::bellP50), Times.median(loud, Times::bellP50),
            Times.median(quiet, Times::bellP99), Times.median(loud, Times::bellP99));
        printRow(out, "", "hypercall", Times.median(quiet, Times::callP50), Times.median(loud, Times::callP50),
            Times.median(quiet, Times::callP99), Times.median(loud, Times::callP99));
    }

    private static void printRow(
        final PrintWriter out, final String mode, final String what, final double quietP50, final double loudP50,
        final double quietP99, final double loudP99)
    {
        out.printf(Locale.ROOT, "%-12s %-20s %12.1f %12.1f %7.2fx %12.1f %12.1f %7.2fx%n", mode, what,
            quietP50 / 1000, loudP50 / 1000, loudP50 / quietP50, quietP99 / 1000, loudP99 / 1000, loudP99 / quietP99);
    }

    private static long kernelKb(final ChildProcess hypervisor)
    {
        return hypervisor.statusKb("VmRSS");
    }

    private static long errors(final List<Times> turns)
    {
        return turns.stream().mapToLong(Times::errors).sum();
    }

    private void require(final boolean condition, final String message)
    {
        if (!condition)
        {
            throw new ParameterException(spec.commandLine(), message);
        }
    }
}
