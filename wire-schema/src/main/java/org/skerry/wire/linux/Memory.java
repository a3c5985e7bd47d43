package org.skerry.wire.linux;

import java.lang.foreign.MemorySegment;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

/** Fields of C structs at plain addresses. Nothing is checked: the address is the caller's word. */
@SuppressWarnings("restricted")
final class Memory
{
    private static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

    private Memory()
    {
    }

    static byte getByte(final long address)
    {
        return ALL.get(JAVA_BYTE, address);
    }

    static void putByte(final long address, final byte value)
    {
        ALL.set(JAVA_BYTE, address, value);
    }

    static short getShort(final long address)
    {
        return ALL.get(JAVA_SHORT_UNALIGNED, address);
    }

    static void putShort(final long address, final short value)
    {
        ALL.set(JAVA_SHORT_UNALIGNED, address, value);
    }

    static int getInt(final long address)
    {
        return ALL.get(JAVA_INT_UNALIGNED, address);
    }

    static void putInt(final long address, final int value)
    {
        ALL.set(JAVA_INT_UNALIGNED, address, value);
    }

    static long getLong(final long address)
    {
        return ALL.get(JAVA_LONG_UNALIGNED, address);
    }

    static void putLong(final long address, final long value)
    {
        ALL.set(JAVA_LONG_UNALIGNED, address, value);
    }

    static void putBytes(final long address, final byte[] bytes)
    {
        MemorySegment.copy(bytes, 0, ALL, JAVA_BYTE, address, bytes.length);
    }

    static void clear(final long address, final int length)
    {
        ALL.asSlice(address, length).fill((byte)0);
    }
}
