package org.skerry.xenstore;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/** Writes a node and all below it, children before their parents and siblings by name, some at a time. */
final class TreeWriter
{
    private final RecordWriter out;
    private final ArrayDeque<Level> levels = new ArrayDeque<>();

    private static final class Level
    {
        private final String name;
        private final Node node;
        private final List<String> names;
        private final List<Node> children;
        private int next;

        Level(final String name, final Node node)
        {
            this.name = name;
            this.node = node;
            final int count = node.children().size();
            names = new ArrayList<>(count);
            children = new ArrayList<>(count);
            node.children().forEach((childName, child) ->
            {
                names.add(childName);
                children.add(child);
            });
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

            if (level.next < level.names.size())
            {
                final Node child = level.children.get(level.next);
                final String name = level.names.get(level.next++);

                if (child.children().isEmpty())
                {
                    out.treeNode(name, child);
                    left--;
                }
                else
                {
                    levels.push(new Level(name, child));
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
