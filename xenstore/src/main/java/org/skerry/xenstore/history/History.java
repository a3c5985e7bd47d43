package org.skerry.xenstore.history;

import org.agrona.concurrent.UnsafeBuffer;

/**
 * The last changes of a store, as many as fit a bound of bytes; the oldest go first, a commit as a whole. It stands in
 * memory that may outlive the process: whenever that ends, what is between head and tail is whole. One thread owns it.
 *
 * <p>Layout: a head of {@link #HEADER_LENGTH} bytes, then a ring of records that do not wrap, see {@link PastChange}. A
 * negative length is the rest of the ring, where the next record did not fit. Positions count bytes and never wrap.
 */
public final class History
{
    /** Bytes that come before the ring. */
    public static final int HEADER_LENGTH = 64;

    private static final long MAGIC = 0x3154_5349_484B_5358L;
    private static final int MAGIC_OFFSET = 0;
    private static final int CAPACITY_OFFSET = 8;
    private static final int LIMIT_OFFSET = 12;
    private static final int HEAD_OFFSET = 16;
    private static final int TAIL_OFFSET = 24;
    private static final int BASE_OFFSET = 32;
    private static final int BASE_TIME_OFFSET = 40;
    private static final int BEHIND_OFFSET = 48;

    private final UnsafeBuffer memory;
    private final int capacity;
    private final PastChange record;
    private long head;
    private long tail;
    private int headAt;
    private int tailAt;
    private int count;
    private long lastVersion;
    private int lastIndex;

    /** Is shown changes, the oldest first. */
    @FunctionalInterface
    public interface Visitor
    {
        /**
         * @param change good for this call only.
         * @return whether to go on.
         */
        boolean onChange(PastChange change);
    }

    /** @param memory all of it, at an address that 8 divides; zeroed before it is used the first time. */
    public History(final UnsafeBuffer memory)
    {
        if (memory.capacity() < 2 * HEADER_LENGTH)
        {
            throw new IllegalArgumentException("too little memory: length=" + memory.capacity());
        }

        this.memory = memory;
        this.capacity = memory.capacity() - HEADER_LENGTH & -PastChange.ALIGNMENT;
        this.record = new PastChange(memory);
    }

    /**
     * Go on with what an earlier process left, or begin with nothing.
     *
     * @param version of the store as it is now; what was noted of later ones never came to be.
     * @param epochMs now.
     */
    public void begin(final long version, final long epochMs)
    {
        final boolean isKnown = memory.getLong(MAGIC_OFFSET) == MAGIC &&
            memory.getInt(CAPACITY_OFFSET) == capacity && memory.getLong(BEHIND_OFFSET) == 0;

        if (!isKnown || !isWhole(version))
        {
            memory.putLong(MAGIC_OFFSET, 0);
            memory.putInt(CAPACITY_OFFSET, capacity);
            memory.putInt(LIMIT_OFFSET, limit() == 0 || limit() > capacity ? capacity : limit());
            memory.putLong(BEHIND_OFFSET, 0);
            tail(0);
            forget(version, epochMs);
            memory.putLongRelease(MAGIC_OFFSET, MAGIC);
        }
    }

    /** Walk over all, and cut off what is later than a version. */
    private boolean isWhole(final long version)
    {
        final long end = memory.getLong(TAIL_OFFSET);
        head = memory.getLong(HEAD_OFFSET);
        headAt = (int)(head % capacity);
        count = 0;
        tail = head;
        tailAt = headAt;

        while (tail < end)
        {
            final int length = memory.getInt(HEADER_LENGTH + tailAt);

            if (length == 0 || Math.abs((long)length) > capacity - tailAt || length % PastChange.ALIGNMENT != 0)
            {
                return false;
            }
            if (length > 0)
            {
                record.wrap(HEADER_LENGTH + tailAt);

                if (record.version() > version)
                {
                    break;
                }

                lastVersion = record.version();
                lastIndex = record.index();
                count++;
            }

            tailAt = after(tailAt, Math.abs(length));
            tail += Math.abs(length);
        }

        memory.putLongRelease(TAIL_OFFSET, tail);
        return base() <= version;
    }

    /** From now on nothing before a version is known. */
    private void forget(final long version, final long epochMs)
    {
        memory.putLong(BASE_OFFSET, version);
        memory.putLong(BASE_TIME_OFFSET, epochMs);
        head = tail;
        headAt = tailAt;
        memory.putLong(HEAD_OFFSET, head);
        count = 0;
    }

    /** @return the version from which on all changes are known. */
    public long base()
    {
        return memory.getLong(BASE_OFFSET);
    }

