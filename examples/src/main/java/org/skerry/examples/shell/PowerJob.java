package org.skerry.examples.shell;

import org.agrona.concurrent.NanoClock;

/** Ends the domain when the last line has reached the console, or after a second when nobody takes it. */
final class PowerJob implements Job
{
    private static final long PATIENCE_NS = 1_000_000_000L;

    private final Machine.Power power;
    private final NanoClock clock;
    private final Runnable end;
    private final long deadlineNs;

    PowerJob(final Machine.Power power, final NanoClock clock, final Runnable end)
    {
        this.power = power;
        this.clock = clock;
        this.end = end;
        deadlineNs = clock.nanoTime() + PATIENCE_NS;
    }

    @Override
    public int doWork()
    {
        if (power.isConsoleDrained() || clock.nanoTime() - deadlineNs >= 0)
        {
            end.run();
        }

        return 0;
    }

    @Override
    public boolean isDone()
    {
        return false;
    }

    @Override
    public long nextDeadlineNs()
    {
        return deadlineNs;
    }
}
