package org.skerry.xenstore;

import java.util.ArrayDeque;
import java.util.PriorityQueue;
import java.util.function.Consumer;

/** Turns and time as a test wants them. */
final class ManualTurns implements Turns
{
    private final Consumer<Runnable> later;
    private final ArrayDeque<Runnable> waiting = new ArrayDeque<>();
    private final PriorityQueue<Timer> timers = new PriorityQueue<>();
    private long nowNs = Long.MAX_VALUE - 1000;
    private long lookNs;

    private record Timer(long deadlineNs, Runnable task) implements Comparable<Timer>
    {
        @Override
        public int compareTo(final Timer other)
        {
            return Long.compare(deadlineNs - other.deadlineNs, 0);
        }
    }

    /** Tasks wait for {@link #runLater}; who drives the publisher does so itself. */
    ManualTurns()
    {
        this.later = waiting::add;
    }

    ManualTurns(final Consumer<Runnable> later)
    {
        this.later = later;
    }

    @Override
    public long nanoTime()
    {
        return nowNs += lookNs;
    }

    /** @param ns time that goes by between two looks at the clock. */
    void lookNs(final long ns)
    {
        lookNs = ns;
    }

    @Override
    public void later(final Runnable task)
    {
        later.accept(task);
    }

    /** Have the next turn. */
    void runLater()
    {
        for (int i = waiting.size(); i > 0; i--)
        {
            waiting.remove().run();
        }
    }

    @Override
    public void after(final long delayNs, final Runnable task)
    {
        timers.add(new Timer(nowNs + delayNs, task));
    }

    void advance(final long ns)
    {
        nowNs += ns;
        while (!timers.isEmpty() && timers.peek().deadlineNs - nowNs <= 0)
        {
            timers.remove().task.run();
        }
    }
}
