package org.skerry.xenstore;

import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Set;

import org.skerry.wire.xs.XenstorePath;

/**
 * One commit on its way to those who watch, step by step, so that a large one can let others be served in between. A
 * watcher is told when it may read the node as it was, the node as it is, or the one above.
 */
final class Publication
{
    private final WatchTable watches;
    private final Commit commit;
    private final WatchPublisher publisher;
    private Set<String> told;
    private final ArrayDeque<Level> levels = new ArrayDeque<>();
    private int nextPath;

    /** A place below a removed node, and how far its children were visited. */
    private record Level(
        WatchTable.Place place, String path, Node node, Node parent,
        Iterator<PersistentMap.Entry<String, WatchTable.Place>> children)
    {
    }

    Publication(final WatchTable watches, final Commit commit, final WatchPublisher publisher)
    {
        this.watches = watches;
        this.commit = commit;
        this.publisher = publisher;
    }

    /**
     * Tell some more.
     *
     * @param stepCount of work, at most.
     * @return steps that are left when all is told.
     */
    int proceed(final int stepCount)
    {
        int steps = stepCount;

        while (steps > 0 && !isDone())
        {
            steps--;

            if (!levels.isEmpty())
            {
                descend();
            }
            else
            {
                begin();
            }
        }

        return steps;
    }

    /** @return whether all is told. */
    boolean isDone()
    {
        return levels.isEmpty() && nextPath == commit.paths().size();
    }

    /** First come those who watch what vanished below a path, then those who watch the path or what is above it. */
    private void begin()
    {
        final String path = commit.paths().get(nextPath);
        final Node old = commit.nodeBefore(nextPath);
        final Node now = commit.nodeAfter(nextPath);
        final WatchTable.Place place =
            old != null && (now == null || old.children() != now.children()) ? watches.place(path) : null;

        if (place != null && place.hasChildren())
        {
            levels.push(new Level(place, path, old, null, place.children()));
        }
        else
        {
            tellOf(path, old, now);
        }
    }

    private void descend()
    {
        final Level level = levels.peek();

        if (level.children.hasNext())
        {
            final PersistentMap.Entry<String, WatchTable.Place> child = level.children.next();
            final Node node = level.node.child(child.key());

            if (node != null)
            {
                final WatchTable.Place place = child.value();
                levels.push(new Level(
                    place, XenstorePath.child(level.path, child.key()), node, level.node, place.children()));
            }

            return;
        }

        levels.pop();

        if (levels.isEmpty())
        {
            tellOf(level.path, level.node, commit.after().find(level.path));
        }
        else if (!level.place.watches().isEmpty() && !isToldItself(level.path) &&
            commit.after().find(level.path) == null)
        {
            tell(level.place.watches(), level.path, level.node, null, level.parent);
        }
    }

    /** @return whether the commit names the path: its turn comes, or it had it. */
    private boolean isToldItself(final String path)
    {
        told = told == null ? new HashSet<>(commit.paths()) : told;
        return told.contains(path);
    }

    private void tellOf(final String path, final Node old, final Node now)
    {
        nextPath++;
        final List<Watch> concerned = old == null && now == null ?
            List.of() :                                          // made and removed again in one transaction
            watches.concernedBy(path);

        if (!concerned.isEmpty())
        {
            final boolean hasParent = !XenstorePath.isSpecial(path) && !path.equals(XenstorePath.ROOT);
            tell(concerned, path, old, now, hasParent ?
                (now != null ? commit.after() : commit.before()).find(XenstorePath.parent(path)) : null);
        }
    }

    private void tell(
        final List<Watch> concerned, final String path, final Node old, final Node now, final Node parent)
    {
        for (int i = 0; i < concerned.size(); i++)
        {
            final Watch watch = concerned.get(i);

            if (watch.mayRead(old) || watch.mayRead(now) || watch.mayRead(parent))
            {
                publisher.tell(watch, path);
            }
        }
    }
}
