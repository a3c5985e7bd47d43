package org.skerry.tests.pvh;

import java.util.Random;

import org.agrona.concurrent.UnsafeBuffer;

/**
 * What a kernel that means no good does to its block and net rings, step by step: requests that are nearly right,
 * numbers in the rings and the grant table that are not, kicks. A step is four words: an address, a value, what to do
 * with them, and nothing. Frames from {@link #SECRET} on are never granted for writing.
 */
final class RingNoise
{
    static final int STORE = 0;
    static final int KICK = 1;
    /** Wait a while for the value to be at the address. */
    static final int AWAIT = 2;
    static final int END = 3;
    /** {@link #AWAIT}, and {@link #END} when it does not come. */
    static final int AWAIT_OR_END = -1;

    static final int STEPS = 0x18_0000;
    static final int STEP_LENGTH = 16;
    static final int BLK_RING = 0x160;
    static final int TX_RING = 0x161;
    static final int RX_RING = 0x162;
    static final int BLK_REF = 8;
    static final int TX_REF = 9;
    static final int RX_REF = 10;
    /** Frames that are granted for data when all begins, the references of the first half to the block domain. */
    static final int DATA_FRAMES = 0x1D;
    static final int SECRET = 0x200;
    static final int SECRET_END = 0x3F0;

    private static final int STEP_LIMIT = 0x3_F000 / STEP_LENGTH;
    private static final int MAX_STEPS_AT_ONCE = 512;
    private static final int FIRST_DATA_FRAME = 0x163;
    private static final int FIRST_DATA_REF = 11;
    private static final int REFS = FIRST_DATA_REF + DATA_FRAMES;
    private static final int SLOTS_OFFSET = 64;
    private static final int RSP_PROD_OFFSET = 8;
    private static final int BLK_SLOTS = 32;
    private static final int BLK_SLOT_LENGTH = 112;
    private static final int NET_SLOTS = 256;
    private static final int TX_SLOT_LENGTH = 12;
    private static final int RX_SLOT_LENGTH = 8;
    private static final int MORE_DATA = 4;
    private static final int OP_INDIRECT = 6;
    private static final int GRANT_ENTRY_LENGTH = 8;
    private static final int PERMIT = 1;
    private static final int READ_ONLY = 4;
    private static final int[] GRANT_FLAGS = {PERMIT, PERMIT, PERMIT | READ_ONLY, PERMIT | 0x18, 0, 2, 3};

    private final UnsafeBuffer memory;
    private final Random random;
    private final int table;
    private final int blk;
    private final int net;
    private final int blkPort;
    private final int netPort;
    private final boolean isWild;
    private int step;

    /**
     * @param memory  of the guest.
     * @param random  decides everything.
     * @param table   address of the grant table.
     * @param blk     domid that has the references of disks.
     * @param net     domid that has those of vifs.
     * @param blkPort address of the port of the disk.
     * @param netPort address of the port of the vif.
     * @param isWild  whether there shall be what a backend closes the device for: numbers in the rings' heads, chains
     *                of pieces without an end, pages that are granted to both. Else it goes on as long as it is served.
     */
    RingNoise(
        final UnsafeBuffer memory, final Random random, final int table, final int blk, final int net,
        final int blkPort, final int netPort, final boolean isWild)
    {
        this.memory = memory;
        this.random = random;
        this.table = table;
        this.blk = blk;
        this.net = net;
        this.blkPort = blkPort;
        this.netPort = netPort;
        this.isWild = isWild;
    }

    /** @return an instruction for each grant that stands when all begins: its entry's address, and its two words. */
    int[][] firstGrants()
    {
        final int[][] grants = new int[REFS - BLK_REF][];
        for (int ref = BLK_REF; ref < REFS; ref++)
        {
            final boolean isDisks = ref == BLK_REF || ref >= FIRST_DATA_REF && isDisks(ref - FIRST_DATA_REF);
            final int frame = BLK_RING + ref - BLK_REF;
            grants[ref - BLK_REF] = new int[]{
                table + ref * GRANT_ENTRY_LENGTH, PERMIT | (isDisks ? blk : net) << 16, frame};
        }

        return grants;
    }

    /** Write all steps. */
    void write()
    {
        int blkProd = 0;
        int txProd = 0;
        int rxProd = 0;
        while (step < STEP_LIMIT - MAX_STEPS_AT_ONCE)
        {
            switch (random.nextInt(10))
            {
                case 0, 1, 2, 3 ->
                {
                    blkProd = push(BLK_RING, blkProd, 1 + random.nextInt(8), BLK_SLOTS, BLK_SLOT_LENGTH, blkPort);
                    add(at(BLK_RING, RSP_PROD_OFFSET), blkProd, isWild ? AWAIT : AWAIT_OR_END);
                }
                case 4, 5 ->
                {
                    txProd = push(TX_RING, txProd, 1 + random.nextInt(20), NET_SLOTS, TX_SLOT_LENGTH, netPort);
                    add(at(TX_RING, RSP_PROD_OFFSET), txProd, isWild ? AWAIT : AWAIT_OR_END);
                }
                case 6 -> rxProd = push(RX_RING, rxProd, random.nextInt(8), NET_SLOTS, RX_SLOT_LENGTH, netPort);
                case 7, 8 -> spoilGrants();
                default -> spoilRings();
            }
        }
        add(0, 0, END);
    }

