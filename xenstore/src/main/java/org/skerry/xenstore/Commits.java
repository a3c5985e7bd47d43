package org.skerry.xenstore;

import java.util.ArrayList;
import java.util.List;

import org.agrona.concurrent.EpochClock;
import org.skerry.xenstore.history.History;

/**
 * The tree of this moment, and the one place where it becomes another: all that follows from a change (events, history,
 * a journal) hangs here.
 */
final class Commits
{
    /** Beyond so many paths it is quicker to look for what differs. */
    private static final int PATHS_MAX = 64;

    private final EpochClock clock;
    private final List<CommitListener> listeners = new ArrayList<>();
    private HistoryKeeper history;
    private Tree tree = Tree.initial();
    private long generation = 1;

    /** @param clock says when a step was taken. */
    Commits(final EpochClock clock)
    {
        this.clock = clock;
    }

    /** @param listener hears of every step from now on, after those that were added before it. */
    void add(final CommitListener listener)
    {
        listeners.add(listener);
    }

    /** Begin with a tree. */
    void restore(final Tree first, final long firstGeneration)
    {
        tree = first;
        generation = firstGeneration;
    }

    /**
     * Note every step, after those who were added have heard of it.
     *
     * @param past  where.
     * @param turns say when to go on with what takes long.
     */
    void remember(final History past, final Turns turns)
    {
        history = new HistoryKeeper(past, turns);
        add(history);
    }

    /** Begin to note, with the tree as it is. */
    void beginHistory()
    {
        history.history().begin(generation, clock.time());
    }

    /** @return what was noted, all of it up to now. */
    History history()
    {
        return history.history();
    }

    Tree tree()
    {
        return tree;
    }

    /** @return number of the last change. */
    long generation()
    {
        return generation;
    }

    /** @return a number for a change that may be committed, higher than of any before. */
    long nextGeneration()
    {
        return ++generation;
    }

    /**
     * Take a step.
     *
     * @param by    who.
     * @param after from now on; the same tree again is no step.
     * @param paths that watchers are told.
     */
    void commit(final Caller by, final Tree after, final List<String> paths)
    {
        commit(by, after, paths, false);
    }

    /** Take a step in which nothing differs but at the paths, see {@link Commit#isOfPaths}. */
    void commitPaths(final Caller by, final Tree after, final List<String> paths)
    {
        commit(by, after, paths, paths.size() <= PATHS_MAX);
    }

    private void commit(final Caller by, final Tree after, final List<String> paths, final boolean isOfPaths)
    {
        if (after == tree)
        {
            return;
        }

        final Commit commit = new Commit(generation, clock.time(), by, tree, after, paths, isOfPaths);
        tree = after;

        for (int i = 0; i < listeners.size(); i++)
        {
            listeners.get(i).onCommit(commit);
        }
    }
}
