package org.skerry.xenstore;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

import org.agrona.concurrent.UnsafeBuffer;
import org.skerry.wire.linux.SysMman;

/**
 * Memory that outlives the process of a store, and how it is divided: two journals and two snapshots.
 *
 * <p>A journal is a run of groups of {@link StateRecord}s; a group is taken whole or not at all: length u32, CRC-32C of
 * all that follows u32, sequence u64, records. A snapshot is the state after the group of its sequence. The root says
 * which of the two counts; the journal that begins with the next sequence belongs to it, and after its end the other
 * one, when that goes on with the sequence. While one snapshot counts, the other can be written.
 */
public final class SurvivingMemory
{
    /** Bytes of the head of a group: length, check, sequence. */
    static final int GROUP_HEADER_LENGTH = 16;

    /** Bytes of the head of a snapshot: as of a group, and where the tree begins in it. */
    static final int SNAPSHOT_HEADER_LENGTH = 24;

    /** Bytes of the head of a journal: the first sequence in it. */
    static final int JOURNAL_HEADER_LENGTH = 8;

    /** Least useful length. */
    static final int LENGTH_MIN = 1 << 18;

    private static final long MAGIC = 0x3245_524F_5453_4B53L;
    private static final int MAGIC_OFFSET = 0;
    private static final int LENGTH_OFFSET = 8;
    private static final int ROOT_OFFSET = 64;
    private static final int CALLS_OFFSET = 4096;
    private static final int JOURNAL_SHARE = 28;

    /** Steps of open transactions may take this part of a snapshot's place. */
    private static final int TRANSACTION_SHARE = 32;
    private static final int ALIGNMENT = 8;
    private static final int PAGE = 4096;

    private final UnsafeBuffer buffer;
    private final ByteBuffer bytes;
    private final CRC32C check = new CRC32C();
    private final CallMemory calls;
    private final int journalLength;
    private final int snapshotLength;

    /**
     * @param buffer all of it, outside of the heap, at a page's begin; zeroed before it is used the first time.
     */
    public SurvivingMemory(final UnsafeBuffer buffer)
    {
        if (buffer.capacity() < LENGTH_MIN)
        {
            throw new IllegalArgumentException("too little memory: length=" + buffer.capacity());
        }

        this.buffer = buffer;
        bytes = SysMman.segment(buffer.addressOffset(), buffer.capacity()).asByteBuffer();
        calls = new CallMemory(new UnsafeBuffer(buffer, CALLS_OFFSET, CallMemory.LENGTH));
        journalLength = buffer.capacity() / JOURNAL_SHARE & -PAGE;
        snapshotLength = (buffer.capacity() - journals() - 2 * journalLength) / 2 & -PAGE;
    }

    UnsafeBuffer buffer()
    {
        return buffer;
    }

    /** @return where system calls leave what they did. */
    CallMemory calls()
    {
        return calls;
    }

    /** @return whether there is a state in it, of the layout that we know. */
    boolean isInUse()
    {
        return buffer.getLong(MAGIC_OFFSET) == MAGIC && buffer.getInt(LENGTH_OFFSET) == buffer.capacity() &&
            root() >= 0;
    }

    /** @return which snapshot counts, -1 for none. */
    int root()
    {
        return buffer.getIntVolatile(ROOT_OFFSET) - 1;
    }

    /** From now on another snapshot counts; -1: none. */
    void root(final int index)
    {
        buffer.putInt(LENGTH_OFFSET, buffer.capacity());
        buffer.putLong(MAGIC_OFFSET, MAGIC);
        buffer.putIntVolatile(ROOT_OFFSET, index + 1);
    }

    private static int journals()
    {
        return CALLS_OFFSET + (CallMemory.LENGTH + PAGE - 1 & -PAGE);
    }

    int journal(final int index)
    {
        return journals() + index * journalLength;
    }

    int journalEnd(final int index)
    {
        return journal(index) + journalLength;
    }

    int snapshot(final int index)
    {
        return journals() + 2 * journalLength + index * snapshotLength;
    }

    int snapshotEnd(final int index)
    {
        return snapshot(index) + snapshotLength;
    }

    /** @return bytes that the steps of open transactions may take in a snapshot. */
    int transactionRoom()
    {
        return snapshotLength / TRANSACTION_SHARE;
    }

    static int align(final int offset)
    {
        return offset + ALIGNMENT - 1 & -ALIGNMENT;
    }

    /**
     * End a group or a snapshot: only with its head it counts.
     *
     * @param start    of its head.
     * @param end      of its records.
     * @param sequence of it.
     */
    void seal(final int start, final int end, final long sequence)
    {
        buffer.putLong(start + 8, sequence);
        final int crc = crc(start + 8, end);
        buffer.putInt(start, end - start);
        buffer.putIntRelease(start + 4, crc);
    }

    /**
     * @param start of a head.
     * @param limit it cannot reach beyond.
     * @return length of the group or snapshot there, its head included; -1 for none.
     */
    int sealedLength(final int start, final int limit)
    {
        if (limit - start < GROUP_HEADER_LENGTH)
        {
            return -1;
        }

        final int length = buffer.getInt(start);
        final boolean isWhole = length >= GROUP_HEADER_LENGTH && length <= limit - start &&
            buffer.getInt(start + 4) == crc(start + 8, start + length);
        return isWhole ? length : -1;
    }

    long sequence(final int start)
    {
        return buffer.getLong(start + 8);
    }

    private int crc(final int from, final int to)
    {
        check.reset();
        check.update(bytes.limit(to).position(from));
        return (int)check.getValue();
    }
}
