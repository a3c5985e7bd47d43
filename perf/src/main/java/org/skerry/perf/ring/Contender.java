package org.skerry.perf.ring;

import java.util.List;

import org.skerry.perf.link.RunSpec;
import org.skerry.perf.link.SideResult;
import org.skerry.perf.side.ControlChannel;

/**
 * Something that takes turns: a front, a back, perhaps a third process that has its hand in. One thread.
 *
 * @param kind         what it is.
 * @param front        process of the front.
 * @param frontControl tells the front what to run.
 * @param back         process of the back; may be the front's.
 * @param backControl  tells the back what to run.
 * @param third        hypervisor or driver, or null.
 * @param mayPause     whether its processes can be stopped while others have their turn: those that never are quiet.
 */
record Contender(
    ContenderKind kind, ChildProcess front, ControlChannel frontControl, ChildProcess back, ControlChannel backControl,
    ChildProcess third, boolean mayPause)
{
    private static final int GRACE_MS = 20_000;
    private static final long NS_PER_MS = 1_000_000;

    /** Wake it up for its turn. */
    void unpause()
    {
        if (mayPause)
        {
            processes().forEach(ChildProcess::unpause);
        }
    }

    /** Its turn is over. */
    void pause()
    {
        if (mayPause)
        {
            processes().forEach(ChildProcess::pause);
        }
    }

    /**
     * Do one run.
     *
     * @param spec of the run.
     * @return what both halves found; every message arrived, in order and unspoiled.
     * @throws MeasurementException when not.
     */
    Turn run(final RunSpec spec)
    {
        final long thirdStartNs = third == null ? 0 : third.cpuTimeNs();
        back.send(backControl, spec.format());
        front.send(frontControl, spec.format());
        final int timeoutMs = (int)(spec.durationNs() / NS_PER_MS) + GRACE_MS;
        final SideResult frontResult = SideResult.parse(front.receive(frontControl, timeoutMs));
        final SideResult backResult = SideResult.parse(back.receive(backControl, timeoutMs));
        final long thirdCpuNs = third == null ? 0 : third.cpuTimeNs() - thirdStartNs;
        if (frontResult.messageCount() != backResult.messageCount() ||
            frontResult.errorCount() != 0 || backResult.errorCount() != 0)
        {
            throw new MeasurementException(kind.title() + " lost or spoiled messages: sent=" +
                frontResult.messageCount() + ", received=" + backResult.messageCount() + ", errors=" +
                frontResult.errorCount() + "+" + backResult.errorCount());
        }

        return new Turn(frontResult, backResult, thirdCpuNs);
    }

    /** @return CPU time of all its processes since their start, ns. */
    long cpuTimeNs()
    {
        return processes().stream().mapToLong(ChildProcess::cpuTimeNs).sum();
    }

    private List<ChildProcess> processes()
    {
        if (front == back)
        {
            return List.of(front);
        }

        return third == null ? List.of(front, back) : List.of(front, back, third);
    }

    /**
     * What one run found.
     *
     * @param front      of the front.
     * @param back       of the back.
     * @param thirdCpuNs CPU time of the third process during the run, ns.
     */
    record Turn(SideResult front, SideResult back, long thirdCpuNs)
    {
    }
}
