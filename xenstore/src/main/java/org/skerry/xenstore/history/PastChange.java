package org.skerry.xenstore.history;

import java.nio.charset.StandardCharsets;

import org.agrona.concurrent.UnsafeBuffer;

/**
 * A change that the {@link History} knows, read where it stands.
 *
 * <p>Layout, little-endian: length i32, domid i32, version i64, epoch ms i64, index i32, length of client u16, of path
 * u16, client, path; then what was and what is, each: length of value i32 (-1: no node), of permissions u16,
 * permissions, value.
 */
public final class PastChange
{
    static final int ALIGNMENT = 8;

    private static final int DOMID_OFFSET = 4;
    private static final int VERSION_OFFSET = 8;
    private static final int TIME_OFFSET = 16;
    private static final int INDEX_OFFSET = 24;
    private static final int CLIENT_LENGTH_OFFSET = 28;
    private static final int PATH_LENGTH_OFFSET = 30;
    private static final int CLIENT_OFFSET = 32;
    private static final int IMAGE_HEADER_LENGTH = 6;
    private static final int NO_NODE = -1;
    private static final int U16 = 0xFFFF;

    private final UnsafeBuffer memory;
    private int offset;

    PastChange(final UnsafeBuffer memory)
    {
        this.memory = memory;
    }

    void wrap(final int newOffset)
    {
        offset = newOffset;
    }

    static int length(final String client, final String path, final NodeImage before, final NodeImage after)
    {
        final int length = CLIENT_OFFSET + client.length() + path.length() + length(before) + length(after);
        return length + ALIGNMENT - 1 & -ALIGNMENT;
    }

    private static int length(final NodeImage image)
    {
        return IMAGE_HEADER_LENGTH + (image == null ? 0 : image.permissions().length + image.value().length);
    }

    void write(
        final int length,
        final long version,
        final int index,
        final long epochMs,
        final int domid,
        final String client,
        final String path,
        final NodeImage before,
        final NodeImage after)
    {
        memory.putInt(offset, length);
        memory.putInt(offset + DOMID_OFFSET, domid);
        memory.putLong(offset + VERSION_OFFSET, version);
        memory.putLong(offset + TIME_OFFSET, epochMs);
        memory.putInt(offset + INDEX_OFFSET, index);
        memory.putShort(offset + CLIENT_LENGTH_OFFSET, (short)client.length());
        memory.putShort(offset + PATH_LENGTH_OFFSET, (short)path.length());
        int at = putText(offset + CLIENT_OFFSET, client);
        at = putText(at, path);
        at = putImage(at, before);
        putImage(at, after);
    }

    private int putText(final int at, final String text)
    {
        final byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        memory.putBytes(at, bytes);
        return at + bytes.length;
    }

    private int putImage(final int at, final NodeImage image)
    {
        memory.putInt(at, image == null ? NO_NODE : image.value().length);
        memory.putShort(at + Integer.BYTES, (short)(image == null ? 0 : image.permissions().length));
        final int end = at + IMAGE_HEADER_LENGTH;

        if (image == null)
        {
            return end;
        }

        memory.putBytes(end, image.permissions());
        memory.putBytes(end + image.permissions().length, image.value());
        return end + image.permissions().length + image.value().length;
    }

    int length()
    {
        return memory.getInt(offset);
    }

    /** @return number of the commit. */
    public long version()
    {
        return memory.getLong(offset + VERSION_OFFSET);
    }

    /** @return place among the changes of the commit, from 0. */
    public int index()
    {
        return memory.getInt(offset + INDEX_OFFSET);
    }

    /** @return when, milliseconds since 1970. */
    public long epochMs()
    {
        return memory.getLong(offset + TIME_OFFSET);
    }

    /** @return who. */
    public int domid()
    {
        return memory.getInt(offset + DOMID_OFFSET);
    }

    /** @return which program of the domain, empty when nobody knows. */
    public String client()
    {
        return text(offset + CLIENT_OFFSET, clientLength());
    }

    /** @return path of the node. */
    public String path()
    {
        return text(pathOffset(), pathLength());
    }

    /**
     * @param path bytes of an absolute path, no slash at the end; empty for the root.
     * @return whether the change is of the node of that path, or of one below it.
     */
    public boolean isAtOrBelow(final byte[] path)
    {
        if (pathLength() < path.length || path.length < pathLength() && path.length > 0 &&
            memory.getByte(pathOffset() + path.length) != '/')
        {
            return false;
        }

        for (int i = path.length - 1; i >= 0; i--)
        {
            if (memory.getByte(pathOffset() + i) != path[i])
            {
                return false;
            }
        }

        return true;
    }

    /** @return bytes of the path. */
    public int pathLength()
    {
        return memory.getShort(offset + PATH_LENGTH_OFFSET) & U16;
    }

    /** @return what the node was, null for nothing. */
    public NodeImage before()
    {
        return image(pathOffset() + pathLength());
    }

    /** @return what the node is, null for nothing. */
    public NodeImage after()
    {
        final int before = pathOffset() + pathLength();
        final int valueLength = Math.max(0, memory.getInt(before));
        return image(before + IMAGE_HEADER_LENGTH + permissionsLength(before) + valueLength);
    }

    private NodeImage image(final int at)
    {
        final int valueLength = memory.getInt(at);

        if (valueLength == NO_NODE)
        {
            return null;
        }

        final byte[] permissions = new byte[permissionsLength(at)];
        final byte[] value = new byte[valueLength];
        memory.getBytes(at + IMAGE_HEADER_LENGTH, permissions);
        memory.getBytes(at + IMAGE_HEADER_LENGTH + permissions.length, value);
        return new NodeImage(value, permissions);
    }

    private int permissionsLength(final int at)
    {
        return memory.getShort(at + Integer.BYTES) & U16;
    }

    private int clientLength()
    {
        return memory.getShort(offset + CLIENT_LENGTH_OFFSET) & U16;
    }

    private int pathOffset()
    {
        return offset + CLIENT_OFFSET + clientLength();
    }

    private String text(final int at, final int length)
    {
        final byte[] bytes = new byte[length];
        memory.getBytes(at, bytes);
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }
}
