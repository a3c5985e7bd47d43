package org.skerry.toolstack.xenstore;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import org.skerry.guest.xenstore.XenstoreException;
import org.skerry.wire.Errno;
import org.skerry.wire.xs.XsOp;

/**
 * The nodes below a path as they were at one moment, fetched by one request; for a store that cannot do that, and for
 * what it did not tell, the requests that every store knows.
 *
 * <p>Spec: CONTROL "subtree", see {@code Subtree} of module xenstore.
 */
final class SubtreeView implements NodeView
{
    private static final int ATTEMPTS = 5;
    private static final String NO_SUBTREE = "not a subtree";

    private final NodeView others;
    private final Map<String, Fetched> nodes = new HashMap<>();

    /** A node. */
    private record Fetched(String value, List<String> permissions, List<String> names)
    {
    }

    private SubtreeView(final NodeView others)
    {
        this.others = others;
    }

    /**
     * @param store to ask.
     * @param path  as it will be asked for.
     * @return its nodes.
     */
    static NodeView of(final StoreConnection store, final String path)
    {
        final SubtreeView view = new SubtreeView(NodeView.of(store, 0));
        return view.fetch(store, path) ? view : view.others;
    }

    /** A store that is started anew meanwhile says EAGAIN. */
    private boolean fetch(final StoreConnection store, final String path)
    {
        for (int i = 0; i < ATTEMPTS; i++)
        {
            final List<String> above = new ArrayList<>(List.of(path));
            nodes.clear();
            nodes.put(path, new Fetched(null, null, new ArrayList<>()));

            try
            {
                store.callInParts(
                    XsOp.CONTROL, "subtree\0" + StoreHistory.absolute(path) + '\0', part -> add(part, above));
                return true;
            }
            catch (final XenstoreException ex)
            {
                if (ex.errno() != Errno.EAGAIN)
                {
                    return false;
                }
            }
        }

        return false;
    }

    /** @return whether another part follows. */
    private boolean add(final String answer, final List<String> above)
    {
        if (!answer.startsWith("M") && !answer.startsWith("E"))
        {
            throw new XenstoreException(Errno.EIO, NO_SUBTREE);
        }

        int at = 1;

        while (at < answer.length())
        {
            final int space = answer.indexOf(' ', at);
            final int nameEnd = answer.indexOf('\0', space);
            final int permissionsEnd = answer.indexOf('\0', nameEnd + 1);
            final int lengthEnd = answer.indexOf('\0', permissionsEnd + 1);

            if (space < 0 || lengthEnd < 0)
            {
                throw new XenstoreException(Errno.EIO, NO_SUBTREE);
            }

            final int level = Integer.parseInt(answer.substring(at, space));
            final String length = answer.substring(permissionsEnd + 1, lengthEnd);
            final int end = lengthEnd + 1 + ("*".equals(length) ? 0 : Integer.parseInt(length));
            final String name = answer.substring(space + 1, nameEnd);
            above.subList(level, above.size()).clear();
            final String parent = above.getLast();
            final String path = parent + (parent.endsWith("/") ? "" : "/") + name;
            above.add(path);
            nodes.get(parent).names.add(name);
            nodes.put(path, new Fetched(
                "*".equals(length) ? null : answer.substring(lengthEnd + 1, end),
                List.of(answer.substring(nameEnd + 1, permissionsEnd).split(",")), new ArrayList<>()));
            at = end;
        }

        return answer.charAt(0) == 'M';
    }

    @Override
    public List<String> names(final String path)
    {
        final Fetched node = nodes.get(path);
        return node == null ? others.names(path) : node.names;
    }

    @Override
    public String value(final String path)
    {
        final Fetched node = nodes.get(path);
        return node == null || node.value == null ? others.value(path) : node.value;
    }

    @Override
    public List<String> permissions(final String path)
    {
        final Fetched node = nodes.get(path);
        return node == null || node.permissions == null ? others.permissions(path) : node.permissions;
    }
}
