package org.skerry.toolstack.xenstore;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

import org.skerry.guest.xenstore.XenstoreException;
import org.skerry.wire.Errno;
import org.skerry.wire.xs.XenstorePath;
import org.skerry.wire.xs.XsOp;

/** Changes that the editor makes, each in a transaction, and their way back: only while nobody else has changed it. */
final class EditUndo
{
    private static final int TRIES = 50;

    private final StoreConnection store;
    private final ArrayDeque<Step> steps = new ArrayDeque<>();

    /** One node before and after; null for none. */
    private record Side(String path, PastNode before, PastNode after)
    {
    }

    /** One edit; parents before children. */
    private record Step(String what, List<Side> sides)
    {
    }

    /** What is to happen in a transaction. */
    @FunctionalInterface
    private interface Change
    {
        void apply(int txId);
    }

    EditUndo(final StoreConnection store)
    {
        this.store = store;
    }

    /**
     * @param path  of a node, which may be there or not; those above are made.
     * @param value string of bytes.
     * @throws XenstoreException when the store refuses.
     */
    void write(final String path, final String value)
    {
        final List<Side> sides = new ArrayList<>();
        commit(txId ->
        {
            sides.clear();
            final List<String> paths = missingAbove(txId, path);
            paths.add(path);
            final List<PastNode> before = paths.stream().map(each -> read(txId, each)).toList();
            store.call(XsOp.WRITE, txId, path + '\0' + value);

            for (int i = 0; i < paths.size(); i++)
            {
                sides.add(new Side(paths.get(i), before.get(i), read(txId, paths.get(i))));
            }
        });
        steps.push(new Step("write " + path, sides));
    }

    /**
     * @param path        of a node.
     * @param permissions as {@code n0,r5}.
     * @throws XenstoreException when the store refuses.
     */
    void permit(final String path, final String permissions)
    {
        final List<Side> sides = new ArrayList<>();
        commit(txId ->
        {
            sides.clear();
            final PastNode before = read(txId, path);
            permit(txId, path, permissions);
            sides.add(new Side(path, before, read(txId, path)));
        });
        steps.push(new Step("permissions of " + path, sides));
    }

    /**
     * @param path of a node, which goes with all below it.
     * @throws XenstoreException when the store refuses.
     */
    void remove(final String path)
    {
        final List<Side> sides = new ArrayList<>();
        commit(txId ->
        {
            sides.clear();
            subtree(txId, path).forEach(each -> sides.add(new Side(each, read(txId, each), null)));
            store.call(XsOp.RM, txId, path + '\0');
        });
        steps.push(new Step("remove " + path, sides));
    }

    /**
     * Take the last edit back.
     *
     * @return what there is to say.
     * @throws XenstoreException when the store refuses.
     */
    String undo()
    {
        if (steps.isEmpty())
        {
            return "nothing to undo";
        }

        final Step step = steps.peek();
        final String[] changed = {null};
        commit(txId ->
        {
            changed[0] = null;

            for (final Side side : step.sides)
            {
                if (!Objects.equals(read(txId, side.path), side.after))
                {
                    changed[0] = side.path;
                    return;
                }
            }
            for (final Side side : step.sides)
            {
                if (side.before == null)
                {
                    refuseToRemoveOthers(txId, side.path, step, changed);
                    if (changed[0] == null)
                    {
                        store.call(XsOp.RM, txId, side.path + '\0');
                    }
                    return;
                }

                store.call(XsOp.WRITE, txId, side.path + '\0' + side.before.value());
                permit(txId, side.path, side.before.permissions());
            }
        });

        if (changed[0] != null)
        {
            return "not undone, somebody has changed it since: " + changed[0];
        }

        steps.pop();
        return "undone: " + step.what;
    }

    /** What was made goes as a whole: nothing else may be in it. */
    private void refuseToRemoveOthers(
        final int txId, final String path, final Step step, final String[] changed)
    {
        for (final String each : subtree(txId, path))
        {
            if (step.sides.stream().noneMatch(side -> side.path.equals(each)))
            {
                changed[0] = each;
            }
        }
    }

    private void commit(final Change change)
    {
        for (int i = 0; i < TRIES; i++)
        {
            final int txId = ValueText.atoi(store.call(XsOp.TRANSACTION_START, 0, "\0"));

            try
            {
                change.apply(txId);
            }
            catch (final XenstoreException ex)
            {
                store.call(XsOp.TRANSACTION_END, txId, "F\0");
                throw ex;
            }
            try
            {
                store.call(XsOp.TRANSACTION_END, txId, "T\0");
                return;
            }
            catch (final XenstoreException ex)
            {
                if (ex.errno() != Errno.EAGAIN)
                {
                    throw ex;
                }
            }
        }

        throw new XenstoreException(Errno.EAGAIN, "commit");
    }

    private PastNode read(final int txId, final String path)
    {
        try
        {
            final NodeView nodes = NodeView.of(store, txId);
            return new PastNode(String.join(",", nodes.permissions(path)), nodes.value(path));
        }
        catch (final XenstoreException ex)
        {
            if (ex.errno() == Errno.ENOENT)
            {
                return null;
            }

            throw ex;
        }
    }

    private void permit(final int txId, final String path, final String permissions)
    {
        store.call(XsOp.SET_PERMS, txId, path + '\0' + permissions.replace(',', '\0') + '\0');
    }

    private List<String> missingAbove(final int txId, final String path)
    {
        final List<String> missing = new ArrayList<>();

        for (String above = XenstorePath.parent(path); read(txId, above) == null; above = XenstorePath.parent(above))
        {
            missing.addFirst(above);
        }

        return missing;
    }

    private List<String> subtree(final int txId, final String path)
    {
        final List<String> paths = new ArrayList<>();
        final ArrayDeque<String> stack = new ArrayDeque<>(List.of(path));

        while (!stack.isEmpty())
        {
            final String at = stack.pop();
            paths.add(at);
            store.directory(txId, at).reversed().forEach(name -> stack.push(XenstorePath.child(at, name)));
        }

        return paths;
    }
}
