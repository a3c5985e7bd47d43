package org.skerry.examples.shell;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

import org.agrona.concurrent.NanoClock;

/** What the kernel has to say of itself, with the time since boot; the last {@link #LIMIT} lines. */
final class KernelLog
{
    static final int LIMIT = 256;

    private final Deque<String> lines = new ArrayDeque<>();
    private final NanoClock clock;
    private final long bootNs;

    KernelLog(final NanoClock clock)
    {
        this.clock = clock;
        bootNs = clock.nanoTime();
    }

    void add(final String message)
    {
        final long microseconds = sinceBootNs() / 1000;
        final String fraction = Long.toString(1_000_000 + microseconds % 1_000_000).substring(1);
        final String seconds = Long.toString(microseconds / 1_000_000);
        lines.add("[" + " ".repeat(Math.max(0, 5 - seconds.length())) + seconds + "." + fraction + "] " + message);

        if (lines.size() > LIMIT)
        {
            lines.removeFirst();
        }
    }

    long sinceBootNs()
    {
        return clock.nanoTime() - bootNs;
    }

    List<String> lines()
    {
        return List.copyOf(lines);
    }
}
