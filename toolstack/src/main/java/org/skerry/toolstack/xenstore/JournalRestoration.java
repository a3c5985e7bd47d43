package org.skerry.toolstack.xenstore;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.Collectors;

import org.skerry.guest.xenstore.XenstoreException;
import org.skerry.wire.Domid;
import org.skerry.wire.Errno;
import org.skerry.wire.xs.XenstorePath;
import org.skerry.wire.xs.XsOp;

/**
 * Does again in a store what a {@link JournalFile} says. The domains of that time are gone: nodes that they owned are
 * left out with all below them, and their rights on others are.
 */
final class JournalRestoration
{
    private final StoreConnection store;
    private final Set<String> left = new HashSet<>();

    JournalRestoration(final StoreConnection store)
    {
        this.store = store;
    }

    /** @param node null for one that is no more. */
    void change(final String path, final PastNode node)
    {
        if (node == null)
        {
            remove(path);
        }
        else if (left.contains(XenstorePath.parent(path)) || number(node.permissions().split(",")[0]) != 0)
        {
            left.add(path);
            remove(path);
        }
        else
        {
            left.remove(path);
            store.call(XsOp.WRITE, 0, path + '\0' + node.value());
            store.call(XsOp.SET_PERMS, 0, path + '\0' + permissions(node));
        }
    }

    private void remove(final String path)
    {
        try
        {
            store.call(XsOp.RM, 0, path + '\0');
        }
        catch (final XenstoreException ex)
        {
            if (ex.errno() != Errno.ENOENT)
            {
                throw ex;
            }
        }
    }

    /** A domain that comes under a number is another than the one that had a right. */
    private static String permissions(final PastNode node)
    {
        return Arrays.stream(node.permissions().split(","))
            .filter(entry -> number(entry) == 0 || number(entry) == Domid.DOMID_ANY)
            .collect(Collectors.joining("\0", "", "\0"));
    }

    private static int number(final String entry)
    {
        return Integer.parseInt(entry.substring(1));
    }
}
