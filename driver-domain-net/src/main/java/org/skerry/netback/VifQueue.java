package org.skerry.netback;

import org.agrona.concurrent.UnsafeBuffer;
import org.skerry.wire.Hypercalls;
import org.skerry.wire.Netif;
import org.skerry.wire.ring.BackRing;
import org.skerry.wire.ring.RingLayout;

/**
 * The two rings of a connected vif, and the frames that wait for its guest. A port of a switch, and what a TAP reads
 * for. Whoever gives it a frame wakes it; {@link NetbackAgent} serves it until it has nothing left to do.
 */
final class VifQueue implements Port
{
    /** The tx ring: a page, 256 slots. */
    static final RingLayout TX_LAYOUT = new RingLayout(Netif.TX_SLOT_LENGTH, 4, Hypercalls.PAGE_SIZE);
    /** The rx ring: a page, 256 slots. */
    static final RingLayout RX_LAYOUT =
        new RingLayout(Netif.RX_SLOT_LENGTH, Netif.RX_SLOT_LENGTH, Hypercalls.PAGE_SIZE);

    private final int frontend;
    private final UnsafeBuffer txPage;
    private final BackRing txRing;
    private final UnsafeBuffer rxPage;
    private final BackRing rxRing;
    private final RxQueue rxQueue;
    private final int maxFrameLength;
    private final boolean takesPieces;
    private final Bell bell;
    private final VifCounters counters;
    private Uplink uplink;
    private boolean isTxAwake = true;
    private boolean isRxAwake;
    private boolean wantsBell;

    /**
     * @param frontend    domid of the guest.
     * @param txPage      the mapped tx ring.
     * @param rxPage      the mapped rx ring.
     * @param rxQueue     where frames for the guest wait.
     * @param mtu         bytes that a frame may carry in either direction.
     * @param takesPieces whether the guest takes a frame in several pages (feature-sg).
     * @param bell        rings at the guest.
     * @param counters    of the vif; they outlive a connection.
     */
    VifQueue(
        final int frontend,
        final UnsafeBuffer txPage,
        final UnsafeBuffer rxPage,
        final RxQueue rxQueue,
        final int mtu,
        final boolean takesPieces,
        final Bell bell,
        final VifCounters counters)
    {
        this.frontend = frontend;
        this.txPage = txPage;
        this.txRing = BackRing.attach(txPage, TX_LAYOUT);
        this.rxPage = rxPage;
        this.rxRing = BackRing.attach(rxPage, RX_LAYOUT);
        this.rxQueue = rxQueue;
        this.maxFrameLength = mtu + EthernetFrame.MAX_OVERHEAD;
        this.takesPieces = takesPieces;
        this.bell = bell;
        this.counters = counters;
    }

    /** Say where the guest's frames go. Once, before the first is served. */
    void plugInto(final Uplink newUplink)
    {
        uplink = newUplink;
    }

    @Override
    public boolean deliver(final UnsafeBuffer buffer, final int offset, final int length)
    {
        final int to = isTooLong(length) ? RxQueue.FULL : rxQueue.claim(length);
        if (to == RxQueue.FULL)
        {
            counters.rxDropped++;
            return false;
        }

        rxQueue.buffer().putBytes(to, buffer, offset, length);
        push(to, length);
        return true;
    }

    /** A frame was written to room that had been claimed in {@link #rxQueue()}. */
    void push(final int offset, final int length)
    {
        rxQueue.push(offset, length);
        isRxAwake = true;
    }

    /** @return whether there are frames of the guest, or pages for ours that wait: the guest rang. */
    boolean onEvent()
    {
        isTxAwake = true;
        isRxAwake = !rxQueue.isEmpty();

        return txRing.unconsumedRequests() != 0 || isRxAwake && rxRing.unconsumedRequests() != 0;
    }

    /** @return whether the guest could not take a frame of this length, whatever it offers. */
    boolean isTooLong(final int length)
    {
        return length > maxFrameLength || length > Hypercalls.PAGE_SIZE && !takesPieces;
    }

    /** Remember that the guest asked for a bell. */
    void wantBell()
    {
        wantsBell = true;
    }

    /** Ring if the guest asked for it since the last time: once for both rings. */
    void flushBell()
    {
        if (wantsBell)
        {
            wantsBell = false;
            counters.bells++;
            bell.ring();
        }
    }

    boolean isTxAwake()
    {
        return isTxAwake;
    }

    void txAwake(final boolean isAwake)
    {
        isTxAwake = isAwake;
    }

    boolean isRxAwake()
    {
        return isRxAwake;
    }

    void rxAwake(final boolean isAwake)
    {
        isRxAwake = isAwake;
    }

    int frontend()
    {
        return frontend;
    }

    UnsafeBuffer txPage()
    {
        return txPage;
    }

    BackRing txRing()
    {
        return txRing;
    }

    UnsafeBuffer rxPage()
    {
        return rxPage;
    }

    BackRing rxRing()
    {
        return rxRing;
    }

    RxQueue rxQueue()
    {
        return rxQueue;
    }

    /** @return bytes of the longest frame, Ethernet header and a VLAN tag included. */
    int maxFrameLength()
    {
        return maxFrameLength;
    }

    Uplink uplink()
    {
        return uplink;
    }

    VifCounters counters()
    {
        return counters;
    }
}
