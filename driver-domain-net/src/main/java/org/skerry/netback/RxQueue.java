package org.skerry.netback;

import org.agrona.concurrent.UnsafeBuffer;
import org.skerry.guest.DomainMemory;
import org.skerry.wire.Hypercalls;

/**
 * Frames that wait until their guest offers pages for them. A ring of half pages in our own memory; a frame takes as
 * many of them in a row as it needs, so one that fits a half page or a page never lies across two pages. When the
 * queue is full, whoever wants to put in drops.
 *
 * <p>Usage: {@link #claim}, write, {@link #push} on one side; {@link #peek}, read, {@link #pop} on the other.
 */
final class RxQueue
{
    static final int CELL_LENGTH = 2048;
    static final int FULL = -1;
    static final int EMPTY = -1;

    private static final int SKIP = -1;

    private final DomainMemory.Frames frames;
    private final UnsafeBuffer buffer;
    private final int cellCount;
    /** By the cell where a frame begins: its length, or SKIP when the rest of the ring is unused this time. */
    private final int[] lengths;
    /** Positions in cells, never wrapping. */
    private long head;
    private long tail;
    private long readHead;
    private int frameCount;

    /** @param frames of our own memory, a power of two of them. */
    RxQueue(final DomainMemory.Frames frames)
    {
        if (Integer.bitCount(frames.count()) != 1)
        {
            throw new IllegalArgumentException("not a power of two: frames=" + frames.count());
        }
        this.frames = frames;
        buffer = frames.buffer();
        cellCount = frames.count() * Hypercalls.PAGE_SIZE / CELL_LENGTH;
        lengths = new int[cellCount];
    }

    /** @return the memory, for who allocated it. */
    DomainMemory.Frames frames()
    {
        return frames;
    }

    /** @return number of the frame in which that byte lies. */
    int frameOf(final int offset)
    {
        return frames.firstFrame() + offset / Hypercalls.PAGE_SIZE;
    }

    UnsafeBuffer buffer()
    {
        return buffer;
    }

    /**
     * Find room for a frame. Nothing is taken before {@link #push}.
     *
     * @param maxLength in bytes, more than 0.
     * @return the offset in the buffer where to write, or {@link #FULL}.
     */
    int claim(final int maxLength)
    {
        if (head == tail)
        {
            clear();                                       // an empty queue takes every frame, wherever it stood
        }

        final int cells = cells(maxLength);
        final int index = index(tail);
        final int skipped = index + cells > cellCount ? cellCount - index : 0;
        if (cells > cellCount || tail + skipped + cells - head > cellCount)
        {
            return FULL;
        }

        return index(tail + skipped) * CELL_LENGTH;
    }

    /**
     * Put in the frame that has been written to the claimed room.
     *
     * @param offset as {@link #claim} said.
     * @param length in bytes, at most what was claimed.
     */
    void push(final int offset, final int length)
    {
        final int index = offset / CELL_LENGTH;
        if (index != index(tail))
        {
            lengths[index(tail)] = SKIP;
            tail += cellCount - index(tail);
        }
        lengths[index] = length;
        tail += cells(length);
        frameCount++;
    }

    /** @return length of the next frame that was not read yet, or {@link #EMPTY}. */
    int peek()
    {
        if (readHead == tail)
        {
            return EMPTY;
        }
        if (lengths[index(readHead)] == SKIP)
        {
            readHead += cellCount - index(readHead);
        }

        return lengths[index(readHead)];
    }

    /** @return offset in the buffer of the frame whose length {@link #peek} said. */
    int peekOffset()
    {
        return index(readHead) * CELL_LENGTH;
    }

    /** Step over the frame that {@link #peek} said. Its bytes stay until {@link #releaseRead}. */
    void pop()
    {
        readHead += cells(lengths[index(readHead)]);
        frameCount--;
    }

    /** Give the room of all popped frames back. */
    void releaseRead()
    {
        head = readHead;
    }

    boolean isEmpty()
    {
        return frameCount == 0;
    }

    /** @return frames that were not popped. */
    int frameCount()
    {
        return frameCount;
    }

    /** Drop everything. */
    void clear()
    {
        tail += -tail & cellCount - 1;
        head = tail;
        readHead = tail;
        frameCount = 0;
    }

    private int index(final long position)
    {
        return (int)position & cellCount - 1;
    }

    private static int cells(final int length)
    {
        return (length + CELL_LENGTH - 1) / CELL_LENGTH;
    }
}
