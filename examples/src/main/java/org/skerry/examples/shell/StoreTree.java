package org.skerry.examples.shell;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;

import org.skerry.guest.xenstore.XenstoreAccess;
import org.skerry.guest.xenstore.XenstoreException;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

/**
 * The lines of {@code xenstore-ls}: every node below a path with its value, children one blank further right. A node is
 * read when its line is asked for. What may not be read is shown as such.
 */
final class StoreTree implements Iterator<String>
{
    private final XenstoreAccess store;
    private final Deque<Level> levels = new ArrayDeque<>();

    private record Level(String path, Iterator<String> names)
    {
    }

    /** @param path absolute, or relative to the own home. */
    StoreTree(final XenstoreAccess store, final String path)
    {
        this.store = store;
        levels.push(new Level(path, store.directory(path).iterator()));
    }

    @Override
    public boolean hasNext()
    {
        while (!levels.isEmpty() && !levels.peek().names.hasNext())
        {
            levels.pop();
        }

        return !levels.isEmpty();
    }

    @Override
    public String next()
    {
        if (!hasNext())
        {
            throw new NoSuchElementException();
        }

        final Level level = levels.peek();
        final String name = level.names.next();
        final String path = level.path.endsWith("/") ? level.path + name : level.path + "/" + name;
        final String indent = " ".repeat(levels.size() - 1);

        try
        {
            final byte[] value = store.readBytes(path);
            final List<String> children = store.directory(path);

            if (!children.isEmpty())
            {
                levels.push(new Level(path, children.iterator()));
            }

            return indent + name + " = \"" + (value == null ? "" : printable(value)) + "\"";
        }
        catch (final XenstoreException exception)
        {
            return indent + name + " (" + exception.errno() + ")";
        }
    }

    /** Bytes that a terminal must not see become octal escapes, as the stock tool writes them. */
    static String printable(final byte[] value)
    {
        final StringBuilder text = new StringBuilder();

        for (final char c : new String(value, ISO_8859_1).toCharArray())
        {
            switch (c)
            {
                case '\n' -> text.append("\\n");
                case '\r' -> text.append("\\r");
                case '\t' -> text.append("\\t");
                case '\\' -> text.append("\\\\");
                case '"' -> text.append("\\\"");
                default ->
                {
                    if (c >= ' ' && c < 0x7F)
                    {
                        text.append(c);
                    }
                    else
                    {
                        text.append('\\').append((char)('0' + (c >> 6))).append((char)('0' + (c >> 3 & 7)))
                            .append((char)('0' + (c & 7)));
                    }
                }
            }
        }

        return text.toString();
    }
}
