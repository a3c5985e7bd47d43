package org.skerry.toolstack.xenstore;

import java.util.List;

import org.skerry.guest.xenstore.XenstoreException;
import org.skerry.wire.Errno;

/** A tree as lines: nodes by their depth or their whole path, as wide as the terminal or whole. */
final class TreeListing
{
    private static final int UNLIMITED = Integer.MAX_VALUE / 2;
    private static final int DEFAULT_WIDTH = 80;
    private static final int PERMISSIONS_COLUMN = 60;

    /** What stands around a shortened value takes so much. */
    private static final int TAG_LENGTH = " = \"...\"".length();

    private final NodeView nodes;
    private final ToolOutput output;
    private final boolean isFlat;
    private final boolean hasPermissions;
    private final int width;
    private final int permissionsColumn;

    /**
     * @param nodes          to show.
     * @param output         of the program.
     * @param isFlat         whole paths, whole values.
     * @param hasPermissions show them.
     * @param columns        of the terminal, 0 without one.
     */
    TreeListing(
        final NodeView nodes,
        final ToolOutput output,
        final boolean isFlat,
        final boolean hasPermissions,
        final int columns)
    {
        this.nodes = nodes;
        this.output = output;
        this.isFlat = isFlat;
        this.hasPermissions = hasPermissions;
        this.width = isFlat ? UNLIMITED : columns > 0 ? columns - 2 : DEFAULT_WIDTH;
        this.permissionsColumn = isFlat ? 0 : Math.min(PERMISSIONS_COLUMN, width);
    }

    /**
     * @param path  of the node whose children are shown.
     * @param depth of the children.
     * @throws ToolFailure when a node cannot be listed, except for one below that is gone meanwhile.
     */
    void show(final String path, final int depth)
    {
        for (final String name : names(path, depth))
        {
            final String child = path + (path.endsWith("/") ? "" : "/") + name;
            showNode(child, name, depth);
            output.flushWhenLong();
            show(child, depth + 1);
        }
    }

    private List<String> names(final String path, final int depth)
    {
        try
        {
            return nodes.names(path);
        }
        catch (final XenstoreException ex)
        {
            if (depth > 0 && ex.errno() == Errno.ENOENT)
            {
                return List.of();
            }

            output.flush();
            throw new ToolFailure(1, "xs_directory (" + path + "): " + ErrnoText.of(ex.errno()));
        }
    }

    private void showNode(final String path, final String name, final int depth)
    {
        final StringBuilder out = output.pending();
        final int start = out.length();
        out.append(isFlat ? path : " ".repeat(depth) + shortened(name, width - TAG_LENGTH - depth));
        final int column = isFlat ? 0 : out.length() - start;
        final String value;

        try
        {
            value = nodes.value(path);
        }
        catch (final XenstoreException ex)
        {
            out.append(":\n");
            return;
        }

        if (width < column + value.length() + TAG_LENGTH)
        {
            out.append(" = \"").append(shortened(ValueText.escape(value), width - TAG_LENGTH - column))
                .append("\\...\"");
        }
        else
        {
            final String text = " = \"" + ValueText.escape(value) + "\"";
            out.append(text);
            if (hasPermissions)
            {
                out.append(' ');
                for (int i = column + text.length() + 1; i < permissionsColumn; i++)
                {
                    out.append((i & 1) != 0 ? '.' : ' ');
                }
            }
        }

        if (hasPermissions)
        {
            showPermissions(path);
        }
        out.append('\n');
    }

    /** As printf's precision: a negative one is none. */
    private static String shortened(final String text, final int length)
    {
        return length < 0 || text.length() <= length ? text : text.substring(0, length);
    }

    private void showPermissions(final String path)
    {
        try
        {
            output.pending().append("  (").append(String.join(",", nodes.permissions(path))).append(')');
        }
        catch (final XenstoreException ex)
        {
            output.warn("\ncould not access permissions for " + path + ": " + ErrnoText.of(ex.errno()));
        }
    }
}
