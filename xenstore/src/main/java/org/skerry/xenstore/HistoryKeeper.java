package org.skerry.xenstore;

import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Set;

import org.skerry.wire.xs.XenstorePath;
import org.skerry.xenstore.history.History;
import org.skerry.xenstore.history.NodeImage;

/**
 * Notes the steps of a store in its {@link History}, node by node. What takes long, because a step is of many nodes, is
 * noted in turns beside the work; so is then what comes after it.
 */
final class HistoryKeeper implements CommitListener
{
    /** Nodes that are noted in one turn: much less than a millisecond. */
    private static final int TURN_NODES = 256;

    /** Paths of a commit that is noted at once. */
    private static final int FEW = 16;

    private final History history;
    private final Turns turns;
    private final ArrayDeque<Commit> waiting = new ArrayDeque<>();
    private final ArrayDeque<Iterator<Change>> levels = new ArrayDeque<>();
    private Set<String> seen;
    private Commit current;
    private boolean isLate;
    private Permissions lastPermissions;
    private byte[] lastText;

    /** What came or went with a node, one after the other: there may be very many. */
    private static final class Below implements Iterator<Change>
    {
        private final Change node;
        private final Iterator<PersistentMap.Entry<String, Node>> children;

        Below(final Change node)
        {
            this.node = node;
            this.children = (node.before() == null ? node.after() : node.before()).children().iterator();
        }

        @Override
        public boolean hasNext()
        {
            return children.hasNext();
        }

        @Override
        public Change next()
        {
            final PersistentMap.Entry<String, Node> child = children.next();
            final String path = XenstorePath.child(node.path(), child.key());
            return node.before() == null ? new Change(path, null, child.value()) :
                new Change(path, child.value(), null);
        }
    }

    HistoryKeeper(final History history, final Turns turns)
    {
        this.history = history;
        this.turns = turns;
    }

    /** @return what was noted, with nothing left to note. */
    History history()
    {
        proceed(Integer.MAX_VALUE);
        return history;
    }

    @Override
    public void onCommit(final Commit commit)
    {
        if (!isLate && isOfWrites(commit))
        {
            return;
        }

        waiting.add(commit);

        if (!isLate && !proceed(TURN_NODES))
        {
            isLate = true;
            history.behind(true);
            turns.later(this::turn);
        }
    }

    /** Most commits write a few nodes that were there before. */
    private boolean isOfWrites(final Commit commit)
    {
        final List<String> paths = commit.paths();

        if (!commit.isOfPaths() || paths.size() > FEW)
        {
            return false;
        }

        for (int i = 0; i < paths.size(); i++)
        {
            if (commit.nodeBefore(i) == null || commit.nodeAfter(i) == null)
            {
                return false;
            }
        }
        for (int i = 0; i < paths.size(); i++)
        {
            add(commit, paths.get(i), commit.nodeBefore(i), commit.nodeAfter(i));
        }

        return true;
    }

    private void turn()
    {
        if (!proceed(TURN_NODES))
        {
            turns.later(this::turn);
        }
    }

    /** @return whether nothing is left to do. */
    private boolean proceed(final int nodeCount)
    {
        int left = nodeCount;

        while (left > 0)
        {
            if (!levels.isEmpty())
            {
                left -= step();
            }
            else if (waiting.isEmpty())
            {
                break;
            }
            else
            {
                begin(waiting.remove());
            }
        }

        final boolean isDone = levels.isEmpty() && waiting.isEmpty();

        if (isDone && isLate)
        {
            isLate = false;
            history.behind(false);
        }

        return isDone;
    }

    private void begin(final Commit commit)
    {
        current = commit;
        seen = new HashSet<>();                              // to clear one that was large takes as long again
        levels.push(commit.isOfPaths() ? ofPaths(commit.paths()).iterator() : commit.changes().iterator());
    }

    private List<Change> ofPaths(final List<String> paths)
    {
        final List<Change> changes = new ArrayList<>(paths.size());

        for (final String path : paths)
        {
            changes.add(ofPath(path));
        }

        return changes;
    }

    /** @return nodes that were looked at. */
    private int step()
    {
        final Iterator<Change> level = levels.peek();

        if (!level.hasNext())
        {
            levels.pop();
            return 0;
        }

        note(level.next());
        return 1;
    }

    private Change ofPath(final String path)
    {
        final String top = current.before().find(path) != null ? path : topmostMissing(path);
        return new Change(top, current.before().find(top), current.after().find(top));
    }

    /** @return the highest node that was missing, with which the one of the path came. */
    private String topmostMissing(final String path)
    {
        final String ancestor = current.before().nearestAncestor(path);
        final int end = path.indexOf('/', ancestor.equals(XenstorePath.ROOT) ? 1 : ancestor.length() + 1);
        return end < 0 ? path : path.substring(0, end);
    }

    private void note(final Change node)
    {
        final boolean isNew = current.paths().size() == 1 || seen.add(node.path());
        final Node before = node.before();
        final Node after = node.after();

        if (before == after || !isNew)
        {
            return;
        }

        add(current, node.path(), before, after);

        if (before == null || after == null)
        {
            levels.push(new Below(node));
        }
    }

    private void add(final Commit commit, final String path, final Node before, final Node after)
    {
        if (before == null || after == null || !isSame(before, after))
        {
            history.add(commit.generation(), commit.epochMs(), commit.domid(), commit.by().client(), path,
                image(before), image(after));
        }
    }

    private static boolean isSame(final Node before, final Node after)
    {
        return Arrays.equals(before.value(), after.value()) && before.permissions().equals(after.permissions());
    }

    private NodeImage image(final Node node)
    {
        return node == null ? null : new NodeImage(node.value(), text(node.permissions()));
    }

    /** Neighbours have the same permissions, mostly. */
    private byte[] text(final Permissions permissions)
    {
        if (permissions != lastPermissions)
        {
            final List<String> entries = permissions.entries().stream().map(Permission::toString).toList();
            lastText = String.join(",", entries).getBytes(StandardCharsets.ISO_8859_1);
            lastPermissions = permissions;
        }

        return lastText;
    }
}
