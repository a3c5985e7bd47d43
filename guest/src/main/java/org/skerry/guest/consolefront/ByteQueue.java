package org.skerry.guest.consolefront;

/** A bounded queue of bytes in private memory. One owner thread; nothing is allocated after the constructor. */
final class ByteQueue
{
    private final byte[] bytes;
    private int head;
    private int size;

    /**
     * @param capacity in bytes, a power of two.
     */
    ByteQueue(final int capacity)
    {
        if (Integer.bitCount(capacity) != 1)
        {
            throw new IllegalArgumentException("capacity is no power of two: capacity=" + capacity);
        }

        bytes = new byte[capacity];
    }

    int size()
    {
        return size;
    }

    int room()
    {
        return bytes.length - size;
    }

    /** Append; the caller has looked at {@link #room()}. */
    void add(final byte[] source, final int offset, final int length)
    {
        final int tail = (head + size) & (bytes.length - 1);
        final int firstLength = Math.min(length, bytes.length - tail);
        System.arraycopy(source, offset, bytes, tail, firstLength);
        System.arraycopy(source, offset + firstLength, bytes, 0, length - firstLength);
        size += length;
    }

    /** Bytes were put behind the tail by hand. */
    void grow(final int count)
    {
        size += count;
    }

    /** The array behind the queue, to read {@link #contiguous()} bytes from {@link #head()} on. */
    byte[] array()
    {
        return bytes;
    }

    int head()
    {
        return head;
    }

    /** Bytes at the head that lie side by side. */
    int contiguous()
    {
        return Math.min(size, bytes.length - head);
    }

    /** Forget bytes at the head. */
    void skip(final int count)
    {
        head = (head + count) & (bytes.length - 1);
        size -= count;
    }

    /** Take up to length bytes from the head. */
    int take(final byte[] target, final int offset, final int length)
    {
        final int count = Math.min(size, length);
        final int firstLength = Math.min(count, contiguous());
        System.arraycopy(bytes, head, target, offset, firstLength);
        System.arraycopy(bytes, 0, target, offset + firstLength, count - firstLength);
        skip(count);
        return count;
    }

    /** Offset from the head of the first end of line (CR or LF), or -1. */
    int indexOfLineEnd()
    {
        for (int i = 0; i < size; i++)
        {
            final byte value = bytes[(head + i) & (bytes.length - 1)];

            if (value == '\n' || value == '\r')
            {
                return i;
            }
        }

        return -1;
    }
}
