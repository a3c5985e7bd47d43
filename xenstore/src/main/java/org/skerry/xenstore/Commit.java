package org.skerry.xenstore;

import java.util.List;

/**
 * One step of the store from a tree to the next: a request outside of transactions, a whole transaction, or the end of
 * a domain. Trees never change, so a commit may be kept for as long as somebody wants to know.
 */
final class Commit
{
    private final long generation;
    private final long epochMs;
    private final Caller by;
    private final Tree before;
    private final Tree after;
    private final List<String> paths;
    private final boolean isOfPaths;
    private final Node[] nodesBefore;
    private final Node[] nodesAfter;
    private int foundCount;
    private List<Change> changes;

    /**
     * @param generation number of the step, higher than of all steps before.
     * @param epochMs    when, milliseconds since 1970.
     * @param by         who.
     * @param before     from what.
     * @param after      to what.
     * @param paths      that watchers are told: nodes that were written, made, removed or given other permissions, each
     *                   once, in the order of first touch. Some may be the same in both trees.
     * @param isOfPaths  whether nothing differs but at the paths, below those that are gone, and above those for which
     *                   something was missing there.
     */
    Commit(
        final long generation,
        final long epochMs,
        final Caller by,
        final Tree before,
        final Tree after,
        final List<String> paths,
        final boolean isOfPaths)
    {
        this.generation = generation;
        this.epochMs = epochMs;
        this.by = by;
        this.before = before;
        this.after = after;
        this.paths = paths;
        this.isOfPaths = isOfPaths;
        this.nodesBefore = new Node[paths.size()];
        this.nodesAfter = new Node[paths.size()];
    }

    long generation()
    {
        return generation;
    }

    long epochMs()
    {
        return epochMs;
    }

    Caller by()
    {
        return by;
    }

    /** @return of whom; 0 for clients of the socket. */
    int domid()
    {
        return by.domid();
    }

    Tree before()
    {
        return before;
    }

    Tree after()
    {
        return after;
    }

    List<String> paths()
    {
        return paths;
    }

    boolean isOfPaths()
    {
        return isOfPaths;
    }

    /** @return what was at a path, by its index; null for nothing. To ask again costs nothing. */
    Node nodeBefore(final int index)
    {
        findUpTo(index);
        return nodesBefore[index];
    }

    /** @return what is at a path, by its index; null for nothing. */
    Node nodeAfter(final int index)
    {
        findUpTo(index);
        return nodesAfter[index];
    }

    private void findUpTo(final int index)
    {
        while (foundCount <= index)
        {
            final String path = paths.get(foundCount);
            nodesBefore[foundCount] = before.find(path);
            nodesAfter[foundCount++] = after.find(path);
        }
    }

    /** @return what differs, parents before children; takes time by its size, not by that of the store. */
    List<Change> changes()
    {
        changes = changes == null ? TreeDifference.between(before, after) : changes;
        return changes;
    }
}
