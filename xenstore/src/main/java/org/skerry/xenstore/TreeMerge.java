package org.skerry.xenstore;

import java.util.ArrayList;
import java.util.List;

import org.skerry.wire.xs.XenstorePath;

/**
 * A transaction upon a tree that has moved on, without doing it again: where others changed nothing that it asked for,
 * every request would be answered as it was, and what it made takes the place of what was there. That takes time by
 * what differs between the trees, not by what the transaction did.
 */
final class TreeMerge
{
    /** Levels that both sides changed; below, as of any doubt, the transaction is done again. */
    private static final int DEPTH_MAX = 64;

    private final Tree base;
    private final Tree live;
    private final Tree own;
    private final long generation;
    private boolean isPossible = true;

    private record Difference(String name, Node before, Node after)
    {
        boolean isOfNames()
        {
            return before == null || after == null;
        }
    }

    /**
     * @param base       what the transaction began with.
     * @param live       the tree of this moment.
     * @param own        what it made of the base, with permissions that it found there.
     * @param generation number of this change.
     */
    TreeMerge(final Tree base, final Tree live, final Tree own, final long generation)
    {
        this.base = base;
        this.live = live;
        this.own = own;
        this.generation = generation;
    }

    /**
     * @param caller  whose transaction it is.
     * @param touched paths of its requests, none of them special or the root.
     * @return the tree that its requests would come to now; null when they have to be done to know.
     */
    Tree merge(final Caller caller, final Iterable<String> touched)
    {
        if (!isAsItWas(touched) || !caller.isPrivileged() && hasSomebodyMore())
        {
            return null;
        }

        final Node root = merge(base.root(), live.root(), own.root(), 0);
        return isPossible ? withAccounts(
            new Tree(root, live.introduceDomain(), live.releaseDomain(), live.accounts())) : null;
    }

    /** Nodes whose parent is the same are; neighbours follow each other, mostly. */
    private boolean isAsItWas(final Iterable<String> touched)
    {
        Siblings siblings = null;

        for (final String path : touched)
        {
            if (siblings == null || !siblings.include(path))
            {
                siblings = new Siblings(path);
            }
            if (!siblings.isAsItWas(path))
            {
                return false;
            }
        }

        return true;
    }

    /** Whatever there is below one path, by what it is in both trees. */
    private final class Siblings
    {
        private final int parentLength;
        private final String first;
        private final Node before;
        private final Node now;
        private final boolean isParentSame;

        Siblings(final String path)
        {
            final String parent = XenstorePath.parent(path);
            this.first = path;
            this.parentLength = path.lastIndexOf('/');
            this.before = base.find(parent);
            this.now = live.find(parent);
            this.isParentSame = before == now && (before != null || hasSameAncestor(parent));
        }

        boolean include(final String path)
        {
            return path.lastIndexOf('/') == parentLength && path.regionMatches(0, first, 0, parentLength);
        }

        boolean isAsItWas(final String path)
        {
            if (isParentSame || before == null || now == null)
            {
                return isParentSame;
            }

            final Node child = before.child(path, parentLength + 1, path.length());
            return child == now.child(path, parentLength + 1, path.length()) &&
                (child != null || before.permissions().equals(now.permissions()));
        }
    }

    /** What becomes of a node that is missing depends on the nearest one above. */
    private boolean hasSameAncestor(final String path)
    {
        final String ancestor = base.nearestAncestor(path);
        return ancestor.equals(live.nearestAncestor(path)) &&
            base.find(ancestor).permissions().equals(live.find(ancestor).permissions());
    }

    /** @return whether a limit might be reached now that was not reached before. */
    private boolean hasSomebodyMore()
    {
        final boolean[] hasMore = new boolean[1];
        base.accounts().forEachDifference(live.accounts(), (domid, before, now) ->
            hasMore[0] |= live.account(domid).nodeCount() > base.account(domid).nodeCount() ||
                live.account(domid).length() > base.account(domid).length());
        return hasMore[0];
    }

    private Node merge(final Node before, final Node theirs, final Node ours, final int depth)
    {
        if (before == theirs)
        {
            return ours;
        }
        if (before == ours)
        {
            return theirs;
        }
        if (before == null || theirs == null || ours == null || depth == DEPTH_MAX)
        {
            isPossible = false;
            return theirs;
        }

        final List<Difference> byUs = differences(before, ours);
        final List<Difference> byThem = differences(before, theirs);
        final boolean areOursFewer = byUs.size() <= byThem.size();
        PersistentMap<String, Node> children = (areOursFewer ? theirs : ours).children();

        for (final Difference each : areOursFewer ? byUs : byThem)
        {
            final Node other = children.get(each.name);
            final Node child = areOursFewer ? merge(each.before, other, each.after, depth + 1) :
                merge(each.before, each.after, other, depth + 1);
            children = child == null ? children.without(each.name) : children.with(each.name, child);
        }

        return Node.of(theirs.value(), theirs.permissions(), children,
            byUs.stream().anyMatch(Difference::isOfNames) ? generation : theirs.generation());
    }

    private static List<Difference> differences(final Node before, final Node after)
    {
        final List<Difference> differences = new ArrayList<>();
        before.children().forEachDifference(after.children(), (name, was, is) ->
            differences.add(new Difference(name, was, is)));
        return differences;
    }

    private Tree withAccounts(final Tree tree)
    {
        final Tree[] charged = {tree};
        base.accounts().forEachDifference(own.accounts(), (domid, was, is) -> charged[0] = charged[0].charge(
            domid,
            own.account(domid).nodeCount() - base.account(domid).nodeCount(),
            own.account(domid).length() - base.account(domid).length()));
        return charged[0];
    }
}
