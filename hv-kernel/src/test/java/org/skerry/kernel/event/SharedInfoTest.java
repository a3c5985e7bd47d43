package org.skerry.kernel.event;

import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

import org.agrona.concurrent.UnsafeBuffer;
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
    private final SharedInfo info = new SharedInfo(page);

    @Test
    void shouldStandWhereXenHasItOnX86()
    {
        assertTrue(info.setPending(4095, 31));

        assertEquals(1L << 63, page.getLong(2048 + 63 * 8), "evtchn_pending[63]");
        assertEquals(1L << 63, page.getLong(31 * 64 + 8), "vcpu_info[31].evtchn_pending_sel");
        assertEquals(1, page.getByte(31 * 64), "vcpu_info[31].evtchn_upcall_pending");
        page.putLong(2560, 1L << 5);
        assertTrue(info.isSet(5, true), "evtchn_mask[0]");
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
                if (page.getAndSetLong(8, 0) != 0 && info.isSet(PORT, false) && !info.isSet(PORT, true))
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
