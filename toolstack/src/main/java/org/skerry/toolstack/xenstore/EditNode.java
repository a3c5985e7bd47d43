package org.skerry.toolstack.xenstore;

import java.util.List;
import java.util.SequencedMap;

/** A node as the editor knows it: what was not looked at yet is not known. */
final class EditNode
{
    final String path;
    final String name;
    final int depth;
    String value;
    String permissions;

    /** By name, null while nobody has asked. */
    SequencedMap<String, EditNode> children;
    boolean isExpanded;
    boolean isFresh;

    /** When it was seen to change, 0 for never. */
    long changedNs;

    EditNode(final String path, final String name, final int depth)
    {
        this.path = path;
        this.name = name;
        this.depth = depth;
    }

    List<EditNode> below()
    {
        return children == null ? List.of() : List.copyOf(children.values());
    }
}
