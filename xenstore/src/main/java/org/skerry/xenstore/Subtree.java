package org.skerry.xenstore;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;

import org.skerry.wire.Errno;
import org.skerry.wire.xs.XenstorePath;
import org.skerry.wire.xs.XsWire;

/**
 * The answer of CONTROL "subtree" PATH: the nodes below a path as they are at this moment, each before those below it,
 * with values and permissions, in as many messages of the one request as it takes. Another server does not know the
 * command.
 *
 * <p>Each message begins with {@code M} when another follows, {@code E} when it is the last. Then for each node: levels
 * below PATH, a space, name, NUL, permissions with a comma between, NUL, length of the value, NUL, the value; {@code *}
 * for the length of one that no message holds beside that.
 */
final class Subtree implements Iterator<byte[]>
{
    private final ByteArrayOutputStream out = new ByteArrayOutputStream(XsWire.PAYLOAD_MAX);
    private final Deque<Node> nodes = new ArrayDeque<>();
    private final Deque<String> names = new ArrayDeque<>();
    private String last;
    private boolean isTold;

    private Subtree(final Node top)
    {
        nodes.push(top);
    }

    static Subtree of(final Tree tree, final List<String> parameters) throws XsException
    {
        XsException.check(
            parameters.size() == 1 && parameters.getFirst().startsWith(XenstorePath.ROOT), Errno.EINVAL);
        final String path = XenstorePath.resolve(XenstorePath.ROOT, parameters.getFirst(), false, 0);
        XsException.check(path != null, Errno.EINVAL);
        final Node top = tree.find(path);
        XsException.check(top != null, Errno.ENOENT);
        return new Subtree(top);
    }

    @Override
    public boolean hasNext()
    {
        return !isTold;
    }

    /** @return as many nodes as a message holds. */
    @Override
    public byte[] next()
    {
        if (isTold)
        {
            throw new NoSuchElementException();
        }

        out.reset();
        out.write('M');
        boolean hasRoom = true;

        while (hasRoom && !nodes.isEmpty())
        {
            hasRoom = appendNext();
        }

        final byte[] payload = out.toByteArray();
        isTold = hasRoom;

        if (isTold)
        {
            payload[0] = 'E';
        }

        return payload;
    }

    /** @return false when there is no room. */
    private boolean appendNext()
    {
        final String name = nodes.peek().children().higherKey(last);

        if (name == null)
        {
            nodes.pop();
            last = names.poll();
            return true;
        }

        final Node node = nodes.peek().child(name);

        if (!append(nodes.size(), name, node))
        {
            return false;
        }

        nodes.push(node);
        names.push(name);
        last = null;
        return true;
    }

    private boolean append(final int level, final String name, final Node node)
    {
        final byte[] value = node.value();
        final String head = level + " " + name + '\0' + permissions(node) + '\0';
        final boolean isLong = head.length() + value.length > XsWire.PAYLOAD_MAX - 8;
        final byte[] bytes = (head + (isLong ? "*" : value.length) + '\0').getBytes(StandardCharsets.ISO_8859_1);

        if (out.size() + bytes.length + (isLong ? 0 : value.length) > XsWire.PAYLOAD_MAX)
        {
            return false;
        }

        out.writeBytes(bytes);

        if (!isLong)
        {
            out.writeBytes(value);
        }

        return true;
    }

    private static String permissions(final Node node)
    {
        final StringBuilder text = new StringBuilder();

        for (final Permission entry : node.permissions().entries())
        {
            text.append(text.isEmpty() ? "" : ",").append(entry);
        }

        return text.toString();
    }
}
