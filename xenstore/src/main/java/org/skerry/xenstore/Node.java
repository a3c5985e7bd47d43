package org.skerry.xenstore;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/**
 * A node as it was at one moment. It never changes; a change makes a new one, and new ones of all above it.
 */
final class Node implements Extent
{
    /** Bytes that a node counts beyond its value and its permissions, as in C. */
    private static final int HEADER_LENGTH = 16;

    private static final byte[] NO_VALUE = {};

    private final byte[] value;
    private final Permissions permissions;
    private final PersistentMap<String, Node> children;
    private final long generation;

    /** Names of the children, each with a NUL; made when first asked for. */
    private byte[] listing;

    private Node(
        final byte[] value,
        final Permissions permissions,
        final PersistentMap<String, Node> children,
        final long generation)
    {
        this.value = value;
        this.permissions = permissions;
        this.children = children;
        this.generation = generation;
    }

    static Node create(final byte[] value, final Permissions permissions, final long generation)
    {
        return new Node(value, permissions, PersistentMap.empty(), generation);
    }

    /** @return a node with all its children. */
    static Node of(
        final byte[] value,
        final Permissions permissions,
        final PersistentMap<String, Node> children,
        final long generation)
    {
        return new Node(value, permissions, children, generation);
    }

    static Node createEmpty(final Permissions permissions, final long generation)
    {
        return create(NO_VALUE, permissions, generation);
    }

    /** @return the value; shared, not to be written. */
    byte[] value()
    {
        return value;
    }

    Permissions permissions()
    {
        return permissions;
    }

    PersistentMap<String, Node> children()
    {
        return children;
    }

    /** @return number of the change that made the value, the permissions or the list of children what they are. */
    long generation()
    {
        return generation;
    }

    /** @return the child, or null. */
    Node child(final String name)
    {
        return children.get(name);
    }

    /** @return the child whose name is a part of a path, or null. */
    Node child(final String path, final int start, final int end)
    {
        return children.find(name -> order(path, start, end, name));
    }

    private static int order(final String path, final int start, final int end, final String name)
    {
        final int length = end - start;
        final int common = Math.min(length, name.length());

        for (int i = 0; i < common; i++)
        {
            final int order = path.charAt(start + i) - name.charAt(i);

            if (order != 0)
            {
                return order;
            }
        }

        return length - name.length();
    }

    Node withValue(final byte[] newValue, final long newGeneration)
    {
        return new Node(newValue, permissions, children, newGeneration);
    }

    Node withPermissions(final Permissions newPermissions, final long newGeneration)
    {
        return new Node(value, newPermissions, children, newGeneration);
    }

    /**
     * @param name          of the child.
     * @param child         as it is from now on; null: there is none.
     * @param newGeneration counts when the list of names changes; a change inside a child does not count.
     */
    Node withChild(final String name, final Node child, final long newGeneration)
    {
        if (child != null && child(name) != null)
        {
            return withChild(name, child);
        }

        final PersistentMap<String, Node> changed = child != null ? children.with(name, child) : children.without(name);
        return changed == children ? this : new Node(value, permissions, changed, newGeneration);
    }

    /** @param name of a child that there is already; what is in the child does not count here. */
    Node withChild(final String name, final Node child)
    {
        final Node changed = new Node(value, permissions, children.with(name, child), generation);
        changed.listing = listing;
        return changed;
    }

    /** @return what it counts in the quotas node-size and memory, in bytes. */
    int accountedLength()
    {
        return accountedLength(value.length, permissions.entries().size());
    }

    @Override
    public int nodeCount()
    {
        return 1 + (children.isEmpty() ? 0 : children.extent().nodeCount());
    }

    @Override
    public long accountedTotal()
    {
        return accountedLength() + (children.isEmpty() ? 0 : children.extent().accountedTotal());
    }

    @Override
    public int soleOwner()
    {
        final int owner = permissions.owner();
        return children.isEmpty() || children.extent().soleOwner() == owner ? owner : MANY;
    }

    @Override
    public long domains()
    {
        return permissions.domains() | (children.isEmpty() ? 0 : children.extent().domains());
    }

    static int accountedLength(final int valueLength, final int permissionCount)
    {
        return HEADER_LENGTH + Permission.LENGTH * permissionCount + valueLength;
    }

    /** @return the names of the children in order, each with a NUL; shared, not to be written. */
    byte[] listing()
    {
        if (listing == null)
        {
            final ByteArrayOutputStream names = new ByteArrayOutputStream();
            children.forEach((name, child) ->
            {
                names.writeBytes(name.getBytes(StandardCharsets.ISO_8859_1));
                names.write(0);
            });
            listing = names.toByteArray();
        }

        return listing;
    }
}
