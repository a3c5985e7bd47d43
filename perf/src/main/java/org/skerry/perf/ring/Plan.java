package org.skerry.perf.ring;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

import org.skerry.perf.link.RunMode;
import org.skerry.perf.link.RunSpec;

/**
 * What shall be measured.
 *
 * @param kinds        contenders.
 * @param windows      requests under way, for each a mode of its own beside one-way.
 * @param roundCount   how often every contender has its turn.
 * @param turnNs       how long a turn is, all modes together.
 * @param spinNs       how long a half that has nothing to do spins.
 * @param frontCpu     processor of every front, or -1.
 * @param backCpu      processor of every back, or -1.
 * @param boundsChecks whether Agrona checks every access.
 * @param jvmFlags     further flags of all processes.
 */
record Plan(
    Set<ContenderKind> kinds, List<Integer> windows, int roundCount, long turnNs, long spinNs, int frontCpu,
    int backCpu, boolean boundsChecks, List<String> jvmFlags)
{
    private static final long WARM_UP_NS = 300_000_000;

    /** @return runs of a turn; the one-way run comes first. */
    List<RunSpec> runs(final ContenderKind kind)
    {
        return runs(kind, turnNs / (windows.size() + 1));
    }

    /** @return runs to be forgotten, so that every contender is compiled before the first round. */
    List<RunSpec> warmUps(final ContenderKind kind)
    {
        return runs(kind, Math.min(WARM_UP_NS, turnNs / (windows.size() + 1)));
    }

    /** @return whether fronts and backs stay on two processors. */
    boolean isPinned()
    {
        return frontCpu >= 0;
    }

    private List<RunSpec> runs(final ContenderKind kind, final long runNs)
    {
        final long kindSpinNs = kind == ContenderKind.BELLS ? 0 : spinNs;
        final List<RunSpec> runs = new ArrayList<>();
        runs.add(new RunSpec(RunMode.ONE_WAY, 0, runNs, kindSpinNs));
        for (final int window : windows)
        {
            runs.add(new RunSpec(RunMode.REQUEST_RESPONSE, window, runNs, kindSpinNs));
        }

        return runs;
    }
}
