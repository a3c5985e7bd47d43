package org.skerry.toolstack.xenstore;

import java.util.ArrayList;
import java.util.List;

import org.skerry.guest.xenstore.XenstoreException;
import org.skerry.wire.Errno;
import org.skerry.wire.xs.XsOp;

/**
 * Fetches the nodes below a path, as they are at one moment, by one request of which only our store knows.
 *
 * <p>Spec: CONTROL "subtree", see {@code Subtree} of module xenstore.
 */
final class SubtreeReader
{
    private final Visitor visitor;
    private final List<String> above;

    private SubtreeReader(final String path, final Visitor visitor)
    {
        this.visitor = visitor;
        this.above = new ArrayList<>(List.of(path));
    }

    /** Is shown the nodes, each before those below it. */
    interface Visitor
    {
        /**
         * @param parent      path of the node above.
         * @param path        of the node.
         * @param permissions as {@code n0,r5}.
         * @param value       null for one too long to be told so.
         */
        void onNode(String parent, String path, String permissions, String value);
    }

    /**
     * @param store   to ask.
     * @param path    below which.
     * @param visitor has seen some of the nodes when this fails.
     * @throws XenstoreException EAGAIN when the store was started anew meanwhile: all is to be asked for again; what
     *                           the store answers else, so that of one that does not know the request.
     */
    static void read(final StoreConnection store, final String path, final Visitor visitor)
    {
        final SubtreeReader reader = new SubtreeReader(path, visitor);
        store.callInParts(XsOp.CONTROL, "subtree\0" + StoreHistory.absolute(path) + '\0', reader::onPart);
    }

    /** @return whether another part follows. */
    private boolean onPart(final String part)
    {
        check(part.startsWith("M") || part.startsWith("E"));
        int at = 1;

        while (at < part.length())
        {
            at = onNode(part, at);
        }

        return part.charAt(0) == 'M';
    }

    /** @return index of what follows. */
    private int onNode(final String part, final int at)
    {
        final int space = part.indexOf(' ', at);
        final int nameEnd = part.indexOf('\0', space);
        final int permissionsEnd = part.indexOf('\0', nameEnd + 1);
        final int lengthEnd = part.indexOf('\0', permissionsEnd + 1);
        check(space > 0 && nameEnd > 0 && permissionsEnd > 0 && lengthEnd > 0);

        final int level = Integer.parseInt(part.substring(at, space));
        final String length = part.substring(permissionsEnd + 1, lengthEnd);
        final int end = lengthEnd + 1 + ("*".equals(length) ? 0 : Integer.parseInt(length));
        above.subList(level, above.size()).clear();
        final String parent = above.getLast();
        final String path = parent + (parent.endsWith("/") ? "" : "/") + part.substring(space + 1, nameEnd);
        above.add(path);
        visitor.onNode(parent, path, part.substring(nameEnd + 1, permissionsEnd),
            "*".equals(length) ? null : part.substring(lengthEnd + 1, end));
        return end;
    }

    private static void check(final boolean isGood)
    {
        if (!isGood)
        {
            throw new XenstoreException(Errno.EIO, "not a subtree");
        }
    }
}
