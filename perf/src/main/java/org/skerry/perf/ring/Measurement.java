package org.skerry.perf.ring;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

import org.skerry.perf.link.RunSpec;

/**
 * Lets all contenders take turns: every round each runs every mode, while all others wait. What the machine does to
 * one it so does to all, and what it does differently shows in the spread.
 */
public final class Measurement
{
    private final Plan plan;
    private final Consumer<String> progress;
    private final List<Cell> cells = new ArrayList<>();

    /**
     * @param plan     what to measure.
     * @param progress told what is being done.
     */
    Measurement(final Plan plan, final Consumer<String> progress)
    {
        this.plan = plan;
        this.progress = progress;
    }

    /**
     * Measure. To be called once.
     *
     * @return what was found.
     * @throws MeasurementException when a contender does not come up, loses messages or ends.
     */
    Findings run()
    {
        final PlacementProbe probe = plan.isPinned() && plan.frontCpu() != plan.backCpu() ?
            new PlacementProbe(plan.frontCpu(), plan.backCpu()) : null;
        progress.accept("starting");
        try (Contenders contenders = new Contenders(
            new Children(plan.boundsChecks(), plan.jvmFlags()), plan.frontCpu(), plan.backCpu()))
        {
            final List<Contender> all = contenders.start(plan.kinds());
            progress.accept("warming up");
            for (final Contender contender : all)
            {
                contender.unpause();
                plan.warmUps(contender.kind()).forEach(contender::run);
                contender.pause();
            }
            probe(probe);                                // the first one is compiled while it runs
            for (int round = 1; round <= plan.roundCount(); round++)
            {
                for (final Contender contender : all)
                {
                    progress.accept("round " + round + " of " + plan.roundCount() + ": " + contender.kind().title());
                    contender.unpause();
                    for (final RunSpec spec : plan.runs(contender.kind()))
                    {
                        cells.add(measure(contender, spec, probe));
                    }
                    contender.pause();
                }
            }

            return new Findings(plan, List.copyOf(cells), contenders.isConfined());
        }
        finally
        {
            progress.accept("");
        }
    }

    private Cell measure(final Contender contender, final RunSpec spec, final PlacementProbe probe)
    {
        final long probeBeforeNs = probe(probe);
        final long busyStartNs = Machine.busyNs();
        final long ownStartNs = contender.cpuTimeNs();
        final long startNs = System.nanoTime();
        final Contender.Turn turn = contender.run(spec);
        final long elapsedNs = System.nanoTime() - startNs;
        final long foreignNs = Machine.busyNs() - busyStartNs - (contender.cpuTimeNs() - ownStartNs);
        final long probeAfterNs = probe(probe);
        final double capacityNs = (double)elapsedNs * Runtime.getRuntime().availableProcessors();

        return new Cell(
            contender.kind(), spec, turn, Math.clamp(foreignNs / capacityNs, 0, 1), probeBeforeNs, probeAfterNs);
    }

    private static long probe(final PlacementProbe probe)
    {
        return probe == null ? -1 : probe.roundTripNs();
    }
}
