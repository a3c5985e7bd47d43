package org.skerry.netback;

import org.agrona.concurrent.UnsafeBuffer;
import org.skerry.guest.DomainMemory;
import org.skerry.wire.Hypercalls;
import org.skerry.wire.Netif;
import org.skerry.wire.netif.NetifExtraInfoDecoder;
import org.skerry.wire.netif.NetifTxRequestDecoder;
import org.skerry.wire.netif.NetifTxResponseEncoder;
import org.skerry.wire.ring.BackRing;
import org.skerry.wire.ring.RingLayout;

/**
 * Takes frames out of tx rings, one ring at a time: gather whole frames until a batch is full, copy all their pieces
 * into our own memory by one hypercall, then pass each frame on and answer its slots in order.
 *
 * <p>Two ways to be wrong. A frame that is wrong in itself (too short, a grant that cannot be read, a checksum that
 * cannot be completed) is answered with NETIF_RSP_ERROR, and the next one is served. A chain that makes no sense (a
 * piece beyond its page, an extra that does not exist, 19 pieces, an end that is missing) means that the two ends do
 * not speak the same protocol: {@link #PROTOCOL_VIOLATION}, nothing of the batch is passed on, and the device goes to
 * Closing.
 */
final class TxServer
{
    /** Answer of {@link #serve}: close the device. */
    static final int PROTOCOL_VIOLATION = -1;
    /** Frames in one batch. */
    static final int PACKET_LIMIT = 64;
    /** Pages that hold one batch: the longest frame takes 16 of them. */
    static final int STAGE_FRAMES = 96;
    /** Copies that one frame may need: every piece may lie across two of our pages. */
    static final int COPIES_PER_PACKET = 2 * Netif.XEN_NETIF_NR_SLOTS_MIN;

    private static final int PAGE_SIZE = Hypercalls.PAGE_SIZE;
    private static final int FRAMES_PER_PACKET = 16;
    /** One frame needs one extra of each type at most. */
    private static final int EXTRA_LIMIT = Netif.XEN_NETIF_EXTRA_TYPE_MAX - 1;
    /** As many as a ring of one page has: it cannot give more before we have answered. */
    private static final int SLOT_LIMIT = 256;
    private static final int EXTRA = -1;

    private final DomainMemory.Frames stage;
    private final GrantCopy copies;
    private final TxPacket[] packets = new TxPacket[PACKET_LIMIT];
    private int packetCount;
    private int stageUsed;
    /** Of each slot taken from the ring: the id of its request, or EXTRA. */
    private final int[] slots = new int[SLOT_LIMIT];
    private int slotCount;

    /** The request under inspection: a private copy. */
    private final UnsafeBuffer slot = new UnsafeBuffer(new byte[Netif.TX_SLOT_LENGTH]);
    private final NetifTxRequestDecoder request = new NetifTxRequestDecoder();
    private final NetifExtraInfoDecoder extra = new NetifExtraInfoDecoder();
    private final NetifTxResponseEncoder response = new NetifTxResponseEncoder();
    /** The pieces of the frame that is being gathered. */
    private final int[] pieceRefs = new int[Netif.XEN_NETIF_NR_SLOTS_MIN];
    private final int[] pieceOffsets = new int[Netif.XEN_NETIF_NR_SLOTS_MIN];
    private final int[] pieceLengths = new int[Netif.XEN_NETIF_NR_SLOTS_MIN];

    /**
     * @param stage  memory for the frames of one batch, {@link #STAGE_FRAMES} pages.
     * @param copies the batch; takes at least {@link #COPIES_PER_PACKET} operations.
     */
    TxServer(final DomainMemory.Frames stage, final GrantCopy copies)
    {
        if (stage.count() < FRAMES_PER_PACKET)
        {
            throw new IllegalArgumentException("too few frames for a packet: " + stage.count());
        }
        this.stage = stage;
        this.copies = copies;
        request.wrap(slot, 0, NetifTxRequestDecoder.BLOCK_LENGTH, 0);
        extra.wrap(slot, 0, NetifExtraInfoDecoder.BLOCK_LENGTH, 0);
        for (int i = 0; i < PACKET_LIMIT; i++)
        {
            packets[i] = new TxPacket();
        }
    }

    /**
     * Serve one batch of a vif's tx ring.
     *
     * @param vif connected.
     * @return frames taken from the ring, 0 when it is empty and the guest will ring, or {@link #PROTOCOL_VIOLATION}.
     */
    int serve(final VifQueue vif)
    {
        packetCount = 0;
        slotCount = 0;
        stageUsed = 0;
        copies.clear();

        final BackRing ring = vif.txRing();
        while (hasRoomForPacket())
        {
            final int result = gather(vif, ring);
            if (result == RingLayout.NOTHING)
            {
                break;
            }
            if (result == RingLayout.PROTOCOL_VIOLATION)
            {
                return PROTOCOL_VIOLATION;
            }
        }

        if (packetCount > 0)
        {
            copies.execute();
            for (int i = 0; i < packetCount; i++)
            {
                pass(vif, packets[i]);
                answer(vif, packets[i]);
            }
            if (ring.pushResponsesAndCheckNotify())
            {
                vif.wantBell();
            }
        }

        return packetCount;
    }

    private boolean hasRoomForPacket()
    {
        return packetCount < PACKET_LIMIT &&
            stageUsed + FRAMES_PER_PACKET <= stage.count() &&
            copies.room() >= COPIES_PER_PACKET;
    }

