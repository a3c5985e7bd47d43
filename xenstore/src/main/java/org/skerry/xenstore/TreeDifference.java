package org.skerry.xenstore;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import org.skerry.wire.xs.XenstorePath;

/** What differs between two trees. What they share is not visited. */
final class TreeDifference
{
    private record Pair(String path, Node before, Node after)
    {
    }

    private TreeDifference()
    {
    }

    /** @return the differences, parents before their children and siblings by name. */
    static List<Change> between(final Tree before, final Tree after)
    {
        final List<Change> changes = new ArrayList<>();
        final ArrayDeque<Pair> pairs = new ArrayDeque<>();
        pairs.push(new Pair(XenstorePath.ROOT, before.root(), after.root()));
        pairs.add(new Pair(XenstorePath.INTRODUCE_DOMAIN, before.introduceDomain(), after.introduceDomain()));
        pairs.add(new Pair(XenstorePath.RELEASE_DOMAIN, before.releaseDomain(), after.releaseDomain()));

        while (!pairs.isEmpty())
        {
            final Pair pair = pairs.pop();

            if (pair.before == null || pair.after == null || !isSame(pair.before, pair.after))
            {
                changes.add(new Change(pair.path, pair.before, pair.after));
            }
            if (pair.before != null && pair.after != null)
            {
                final List<Pair> below = new ArrayList<>();
                pair.before.children().forEachDifference(pair.after.children(), (name, old, now) ->
                    below.add(new Pair(XenstorePath.child(pair.path, name), old, now)));
                below.reversed().forEach(pairs::push);
            }
        }

        return changes;
    }

    private static boolean isSame(final Node before, final Node after)
    {
        return before == after ||
            Arrays.equals(before.value(), after.value()) && before.permissions().equals(after.permissions());
    }
}
