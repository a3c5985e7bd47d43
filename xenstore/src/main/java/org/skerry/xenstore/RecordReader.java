package org.skerry.xenstore;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import org.agrona.DirectBuffer;

/** Reads what {@link RecordWriter} wrote. What is equal in many nodes becomes one object. */
final class RecordReader
{
    private static final int ONE_ENTRY = 1;

    private final DirectBuffer buffer;
    private final Shared shared = new Shared();
    private final Map<Integer, Permissions> ofOneEntry = new HashMap<>();
    private int offset;
    private int end;

    RecordReader(final DirectBuffer buffer)
    {
        this.buffer = buffer;
    }

    /** Read from another place. */
    void over(final int newOffset, final int newEnd)
    {
        offset = newOffset;
        end = newEnd;
    }

    boolean hasMore()
    {
        return offset < end;
    }

    int readByte()
    {
        return buffer.getByte(offset++) & 0xFF;
    }

    int readShort()
    {
        final int value = buffer.getShort(offset) & 0xFFFF;
        offset += 2;
        return value;
    }

    int readInt()
    {
        final int value = buffer.getInt(offset);
        offset += 4;
        return value;
    }

    long readLong()
    {
        final long value = buffer.getLong(offset);
        offset += 8;
        return value;
    }

    byte[] readBytes()
    {
        final byte[] bytes = new byte[readInt()];
        buffer.getBytes(offset, bytes);
        offset += bytes.length;
        return bytes;
    }

    byte[] readValue()
    {
        return shared.value(readBytes());
    }

    String readText()
    {
        final byte[] bytes = new byte[readShort()];
        buffer.getBytes(offset, bytes);
        offset += bytes.length;
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    String readName()
    {
        return shared.name(readText());
    }

    /** @return the last element of a path, as it is to be kept. */
    String name(final String path)
    {
        return shared.name(path.substring(path.lastIndexOf('/') + 1));
    }

    int[] readNumbers()
    {
        final int[] numbers = new int[readShort()];

        for (int i = 0; i < numbers.length; i++)
        {
            numbers[i] = readInt();
        }

        return numbers;
    }

    Permissions readPermissions()
    {
        final int count = readShort();

        if (count == ONE_ENTRY)
        {
            final int key = buffer.getShort(offset) << 8 | buffer.getByte(offset + 2) & 0xFF;
            final Permissions known = ofOneEntry.get(key);

            if (known != null)
            {
                offset += 3;
                return known;
            }

            final Permissions permissions = new Permissions(List.of(readPermission()));
            ofOneEntry.put(key, permissions);
            return permissions;
        }

        final List<Permission> entries = new ArrayList<>(count);

        for (int i = 0; i < count; i++)
        {
            entries.add(readPermission());
        }

        return new Permissions(entries);
    }

    private Permission readPermission()
    {
        final int domid = readShort();
        final int rights = readByte();
        return new Permission(domid, rights & ~StateRecord.IGNORED, (rights & StateRecord.IGNORED) != 0);
    }
}
