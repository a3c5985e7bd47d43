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
        final boolean isSameList = (child != null) == (child(name) != null);
        final Node changed = new Node(
            value,
            permissions,
            child != null ? children.with(name, child) : children.without(name),
            isSameList ? generation : newGeneration);
        changed.listing = isSameList ? listing : null;
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
