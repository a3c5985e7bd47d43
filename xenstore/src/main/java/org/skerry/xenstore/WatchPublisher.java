package org.skerry.xenstore;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

import org.skerry.wire.xs.XenstorePath;

/** Tells those who watch what a commit changed, as far as they may know. */
final class WatchPublisher implements CommitListener
{
    private final WatchTable watches;

    WatchPublisher(final WatchTable watches)
    {
        this.watches = watches;
    }

    @Override
    public void onCommit(final Commit commit)
    {
        final List<String> paths = commit.paths();
        final Set<String> told = paths.size() > 1 ? new HashSet<>(paths) : Set.of();

        for (final String path : paths)
        {
            publish(path, commit.before(), commit.after(), told);
        }
    }

    /** Watches with a depth are told which domain it was; a domain may also be watched by itself. */
    void fireSpecial(final Node node, final String name, final int domid)
    {
        final String ofDomain = name + '/' + domid;

        for (final Watch watch : watches.concernedBy(ofDomain))
        {
            if (mayRead(watch, node))
            {
                final boolean isPlain = watch.path().equals(name) && watch.depth() == Watch.ANY_DEPTH;
                watch.owner().event(watch, isPlain ? name : ofDomain);
            }
        }
    }

    /** @param told paths that are published for themselves. */
    private void publish(final String path, final Tree before, final Tree after, final Set<String> told)
    {
        final Node old = before.find(path);
        final Node now = after.find(path);

        if (old == null && now == null)
        {
            return;                                              // made and removed again in one transaction
        }

        if (old != null && (now == null || old.children() != now.children()))
        {
            for (final WatchTable.Vanished vanished : watches.vanishedBelow(path, old))
            {
                if (!told.contains(vanished.path()) && after.find(vanished.path()) == null)
                {
                    tell(vanished.watches(), vanished.path(), vanished.node(), null, vanished.parent());
                }
            }
        }

        final List<Watch> concerned = watches.concernedBy(path);

        if (!concerned.isEmpty())
        {
            final boolean hasParent = !XenstorePath.isSpecial(path) && !path.equals(XenstorePath.ROOT);
            tell(concerned, path, old, now,
                hasParent ? (now != null ? after : before).find(XenstorePath.parent(path)) : null);
        }
    }

    /** A watcher is told when it may read the node as it was, the node as it is, or the one above. */
    private static void tell(
        final List<Watch> concerned, final String path, final Node old, final Node now, final Node parent)
    {
        for (int i = 0; i < concerned.size(); i++)
        {
            final Watch watch = concerned.get(i);

            if (mayRead(watch, old) || mayRead(watch, now) || mayRead(watch, parent))
            {
                watch.owner().event(watch, path);
            }
        }
    }

    private static boolean mayRead(final Watch watch, final Node node)
    {
        return node != null && node.permissions().allows(watch.owner().caller(), Permission.READ);
    }
}