    /** @return when that version came to be, milliseconds since 1970. */
    public long baseTimeMs()
    {
        return memory.getLong(BASE_TIME_OFFSET);
    }

    /** @return how many changes are known. */
    public int count()
    {
        return count;
    }

    /** @return bytes that the changes take. */
    public int length()
    {
        return (int)(tail - head);
    }

    /** @return most bytes that the changes may take. */
    public int limit()
    {
        return memory.getInt(LIMIT_OFFSET);
    }

    /** @return the highest limit. */
    public int capacity()
    {
        return capacity;
    }

    /** @param limit most bytes that the changes may take, 1 to the capacity; what is beyond is forgotten at once. */
    public void limit(final int limit)
    {
        memory.putInt(LIMIT_OFFSET, limit);
        makeRoom(0);
    }

    /** @param isBehind whether there are commits of which changes are still to be added: nothing is known without. */
    public void behind(final boolean isBehind)
    {
        memory.putLongRelease(BEHIND_OFFSET, isBehind ? 1 : 0);
    }

    /**
     * Note a change. Changes of one version come one after the other, those of a higher one after them.
     *
     * @param version number of the commit.
     * @param epochMs when.
     * @param domid   who.
     * @param client  which of its programs, empty when nobody knows; ASCII.
     * @param path    of the node.
     * @param before  what it was, null for nothing.
     * @param after   what it is, null for nothing.
     */
    public void add(
        final long version,
        final long epochMs,
        final int domid,
        final String client,
        final String path,
        final NodeImage before,
        final NodeImage after)
    {
        if (version <= base())
        {
            return;                                              // the commit is larger than all that may be kept
        }

        final int length = PastChange.length(client, path, before, after);

        if (length > limit())
        {
            forget(version, epochMs);
            return;
        }

        final int rest = capacity - tailAt;
        makeRoom(rest < length ? rest + length : length);

        if (version <= base())
        {
            return;
        }
        if (rest < length)
        {
            memory.putInt(HEADER_LENGTH + tailAt, -rest);
            tail(tail + rest);
        }

        lastIndex = version == lastVersion ? lastIndex + 1 : 0;
        lastVersion = version;
        record.wrap(HEADER_LENGTH + tailAt);
        record.write(length, version, lastIndex, epochMs, domid, client, path, before, after);
        tail(tail + length);                                     // it is whole before it counts
        count++;
    }

    private void makeRoom(final int length)
    {
        while (head < tail && length() + length > limit())
        {
            dropOldest();
        }
    }

    /** Forget a commit. What is known begins later before it is less. */
    private void dropOldest()
    {
        skipRest();
        record.wrap(HEADER_LENGTH + headAt);
        final long version = record.version();
        memory.putLong(BASE_TIME_OFFSET, record.epochMs());
        memory.putLongRelease(BASE_OFFSET, version);

        while (head < tail)
        {
            record.wrap(HEADER_LENGTH + headAt);

            if (record.version() != version)
            {
                break;
            }

            final int length = record.length();
            head += length;
            headAt = after(headAt, length);
            count--;
            skipRest();
        }

        memory.putLongRelease(HEAD_OFFSET, head);
    }

    /** Where the head is at the rest of the ring it goes on at the begin. */
    private void skipRest()
    {
        final int length = head < tail ? memory.getInt(HEADER_LENGTH + headAt) : 0;

        if (length < 0)
        {
            head -= length;
            headAt = 0;
        }
    }

    /**
     * Show what is known, beginning behind a change.
     *
     * @param version of that change.
     * @param index   of it among those of its version; what is higher than of any: all of them.
     * @param visitor is shown each.
     */
    public void forEachAfter(final long version, final int index, final Visitor visitor)
    {
        int at = headAt;
        long position = head;

        while (position < tail)
        {
            final int length = memory.getInt(HEADER_LENGTH + at);

            if (length > 0)
            {
                record.wrap(HEADER_LENGTH + at);
                final boolean isLater =
                    record.version() > version || record.version() == version && record.index() > index;

                if (isLater && !visitor.onChange(record))
                {
                    return;
                }
            }

            position += Math.abs(length);
            at = after(at, Math.abs(length));
        }
    }

    /** @return where in the ring something begins that comes after something of that length. */
    private int after(final int at, final int length)
    {
        return at + length == capacity ? 0 : at + length;
    }

    private void tail(final long position)
    {
        tailAt = position == 0 ? 0 : after(tailAt, (int)(position - tail));
        tail = position;
        memory.putLongRelease(TAIL_OFFSET, position);
    }
}
