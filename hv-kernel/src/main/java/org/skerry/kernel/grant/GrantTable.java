package org.skerry.kernel.grant;

import java.util.function.IntPredicate;
import org.agrona.collections.Int2IntCounterMap;
import org.agrona.collections.Int2ObjectHashMap;
import org.agrona.collections.IntArrayList;
import org.agrona.concurrent.UnsafeBuffer;
import org.skerry.wire.GrantStatus;

import static org.skerry.wire.GrantFlags.ENTRY_LENGTH;
import static org.skerry.wire.GrantFlags.GTF_PERMIT_ACCESS;
import static org.skerry.wire.GrantFlags.GTF_READING;
import static org.skerry.wire.GrantFlags.GTF_READONLY;
import static org.skerry.wire.GrantFlags.GTF_SUB_PAGE;
import static org.skerry.wire.GrantFlags.GTF_TYPE_MASK;
import static org.skerry.wire.GrantFlags.GTF_WRITING;

/**
 * The grant table of one domain, version 1, as the kernel sees it. The entries stand in the domain's memory and are its
 * to spoil at any time; so an entry is read once, claimed by compare-and-set of its status bits, and what was read then
 * is what counts until the last user lets go.
 *
 * <p>Spec: grant_table.h, struct grant_entry_v1.
 */
public final class GrantTable
{
    private static final int FRAME_OFFSET = 4;
    private static final int DOMID_SHIFT = 16;
    private static final int CAS_ATTEMPTS = 16;

    private final UnsafeBuffer entries;
    private final int entryCount;
    private final int memoryFrames;
    private final short[] readers;
    private final short[] writers;
    private final int[] frames;
    private final int[] grantees;
    private final Int2IntCounterMap pinsByFrame = new Int2IntCounterMap(0);
    private final Int2IntCounterMap leavingByFrame = new Int2IntCounterMap(0);
    private final Int2ObjectHashMap<IntArrayList> orphansByFrame = new Int2ObjectHashMap<>();
    private IntPredicate isAway;
    private MoveRequests moves;
    private int pinnedEntries;
    private boolean isRetired;

    /**
     * @param entries      the pages of the table where the kernel has them mapped.
     * @param memoryFrames frames of the domain; an entry that names a higher one is bad.
     */
    public GrantTable(final UnsafeBuffer entries, final int memoryFrames)
    {
        this.entries = entries;
        this.memoryFrames = memoryFrames;
        this.entryCount = entries.capacity() / ENTRY_LENGTH;
        this.readers = new short[entryCount];
        this.writers = new short[entryCount];
        this.frames = new int[entryCount];
        this.grantees = new int[entryCount];
    }

    /** @return entries, the reserved ones included. */
    public int entryCount()
    {
        return entryCount;
    }

    /** Write an entry on behalf of the domain, before its first instruction. */
    public void seed(final int ref, final int grantee, final int frame)
    {
        if (!isInUse(ref))                      // else it stood there before a restart
        {
            entries.putInt(ref * ENTRY_LENGTH + FRAME_OFFSET, frame);
            entries.putIntVolatile(ref * ENTRY_LENGTH, GTF_PERMIT_ACCESS | grantee << DOMID_SHIFT);
        }
    }

    /** Nothing is granted any more, but for what somebody uses: the process that wrote the entries is gone. */
    public void revokeUnpinned()
    {
        for (int ref = 0; ref < entryCount; ref++)
        {
            if (!isInUse(ref))
            {
                entries.putLong(ref * ENTRY_LENGTH, 0);
            }
        }
    }

    /**
     * Claim an entry for a user. Each success is ended by {@link #unpin}.
     *
     * @param reference  as a stranger said it.
     * @param grantee    domid of the user.
     * @param isReadOnly whether the user only reads.
     * @return the frame, 0 or more; or a negative {@link GrantStatus}.
     */
    public int pin(final long reference, final int grantee, final boolean isReadOnly)
    {
        if (reference < 0 || reference >= entryCount)
        {
            return GrantStatus.BAD_GNTREF;
        }

        final int ref = (int)reference;
        final boolean isPinned = isInUse(ref);
        if (isPinned && grantees[ref] != grantee ||
            readers[ref] == Short.MAX_VALUE || writers[ref] == Short.MAX_VALUE ||
            (!isPinned || !isReadOnly && writers[ref] == 0) && !claimEntry(ref, grantee, isReadOnly))
        {
            return GrantStatus.GENERAL_ERROR;
        }
        if (!isPinned)
        {
            final int frame = entries.getIntVolatile(ref * ENTRY_LENGTH + FRAME_OFFSET);
            if (frame < 0 || frame >= memoryFrames)
            {
                clearStatus(ref, GTF_READING | GTF_WRITING);
                return GrantStatus.BAD_PAGE;
            }
            frames[ref] = frame;
            grantees[ref] = grantee;
            pinnedEntries++;
        }
        (isReadOnly ? readers : writers)[ref]++;
        pinsByFrame.incrementAndGet(frames[ref]);

        return frames[ref];
    }

