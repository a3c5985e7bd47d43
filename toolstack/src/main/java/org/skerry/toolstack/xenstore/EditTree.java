package org.skerry.toolstack.xenstore;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.SequencedMap;
import java.util.Set;

import org.skerry.guest.xenstore.XenstoreException;
import org.skerry.wire.xs.XenstorePath;

/** The part of a store that the editor has looked at, and which of it is to be seen. */
final class EditTree
{
    private final NodeView nodes;
    private final EditNode root;
    private final Set<EditNode> matches = new LinkedHashSet<>();
    private List<EditNode> rows;
    private String filter = "";

    /**
     * @param nodes to look at.
     * @param path  of the highest node.
     */
    EditTree(final NodeView nodes, final String path)
    {
        this.nodes = nodes;
        this.root = new EditNode(path, path, 0);
        expand(root);
    }

    EditNode root()
    {
        return root;
    }

    /** @return nodes to be seen, from top to bottom. */
    List<EditNode> rows()
    {
        if (rows == null)
        {
            rows = new ArrayList<>();
            collect(root);
        }

        return rows;
    }

    private void collect(final EditNode top)
    {
        final ArrayDeque<EditNode> stack = new ArrayDeque<>();
        stack.push(top);

        while (!stack.isEmpty())
        {
            final EditNode node = stack.pop();

            if (!filter.isEmpty() && !matches.contains(node))
            {
                continue;
            }

            rows.add(node);

            if (node.isExpanded || !filter.isEmpty())
            {
                node.below().reversed().forEach(stack::push);
            }
        }
    }

    /** Look at value, permissions and names of children of a node that is to be seen, once. */
    void look(final EditNode node)
    {
        if (node.isFresh)
        {
            return;
        }

        node.isFresh = true;

        try
        {
            node.value = nodes.value(node.path);
            node.permissions = String.join(",", nodes.permissions(node.path));
            list(node);
        }
        catch (final XenstoreException ex)
        {
            node.value = null;
        }
    }

    private void list(final EditNode node)
    {
        final SequencedMap<String, EditNode> old = node.children;
        final SequencedMap<String, EditNode> children = new LinkedHashMap<>();

        for (final String name : nodes.names(node.path))
        {
            final EditNode known = old == null ? null : old.get(name);
            children.put(name, known != null ? known :
                new EditNode(XenstorePath.child(node.path, name), name, node.depth + 1));
        }

        final boolean isSame = old != null && old.sequencedKeySet().equals(children.sequencedKeySet());
        node.children = children;

        if (!isSame)
        {
            rows = null;
        }
    }

    void expand(final EditNode node)
    {
        look(node);
        node.isExpanded = !node.below().isEmpty() || node == root;
        rows = null;
    }

    void collapse(final EditNode node)
    {
        node.isExpanded = false;
        rows = null;
    }

    /** @return the node, null when nobody has looked there. */
    EditNode find(final String path)
    {
        if (path.equals(root.path))
        {
            return root;
        }

        final String below = root.path.equals(XenstorePath.ROOT) ? path : path.startsWith(root.path + '/') ?
            path.substring(root.path.length()) : "";
        EditNode node = below.isEmpty() ? null : root;

        for (final String name : below.isEmpty() ? new String[0] : below.substring(1).split("/"))
        {
            node = node == null || node.children == null ? null : node.children.get(name);
        }

        return node;
    }

    /** @return the parent, null for the highest. */
    EditNode parent(final EditNode node)
    {
        return node == root ? null : find(XenstorePath.parent(node.path));
    }

    /** Go down to a node, expanding what is above it. */
    EditNode reveal(final String path)
    {
        EditNode node = find(path);

        if (node == null && path.length() > root.path.length())
        {
            final EditNode above = reveal(XenstorePath.parent(path));

            if (above != null)
            {
                above.isFresh = false;
                expand(above);
                node = find(path);
            }
        }
        for (EditNode above = node == null ? null : parent(node); above != null; above = parent(above))
        {
            above.isExpanded = true;
        }

        rows = null;
        return node;
    }

    /** Somebody changed nodes: they are looked at again when they are to be seen. */
    void changed(final Collection<String> paths, final long nowNs)
    {
        for (final String path : paths)
        {
            final EditNode node = find(path);

            if (node == null)
            {
                changedBelow(path, nowNs);
                continue;
            }

            node.isFresh = false;
            node.changedNs = nowNs;
            final EditNode above = parent(node);

            if (above != null)
            {
                above.isFresh = false;
                look(above);
            }
        }
    }

    /** A node that is new: it is seen when the one above it is. */
    private void changedBelow(final String path, final long nowNs)
    {
        String at = path;
        EditNode above = null;

        while (above == null && at.length() > 1)
        {
            at = XenstorePath.parent(at);
            above = find(at);
        }
        if (above != null && above.children != null)
        {
            above.isFresh = false;
            look(above);
            EditNode node = above;

            while (node != null && node.children != null && !node.path.equals(path))
            {
                final String rest = path.substring(node.path.equals(XenstorePath.ROOT) ? 1 : node.path.length() + 1);
                final int slash = rest.indexOf('/');
                node = node.children.get(slash < 0 ? rest : rest.substring(0, slash));

                if (node != null)
                {
                    node.changedNs = nowNs;
                }
            }
        }
    }

    /** Look at everything again. */
    void reload()
    {
        final ArrayDeque<EditNode> stack = new ArrayDeque<>(List.of(root));

        while (!stack.isEmpty())
        {
            final EditNode node = stack.pop();
            node.isFresh = false;
            node.below().forEach(stack::push);
        }

        rows = null;
        filter(filter);
    }

    String filter()
    {
        return filter;
    }

    /**
     * Show only nodes of which name or value has a text in it, and those above them.
     *
     * @param text that is looked for, whichever case; empty for all.
     * @return the nodes that have it.
     */
    List<EditNode> filter(final String text)
    {
        filter = text;
        rows = null;
        matches.clear();

        if (text.isEmpty())
        {
            return List.of();
        }

        final String wanted = text.toLowerCase(Locale.ROOT);
        final ArrayDeque<EditNode> stack = new ArrayDeque<>(List.of(root));
        final List<EditNode> found = new ArrayList<>();

        while (!stack.isEmpty())
        {
            EditNode node = stack.pop();
            look(node);
            node.below().reversed().forEach(stack::push);

            if (node.name.toLowerCase(Locale.ROOT).contains(wanted) ||
                node.value != null && EditText.show(node.value).toLowerCase(Locale.ROOT).contains(wanted))
            {
                found.add(node);

                while (node != null && matches.add(node))
                {
                    node = parent(node);
                }
            }
        }

        return found;
    }
}
