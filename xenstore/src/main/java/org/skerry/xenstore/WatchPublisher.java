package org.skerry.xenstore;

import java.util.ArrayDeque;

/**
 * Tells those who watch what commits changed, in the order of the commits. A large commit is told in turns, and all
 * are served in between; only who watches something itself gets the reply to a change after the change is told.
 */
final class WatchPublisher implements CommitListener
{
    /** Steps of a turn: about as long as a few dozen requests. */
    static final int TURN_STEPS = 128;

    /** Commits that may wait to be told before those who make more have to wait, too. */
    static final int WAITING_MAX = 1024;

    private final WatchTable watches;
    private final Turns turns;
    private final StoreLog log;
    private final RecordWriter records;
    private final ArrayDeque<Object> waiting = new ArrayDeque<>();

    /**
     * @param turns   let others be served in between.
     * @param log     counts events that are not told as they are.
     * @param records outlive the process.
     */
    WatchPublisher(
        final WatchTable watches, final Turns turns, final StoreLog log, final RecordWriter records)
    {
        this.records = records;
        this.watches = watches;
        this.turns = turns;
        this.log = log;
    }

    @Override
    public void onCommit(final Commit commit)
    {
        final Publication publication = new Publication(watches, commit, this);

        if (waiting.isEmpty())
        {
            publication.proceed(TURN_STEPS);
        }
        if (!publication.isDone())
        {
            add(publication);
        }
    }

    /**
     * Whether the reply to whoever made a change must wait: it comes after the events that the change causes the client
     * itself, and nobody makes changes faster than they can be told.
     */
    boolean mustWait(final XsConnection connection)
    {
        return !waiting.isEmpty() && (connection.watchCount() > 0 || waiting.size() > WAITING_MAX);
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
            turns.later(this::turn);
            records.telling(true);
        }

        waiting.add(work);
    }

    /** Go on for one turn. */
    void turn()
    {
        int steps = TURN_STEPS;

        while (steps > 0 && !waiting.isEmpty())
        {
            if (waiting.peek() instanceof final Publication publication)
            {
                steps = publication.proceed(steps);

                if (!publication.isDone())
                {
                    break;
                }

                waiting.remove();
            }
            else
            {
                ((Runnable)waiting.remove()).run();
            }
        }

        if (waiting.isEmpty())
        {
            records.telling(false);
        }
        else
        {
            turns.later(this::turn);
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
                tell(watch, isPlain ? name : ofDomain);
            }
        }
    }

    /** Queue an event of one watch, if there still is one. */
    void tell(final Watch watch, final String path)
    {
        if (watch.owner().hasEnded(watch))
        {
            return;
        }

        final int domid = watch.owner().caller().domid();

        switch (watch.owner().event(watch, path))
        {
            case WAITS ->
            {
            }
            case MERGED -> log.count(domid, StoreLog.Count.EVENTS_MERGED, "");
            case COLLAPSED -> log.count(domid, StoreLog.Count.EVENTS_COLLAPSED, "watch=" + watch.path());
            case DROPPED -> log.count(domid, StoreLog.Count.EVENTS_DROPPED, "path=" + path);
        }
    }
}
