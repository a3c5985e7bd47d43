package org.skerry.guest.netfront;

import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.skerry.wire.Hypercalls;
import org.skerry.wire.Netif;
import org.skerry.wire.netif.NetifExtraInfoDecoder;
import org.skerry.wire.netif.NetifRxRequestEncoder;
import org.skerry.wire.netif.NetifRxResponseDecoder;
import org.skerry.wire.netif.NetifTxRequestEncoder;
import org.skerry.wire.netif.NetifTxResponseDecoder;
import org.skerry.wire.ring.FrontRing;
import org.skerry.wire.ring.RingLayout;

/**
 * The two rings of a vif and the pages behind them: tx ring, rx ring, tx buffers, rx buffers, a page each. All buffers
 * are granted once and stay so; a frame is copied to and from them.
 *
 * <p>A tx buffer is known by the id of its request, since a backend may answer in any order. An rx buffer is known by
 * the slot: response number {@code n} is about the page offered by request number {@code n}, as the protocol demands
 * (extras have no id). So nothing that the backend writes is ever used as an index without a check.
 */
final class NetfrontRings
{
    /** The tx ring: a page, 256 slots. */
    static final RingLayout TX_LAYOUT = new RingLayout(Netif.TX_SLOT_LENGTH, 4, Hypercalls.PAGE_SIZE);
    /** The rx ring: a page, 256 slots. */
    static final RingLayout RX_LAYOUT =
        new RingLayout(Netif.RX_SLOT_LENGTH, Netif.RX_SLOT_LENGTH, Hypercalls.PAGE_SIZE);
    /** Answer of {@link #poll}: close the device. */
    static final int PROTOCOL_VIOLATION = -1;
    /** Pages before the buffers. */
    static final int RING_FRAMES = 2;

    private static final int PAGE_SIZE = Hypercalls.PAGE_SIZE;
    private static final int EXTRA_LIMIT = Netif.XEN_NETIF_EXTRA_TYPE_MAX - 1;
    private static final int BAD_FRAME = 0;

    private final UnsafeBuffer area;
    private final int txCount;
    private final int rxCount;
    private final int[] txRefs;
    private final int[] rxRefs;
    private final FrontRing txRing;
    private final FrontRing rxRing;
    private final UnsafeBuffer txPage;
    private final UnsafeBuffer rxPage;
    private final NetfrontCounters counters;

    private final int[] freeTx;
    private int freeTxCount;
    private boolean isClosed;
    private final boolean[] isTxBusy;
    /** The frame that comes in: a private copy. */
    private final UnsafeBuffer frame = new UnsafeBuffer(new byte[Netif.XEN_NETIF_MAX_TX_SIZE]);
    /** The response under inspection: a private copy. */
    private final UnsafeBuffer slot = new UnsafeBuffer(new byte[Netif.RX_SLOT_LENGTH]);
    private final NetifTxRequestEncoder txRequest = new NetifTxRequestEncoder();
    private final NetifTxResponseDecoder txResponse = new NetifTxResponseDecoder();
    private final NetifRxRequestEncoder rxRequest = new NetifRxRequestEncoder();
    private final NetifRxResponseDecoder rxResponse = new NetifRxResponseDecoder();
    private final NetifExtraInfoDecoder extra = new NetifExtraInfoDecoder();