    private int push(
        final int ring, final int prod, final int count, final int slots, final int slotLength, final int port)
    {
        for (int i = 0; i < count; i++)
        {
            final int slot = at(ring, SLOTS_OFFSET + (prod + i & slots - 1) * slotLength);
            switch (ring)
            {
                case BLK_RING -> putBlkRequest(slot);
                case TX_RING -> putTxRequest(slot, i == count - 1);
                default -> putRxRequest(slot);
            }
        }
        add(at(ring, 0), prod + count, STORE);
        add(port, 0, KICK);

        return prod + count;
    }

    private void putBlkRequest(final int slot)
    {
        final int operation = random.nextInt(12) == 0 ? random.nextInt(256) : random.nextInt(7);
        final int segments = random.nextInt(20) == 0 ? random.nextInt(256) : random.nextInt(12);
        add(slot, operation == OP_INDIRECT ?
            OP_INDIRECT | random.nextInt(2) << 8 | random.nextInt(40) << 16 :
            operation | segments << 8 | random.nextInt(2) << 16, STORE);
        add(slot + 8, random.nextInt(), STORE);
        add(slot + 16, random.nextInt(4096), STORE);
        add(slot + 20, random.nextInt(20) == 0 ? random.nextInt() : 0, STORE);
        for (int at = 24; at < BLK_SLOT_LENGTH; at += 8)
        {
            final int first = random.nextInt(8);
            final int last = random.nextInt(8) == 0 ? random.nextInt() : first + random.nextInt(8 - first);
            add(slot + at, ref(), STORE);
            add(slot + at + 4, operation == OP_INDIRECT ? ref() : first | last << 8, STORE);
        }
    }

    private void putTxRequest(final int slot, final boolean isLast)
    {
        final boolean isNonsense = isWild && random.nextInt(50) == 0;
        final int offset = isNonsense ? random.nextInt() : random.nextInt(2048);
        final int flags = isNonsense ? random.nextInt(16) :
            random.nextInt(4) | (random.nextInt(3) == 0 && !isLast ? MORE_DATA : 0);
        final int size = isNonsense ? random.nextInt() : random.nextInt(2048);
        add(slot, ref(), STORE);
        add(slot + 4, offset & 0xFFFF | flags << 16, STORE);
        add(slot + 8, random.nextInt(NET_SLOTS) | size << 16, STORE);
    }

    private void putRxRequest(final int slot)
    {
        add(slot, random.nextInt(NET_SLOTS), STORE);
        add(slot + 4, ref(), STORE);
    }

    private int ref()
    {
        return random.nextInt(16) == 0 ? random.nextInt() : BLK_REF + random.nextInt(REFS + 4 - BLK_REF);
    }

    private void spoilGrants()
    {
        for (int i = random.nextInt(6); i >= 0; i--)
        {
            final int index = random.nextInt(DATA_FRAMES);
            final int entry = table + (FIRST_DATA_REF + index) * GRANT_ENTRY_LENGTH;
            final int grantee = random.nextInt(6) == 0 ? random.nextInt(8) : isDisks(index) ? blk : net;
            final boolean isData = random.nextInt(4) != 0;
            final int frame = isData ? dataFrame(index) :
                random.nextBoolean() ? SECRET + random.nextInt(SECRET_END - SECRET) : -1 - random.nextInt(1 << 30);
            final int flags = GRANT_FLAGS[random.nextInt(GRANT_FLAGS.length)];
            add(entry, 0, STORE);                          // never a new frame with the old flags
            add(entry + 4, frame, STORE);
            add(entry, (isData ? flags : flags | READ_ONLY) | grantee << 16, STORE);
        }
    }

    /** Of the half that the index is in; where it is wild, of both. */
    private int dataFrame(final int index)
    {
        final int half = DATA_FRAMES / 2;
        return FIRST_DATA_FRAME + (isWild ? random.nextInt(DATA_FRAMES) :
            isDisks(index) ? random.nextInt(half) : half + random.nextInt(DATA_FRAMES - half));
    }

    private static boolean isDisks(final int index)
    {
        return index < DATA_FRAMES / 2;
    }

    private void spoilRings()
    {
        final int ring = BLK_RING + random.nextInt(3);
        for (int i = random.nextInt(12); i >= 0; i--)
        {
            add(at(ring, SLOTS_OFFSET + random.nextInt(1000) * Integer.BYTES), random.nextInt(), STORE);
        }
        add(at(ring, 4), random.nextInt(), STORE);
        add(at(ring, 12), random.nextInt(), STORE);
        if (isWild && random.nextInt(20) == 0)
        {
            add(at(ring, random.nextInt(4) * Integer.BYTES), random.nextInt(), STORE);
        }
        add(ring == BLK_RING ? blkPort : netPort, 0, KICK);
    }

    private void add(final int address, final int value, final int what)
    {
        final int at = STEPS + step++ * STEP_LENGTH;
        memory.putInt(at, address);
        memory.putInt(at + 4, value);
        memory.putInt(at + 8, what);
    }

    private static int at(final int frame, final int offset)
    {
        return (frame << 12) + offset;
    }
}
