package org.skerry.toolstack.xenstore;

import java.util.List;

import org.skerry.guest.xenstore.XenstoreException;
import org.skerry.wire.xs.XsOp;

/** Read, write, rm, exists and list, in a transaction or outside of one. They answer an exit status. */
final class NodeCommands
{
    private final StoreConnection store;
    private final ToolOutput output;
    private final Options options;
    private final int txId;

    /**
     * @param store   to ask.
     * @param output  of the program.
     * @param options of the command.
     * @param txId    of the transaction, 0 outside one.
     */
    NodeCommands(final StoreConnection store, final ToolOutput output, final Options options, final int txId)
    {
        this.store = store;
        this.output = output;
        this.options = options;
        this.txId = txId;
    }

    /** @return 1 at the first node that cannot be read. */
    int read()
    {
        for (final String path : options.operands())
        {
            final String value = valueOf(path);

            if (value == null)
            {
                output.warn("couldn't read path " + path);
                return 1;
            }
            if (options.has('p'))
            {
                output.pending().append(path).append(": ");
            }

            output.pending().append(options.has('R') ? value : ValueText.escape(value) + "\n");
        }

        return 0;
    }

    /** @return 1 at the first node that cannot be written. */
    int write()
    {
        final List<String> operands = options.operands();

        for (int i = 0; i < operands.size(); i += 2)
        {
            final String value = operands.get(i + 1);

            if (!does(XsOp.WRITE, operands.get(i), options.has('R') ? value : ValueText.unescape(value)))
            {
                output.warn("could not write path " + operands.get(i));
                return 1;
            }
        }

        return 0;
    }

    /** @return 1 at the first node that cannot be removed. */
    int rm()
    {
        for (final String operand : options.operands())
        {
            String path = operand;

            while (path != null)
            {
                if (!does(XsOp.RM, path, ""))
                {
                    output.warn("could not remove path " + path);
                    return 1;
                }

                path = options.has('t') ? emptyParent(path) : null;
            }
        }

        return 0;
    }

    /** @return the node above when nothing is left in it and it has no value, else null. */
    private String emptyParent(final String path)
    {
        final int slash = path.lastIndexOf('/');
        final String parent = slash < 0 ? null : path.substring(0, slash);

        try
        {
            return parent != null && "".equals(valueOf(parent)) && store.directory(txId, parent).isEmpty() ?
                parent : null;
        }
        catch (final XenstoreException ex)
        {
            return null;
        }
    }

    /** @return 1 at the first node that is not there or cannot be read. */
    int exists()
    {
        return options.operands().stream().allMatch(path -> valueOf(path) != null) ? 0 : 1;
    }

    /** @return 1 at the first node that cannot be listed. */
    int list()
    {
        for (final String path : options.operands())
        {
            try
            {
                for (final String name : store.directory(txId, path))
                {
                    output.pending().append(options.has('p') ? path + "/" : "").append(name).append('\n');
                }
            }
            catch (final XenstoreException ex)
            {
                output.warn("could not list path " + path);
                return 1;
            }
        }

        return 0;
    }

    private String valueOf(final String path)
    {
        try
        {
            return store.call(XsOp.READ, txId, path + '\0');
        }
        catch (final XenstoreException ex)
        {
            return null;
        }
    }

    private boolean does(final XsOp op, final String path, final String rest)
    {
        try
        {
            store.call(op, txId, path + '\0' + rest);
            return true;
        }
        catch (final XenstoreException ex)
        {
            return false;
        }
    }
}
