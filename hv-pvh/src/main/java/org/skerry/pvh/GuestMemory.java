package org.skerry.pvh;

import org.agrona.concurrent.UnsafeBuffer;
import org.skerry.wire.Hypercalls;

/**
 * A guest's memory as its own page tables show it. Every address is the guest's word: nothing outside of its memory is
 * ever touched, and what its tables do not map is not there. Where a page is written the tables must allow it.
 *
 * <p>Spec: AMD64 Architecture Programmer's Manual, volume 2, 5.3 (4-level paging in long mode).
 */
final class GuestMemory
{
    /** Frames that a guest can have a number for: 52 bits of address. */
    static final long MAX_FRAMES = 1L << 40;

    private static final int NOWHERE = -1;

    private static final long ENTRY_PRESENT = 1;
    private static final long ENTRY_WRITABLE = 1 << 1;
    private static final long ENTRY_LARGE = 1 << 7;
    private static final long ENTRY_FRAME_MASK = 0x000F_FFFF_FFFF_F000L;
    private static final int INDEX_MASK = 511;
    private static final int INDEX_BITS = 9;
    private static final int PML4_SHIFT = 39;
    private static final int PDPT_SHIFT = 30;
    private static final int UNUSED_BITS = 16;
    private static final int OFFSET_MASK = Hypercalls.PAGE_SIZE - 1;

    private final long address;
    private final int frameCount;
    private final UnsafeBuffer page = new UnsafeBuffer(0, 0);

    /**
     * Each thread that looks at the memory has one of these.
     *
     * @param address    of its frame 0, in this process.
     * @param frameCount of it.
     */
    GuestMemory(final long address, final int frameCount)
    {
        this.address = address;
        this.frameCount = frameCount;
    }

    /** @return whether it is memory. */
    boolean hasFrame(final long frame)
    {
        return frame >= 0 && frame < frameCount;
    }

    /**
     * @param frame of its memory.
     * @return address in this process.
     */
    long addressOf(final long frame)
    {
        if (!hasFrame(frame))
        {
            throw new IllegalArgumentException("no memory there: frame=" + frame + ", frames=" + frameCount);
        }

        return address + (frame << Hypercalls.PAGE_SHIFT);
    }

    /**
     * @param pageTable   the guest's CR3.
     * @param virtual     address of a byte.
     * @param isWritten   whether it must be writable.
     * @return its physical address, in its memory; -1 when there is none.
     */
    long translate(final long pageTable, final long virtual, final boolean isWritten)
    {
        if (virtual << UNUSED_BITS >> UNUSED_BITS != virtual)
        {
            return NOWHERE;
        }

        long table = pageTable & ENTRY_FRAME_MASK;
        for (int shift = PML4_SHIFT; shift >= Hypercalls.PAGE_SHIFT; shift -= INDEX_BITS)
        {
            if (!hasFrame(table >>> Hypercalls.PAGE_SHIFT))
            {
                return NOWHERE;
            }
            page.wrap(address + table, Hypercalls.PAGE_SIZE);
            final long entry = page.getLong((int)(virtual >>> shift & INDEX_MASK) * Long.BYTES);
            if ((entry & ENTRY_PRESENT) == 0 || isWritten && (entry & ENTRY_WRITABLE) == 0)
            {
                return NOWHERE;
            }
            if (shift == Hypercalls.PAGE_SHIFT || shift <= PDPT_SHIFT && (entry & ENTRY_LARGE) != 0)
            {
                final long inPage = (1L << shift) - 1;
                final long physical = entry & ENTRY_FRAME_MASK & ~inPage | virtual & inPage;
                return hasFrame(physical >>> Hypercalls.PAGE_SHIFT) ? physical : NOWHERE;
            }
            table = entry & ENTRY_FRAME_MASK;
        }

        return NOWHERE;
    }

    /**
     * Copy what the guest has somewhere, page by page.
     *
     * @param virtual where.
     * @param to      takes it, from its beginning.
     * @param length  in bytes; no more than fit.
     * @return false when not all of it is there.
     */
    boolean copyIn(final long pageTable, final long virtual, final UnsafeBuffer to, final int length)
    {
        int done = 0;
        while (done < length)
        {
            final long physical = translate(pageTable, virtual + done, false);
            if (physical < 0)
            {
                return false;
            }
            final int run = Math.min(length - done, Hypercalls.PAGE_SIZE - (int)(physical & OFFSET_MASK));
            page.wrap(address + physical, run);
            to.putBytes(done, page, 0, run);
            done += run;
        }

        return true;
    }

    /**
     * Copy to where the guest wants it, page by page.
     *
     * @param virtual where.
     * @param from    what, from its beginning.
     * @param length  in bytes.
     * @return false when not all of it could be written; a part may be.
     */
    boolean copyOut(final long pageTable, final long virtual, final UnsafeBuffer from, final int length)
    {
        int done = 0;
        while (done < length)
        {
            final long physical = translate(pageTable, virtual + done, true);
            if (physical < 0)
            {
                return false;
            }
            final int run = Math.min(length - done, Hypercalls.PAGE_SIZE - (int)(physical & OFFSET_MASK));
            page.wrap(address + physical, run);
            page.putBytes(0, from, done, run);
            done += run;
        }

        return true;
    }
}
