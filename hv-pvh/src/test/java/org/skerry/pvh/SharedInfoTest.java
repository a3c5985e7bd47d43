package org.skerry.pvh;

import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

class SharedInfoTest
{
    private static final int PORT = 3;
    private static final int EVENTS = 200_000;

    private final UnsafeBuffer page = new UnsafeBuffer(ByteBuffer.allocateDirect(4096));
    private final SharedInfo info = new SharedInfo(32);

    @BeforeEach
    void place()
    {
        info.place(page);
    }

    @Test
    void shouldStandWhereXenHasItOnX86()
    {
        assertTrue(info.setPending(4095, 31));

        assertEquals(1L << 63, page.getLong(2048 + 63 * 8), "evtchn_pending[63]");
        assertEquals(1L << 63, page.getLong(31 * 64 + 8), "vcpu_info[31].evtchn_pending_sel");
        assertEquals(1, page.getByte(31 * 64), "vcpu_info[31].evtchn_upcall_pending");
        page.putLong(2560, 1L << 5);
        assertTrue(info.isMasked(5), "evtchn_mask[0]");
        assertFalse(info.setPending(5, 0));
    }

    @Test
    void shouldTellOnceUntilTheVcpuHasLooked()
    {
        assertTrue(info.setPending(1, 0));
        assertFalse(info.setPending(1, 0), "pending already");
        assertFalse(info.setPending(2, 0), "in the same word");
        assertFalse(info.setPending(70, 0), "in another word, but an upcall is pending");
        assertEquals(3, page.getLong(8));

        page.putByte(0, (byte)0);
        assertEquals(3, page.getAndSetLong(8, 0));
        assertEquals(6, page.getAndSetLong(2048, 0));
        page.putLong(2048 + 8, 0);
        assertTrue(info.setPending(1, 0));
    }

    @Test
    void shouldKeepAMaskedEventAndTellItWhenItIsUnmasked()
    {
        page.putLong(2560, 1L << 9);

        assertFalse(info.setPending(9, 0));
        assertEquals(0, page.getLong(8));
        assertEquals(1L << 9, page.getLong(2048));
        assertTrue(info.unmask(9, 0));
        assertFalse(info.unmask(9, 0), "it is not masked any more");
        assertEquals(1, page.getLong(8));
        assertEquals(0, page.getLong(2560));
    }

    @Test
    void shouldNotTellWhenNothingIsPendingBehindAMask()
    {
        page.putLong(2560, 2);

        assertFalse(info.unmask(1, 0));
        assertEquals(0, page.getByte(0));
    }

    @Test
    void shouldForgetAnEventOfAClosedPort()
    {
        info.setPending(7, 0);

        info.clearPending(7);

        assertEquals(0, page.getLong(2048));
    }

    @Test
    void shouldTakeAlongWhatHappenedBeforeTheGuestSaidWhereItWantsToSeeIt()
    {
        info.setPending(4, 1);
        final UnsafeBuffer later = new UnsafeBuffer(ByteBuffer.allocateDirect(4096));

        info.place(later);
        info.setPending(5, 0);

        assertEquals(3L << 4, later.getLong(2048));
        assertEquals(1, later.getByte(64));
        assertEquals(1, later.getByte(0));
        assertEquals(1L << 4, page.getLong(2048), "the old page is left alone");
    }

    @Test
    void shouldTellAVcpuInItsOwnRecordOnceItHasOne()
    {
        info.setPending(4, 1);
        final UnsafeBuffer record = new UnsafeBuffer(ByteBuffer.allocateDirect(64));

        assertTrue(info.placeVcpuInfo(1, record.addressOffset()));
        assertEquals(-1, record.getLong(8), "everything is to be looked at");
        assertEquals(1, record.getByte(0));
        assertFalse(info.placeVcpuInfo(1, record.addressOffset()), "once");

        record.setMemory(0, 16, (byte)0);
        page.setMemory(0, 4096, (byte)0);
        assertTrue(info.setPending(70, 1));
        assertEquals(2, record.getLong(8));
        assertEquals(0, page.getLong(64 + 8));
        info.place(page);
        assertTrue(info.isUpcallPending(1), "where the page goes does not matter any more");
    }

    @Test
    void shouldShowTheTimeToEveryVcpu()
    {
        info.putTime(new GuestClock(5, 2_000_000));
        info.putWallClock(1_700_000_000_000_000_042L);

        assertEquals(2, page.getInt(31 * 64 + 32));
        assertEquals(5, page.getLong(31 * 64 + 40));
        assertEquals(1_700_000_000, page.getInt(0xC04));
        assertEquals(42, page.getInt(0xC08));
        assertEquals(0, page.getInt(0xC00) & 1, "a record that is complete");
    }

    @ParameterizedTest
    @ValueSource(longs = {0, -1, 0x5555_5555_5555_5555L})
    @Tag("SEC-021")
    void shouldComeBackWhateverTheOwnerDoesToTheWords(final long pattern) throws InterruptedException
    {
        final AtomicBoolean isOver = new AtomicBoolean();
        final Thread owner = Thread.ofPlatform().daemon().start(() ->
        {
            while (!isOver.get())
            {
                for (int offset = 0; offset < 4096; offset += 8)
                {
                    page.putLongVolatile(offset, pattern);
                    page.putLongVolatile(offset, ~pattern);
                }
            }
        });
        for (int i = 0; i < 100_000; i++)
        {
            final int port = i & 4095;
            info.setPending(port, i & 31);
            info.unmask(port, i & 31);
            info.clearPending(port);
        }
        isOver.set(true);
        owner.join();
    }

    /** The guest's half as Linux has it: clear the upcall, take the selector, then the words; it waits for bells. */
    @Test
    @Tag("SEC-052")
    void shouldLoseNoEventWhileTheOwnerMasksAndUnmasks() throws InterruptedException
    {
        final AtomicInteger sent = new AtomicInteger();
        final AtomicBoolean isUnmaskAsked = new AtomicBoolean();
        final AtomicBoolean bell = new AtomicBoolean();
        final AtomicBoolean isOver = new AtomicBoolean();
        final Thread kernel = Thread.ofPlatform().daemon().start(() ->
        {
            while (!isOver.get())
            {
                final boolean isTold = isUnmaskAsked.getAndSet(false) && info.unmask(PORT, 0);
                if (sent.get() < EVENTS && sent.incrementAndGet() > 0 && info.setPending(PORT, 0) || isTold)
                {
                    bell.set(true);
                }
            }
        });

        final long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        int seen = 0;
        while (seen < EVENTS)
        {
            assertTrue(System.nanoTime() < deadline, "an event was lost: seen=" + seen);
            if (bell.getAndSet(false))
            {
                page.putByteVolatile(0, (byte)0);
                if (page.getAndSetLong(8, 0) != 0 && info.isPending(PORT) && !info.isMasked(PORT))
                {
                    page.getAndAddLong(2560, 1 << PORT);
                    page.getAndAddLong(2048, -(1 << PORT));
                    seen = sent.get();
                    isUnmaskAsked.set(true);
                }
            }
        }
        isOver.set(true);
        kernel.join();
        assertEquals(EVENTS, seen);
    }
}