    /** Take one frame's chain of slots. @return 0, NOTHING when there is none, or PROTOCOL_VIOLATION. */
    private int gather(final VifQueue vif, final BackRing ring)
    {
        final int taken = ring.copyRequest(slot, 0);
        if (taken < 0)
        {
            return taken;
        }

        final TxPacket packet = packets[packetCount];
        packet.firstSlot = slotCount;
        packet.length = request.size();
        packet.isChecksumBlank = (request.flags() & Netif.NETTXF_CSUM_BLANK) != 0;
        packet.isBad = packet.length < EthernetFrame.HEADER_LENGTH;
        slots[slotCount++] = request.reqId();

        int flags = request.flags();
        int pieceCount = 1;
        int lengthOfFirst = packet.length;
        keepPiece(0);

        if ((flags & Netif.NETTXF_EXTRA_INFO) != 0 && !takeExtras(ring, packet))
        {
            return RingLayout.PROTOCOL_VIOLATION;
        }
        while ((flags & Netif.NETTXF_MORE_DATA) != 0)
        {
            if (pieceCount == Netif.XEN_NETIF_NR_SLOTS_MIN || ring.copyRequest(slot, 0) < 0)
            {
                return RingLayout.PROTOCOL_VIOLATION;      // too long a chain, or one without an end
            }

            slots[slotCount++] = request.reqId();
            keepPiece(pieceCount);
            if (pieceOffsets[pieceCount] + pieceLengths[pieceCount] > PAGE_SIZE)
            {
                return RingLayout.PROTOCOL_VIOLATION;
            }
            lengthOfFirst -= pieceLengths[pieceCount];
            pieceCount++;
            flags = request.flags();
        }

        packet.isBad |= lengthOfFirst < 0;                 // the pieces are longer than the whole
        pieceLengths[0] = Math.max(lengthOfFirst, 0);
        if (pieceOffsets[0] + pieceLengths[0] > PAGE_SIZE)
        {
            return RingLayout.PROTOCOL_VIOLATION;
        }

        packet.slotCount = slotCount - packet.firstSlot;
        addCopies(vif, packet, pieceCount);
        packetCount++;
        return 0;
    }

    private void keepPiece(final int index)
    {
        pieceRefs[index] = (int)request.gref();
        pieceOffsets[index] = request.pageOffset();
        pieceLengths[index] = request.size();
    }

    /**
     * Extras stand between the first and the second piece. We asked for none; a large send to be cut cannot be served.
     */
    private boolean takeExtras(final BackRing ring, final TxPacket packet)
    {
        for (int i = 0; i < EXTRA_LIMIT; i++)
        {
            if (ring.copyRequest(slot, 0) < 0)
            {
                return false;
            }

            slots[slotCount++] = EXTRA;
            final int type = extra.extraType();
            if (type == Netif.XEN_NETIF_EXTRA_TYPE_NONE || type >= Netif.XEN_NETIF_EXTRA_TYPE_MAX)
            {
                return false;
            }
            packet.isBad |= type == Netif.XEN_NETIF_EXTRA_TYPE_GSO;
            if ((extra.flags() & Netif.XEN_NETIF_EXTRA_FLAG_MORE) == 0)
            {
                return true;
            }
        }

        return false;
    }

    private void addCopies(final VifQueue vif, final TxPacket packet, final int pieceCount)
    {
        packet.offset = stageUsed * PAGE_SIZE;
        packet.firstCopy = -1;
        packet.copyCount = 0;
        if (packet.isBad)
        {
            return;
        }

        int to = packet.offset;
        for (int i = 0; i < pieceCount; i++)
        {
            int from = pieceOffsets[i];
            int left = pieceLengths[i];
            while (left > 0)
            {
                final int length = Math.min(left, PAGE_SIZE - to % PAGE_SIZE);
                final int index = copies.addCopyFrom(
                    vif.frontend(), pieceRefs[i], from, stage.firstFrame() + to / PAGE_SIZE, to % PAGE_SIZE, length);
                packet.firstCopy = packet.copyCount++ == 0 ? index : packet.firstCopy;
                to += length;
                from += length;
                left -= length;
            }
        }
        assert to - packet.offset == packet.length;
        stageUsed += (packet.length + PAGE_SIZE - 1) / PAGE_SIZE;
    }

    private void pass(final VifQueue vif, final TxPacket packet)
    {
        for (int i = 0; i < packet.copyCount; i++)
        {
            packet.isBad |= copies.status(packet.firstCopy + i) != GrantCopy.OKAY;
        }
        packet.isBad = packet.isBad || packet.isChecksumBlank &&
            !ChecksumCompletion.complete(stage.buffer(), packet.offset, packet.length);

        if (packet.isBad)
        {
            vif.counters().txErrors++;
        }
        else if (packet.length <= vif.maxFrameLength() &&
            vif.uplink().send(stage.buffer(), packet.offset, packet.length))
        {
            vif.counters().txFrames++;
            vif.counters().txBytes += packet.length;
        }
        else
        {
            vif.counters().txDropped++;
        }
    }

    private void answer(final VifQueue vif, final TxPacket packet)
    {
        for (int i = 0; i < packet.slotCount; i++)
        {
            final int id = slots[packet.firstSlot + i];
            final boolean isExtra = id == EXTRA;
            final int status = isExtra ? Netif.NETIF_RSP_NULL :
                packet.isBad ? Netif.NETIF_RSP_ERROR : Netif.NETIF_RSP_OKAY;
            response.wrap(vif.txPage(), vif.txRing().claimResponse()).reqId(isExtra ? 0 : id).status((short)status);
        }
    }
}