    /** A user lets go of an entry, as it was pinned. */
    public void unpin(final int ref, final boolean isReadOnly)
    {
        (isReadOnly ? readers : writers)[ref]--;
        pinsByFrame.decrementAndGet(frames[ref]);

        final boolean isLast = !isInUse(ref);
        pinnedEntries -= isLast ? 1 : 0;
        final int status = (writers[ref] == 0 ? GTF_WRITING : 0) | (isLast ? GTF_READING : 0);
        if (status != 0 && !isRetired)
        {
            clearStatus(ref, status);
        }
    }

    /** @return what is to be moved of the domain's memory, or null when it serves no moves. */
    public MoveRequests moves()
    {
        return moves;
    }

    /**
     * The domain serves moves from now on.
     *
     * @param requests what is to be moved.
     * @param inWindow whether a frame is at home in a window.
     */
    public void serveMoves(final MoveRequests requests, final IntPredicate inWindow)
    {
        moves = requests;
        isAway = inWindow;
    }

    /**
     * A user wants to let go of an entry. Where the domain moves its frames, the last user of one has to wait until it
     * is home: before that the entry must not look free to the domain.
     *
     * @param ref       pinned.
     * @param isLeaving whether that user has asked before.
     * @return whether it has to wait.
     */
    boolean mustWait(final int ref, final boolean isLeaving)
    {
        final int frame = frames[ref];
        if (moves == null || isRetired || !isAway.test(frame) ||
            pins(frame) - leavingByFrame.get(frame) > (isLeaving ? 0 : 1))
        {
            return false;
        }
        moves.want(frame, grantees[ref], true);
        if (!isLeaving)
        {
            leavingByFrame.incrementAndGet(frame);
        }

        return true;
    }

    /** A user that had to wait does so no more. */
    void left(final int ref)
    {
        leavingByFrame.decrementAndGet(frames[ref]);
    }

    /** A user that has to wait is gone: the entry is let go for it when the frame is home. */
    void orphan(final int ref, final boolean isReadOnly)
    {
        orphansByFrame.computeIfAbsent(frames[ref], frame -> new IntArrayList())
            .addInt(ref << 1 | (isReadOnly ? 1 : 0));
    }

    /** @return whether somebody uses a grant of that frame who does not wait for it to go home. */
    public boolean isHeld(final int frame)
    {
        return pins(frame) > leavingByFrame.get(frame);
    }

    /** Let go for users that are gone: the frame comes home, or somebody else uses it. */
    public void releaseOrphans(final int frame)
    {
        final IntArrayList orphans = orphansByFrame.remove(frame);
        if (orphans != null)
        {
            orphans.forEachInt(orphan ->
            {
                left(orphan >> 1);
                unpin(orphan >> 1, (orphan & 1) != 0);
            });
        }
    }

    /**
     * The domain is destroyed and its memory with it. Those who use its grants still hold this table until they let
     * go; its entries are not touched any more.
     */
    public void retire()
    {
        isRetired = true;
    }

    /** @return whether somebody uses a grant of that frame. */
    public boolean isPinned(final int frame)
    {
        return pins(frame) > 0;
    }

    /** @return how often a frame is in use. */
    public int pins(final int frame)
    {
        return pinsByFrame.get(frame);
    }

    /** @return entries that somebody uses. */
    public int pinnedEntries()
    {
        return pinnedEntries;
    }

    /** @return what stands in the entry now: flags, and the grantee from bit 16. */
    public int word(final int ref)
    {
        return entries.getIntVolatile(ref * ENTRY_LENGTH);
    }

    /** @return users of the entry that only read. */
    public int readers(final int ref)
    {
        return readers[ref];
    }

    /** @return users of the entry that may write. */
    public int writers(final int ref)
    {
        return writers[ref];
    }

    /** @return user of the entry while it is in use. */
    public int grantee(final int ref)
    {
        return grantees[ref];
    }

    /** @return frame of the entry while it is in use. */
    public int frame(final int ref)
    {
        return frames[ref];
    }

    private boolean isInUse(final int ref)
    {
        return readers[ref] + writers[ref] > 0;
    }

    private boolean claimEntry(final int ref, final int grantee, final boolean isReadOnly)
    {
        final int granted = GTF_PERMIT_ACCESS | grantee << DOMID_SHIFT;
        final int mask = GTF_TYPE_MASK | GTF_SUB_PAGE | -1 << DOMID_SHIFT | (isReadOnly ? 0 : GTF_READONLY);
        final int claim = GTF_READING | (isReadOnly ? 0 : GTF_WRITING);
        for (int i = 0; i < CAS_ATTEMPTS; i++)
        {
            final int word = word(ref);
            if ((word & mask) != granted)
            {
                return false;
            }
            if (entries.compareAndSetInt(ref * ENTRY_LENGTH, word, word | claim))
            {
                return true;
            }
        }

        return false;
    }

    private void clearStatus(final int ref, final int status)
    {
        for (int i = 0; i < CAS_ATTEMPTS; i++)
        {
            final int word = word(ref);
            if (entries.compareAndSetInt(ref * ENTRY_LENGTH, word, word & ~status))
            {
                return;
            }
        }
    }
}
