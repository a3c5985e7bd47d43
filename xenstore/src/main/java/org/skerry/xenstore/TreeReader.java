package org.skerry.xenstore;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Builds again what {@link TreeWriter} wrote, each map of children at once. */
final class TreeReader
{
    private final RecordReader in;
    private final List<String> names = new ArrayList<>();
    private final List<Node> nodes = new ArrayList<>();
    private final Map<Integer, Tree.Account> accounts = new TreeMap<>();

    TreeReader(final RecordReader in)
    {
        this.in = in;
    }

    /** @return the tree of all nodes up to the end, with the special watches as they are in the beginning. */
    Tree read()
    {
        while (in.hasMore())
        {
            readNode();
        }

        PersistentMap<Integer, Tree.Account> sums = PersistentMap.empty();

        for (final Map.Entry<Integer, Tree.Account> account : accounts.entrySet())
        {
            sums = sums.with(account.getKey(), account.getValue());
        }

        final Tree initial = Tree.initial();
        return new Tree(nodes.getFirst(), initial.introduceDomain(), initial.releaseDomain(), sums);
    }

    /** @return a node with all below it. */
    Node read(final int nodeCount)
    {
        for (int i = 0; i < nodeCount; i++)
        {
            readNode();
        }

        return nodes.getFirst();
    }

    private void readNode()
    {
        final int childCount = in.readInt();
        final long generation = in.readLong();
        final byte[] value = in.readValue();
        final Permissions permissions = in.readPermissions();
        final int first = nodes.size() - childCount;
        final Node node = Node.of(
            value, permissions, PersistentMap.ofSorted(names, nodes, first), generation);
        names.subList(first, names.size()).clear();
        nodes.subList(first, nodes.size()).clear();
        names.add(in.readName());
        nodes.add(node);

        if (permissions.owner() != 0)
        {
            accounts.merge(permissions.owner(), new Tree.Account(1, node.accountedLength()),
                (sum, more) -> sum.plus(more.nodeCount(), more.length()));
        }
    }
}
