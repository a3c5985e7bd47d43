package org.skerry.xenstore;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

import org.skerry.wire.Errno;
import org.skerry.wire.xs.XenstorePath;
import org.skerry.wire.xs.XsWire;

/**
 * The answer of CONTROL "subtree" PATH FROM: the nodes below a path, each before those below it, with values and
 * permissions, as many as a message holds. Another server does not know the command.
 *
 * <p>{@code M} when there are more, then FROM of the next request is the path of the last node; else {@code E}. Then
 * for each node: levels below PATH, a space, name, NUL, permissions with a comma between, NUL, length of the value,
 * NUL, the value; {@code *} for the length of one that no message holds beside that. FROM is at first PATH itself.
 */
final class Subtree
{
    private final ByteArrayOutputStream out = new ByteArrayOutputStream(XsWire.PAYLOAD_MAX);
    private final Deque<Node> nodes = new ArrayDeque<>();
    private final Deque<String> names = new ArrayDeque<>();

    private Subtree()
    {
    }

    static XsReply list(final Tree tree, final List<String> parameters) throws XsException
    {
        if (parameters.size() != 2 || !parameters.getFirst().startsWith(XenstorePath.ROOT))
        {
            throw XsException.of(Errno.EINVAL);
        }

        final String path = parameters.getFirst();
        final String from = parameters.getLast();
        final String prefix = path.equals(XenstorePath.ROOT) ? path : path + '/';

        if (!from.equals(path) && !from.startsWith(prefix))
        {
            throw XsException.of(Errno.EINVAL);
        }

        final Node top = tree.find(path);

        if (top == null)
        {
            throw XsException.of(Errno.ENOENT);
        }

        return new Subtree().list(top, from.equals(path) ? "" : from.substring(prefix.length()));
    }

    private XsReply list(final Node top, final String from)
    {
        nodes.push(top);
        String last = descend(from);
        out.write('E');

        while (!nodes.isEmpty())
        {
            last = nodes.peek().children().higherKey(last);

            if (last == null)
            {
                nodes.pop();
                last = names.poll();
                continue;
            }

            final Node node = nodes.peek().child(last);

            if (!append(nodes.size(), last, node))
            {
                final byte[] payload = out.toByteArray();
                payload[0] = 'M';
                return new XsReply.Payload(payload);
            }

            nodes.push(node);
            names.push(last);
            last = null;
        }

        return new XsReply.Payload(out.toByteArray());
    }

    /** Go to where the last answer ended. @return the name behind which to go on there; null for all. */
    private String descend(final String from)
    {
        for (final String name : from.isEmpty() ? new String[0] : from.split("/"))
        {
            final Node node = nodes.peek().child(name);

            if (node == null)
            {
                return name;                                     // it is gone, with all that was below it
            }

            nodes.push(node);
            names.push(name);
        }

        return null;
    }

    /** @return false when there is no room. */
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
