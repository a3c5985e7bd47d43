package org.skerry.netback;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;
import org.skerry.wire.netif.NetifRxRequestEncoder;
import org.skerry.wire.netif.NetifRxResponseDecoder;
import org.skerry.wire.netif.NetifTxRequestEncoder;
import org.skerry.wire.netif.NetifTxResponseDecoder;
import org.skerry.wire.ring.FrontRing;

/** A vif whose guest is the test: it writes slots by hand, right ones and wrong ones. */
final class TestVif implements Uplink
{
    static final int GUEST = 5;

    final TestHost host = new TestHost();
    final UnsafeBuffer txPage = new UnsafeBuffer(BufferUtil.allocateDirectAligned(4096, 4096));
    final UnsafeBuffer rxPage = new UnsafeBuffer(BufferUtil.allocateDirectAligned(4096, 4096));
    final FrontRing tx;
    final FrontRing rx;
    final VifCounters counters = new VifCounters();
    final VifQueue vif;
    final TxServer txServer = new TxServer(host.allocate(TxServer.STAGE_FRAMES), host);
    final RxServer rxServer = new RxServer(host);
    final List<byte[]> uplinkFrames = new ArrayList<>();
    boolean uplinkTakes = true;
    int bells;

    TestVif(final int startIndex, final int mtu, final boolean takesPieces)
    {
        tx = FrontRing.init(txPage, VifQueue.TX_LAYOUT, startIndex);
        rx = FrontRing.init(rxPage, VifQueue.RX_LAYOUT, startIndex);
        vif = new VifQueue(GUEST, txPage, rxPage, new RxQueue(host.allocate(Netback.QUEUE_FRAMES)), mtu, takesPieces,
            () -> bells++, counters);
        vif.plugInto(this);
    }

    @Override
    public boolean send(final UnsafeBuffer buffer, final int offset, final int length)
    {
        final byte[] frame = new byte[length];
        buffer.getBytes(offset, frame);
        uplinkFrames.add(frame);
        return uplinkTakes;
    }

    @Override
    public void onRoom()
    {
    }

    /** Claim a tx slot and fill it; visible after the next push. */
    void txRequest(final int ref, final int offset, final int size, final int flags, final int id)
    {
        new NetifTxRequestEncoder().wrap(txPage, tx.claimRequest())
            .gref(ref & 0xFFFF_FFFFL).pageOffset(offset).flags(flags).reqId(id).size(size);
    }

    void txExtra(final int type, final int flags)
    {
        final int offset = tx.claimRequest();
        txPage.setMemory(offset, 12, (byte)0);
        txPage.putByte(offset, (byte)type);
        txPage.putByte(offset + 1, (byte)flags);
    }

    /** A page with a frame of that length at that offset, granted read-only. */
    int framePage(final int offset, final int length, final int fill)
    {
        final int ref = host.grantPage(GUEST, true);
        host.page(GUEST, ref).setMemory(offset, length, (byte)fill);
        return ref;
    }

    int serveTx()
    {
        tx.pushRequests();
        return txServer.serve(vif);
    }

    /** @return "id:status" of all responses there are. */
    List<String> txResponses()
    {
        final List<String> responses = new ArrayList<>();
        for (int offset = tx.pollResponse(); offset >= 0; offset = tx.pollResponse())
        {
            final NetifTxResponseDecoder response = new NetifTxResponseDecoder().wrap(txPage, offset, 4, 0);
            responses.add(response.reqId() + ":" + response.status());
        }

        return responses;
    }

    /** Offer a page. @return its reference. */
    int rxOffer(final int id)
    {
        final int ref = host.grantPage(GUEST, false);
        rxOffer(id, ref);
        return ref;
    }

    void rxOffer(final int id, final int ref)
    {
        new NetifRxRequestEncoder().wrap(rxPage, rx.claimRequest()).reqId(id).pad(0).gref(ref & 0xFFFF_FFFFL);
        rx.pushRequests();
    }

    /** @return "id:offset:flags:status" of all responses there are. */
    List<String> rxResponses()
    {
        final List<String> responses = new ArrayList<>();
        for (int offset = rx.pollResponse(); offset >= 0; offset = rx.pollResponse())
        {
            final NetifRxResponseDecoder response = new NetifRxResponseDecoder().wrap(rxPage, offset, 8, 0);
            responses.add(response.reqId() + ":" + response.pageOffset() + ":" + response.flags() + ":" +
                response.status());
        }

        return responses;
    }

    boolean deliver(final int length, final int fill)
    {
        final UnsafeBuffer frame = new UnsafeBuffer(new byte[length]);
        frame.setMemory(0, length, (byte)fill);
        return vif.deliver(frame, 0, length);
    }

    String uplinkFrame(final int index)
    {
        return HexFormat.of().formatHex(uplinkFrames.get(index));
    }
}
