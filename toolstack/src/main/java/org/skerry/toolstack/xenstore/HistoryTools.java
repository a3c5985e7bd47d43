package org.skerry.toolstack.xenstore;

import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

import org.skerry.guest.xenstore.XenstoreException;
import org.skerry.wire.xs.XsOp;

/** What was: {@code log}, {@code diff} and {@code ls --as-of}. */
final class HistoryTools
{
    /** Exit status of {@code diff} for trouble, as of its namesake. */
    private static final int TROUBLE = 2;

    /** Parents before children, and a subtree in one piece. */
    private static final Comparator<String> TREE_ORDER = Comparator.comparing(path -> path.replace('/', '\1'));

    private final StoreConnection store;
    private final ToolOutput output;
    private final Options options;

    /**
     * @param store   to ask.
     * @param output  of the program.
     * @param options of the command.
     */
    HistoryTools(final StoreConnection store, final ToolOutput output, final Options options)
    {
        this.store = store;
        this.output = output;
        this.options = options;
    }

    /**
     * Print who changed a node, when, from what to what: the oldest change first, with {@code -n} no more than that
     * many, with {@code -r} also what happened below it, with {@code -f} without an end.
     *
     * @return 0.
     */
    int log()
    {
        final StoreHistory history = new StoreHistory(store, 1);
        final String path = options.operands().getFirst();
        final int limit = options.number() == null ? Integer.MAX_VALUE : ValueText.atoi(options.number());
        final long base = history.base();

        if (options.has('f'))
        {
            watch(path);
        }

        final ArrayDeque<PastChange> last = new ArrayDeque<>();
        long version = history.forEachSince(base, path, !options.has('r'), change ->
        {
            last.add(change);

            if (last.size() > limit)
            {
                last.remove();
            }
        });

        if (last.size() < limit && base > StoreHistory.FIRST)
        {
            output.warn(history.baseText());
        }

        last.forEach(this::print);

        while (options.has('f'))
        {
            output.flush();
            awaitChange();
            version = history.forEachSince(version, path, !options.has('r'), this::print);
        }

        return 0;
    }

    private void print(final PastChange change)
    {
        output.pending().append(change.line());
        output.flushWhenLong();
    }

    private void watch(final String path)
    {
        try
        {
            store.call(XsOp.WATCH, 0, path + '\0' + path + '\0');
            store.event(0);
        }
        catch (final XenstoreException ex)
        {
            throw new ToolFailure(1, "Unable to add watch on " + path);
        }
    }

    private void awaitChange()
    {
        try
        {
            store.event(0);
        }
        catch (final XenstoreException ex)
        {
            throw new ToolFailure(1, "the connection to xenstore is lost");
        }
    }

    /**
     * Print what differs between two versions.
     *
     * @return 0 for nothing, 1 for something.
     */
    int diff()
    {
        final StoreHistory history = new StoreHistory(store, TROUBLE);
        final long from = history.version(options.operands().get(0));
        final long to = history.version(options.operands().get(1));
        final String path = options.operands().size() > 2 ? options.operands().get(2) : "/";
        final Map<String, PastChange> differences = new TreeMap<>(TREE_ORDER);
        history.forEachSince(Math.min(from, to), path, false, change ->
        {
            if (change.version() <= Math.max(from, to))
            {
                differences.merge(change.path(), change, (first, last) -> new PastChange(last.version(),
                    last.epochMs(), last.domid(), last.client(), last.path(), first.before(), last.after()));
            }
        });
        differences.values().removeIf(change -> Objects.equals(change.before(), change.after()));

        if (differences.isEmpty())
        {
            return 0;
        }

        output.pending().append("--- version ").append(from).append("\n+++ version ").append(to).append('\n');
        differences.values().forEach(change ->
        {
            final boolean hasPermissions = change.before() != null && change.after() != null &&
                !change.before().permissions().equals(change.after().permissions());
            printSide('-', change.path(), from <= to ? change.before() : change.after(), hasPermissions);
            printSide('+', change.path(), from <= to ? change.after() : change.before(), hasPermissions);
        });
        return 1;
    }

    private void printSide(final char sign, final String path, final PastNode node, final boolean hasPermissions)
    {
        if (node != null)
        {
            output.pending().append(sign).append(path).append(" = ").append(node.quoted())
                .append(hasPermissions ? "  (" + node.permissions() + ')' : "").append('\n');
            output.flushWhenLong();
        }
    }

    /**
     * @param moment version or time, as {@link StoreHistory#version} takes them.
     * @param txId   of a transaction, whose nodes are those of one moment.
     * @return the nodes as they were then.
     */
    NodeView asOf(final String moment, final int txId)
    {
        final StoreHistory history = new StoreHistory(store, 1);
        final PastView view = new PastView(NodeView.of(store, txId));
        history.forEachSince(history.version(moment), "/", false, view::undo);
        return view;
    }
}
