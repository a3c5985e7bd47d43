package org.skerry.xenstore;

import java.util.ArrayList;
import java.util.List;

import org.skerry.wire.xs.XenstorePath;

/**
 * What a domain that is gone has left in the tree: nodes that it owns, its home, its backends and what the toolstack
 * kept for it. Nobody owns up to them, and they use up the quotas of others.
 */
final class Leftovers
{
    private static final String HOMES = "/local/domain";
    private static final String LIBXL = "/libxl";

    private Leftovers()
    {
    }

    /**
     * @param tree    to be searched.
     * @param domains all that are not among them are gone.
     * @return paths, none of them below another.
     */
    static List<String> of(final Tree tree, final DomainTable domains)
    {
        final List<String> paths = new ArrayList<>();

        Tree.walk(XenstorePath.ROOT, tree.root(), (path, node) ->
        {
            final boolean isLeft = isOfNobody(node.permissions().owner(), domains) ||
                isPlaceOfDomain(path) && isOfNobody(Decimal.domid(XenstorePath.leaf(path)), domains);

            if (isLeft && !path.equals(XenstorePath.ROOT))
            {
                paths.add(path);
                return false;
            }

            return true;
        });

        return paths;
    }

    private static boolean isOfNobody(final int domid, final DomainTable domains)
    {
        return domid > 0 && domid <= Permission.OWNER_MAX && domains.find(domid) == null;
    }

    /** Home, {@code /libxl/N}, or {@code .../backend/TYPE/N}. */
    private static boolean isPlaceOfDomain(final String path)
    {
        final String above = XenstorePath.parent(path);

        return above.equals(HOMES) || above.equals(LIBXL) ||
            above.startsWith(HOMES) && XenstorePath.leaf(XenstorePath.parent(above)).equals("backend");
    }
}
