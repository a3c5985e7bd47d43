package org.skerry.guest.xenstore;

import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.function.Consumer;

/**
 * A watch with the events that its consumer has not heard yet. Equal ones are told once; when very many wait, those are
 * told as one event for the watched path itself.
 */
final class RegisteredWatch implements XenstoreWatch
{
    private static final int WAITING_MAX = 1024;

    private final String path;
    private final Consumer<String> onEvent;
    private final Executor executor;
    private final Runnable unwatch;
    private final Set<String> waiting = new LinkedHashSet<>();
    private boolean isScheduled;
    private boolean isClosed;

    RegisteredWatch(
        final String path, final Consumer<String> onEvent, final Executor executor, final Runnable unwatch)
    {
        this.path = path;
        this.onEvent = onEvent;
        this.executor = executor;
        this.unwatch = unwatch;
    }

    @Override
    public String path()
    {
        return path;
    }

    @Override
    public void close()
    {
        if (silence())
        {
            unwatch.run();
        }
    }

    /** Tell nothing any more. */
    synchronized boolean silence()
    {
        final boolean wasOpen = !isClosed;
        isClosed = true;
        waiting.clear();
        return wasOpen;
    }

    /** An event came. */
    void add(final String changed)
    {
        synchronized (this)
        {
            if (isClosed)
            {
                return;
            }
            if (waiting.size() >= WAITING_MAX)
            {
                waiting.clear();
                waiting.add(path);
            }

            waiting.add(changed);

            if (isScheduled)
            {
                return;
            }

            isScheduled = true;
        }

        executor.execute(this::tell);
    }

    private void tell()
    {
        boolean isDone = false;

        try
        {
            for (String changed = next(); changed != null; changed = next())
            {
                onEvent.accept(changed);
            }

            isDone = true;
        }
        finally
        {
            if (!isDone)
            {
                executor.execute(this::tell);                    // the consumer threw; the rest is told all the same
            }
        }
    }

    private synchronized String next()
    {
        final Iterator<String> iterator = waiting.iterator();

        if (!iterator.hasNext())
        {
            isScheduled = false;
            return null;
        }

        final String changed = iterator.next();
        iterator.remove();
        return changed;
    }
}
