package org.skerry.xenstore;

import java.util.Arrays;

/**
 * One object for equal names, and for equal short values: in a host most nodes are called "state" or "frontend" and
 * hold "4" or "0". It remembers a fixed number of them, whatever clients write.
 */
final class Shared
{
    private static final int CAPACITY = 1024;
    private static final int LENGTH_MAX = 32;
    private static final byte[] NO_BYTES = {};

    private final String[] names = new String[CAPACITY];
    private final byte[][] values = new byte[CAPACITY][];

    /** @return an equal name. */
    String name(final String name)
    {
        final int index = name.hashCode() & CAPACITY - 1;
        final String known = names[index];

        if (name.equals(known))
        {
            return known;
        }
        if (name.length() <= LENGTH_MAX)
        {
            names[index] = name;
        }

        return name;
    }

    /** @return equal bytes. */
    byte[] value(final byte[] value)
    {
        if (value.length > LENGTH_MAX)
        {
            return value;
        }
        if (value.length == 0)
        {
            return NO_BYTES;
        }

        final int index = Arrays.hashCode(value) & CAPACITY - 1;
        final byte[] known = values[index];

        if (Arrays.equals(value, known))
        {
            return known;
        }

        values[index] = value;
        return value;
    }
}
