package org.skerry.toolstack.xenstore;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import org.skerry.guest.xenstore.XenstoreException;
import org.skerry.wire.Errno;
import org.skerry.wire.xs.XsOp;

/**
 * The nodes below a path, fetched some hundred at a time; for a store that cannot do that, and for what it did not
 * tell, the requests that every store knows.
 *
 * <p>Spec: CONTROL "subtree", see {@code Subtree} of module xenstore.
 */
final class SubtreeView implements NodeView
{
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

    private boolean fetch(final StoreConnection store, final String path)
    {
        final String top = StoreHistory.absolute(path);
        final List<String> above = new ArrayList<>(List.of(path));
        nodes.put(path, new Fetched(null, null, new ArrayList<>()));
        String from = top;

        while (true)
        {
            final String answer;

            try
            {
                answer = store.call(XsOp.CONTROL, 0, "subtree\0" + top + '\0' + from + '\0');
            }
            catch (final XenstoreException ex)
            {
                return false;
            }

            final String last = answer.isEmpty() ? null : add(answer, above);

            if (last == null)
            {
                return answer.startsWith("E");
            }

            from = top + last.substring(path.length());
        }
    }

    /** @return path of the last node, null when none follow. */
    private String add(final String answer, final List<String> above)
    {
        int at = 1;

        while (at < answer.length() && (answer.charAt(0) == 'M' || answer.charAt(0) == 'E'))
        {
            final int space = answer.indexOf(' ', at);
            final int nameEnd = answer.indexOf('\0', space);
            final int permissionsEnd = answer.indexOf('\0', nameEnd + 1);
            final int lengthEnd = answer.indexOf('\0', permissionsEnd + 1);

            if (space < 0 || lengthEnd < 0)
            {
                throw new XenstoreException(Errno.EIO, "not a subtree");
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

        return answer.charAt(0) == 'M' ? above.getLast() : null;
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
