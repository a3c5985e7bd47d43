package org.skerry.xenstore;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

import org.skerry.wire.xs.XenstorePath;

/**
 * A tree that many changes are made to, one after the other, before anybody looks at it: what is above a changed node
 * is made once, not for each of them.
 */
final class ThawedTree
{
    /** A map is made anew when more than one in so many of its entries change. */
    private static final int FEW_SHARE = 16;

    private final List<Thawed> inOrder = new ArrayList<>();
    private Tree tree;
    private Thawed root;

    /** A node that may be changed. Its children are those of the node, but for what is said here. */
    private static final class Thawed
    {
        private Node node;
        private Map<String, Thawed> below = Map.of();

        Thawed(final Node node)
        {
            this.node = node;
        }

        boolean says(final String name)
        {
            return below.containsKey(name);
        }

        /** @param child null: there is none. */
        void say(final String name, final Thawed child)
        {
            if (below.isEmpty())
            {
                below = new HashMap<>();
            }

            below.put(name, child);
        }

        void freeze()
        {
            if (!below.isEmpty())
            {
                node = Node.of(node.value(), node.permissions(), children(), node.generation());
                below = Map.of();
            }
        }

        private PersistentMap<String, Node> children()
        {
            PersistentMap<String, Node> children = node.children();

            if (below.size() > children.size() / FEW_SHARE)
            {
                return new Merge(children, below).all();
            }

            for (final Map.Entry<String, Thawed> each : below.entrySet())
            {
                children = each.getValue() == null ? children.without(each.getKey()) :
                    children.with(each.getKey(), each.getValue().node);
            }

            return children;
        }
    }

    /** Children and what changes of them, both in order, become one list. */
    private static final class Merge
    {
        private final ArrayDeque<Map.Entry<String, Thawed>> changes;
        private final List<String> names;
        private final List<Node> nodes;

        Merge(final PersistentMap<String, Node> children, final Map<String, Thawed> below)
        {
            changes = new ArrayDeque<>(new TreeMap<>(below).entrySet());
            names = new ArrayList<>(children.size() + below.size());
            nodes = new ArrayList<>(children.size() + below.size());
            children.forEach(this::child);
            changes.forEach(change -> add(change.getKey(), change.getValue()));
        }

        private void child(final String name, final Node node)
        {
            int order = orderOfNext(name);

            while (order < 0)
            {
                final Map.Entry<String, Thawed> change = changes.remove();
                add(change.getKey(), change.getValue());
                order = orderOfNext(name);
            }

            if (order == 0)
            {
                add(name, changes.remove().getValue());
            }
            else
            {
                names.add(name);
                nodes.add(node);
            }
        }

        private int orderOfNext(final String name)
        {
            return changes.isEmpty() ? 1 : changes.peek().getKey().compareTo(name);
        }

        private void add(final String name, final Thawed child)
        {
            if (child != null)
            {
                names.add(name);
                nodes.add(child.node);
            }
        }

        PersistentMap<String, Node> all()
        {
            return PersistentMap.ofSorted(names, nodes, 0);
        }
    }

    ThawedTree(final Tree tree)
    {
        thaw(tree);
    }

    private void thaw(final Tree newTree)
    {
        tree = newTree;
        inOrder.clear();
        root = thaw(newTree.root());
    }

    private Thawed thaw(final Node node)
    {
        final Thawed thawed = new Thawed(node);
        inOrder.add(thawed);
        return thawed;
    }

    /**
     * Make a node what it is from now on, or a new one; what is below it stays.
     *
     * @param path       resolved; its parent exists.
     * @param name       the last element of the path, as it is to be kept.
     * @param generation of this change.
     */
    void put(
        final String path, final String name, final byte[] value, final Permissions permissions, final long generation)
    {
        if (XenstorePath.isSpecial(path))
        {
            tree = tree.replace(path, tree.find(path)
                .withValue(value, generation).withPermissions(permissions, generation), generation);
            return;
        }

        final Thawed there = find(path, path.length());

        if (there == null)
        {
            put(path, name, Node.create(value, permissions, generation), generation);
        }
        else
        {
            there.node = there.node.withValue(value, generation).withPermissions(permissions, generation);
        }
    }

    /** Put a new node there, with all that is below it. */
    void put(final String path, final String name, final Node node, final long generation)
    {
        above(path, generation).say(name, thaw(node));
    }

    /** Remove a node that is not the root, if it is there, and what is below it. */
    void remove(final String path, final long generation)
    {
        if (find(path, path.length()) != null)
        {
            above(path, generation).say(path.substring(path.lastIndexOf('/') + 1), null);
        }
    }

    /** @return the parent, whose list of children changes. */
    private Thawed above(final String path, final long generation)
    {
        final Thawed parent = find(path, path.lastIndexOf('/'));
        final Node node = parent.node;
        parent.node = Node.of(node.value(), node.permissions(), node.children(), generation);
        return parent;
    }

    /** @return the node of the first characters of a path; null for none. */
    private Thawed find(final String path, final int length)
    {
        Thawed at = root;
        int start = 1;

        while (at != null && start < length)
        {
            final int end = XenstorePath.elementEnd(path, start);
            at = child(at, path.substring(start, end));
            start = end + 1;
        }

        return at;
    }

    private Thawed child(final Thawed parent, final String name)
    {
        if (parent.says(name))
        {
            return parent.below.get(name);
        }

        final Node node = parent.node.child(name);

        if (node == null)
        {
            return null;
        }

        final Thawed child = thaw(node);
        parent.say(name, child);
        return child;
    }

    /** @return the tree with all changes, and what each domain owns in it. */
    Tree freeze()
    {
        if (inOrder.size() > 1 || root.node != tree.root())
        {
            for (int i = inOrder.size() - 1; i >= 0; i--)
            {
                inOrder.get(i).freeze();                         // children come behind their parents
            }

            thaw(new Tree(root.node, tree.introduceDomain(), tree.releaseDomain(), PersistentMap.empty())
                .charge(root.node));
        }

        return tree;
    }
}