    /**
     * Make both rings, and offer all rx buffers.
     *
     * @param area     the pages: rings, then buffers; nobody else looks at them yet.
     * @param txCount  number of tx buffers, a power of two, at most 256.
     * @param rxCount  number of rx buffers, a power of two, at most 256.
     * @param refs     grants of the buffers in their order, tx first.
     * @param counters to count with.
     */
    NetfrontRings(
        final UnsafeBuffer area, final int txCount, final int rxCount, final int[] refs,
        final NetfrontCounters counters)
    {
        area.boundsCheck(0, (RING_FRAMES + txCount + rxCount) * PAGE_SIZE);
        this.area = area;
        this.txCount = txCount;
        this.rxCount = rxCount;
        this.counters = counters;
        txRefs = new int[txCount];
        rxRefs = new int[rxCount];
        System.arraycopy(refs, 0, txRefs, 0, txCount);
        System.arraycopy(refs, txCount, rxRefs, 0, rxCount);

        txPage = new UnsafeBuffer(area, 0, PAGE_SIZE);
        rxPage = new UnsafeBuffer(area, PAGE_SIZE, PAGE_SIZE);
        txRing = FrontRing.init(txPage, TX_LAYOUT);
        rxRing = FrontRing.init(rxPage, RX_LAYOUT);
        freeTx = new int[txCount];
        isTxBusy = new boolean[txCount];
        for (int i = txCount - 1; i >= 0; i--)
        {
            freeTx[freeTxCount++] = i;
        }
        for (int i = 0; i < rxCount; i++)
        {
            offerRxBuffer();
        }
        rxRing.pushRequests();
    }

    /**
     * Send a frame.
     *
     * @return how many pages it took, 0 when there were too few, or {@link #PROTOCOL_VIOLATION}.
     */
    int send(final DirectBuffer buffer, final int offset, final int length)
    {
        final int needed = (length + PAGE_SIZE - 1) / PAGE_SIZE;
        if (freeTxCount < needed && reclaimTx() == PROTOCOL_VIOLATION)
        {
            return PROTOCOL_VIOLATION;
        }
        if (freeTxCount < needed || txRing.freeRequests() < needed || needed > Netif.XEN_NETIF_NR_SLOTS_MIN)
        {
            return 0;
        }

        for (int sent = 0; sent < length; sent += PAGE_SIZE)
        {
            final int pieceLength = Math.min(length - sent, PAGE_SIZE);
            final int id = freeTx[--freeTxCount];
            isTxBusy[id] = true;
            area.putBytes((RING_FRAMES + id) * PAGE_SIZE, buffer, offset + sent, pieceLength);
            txRequest.wrap(txPage, txRing.claimRequest())
                .gref(txRefs[id])
                .pageOffset(0)
                .flags(sent + pieceLength < length ? Netif.NETTXF_MORE_DATA : 0)
                .reqId(id)
                .size(sent == 0 ? length : pieceLength);
        }
        counters.txFrames++;
        counters.txBytes += length;

        return needed;
    }

    /** Let the backend see what was sent. @return whether it wants a bell. */
    boolean push()
    {
        return txRing.pushRequestsAndCheckNotify();
    }

    /**
     * Hand over frames that have come in, and offer their pages anew.
     *
     * @param handler takes them.
     * @param limit   frames, 1 or more.
     * @return how many slots were emptied, 0 when the backend has brought nothing, or {@link #PROTOCOL_VIOLATION}.
     */
    int poll(final FrameHandler handler, final int limit)
    {
        final int first = rxRing.rspCons();
        for (int i = 0; i < limit && !isClosed; i++)
        {
            final int offset = rxRing.pollResponse();
            if (offset == RingLayout.NOTHING)
            {
                break;
            }

            final int length = offset < 0 ? PROTOCOL_VIOLATION : takeFrame(offset);
            if (length == PROTOCOL_VIOLATION)
            {
                return PROTOCOL_VIOLATION;
            }
            if (length == BAD_FRAME)
            {
                counters.rxErrors++;
                continue;
            }

            counters.rxFrames++;
            counters.rxBytes += length;
            handler.onFrame(frame, 0, length);
        }

        final int slotCount = rxRing.rspCons() - first;
        for (int i = 0; i < slotCount; i++)
        {
            offerRxBuffer();
        }

        return slotCount;
    }

    /** Let the backend see the pages that were offered. @return whether it wants a bell. */
    boolean pushOffers()
    {
        return rxRing.pushRequestsAndCheckNotify();
    }

