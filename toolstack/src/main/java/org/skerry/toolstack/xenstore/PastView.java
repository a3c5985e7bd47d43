package org.skerry.toolstack.xenstore;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

import org.skerry.guest.xenstore.XenstoreException;
import org.skerry.wire.Errno;
import org.skerry.wire.xs.XenstorePath;

/**
 * The nodes of a store as they were: those that are, with every change since then undone. What a node was is what it
 * was before its first change, so it does not matter which moment after the version the nodes are of.
 */
final class PastView implements NodeView
{
    private static final PastNode NOTHING = new PastNode("", "");

    private final NodeView present;
    private final Map<String, PastNode> changed = new HashMap<>();
    private final Map<String, TreeSet<String>> changedNames = new HashMap<>();

    /**
     * @param present of one moment, a transaction's.
     */
    PastView(final NodeView present)
    {
        this.present = present;
    }

    /**
     * Undo changes.
     *
     * @param change of a node; of one node the oldest comes first.
     */
    void undo(final PastChange change)
    {
        final PastNode was = change.before() == null ? NOTHING : change.before();

        if (changed.putIfAbsent(change.path(), was) == null && !XenstorePath.isSpecial(change.path()))
        {
            changedNames.computeIfAbsent(XenstorePath.parent(change.path()), parent -> new TreeSet<>())
                .add(XenstorePath.leaf(change.path()));
        }
    }

    @Override
    public List<String> names(final String path)
    {
        final PastNode node = find(path);
        final TreeSet<String> names = new TreeSet<>();

        try
        {
            names.addAll(present.names(path));
        }
        catch (final XenstoreException ex)
        {
            if (node == null || ex.errno() != Errno.ENOENT)
            {
                throw ex;
            }
        }

        for (final String name : changedNames.getOrDefault(path, new TreeSet<>()))
        {
            if (changed.get(XenstorePath.child(path, name)) == NOTHING)
            {
                names.remove(name);
            }
            else
            {
                names.add(name);
            }
        }

        return List.copyOf(names);
    }

    @Override
    public String value(final String path)
    {
        final PastNode node = find(path);
        return node == null ? present.value(path) : node.value();
    }

    @Override
    public List<String> permissions(final String path)
    {
        final PastNode node = find(path);
        return node == null ? present.permissions(path) : List.of(node.permissions().split(","));
    }

    /** @return what it was, null when it is still the same. */
    private PastNode find(final String path)
    {
        final PastNode node = changed.get(path);

        if (node == NOTHING)
        {
            throw new XenstoreException(Errno.ENOENT, path);
        }

        return node;
    }
}
