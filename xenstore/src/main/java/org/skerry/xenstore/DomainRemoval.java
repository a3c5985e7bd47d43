package org.skerry.xenstore;

import java.util.ArrayList;
import java.util.List;

import org.skerry.wire.xs.XenstorePath;

/**
 * What a tree is without a domain: the nodes it owned are gone with all below them, and no permissions name it. The
 * tree is always another one than before, so that no open transaction commits as if nothing had happened.
 *
 * @param tree    without the domain.
 * @param removed paths of the nodes that went, without those that went with one above them.
 */
record DomainRemoval(Tree tree, List<String> removed)
{
    static DomainRemoval of(final Tree before, final int domid, final long generation)
    {
        final List<String> removed = new ArrayList<>();
        final List<String> renamed = new ArrayList<>();

        before.walkNaming(domid, (path, node) ->
        {
            final boolean isRoot = path.equals(XenstorePath.ROOT);
            final boolean isOwned = node.permissions().owner() == domid && !isRoot;

            if (isOwned)
            {
                removed.add(path);
            }
            else
            {
                renamed.add(path);
            }

            return !isOwned;
        });

        for (final String special : List.of(XenstorePath.INTRODUCE_DOMAIN, XenstorePath.RELEASE_DOMAIN))
        {
            if (before.find(special).permissions().names(domid))
            {
                renamed.add(special);
            }
        }

        Tree tree = new Tree(before.root(), before.introduceDomain(), before.releaseDomain(), before.accounts());

        for (final String path : removed)
        {
            tree = TreeOperations.remove(tree, path, tree.find(path), generation);
        }

        for (final String path : renamed)
        {
            tree = withoutRights(tree, path, domid, generation);
        }

        return new DomainRemoval(tree, removed);
    }

    private static Tree withoutRights(final Tree tree, final String path, final int domid, final long generation)
    {
        final Node node = tree.find(path);
        final Node changed = node.withPermissions(node.permissions().without(domid), generation);

        return (XenstorePath.isSpecial(path) ? tree : tree
            .charge(node.permissions().owner(), -1, -node.accountedLength())
            .charge(changed.permissions().owner(), 1, changed.accountedLength()))
            .replace(path, changed, generation);
    }
}
