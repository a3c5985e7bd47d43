package org.skerry.toolstack.xenstore;

import java.util.List;

import org.skerry.guest.xenstore.XenstoreException;
import org.skerry.wire.xs.XsOp;

/** Permissions for a node, and for those above or below it. */
final class PermissionChange
{
    private final StoreConnection store;
    private final int txId;
    private final String permissions;

    /**
     * @param store       to ask.
     * @param txId        of the transaction.
     * @param permissions one letter of {@code nrwb} and a domid each, of which C's atoi decides.
     * @throws ToolFailure for another letter.
     */
    PermissionChange(final StoreConnection store, final int txId, final List<String> permissions)
    {
        this.store = store;
        this.txId = txId;

        final StringBuilder payload = new StringBuilder();
        for (final String permission : permissions)
        {
            final char letter = permission.isEmpty() ? '\0' : permission.charAt(0);
            if ("nrwb".indexOf(letter) < 0)
            {
                throw new ToolFailure(1, "Invalid permission specification: '" + letter + "'");
            }

            payload.append(letter).append(Integer.toUnsignedString(ValueText.atoi(permission.substring(1))))
                .append('\0');
        }
        this.permissions = payload.toString();
    }

    /**
     * @param path   of the node; an empty one is none, and no error.
     * @param isUp   all above it get the same.
     * @param isDown all below it get the same.
     * @throws ToolFailure when the store refuses.
     */
    void apply(final String path, final boolean isUp, final boolean isDown)
    {
        if (path.isEmpty())
        {
            return;
        }

        try
        {
            store.call(XsOp.SET_PERMS, txId, path + '\0' + permissions);
        }
        catch (final XenstoreException ex)
        {
            throw new ToolFailure(1,
                "Error occurred setting permissions on '" + path + "': " + ErrnoText.of(ex.errno()));
        }

        if (isUp)
        {
            final int slash = path.lastIndexOf('/');
            if (slash < 0)
            {
                throw new ToolFailure(1, "Unable to locate path separator '/' in '" + path + "'");
            }
            apply(path.substring(0, slash), true, false);
        }
        if (isDown)
        {
            for (final String name : namesBelow(path))
            {
                apply(path + "/" + name, false, true);
            }
        }
    }

    private List<String> namesBelow(final String path)
    {
        try
        {
            return store.directory(txId, path);
        }
        catch (final XenstoreException ex)
        {
            return List.of();
        }
    }
}
