package org.skerry.netback;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.nio.ByteOrder;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.skerry.guest.DomainMemory;
import org.skerry.wire.netif.NetifRxRequestEncoder;
import org.skerry.wire.netif.NetifTxRequestEncoder;
import org.skerry.wire.ring.FrontRing;
import org.skerry.wire.ring.RingLayout;

/**
 * A frame from guest to guest costs no garbage: rings, batch, switch and queue allocate when they are made, or never.
 */
class NetbackAllocationTest
{
    private static final int BATCH = 32;

    private final ThreadMXBean threads = (ThreadMXBean)ManagementFactory.getThreadMXBean();
    private final NetifTxRequestEncoder txRequest = new NetifTxRequestEncoder();
    private final NetifRxRequestEncoder rxRequest = new NetifRxRequestEncoder();
    private final UnsafeBuffer memory = new UnsafeBuffer(BufferUtil.allocateDirectAligned(256 * 4096, 4096));
    private final DomainMemory.Frames stage = frames(0, TxServer.STAGE_FRAMES);
    private final NetbackAgent agent =
        new NetbackAgent(new TxServer(stage, new NoCopy()), new RxServer(new NoCopy()));
    private final LearningSwitch learningSwitch = new LearningSwitch("lan", System::nanoTime);
    private final UnsafeBuffer txPage = page();
    private final UnsafeBuffer rxPage = page();
    private final FrontRing tx = FrontRing.init(txPage, VifQueue.TX_LAYOUT);
    private final FrontRing rx = FrontRing.init(rxPage, VifQueue.RX_LAYOUT);
    private final VifCounters counters = new VifCounters();

    @Test
    void shouldAllocateNothingForAFrame()
    {
        final VifQueue sender = vif(3, txPage, emptyRing(VifQueue.RX_LAYOUT), 128, new VifCounters());
        final VifQueue receiver = vif(4, emptyRing(VifQueue.TX_LAYOUT), rxPage, 160, counters);
        putFrames();

        carry(sender, receiver, 20_000);
        final long before = threads.getCurrentThreadAllocatedBytes();
        carry(sender, receiver, 20_000);
        final long allocated = threads.getCurrentThreadAllocatedBytes() - before;
        assertTrue(allocated < 64 * 1024, () -> "bytes for 640000 frames: " + allocated);
        assertEquals(40_000L * BATCH, counters.rxFrames);
    }

    private void carry(final VifQueue sender, final VifQueue receiver, final int turns)
    {
        for (int turn = 0; turn < turns; turn++)
        {
            for (int i = 0; i < BATCH; i++)
            {
                txRequest.wrap(txPage, tx.claimRequest()).gref(8).pageOffset(0).flags(0).reqId(i).size(60);
                rxRequest.wrap(rxPage, rx.claimRequest()).reqId(i).pad(0).gref(9);
            }
            tx.pushRequests();
            rx.pushRequests();
            sender.onEvent();
            receiver.onEvent();
            while (agent.doWork() > 0)
            {
                Thread.onSpinWait();
            }
            drain(tx);
            drain(rx);
        }
    }

    private static void drain(final FrontRing ring)
    {
        for (int offset = ring.pollResponse(); offset >= 0; offset = ring.pollResponse())
        {
            assertTrue(offset >= 64);
        }
    }

    /** The copies do nothing: the frames stand in the stage already. */
    private void putFrames()
    {
        for (int i = 0; i < stage.count(); i++)
        {
            stage.buffer().putLong(i * 4096, 0x00163E000004L << 16, ByteOrder.BIG_ENDIAN);
            stage.buffer().putInt(i * 4096 + 8, 0x3E000003, ByteOrder.BIG_ENDIAN);
        }
    }

    private VifQueue vif(
        final int domid, final UnsafeBuffer tx, final UnsafeBuffer rx, final int firstFrame,
        final VifCounters vifCounters)
    {
        final VifQueue vif = new VifQueue(
            domid, tx, rx, new RxQueue(frames(firstFrame, 32)), 1500, true, () -> {}, vifCounters);
        vif.plugInto(new SwitchUplink(learningSwitch, learningSwitch.addPort(vif)));
        agent.add(vif, what ->
        {
            throw new AssertionError(what);
        });
        return vif;
    }

    private DomainMemory.Frames frames(final int first, final int count)
    {
        final long address = memory.addressOffset() + first * 4096L;
        return new DomainMemory.Frames(first, count, address, new UnsafeBuffer(address, count * 4096));
    }

    private static UnsafeBuffer page()
    {
        return new UnsafeBuffer(BufferUtil.allocateDirectAligned(4096, 4096));
    }

    private static UnsafeBuffer emptyRing(final RingLayout layout)
    {
        final UnsafeBuffer page = page();
        FrontRing.init(page, layout);
        return page;
    }

    private static final class NoCopy implements GrantCopy
    {
        private int size;

        @Override
        public void clear()
        {
            size = 0;
        }

        @Override
        public int room()
        {
            return 256 - size;
        }

        @Override
        public int addCopyFrom(
            final int granter, final int ref, final int refOffset, final int ownFrame, final int ownOffset,
            final int length)
        {
            return size++;
        }

        @Override
        public int addCopyTo(
            final int ownFrame, final int ownOffset, final int granter, final int ref, final int refOffset,
            final int length)
        {
            return size++;
        }

        @Override
        public void execute()
        {
        }

        @Override
        public int status(final int index)
        {
            return OKAY;
        }
    }
}
