package org.skerry.perf.side;

import java.util.function.Function;

import org.skerry.perf.link.RunSpec;
import org.skerry.perf.link.SideResult;
import org.skerry.wire.Errno;
import org.skerry.wire.linux.Prctl;
import org.skerry.wire.linux.Sched;
import org.skerry.wire.linux.Signal;

/**
 * What all processes of a measurement have in common.
 */
final class SideThread
{
    private static final int EXIT_ORPHAN = 3;

    private SideThread()
    {
    }

    /** Die with the thread that started this process, also while stopped, also when it is dead already. */
    static void dieWithParent()
    {
        Prctl.setPdeathsig(Signal.SIGKILL);
        if (new ControlChannel(ControlChannel.CONTROL_FD).isHungUp())
        {
            Runtime.getRuntime().halt(EXIT_ORPHAN);
        }
    }

    /**
     * Keep the calling thread, and no other of the process, on a processor.
     *
     * @param cpu its number; negative to leave the thread alone.
     */
    static void pin(final int cpu)
    {
        final int result = cpu < 0 ? 0 : Sched.setaffinity(0, cpu);
        if (result < 0)
        {
            throw new IllegalStateException("cannot run on processor " + cpu + ": " + Errno.nameOf(result));
        }
    }

    /**
     * Do runs until the channel ends.
     *
     * @param control says which.
     * @param side    does them.
     */
    static void serve(final ControlChannel control, final Function<RunSpec, SideResult> side)
    {
        String line = control.receive(ControlChannel.FOR_EVER);
        while (line != null)
        {
            control.send(side.apply(RunSpec.parse(line)).format());
            line = control.receive(ControlChannel.FOR_EVER);
        }
    }
}
