package org.skerry.console;

/**
 * The last bytes that a guest printed. A position counts bytes from the guest's first one and never wraps; what is
 * further back than the capacity is gone. This is also the queue of a slow client: it holds a position, nothing else.
 * <p>
 * One owner thread; nothing is allocated after the constructor.
 */
final class Scrollback
{
    private final byte[] bytes;
    private long end;

    /**
     * @param capacity in bytes, a power of two.
     */
    Scrollback(final int capacity)
    {
        if (Integer.bitCount(capacity) != 1)
        {
            throw new IllegalArgumentException("capacity is no power of two: capacity=" + capacity);
        }

        bytes = new byte[capacity];
    }

    /** @return position of the oldest byte that is still here. */
    long start()
    {
        return Math.max(0, end - bytes.length);
    }

    /** @return position after the newest byte. */
    long end()
    {
        return end;
    }

    /** Add bytes at the end; the oldest make room. */
    void append(final byte[] source, final int offset, final int length)
    {
        int done = Math.max(0, length - bytes.length);
        end += done;

        while (done < length)
        {
            final int index = (int)end & (bytes.length - 1);
            final int count = Math.min(length - done, bytes.length - index);
            System.arraycopy(source, offset + done, bytes, index, count);
            done += count;
            end += count;
        }
    }

    /**
     * Copy bytes out.
     *
     * @param position from {@link #start()} to {@link #end()}.
     * @param target   where they go, from its beginning.
     * @param length   at most so many.
     * @return bytes copied, 0 at the end.
     */
    int copy(final long position, final byte[] target, final int length)
    {
        if (position < start() || position > end)
        {
            throw new IllegalArgumentException(
                "position is not here: position=" + position + ", start=" + start() + ", end=" + end);
        }

        final int count = (int)Math.min(length, end - position);
        int done = 0;

        while (done < count)
        {
            final int index = (int)(position + done) & (bytes.length - 1);
            final int part = Math.min(count - done, bytes.length - index);
            System.arraycopy(bytes, index, target, done, part);
            done += part;
        }

        return count;
    }
}
