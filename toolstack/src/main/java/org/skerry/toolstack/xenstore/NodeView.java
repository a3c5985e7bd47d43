package org.skerry.toolstack.xenstore;

import java.util.List;

import org.skerry.guest.xenstore.XenstoreException;
import org.skerry.wire.xs.XsOp;

/** The nodes of a store, as they are or as they were. Strings of bytes. */
interface NodeView
{
    /**
     * @param path of a node.
     * @return names of its children in order.
     * @throws XenstoreException when there is none.
     */
    List<String> names(String path);

    /**
     * @param path of a node.
     * @return its value.
     * @throws XenstoreException when there is none.
     */
    String value(String path);

    /**
     * @param path of a node.
     * @return its permissions.
     * @throws XenstoreException when there is none.
     */
    List<String> permissions(String path);

    /**
     * @param store to ask.
     * @param txId  of a transaction, 0 outside one.
     * @return what the store answers.
     */
    static NodeView of(final StoreConnection store, final int txId)
    {
        return new NodeView()
        {
            @Override
            public List<String> names(final String path)
            {
                return store.directory(txId, path);
            }

            @Override
            public String value(final String path)
            {
                return store.call(XsOp.READ, txId, path + '\0');
            }

            @Override
            public List<String> permissions(final String path)
            {
                return StoreConnection.strings(store.call(XsOp.GET_PERMS, txId, path + '\0'));
            }
        };
    }
}