    /** @return whether the backend has answered anything that was not looked at. */
    boolean hasResponses()
    {
        return rxRing.unconsumedResponses() != 0 || txRing.unconsumedResponses() != 0;
    }

    /** Nothing came in: ask for a bell. @return whether something has come after all. */
    boolean finalCheck()
    {
        return rxRing.finalCheckForResponses();
    }

    /** Look at the pages no more: they belong to somebody else soon. */
    void close()
    {
        isClosed = true;
    }

    /** @return tx buffers that wait for the backend. */
    int txInFlight()
    {
        return txCount - freeTxCount;
    }

    /**
     * Copy one frame out of the pages.
     *
     * @return its length, BAD_FRAME, or PROTOCOL_VIOLATION.
     */
    private int takeFrame(final int firstOffset)
    {
        int length = 0;
        int offset = firstOffset;
        int pieceCount = 0;
        boolean isBad = false;
        while (true)
        {
            final int buffer = rxRing.rspCons() - 1 & rxCount - 1;
            slot.putBytes(0, rxPage, offset, Netif.RX_SLOT_LENGTH);
            rxResponse.wrap(slot, 0, NetifRxResponseDecoder.BLOCK_LENGTH, 0);
            final int pieceOffset = rxResponse.pageOffset();
            final int pieceLength = rxResponse.status();
            final int flags = rxResponse.flags();

            isBad |= pieceLength <= 0 || pieceOffset + pieceLength > PAGE_SIZE ||
                length + pieceLength > frame.capacity();
            if (!isBad)
            {
                frame.putBytes(length, area, (RING_FRAMES + txCount + buffer) * PAGE_SIZE + pieceOffset, pieceLength);
                length += pieceLength;
            }
            if ((flags & Netif.NETRXF_EXTRA_INFO) != 0 && !skipExtras())
            {
                return PROTOCOL_VIOLATION;
            }
            if ((flags & Netif.NETRXF_MORE_DATA) == 0)
            {
                return isBad ? BAD_FRAME : length;
            }

            offset = rxRing.pollResponse();
            if (offset < 0 || ++pieceCount == Netif.XEN_NETIF_NR_SLOTS_MIN)
            {
                return PROTOCOL_VIOLATION;                 // a chain without an end
            }
        }
    }

    private boolean skipExtras()
    {
        for (int i = 0; i < EXTRA_LIMIT; i++)
        {
            final int offset = rxRing.pollResponse();
            if (offset < 0)
            {
                return false;
            }

            slot.putBytes(0, rxPage, offset, Netif.RX_SLOT_LENGTH);
            extra.wrap(slot, 0, NetifExtraInfoDecoder.BLOCK_LENGTH, 0);
            if ((extra.flags() & Netif.XEN_NETIF_EXTRA_FLAG_MORE) == 0)
            {
                return true;
            }
        }

        return false;
    }

    /** @return 0, or PROTOCOL_VIOLATION when the backend answers what was not asked. */
    private int reclaimTx()
    {
        while (true)
        {
            final int offset = txRing.pollResponse();
            if (offset < 0)
            {
                return offset == RingLayout.NOTHING ? 0 : PROTOCOL_VIOLATION;
            }

            slot.putInt(0, txPage.getInt(offset));
            txResponse.wrap(slot, 0, NetifTxResponseDecoder.BLOCK_LENGTH, 0);
            final int id = txResponse.reqId();
            if (id >= txCount || !isTxBusy[id])
            {
                return PROTOCOL_VIOLATION;
            }
            isTxBusy[id] = false;
            freeTx[freeTxCount++] = id;
            counters.txErrors += txResponse.status() < 0 ? 1 : 0;
        }
    }

    private void offerRxBuffer()
    {
        final int buffer = rxRing.reqProdPvt() & rxCount - 1;
        rxRequest.wrap(rxPage, rxRing.claimRequest()).reqId(buffer).pad(0).gref(rxRefs[buffer]);
    }
}
