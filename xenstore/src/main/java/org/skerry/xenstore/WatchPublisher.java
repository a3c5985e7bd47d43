package org.skerry.xenstore;

import java.util.ArrayDeque;
import java.util.function.Consumer;

/**
 * Tells those who watch what commits changed, in the order of the commits. A large commit is told in turns; whoever
 * made it gets the reply after its last event, and whoever changes something meanwhile waits in line, too. Others are
 * served in between.
 */
final class WatchPublisher implements CommitListener
{
    /** Steps of a turn: about as long as a few dozen requests. */
    static final int TURN_STEPS = 128;

    private final WatchTable watches;
    private final Consumer<Runnable> later;
    private final ArrayDeque<Object> waiting = new ArrayDeque<>();

    /** @param later runs a task in another turn of the same thread. */
    WatchPublisher(final WatchTable watches, final Consumer<Runnable> later)
    {
        this.watches = watches;
        this.later = later;
    }

    @Override
    public void onCommit(final Commit commit)
    {
        final Publication publication = new Publication(watches, commit);

        if (!waiting.isEmpty() || !publication.proceed(TURN_STEPS))
        {
            add(publication);
        }
    }

    /** @return whether there are events of commits not told yet. */
    boolean isBusy()
    {
        return !waiting.isEmpty();
    }

    /** Have something done when all is told that there is to be told by now. */
    void afterwards(final Runnable task)
    {
        add(task);
    }

    private void add(final Object work)
    {
        if (waiting.isEmpty())
        {
            later.accept(this::turn);
        }

        waiting.add(work);
    }

    /** Go on for one turn. */
    void turn()
    {
        while (waiting.peek() instanceof final Runnable task)
        {
            waiting.remove();
            task.run();
        }

        if (waiting.peek() instanceof final Publication publication && publication.proceed(TURN_STEPS))
        {
            waiting.remove();
        }
        if (!waiting.isEmpty())
        {
            later.accept(this::turn);
        }
    }

    /** Watches with a depth are told which domain it was; a domain may also be watched by itself. */
    void fireSpecial(final Node node, final String name, final int domid)
    {
        if (!waiting.isEmpty())
        {
            add((Runnable)() -> tellSpecial(node, name, domid));
            return;
        }

        tellSpecial(node, name, domid);
    }

    private void tellSpecial(final Node node, final String name, final int domid)
    {
        final String ofDomain = name + '/' + domid;

        for (final Watch watch : watches.concernedBy(ofDomain))
        {
            if (watch.mayRead(node))
            {
                final boolean isPlain = watch.path().equals(name) && watch.depth() == Watch.ANY_DEPTH;
                watch.owner().event(watch, isPlain ? name : ofDomain);
            }
        }
    }
}
