package org.skerry.guest.xenstore;

import java.util.concurrent.Executor;
import java.util.function.Consumer;

import org.agrona.concurrent.UnsafeBuffer;

/** Lets tests of the server put the real client on a page of theirs. */
public final class RingClients
{
    private RingClients()
    {
    }

    /** The event channel as the client sees it. */
    public interface Bell
    {
        void notifyRemote();

        void await();
    }

    public static XenstoreClient over(
        final UnsafeBuffer page, final Bell bell, final Executor tasks, final Consumer<Runnable> onBell)
    {
        final StoreBell storeBell = new StoreBell()
        {
            @Override
            public void notifyRemote()
            {
                bell.notifyRemote();
            }

            @Override
            public void await()
            {
                bell.await();
            }
        };
        return XenstoreRingClient.over(page, storeBell, tasks, onBell, () -> {});
    }
}
