package org.skerry.guest.grant;

import org.skerry.guest.hypercall.HypercallRing;
import org.skerry.wire.Domid;
import org.skerry.wire.Hypercalls;
import org.skerry.wire.hypercall.GnttabCopyEncoder;

/**
 * Copies between our frames and frames granted to us, done by the hypervisor in one go. Filled, executed, asked for
 * each status, cleared; nothing is allocated after it was made.
 *
 * <p>Spec: grant_table.h, GNTTABOP_copy.
 */
public final class GrantCopyBatch
{
    private static final int WORDS = 8;
    private static final int FLAGS = 0;
    private static final int SOURCE = 1;
    private static final int SOURCE_DOMID = 2;
    private static final int SOURCE_OFFSET = 3;
    private static final int DEST = 4;
    private static final int DEST_DOMID = 5;
    private static final int DEST_OFFSET = 6;
    private static final int LENGTH = 7;
    private static final int MAX_FIELD = 0xFFFF;

    private final HypercallRing ring;
    private final int capacity;
    private final int[] ops;
    private final short[] statuses;
    private final GnttabCopyEncoder encoder = new GnttabCopyEncoder();
    private int size;

    GrantCopyBatch(final HypercallRing ring, final int capacity)
    {
        this.ring = ring;
        this.capacity = capacity;
        this.ops = new int[capacity * WORDS];
        this.statuses = new short[capacity];
    }

    /** Empty the batch. */
    public void clear()
    {
        size = 0;
    }

    /** @return copies in the batch. */
    public int size()
    {
        return size;
    }

    /** @return whether no copy can be added. */
    public boolean isFull()
    {
        return size == capacity;
    }

    /**
     * Copy from another domain's page to one of ours.
     *
     * @param granter   domid.
     * @param ref       its reference.
     * @param refOffset bytes in its page.
     * @param ownFrame  of our memory.
     * @param ownOffset bytes in our page.
     * @param length    bytes; the hypervisor refuses what crosses the end of a page.
     * @return index in the batch.
     */
    public int addCopyFrom(
        final int granter, final int ref, final int refOffset, final int ownFrame, final int ownOffset,
        final int length)
    {
        return add(Hypercalls.GNTCOPY_SOURCE_GREF, ref, granter, refOffset, ownFrame, Domid.DOMID_SELF, ownOffset,
            length);
    }

    /**
     * Copy from one of our pages to another domain's.
     *
     * @param ownFrame  of our memory.
     * @param ownOffset bytes in our page.
     * @param granter   domid.
     * @param ref       its reference.
     * @param refOffset bytes in its page.
     * @param length    bytes; the hypervisor refuses what crosses the end of a page.
     * @return index in the batch.
     */
    public int addCopyTo(
        final int ownFrame, final int ownOffset, final int granter, final int ref, final int refOffset,
        final int length)
    {
        return add(Hypercalls.GNTCOPY_DEST_GREF, ownFrame, Domid.DOMID_SELF, ownOffset, ref, granter, refOffset,
            length);
    }

    /** Have all copies done. */
    public void execute()
    {
        synchronized (ring)
        {
            int submitted = 0;
            while (submitted < size)
            {
                final int count = Math.min(size - submitted, ring.room());
                for (int i = 0; i < count; i++)
                {
                    encode(submitted + i);
                }
                ring.submit();
                for (int i = 0; i < count; i++)
                {
                    statuses[submitted + i] = (short)ring.await().result();
                }
                submitted += count;
            }
        }
    }

    /**
     * @param index of a copy that was executed.
     * @return GNTST_*.
     */
    public short status(final int index)
    {
        return statuses[index];
    }

    private int add(
        final int flags, final int source, final int sourceDomid, final int sourceOffset, final int dest,
        final int destDomid, final int destOffset, final int length)
    {
        final int at = size * WORDS;
        ops[at + FLAGS] = flags;
        ops[at + SOURCE] = source;
        ops[at + SOURCE_DOMID] = sourceDomid;
        ops[at + SOURCE_OFFSET] = sourceOffset;
        ops[at + DEST] = dest;
        ops[at + DEST_DOMID] = destDomid;
        ops[at + DEST_OFFSET] = destOffset;
        ops[at + LENGTH] = ((sourceOffset | destOffset | length) & ~MAX_FIELD) == 0 ? length : MAX_FIELD;   // refused

        return size++;
    }

    private void encode(final int index)
    {
        final int at = index * WORDS;
        encoder.wrap(ring.page(), ring.claim())
            .op(GnttabCopyEncoder.TEMPLATE_ID).flags(ops[at + FLAGS]).tag(ring.nextTag())
            .sourceRefOrFrame(ops[at + SOURCE] & 0xFFFF_FFFFL).sourceDomid(ops[at + SOURCE_DOMID])
            .sourceOffset(ops[at + SOURCE_OFFSET]).destRefOrFrame(ops[at + DEST] & 0xFFFF_FFFFL)
            .destDomid(ops[at + DEST_DOMID]).destOffset(ops[at + DEST_OFFSET]).length(ops[at + LENGTH]);
    }
}
