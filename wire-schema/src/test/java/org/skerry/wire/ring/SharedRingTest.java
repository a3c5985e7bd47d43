package org.skerry.wire.ring;

import org.junit.jupiter.api.Nested;

/** {@link SharedRingContract} for the rings of the ABI, each beginning its life at a different index. */
class SharedRingTest
{
    private static final RingLayout BLKIF = new RingLayout(112, 16, 4096);
    private static final RingLayout NETIF_TX = new RingLayout(12, 4, 4096);
    private static final RingLayout NETIF_RX = new RingLayout(8, 8, 4096);
    private static final RingLayout RESPONSE_LONGER = new RingLayout(16, 64, 4096);
    private static final RingLayout FOUR_PAGES = new RingLayout(112, 16, 4 * 4096);
    private static final RingLayout FOUR_SLOTS = new RingLayout(112, 16, 64 + 5 * 112);

    @Nested
    class BlkifAtZero extends SharedRingContract
    {
        BlkifAtZero()
        {
            super(BLKIF, 0);
        }
    }

    @Nested
    class BlkifBeforeTheUnsignedWrap extends SharedRingContract
    {
        BlkifBeforeTheUnsignedWrap()
        {
            super(BLKIF, -3);
        }
    }

    @Nested
    class BlkifBeforeTheSignedWrap extends SharedRingContract
    {
        BlkifBeforeTheSignedWrap()
        {
            super(BLKIF, Integer.MAX_VALUE - 3);
        }
    }

    @Nested
    class NetifTxBeforeTheUnsignedWrap extends SharedRingContract
    {
        NetifTxBeforeTheUnsignedWrap()
        {
            super(NETIF_TX, -3);
        }
    }

    @Nested
    class NetifRxBeforeTheSignedWrap extends SharedRingContract
    {
        NetifRxBeforeTheSignedWrap()
        {
            super(NETIF_RX, Integer.MAX_VALUE - 3);
        }
    }

    @Nested
    class ResponseLongerThanRequest extends SharedRingContract
    {
        ResponseLongerThanRequest()
        {
            super(RESPONSE_LONGER, -3);
        }
    }

    @Nested
    class FourPagesBeforeTheSignedWrap extends SharedRingContract
    {
        FourPagesBeforeTheSignedWrap()
        {
            super(FOUR_PAGES, Integer.MAX_VALUE - 3);
        }
    }

    @Nested
    class FourSlotsBeforeTheUnsignedWrap extends SharedRingContract
    {
        FourSlotsBeforeTheUnsignedWrap()
        {
            super(FOUR_SLOTS, -3);
        }
    }
}
