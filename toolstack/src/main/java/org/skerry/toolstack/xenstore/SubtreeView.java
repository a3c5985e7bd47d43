package org.skerry.toolstack.xenstore;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import org.skerry.guest.xenstore.XenstoreException;
import org.skerry.wire.Errno;

/**
 * The nodes below a path as they were at one moment, fetched by one request; for a store that cannot do that, and for
 * what it did not tell, the requests that every store knows.
 */
final class SubtreeView implements NodeView
{
    private static final int ATTEMPTS = 5;

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
        for (int i = 0; i < ATTEMPTS; i++)
        {
            nodes.clear();
            nodes.put(path, new Fetched(null, null, new ArrayList<>()));

            try
            {
                SubtreeReader.read(store, path, this::add);
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

    private void add(final String parent, final String path, final String permissions, final String value)
    {
        nodes.get(parent).names.add(path.substring(path.lastIndexOf('/') + 1));
        nodes.put(path, new Fetched(value, List.of(permissions.split(",")), new ArrayList<>()));
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
