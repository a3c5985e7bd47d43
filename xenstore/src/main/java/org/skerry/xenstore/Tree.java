package org.skerry.xenstore;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiPredicate;

import org.skerry.wire.Domid;
import org.skerry.wire.xs.XenstorePath;

/**
 * The whole store at one moment: the nodes, the permissions of the two special watches, and what each domain owns.
 * It never changes. A snapshot is a reference to one; so is a transaction's beginning.
 *
 * @param root             of all nodes.
 * @param introduceDomain  carries the permissions of {@code @introduceDomain}.
 * @param releaseDomain    carries the permissions of {@code @releaseDomain}.
 * @param accounts         nodes and bytes by owner, for owners other than Domain-0.
 */
record Tree(Node root, Node introduceDomain, Node releaseDomain, PersistentMap<Integer, Account> accounts)
{
    private static final Account NOTHING = new Account(0, 0);

    /**
     * What a domain owns.
     *
     * @param nodeCount its nodes.
     * @param length    their bytes.
     */
    record Account(int nodeCount, long length)
    {
        Account plus(final int nodes, final long bytes)
        {
            return new Account(nodeCount + nodes, length + bytes);
        }
    }

    /** @return the tree that a store begins with, as C's does. */
    static Tree initial()
    {
        final Node empty = Node.createEmpty(Permissions.DOM0_ONLY, 1);
        final Node tool = empty.withChild("xenstored", empty, 1);
        final Permissions anyMayRead = new Permissions(List.of(
            new Permission(0, Permission.NONE), new Permission(Domid.DOMID_ANY, Permission.READ)));

        return new Tree(
            empty.withChild("tool", tool, 1), empty, Node.createEmpty(anyMayRead, 1), PersistentMap.empty());
    }

    /** @return the node of a resolved path, or null. */
    Node find(final String path)
    {
        if (XenstorePath.isSpecial(path))
        {
            return switch (path)
            {
                case XenstorePath.INTRODUCE_DOMAIN -> introduceDomain;
                case XenstorePath.RELEASE_DOMAIN -> releaseDomain;
                default -> null;
            };
        }

        Node node = root;
        int start = 1;

        while (node != null && start < path.length())
        {
            final int end = XenstorePath.elementEnd(path, start);
            node = node.child(path, start, end);
            start = end + 1;
        }

        return node;
    }

    /** @return the path of the nearest node above that exists; the path itself need not. */
    String nearestAncestor(final String path)
    {
        if (XenstorePath.isSpecial(path))
        {
            return XenstorePath.ROOT;
        }

        Node node = root;
        int start = 1;

        while (true)
        {
            final int end = XenstorePath.elementEnd(path, start);
            node = end < path.length() ? node.child(path, start, end) : null;

            if (node == null)
            {
                return start == 1 ? XenstorePath.ROOT : path.substring(0, start - 1);
            }

            start = end + 1;
        }
    }

    /** @return what a domain owns. */
    Account account(final int domid)
    {
        final Account account = accounts.get(domid);
        return account == null ? NOTHING : account;
    }

    /**
     * Replace a node that exists, with all below it as the replacement says. Accounts are not touched.
     *
     * @param path        resolved; its parent exists.
     * @param replacement null removes it.
     * @param generation  of this change.
     */
    Tree replace(final String path, final Node replacement, final long generation)
    {
        return replace(path, null, replacement, generation);
    }

    /** @param leaf the last element of the path, as it is to be kept; null: whichever. */
    Tree replace(final String path, final String leaf, final Node replacement, final long generation)
    {
        if (XenstorePath.isSpecial(path))
        {
            return path.equals(XenstorePath.INTRODUCE_DOMAIN) ?
                new Tree(root, replacement, releaseDomain, accounts) :
                new Tree(root, introduceDomain, replacement, accounts);
        }

        final ArrayDeque<String> names = new ArrayDeque<>();
        final ArrayDeque<Node> chain = new ArrayDeque<>();
        Node above = root;

        int start = 1;
        int end = XenstorePath.elementEnd(path, start);

        while (end < path.length())
        {
            names.push(path.substring(start, end));
            chain.push(above);
            above = above.child(path, start, end);
            start = end + 1;
            end = XenstorePath.elementEnd(path, start);
        }

        Node node = start == end ? replacement :
            above.withChild(leaf != null ? leaf : path.substring(start), replacement, generation);

        while (!chain.isEmpty())
        {
            node = chain.pop().withChild(names.pop(), node);
        }

        return new Tree(node, introduceDomain, releaseDomain, accounts);
    }

