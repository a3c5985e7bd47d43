package org.skerry.xenstore;

import java.util.List;

/**
 * One step of the store from a tree to the next: a request outside of transactions, a whole transaction, or the end of
 * a domain. Trees never change, so a commit may be kept for as long as somebody wants to know.
 *
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
record Commit(
    long generation, long epochMs, Caller by, Tree before, Tree after, List<String> paths, boolean isOfPaths)
{
    /** @return of whom; 0 for clients of the socket. */
    int domid()
    {
        return by.domid();
    }

    /** @return what differs, parents before children; takes time by its size, not by that of the store. */
    List<Change> changes()
    {
        return TreeDifference.between(before, after);
    }
}
