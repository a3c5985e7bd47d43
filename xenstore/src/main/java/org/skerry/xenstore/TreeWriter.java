package org.skerry.xenstore;

import java.util.ArrayDeque;
import java.util.Iterator;

/** Writes a node and all below it, children before their parents and siblings by name, some at a time. */
final class TreeWriter
{
    private final RecordWriter out;
    private final ArrayDeque<Level> levels = new ArrayDeque<>();

    private record Level(String name, Node node, Iterator<PersistentMap.Entry<String, Node>> children)
    {
        Level(final String name, final Node node)
        {
            this(name, node, node.children().iterator());
        }
    }

    TreeWriter(final Node top, final RecordWriter out)
    {
        this.out = out;
        levels.push(new Level("", top));
    }

    /**
     * Write some more.
     *
     * @param count nodes, at most.
     * @return whether all is written, or there is no room for more.
     */
    boolean proceed(final int count)
    {
        int left = count;

        while (left > 0 && !levels.isEmpty() && !out.isOverfull())
        {
            final Level level = levels.peek();

            if (level.children.hasNext())
            {
                final PersistentMap.Entry<String, Node> child = level.children.next();

                if (child.value().children().isEmpty())
                {
                    out.treeNode(child.key(), child.value());
                    left--;
                }
                else
                {
                    levels.push(new Level(child.key(), child.value()));
                }
            }
            else
            {
                out.treeNode(level.name, level.node);
                levels.pop();
                left--;
            }
        }

        return levels.isEmpty() || out.isOverfull();
    }
}