    /**
     * @param domid  of an owner; Domain-0 is not counted.
     * @param nodes  more (or, negative, fewer) than before.
     * @param length bytes more or fewer.
     */
    Tree charge(final int domid, final int nodes, final long length)
    {
        if (domid == 0)
        {
            return this;
        }

        final Account account = account(domid).plus(nodes, length);
        return new Tree(root, introduceDomain, releaseDomain,
            account.nodeCount() == 0 ? accounts.without(domid) : accounts.with(domid, account));
    }

    /** Take a node and everything below it out of the accounts. What is all one owner's is not visited. */
    Tree discharge(final Node subtree)
    {
        return charge(subtree, -1);
    }

    /** Take a node and everything below it into the accounts, as {@link #discharge} takes it out. */
    Tree charge(final Node subtree)
    {
        return charge(subtree, 1);
    }

    private Tree charge(final Node subtree, final int sign)
    {
        final Map<Integer, Account> sums = new HashMap<>();
        final ArrayDeque<Node> nodes = new ArrayDeque<>();
        nodes.push(subtree);

        while (!nodes.isEmpty())
        {
            final Node node = nodes.pop();
            final boolean isMixed = node.soleOwner() == Extent.MANY;
            sums.merge(
                node.permissions().owner(),
                isMixed ? new Account(1, node.accountedLength()) :
                    new Account(node.nodeCount(), node.accountedTotal()),
                (sum, more) -> sum.plus(more.nodeCount(), more.length()));

            if (isMixed)
            {
                node.children().forEach((name, child) -> nodes.push(child));
            }
        }

        Tree tree = this;

        for (final Map.Entry<Integer, Account> sum : sums.entrySet())
        {
            tree = tree.charge(sum.getKey(), sign * sum.getValue().nodeCount(), sign * sum.getValue().length());
        }

        return tree;
    }

    /**
     * Visit a node and what is below it, parents first. Guests choose how deep a tree is, so this does not recurse.
     *
     * @param path    of the node.
     * @param node    where to begin.
     * @param visitor says whether to go below the node it was shown.
     */
    static void walk(final String path, final Node node, final BiPredicate<String, Node> visitor)
    {
        final ArrayDeque<String> paths = new ArrayDeque<>();
        final ArrayDeque<Node> nodes = new ArrayDeque<>();
        paths.push(path);
        nodes.push(node);

        while (!nodes.isEmpty())
        {
            final String at = paths.pop();
            final Node visited = nodes.pop();

            if (visitor.test(at, visited))
            {
                visited.children().forEach((name, child) ->
                {
                    paths.push(XenstorePath.child(at, name));
                    nodes.push(child);
                });
            }
        }
    }

    /**
     * Visit the nodes whose permissions name a domain, parents first. What is below nodes that seem to name it is
     * looked at, nothing else.
     *
     * @param visitor says whether to go below the node it was shown.
     */
    void walkNaming(final int domid, final BiPredicate<String, Node> visitor)
    {
        final long bits = Extent.bits(domid);
        final ArrayDeque<String> paths = new ArrayDeque<>();
        final ArrayDeque<Node> nodes = new ArrayDeque<>();
        paths.push(XenstorePath.ROOT);
        nodes.push(root);

        while (!nodes.isEmpty())
        {
            final String at = paths.pop();
            final Node visited = nodes.pop();

            if (!visited.permissions().names(domid) || visitor.test(at, visited))
            {
                visited.children().forEachNaming(bits, (name, child) ->
                {
                    paths.push(XenstorePath.child(at, name));
                    nodes.push(child);
                });
            }
        }
    }
}
