package org.skerry.wire.ring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Two threads over one ring. Each sleeps only on its bell after the final check, so one lost wake-up ends the test by
 * its time limit.
 */
@Timeout(60)
class RingPingPongTest
{
    private static final RingLayout LAYOUT = new RingLayout(112, 16, 4096);
    private static final int REQUEST_COUNT = 200_000;

    private final UnsafeBuffer page = new UnsafeBuffer(BufferUtil.allocateDirectAligned(4096, 4096));
    private final Semaphore frontBell = new Semaphore(0);
    private final Semaphore backBell = new Semaphore(0);
    private int bellCount;

    @ParameterizedTest
    @ValueSource(ints = {0, -3, Integer.MAX_VALUE - 3})
    void shouldLoseNeitherMessagesNorWakeUps(final int start) throws InterruptedException
    {
        final FrontRing front = FrontRing.init(page, LAYOUT, start);
        final BackRing back = BackRing.attach(page, LAYOUT);
        final Thread backThread = Thread.ofPlatform().daemon().start(() -> serve(back));
        final Random random = new Random(start);

        long nextId = 0;
        long nextAnswer = 0;
        while (nextAnswer < REQUEST_COUNT)
        {
            int burst = 1 + random.nextInt(LAYOUT.slotCount());
            while (burst-- > 0 && nextId < REQUEST_COUNT && front.hasFreeRequest())
            {
                final int offset = front.claimRequest();
                page.putLong(offset + 8, nextId);
                page.putLong(offset + 104, ~nextId);
                nextId++;
            }
            if (front.pushRequestsAndCheckNotify())
            {
                bellCount++;
                backBell.release();
            }
            nextAnswer = drain(front, nextAnswer);
            if (nextAnswer < nextId && !front.finalCheckForResponses())
            {
                assertTrue(frontBell.tryAcquire(30, TimeUnit.SECONDS), "lost wake-up of the front");
            }
        }
        backThread.join(TimeUnit.SECONDS.toMillis(30));
        assertEquals(REQUEST_COUNT, nextAnswer);
        assertTrue(bellCount <= REQUEST_COUNT);
    }

    private long drain(final FrontRing front, final long expectedId)
    {
        long id = expectedId;
        int offset;
        while ((offset = front.pollResponse()) >= 0)
        {
            assertEquals(id, page.getLong(offset));
            assertEquals(-id, page.getLong(offset + 8));
            id++;
        }
        assertEquals(RingLayout.NOTHING, offset);
        return id;
    }

    private void serve(final BackRing back)
    {
        final UnsafeBuffer request = new UnsafeBuffer(new byte[112]);
        final Random random = new Random(~back.reqCons());
        int served = 0;
        while (served < REQUEST_COUNT)
        {
            int batch = 1 + random.nextInt(LAYOUT.slotCount());
            int offset = 0;
            while (batch-- > 0 && (offset = back.copyRequest(request, 0)) >= 0)
            {
                final long id = request.getLong(8);
                final int response = back.claimResponse();
                page.putLong(response, id == ~request.getLong(104) ? id : -1);
                page.putLong(response + 8, -id);
                served++;
            }
            if (back.pushResponsesAndCheckNotify())
            {
                frontBell.release();
            }
            if (offset == RingLayout.NOTHING && served < REQUEST_COUNT && !back.finalCheckForRequests())
            {
                backBell.acquireUninterruptibly();
            }
        }
    }
}
