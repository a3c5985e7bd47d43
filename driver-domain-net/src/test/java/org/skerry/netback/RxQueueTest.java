package org.skerry.netback;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayDeque;
import java.util.Queue;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class RxQueueTest
{
    private final TestHost host = new TestHost();
    private final RxQueue queue = new RxQueue(host.allocate(4));

    @Test
    void shouldKeepFramesInOrderUntilTheyAreRead()
    {
        put(60, 'a');
        put(2048, 'b');
        put(2049, 'c');
        assertEquals(3, queue.frameCount());
        assertFrame(60, 'a');
        assertFrame(2048, 'b');
        assertFrame(2049, 'c');
        assertEquals(RxQueue.EMPTY, queue.peek());
    }

    @Test
    void shouldKeepRoomOfReadFramesUntilItIsReleased()
    {
        for (int i = 0; i < 8; i++)
        {
            put(100, i);
        }
        assertEquals(RxQueue.FULL, queue.claim(100));
        assertFrame(100, 0);
        assertEquals(RxQueue.FULL, queue.claim(100));
        queue.releaseRead();
        put(100, 8);
        assertEquals(RxQueue.FULL, queue.claim(100));
    }

    @Test
    void shouldNotLayAFrameAcrossTheEndOfTheRing()
    {
        for (int i = 0; i < 7; i++)
        {
            put(100, i);
        }
        for (int i = 0; i < 3; i++)
        {
            assertFrame(100, i);
        }
        queue.releaseRead();
        assertEquals(0, queue.claim(6000));
        put(6000, 'x');
        for (int i = 3; i < 7; i++)
        {
            assertFrame(100, i);
        }
        assertFrame(6000, 'x');
        assertEquals(RxQueue.EMPTY, queue.peek());
    }

    @Test
    void shouldTakeALongFrameWheneverItIsEmpty()
    {
        for (int lap = 0; lap < 20; lap++)
        {
            put(100, lap);
            assertFrame(100, lap);
            queue.releaseRead();
            put(16384, lap);
            assertEquals(RxQueue.FULL, queue.claim(1));
            assertFrame(16384, lap);
            queue.releaseRead();
        }
        assertEquals(RxQueue.FULL, queue.claim(16385));
    }

    @Test
    void shouldTakeBackWhatWasClaimedTooMuch()
    {
        final int offset = queue.claim(9000);
        queue.push(offset, 60);
        put(100, 'b');
        assertEquals(60, queue.peek());
        queue.pop();
        assertFrame(100, 'b');
    }

    @Test
    void shouldNumberFramesAsTheMemoryDoes()
    {
        assertEquals(7, queue.frameOf(0));
        assertEquals(7, queue.frameOf(4095));
        assertEquals(10, queue.frameOf(16383));
        assertThrows(IllegalArgumentException.class, () -> new RxQueue(host.allocate(3)));
    }

    @Test
    void shouldBehaveAsAQueueSim()
    {
        final long seed = System.nanoTime();
        final SplittableRandom random = new SplittableRandom(seed);
        final Queue<int[]> model = new ArrayDeque<>();
        for (int i = 0; i < 200_000; i++)
        {
            if (random.nextBoolean())
            {
                final int length = 1 + random.nextInt(5000);
                final int offset = queue.claim(length);
                if (offset != RxQueue.FULL)
                {
                    assertTrue(offset % RxQueue.CELL_LENGTH == 0 && offset + length <= 16384, "seed " + seed);
                    queue.buffer().setMemory(offset, length, (byte)i);
                    queue.push(offset, length);
                    model.add(new int[]{length, i});
                }
            }
            else if (!model.isEmpty())
            {
                final int[] expected = model.poll();
                assertEquals(expected[0], queue.peek(), () -> "seed " + seed);
                assertEquals((byte)expected[1], queue.buffer().getByte(queue.peekOffset() + expected[0] - 1));
                assertEquals((byte)expected[1], queue.buffer().getByte(queue.peekOffset()));
                queue.pop();
                if (random.nextInt(3) == 0)
                {
                    queue.releaseRead();
                }
            }
            else
            {
                assertEquals(RxQueue.EMPTY, queue.peek());
                queue.releaseRead();
            }
            assertEquals(model.size(), queue.frameCount());
        }
    }

    private void put(final int length, final int fill)
    {
        final int offset = queue.claim(length);
        assertTrue(offset != RxQueue.FULL);
        queue.buffer().setMemory(offset, length, (byte)fill);
        queue.push(offset, length);
    }

    private void assertFrame(final int length, final int fill)
    {
        assertEquals(length, queue.peek());
        assertEquals((byte)fill, queue.buffer().getByte(queue.peekOffset()));
        assertEquals((byte)fill, queue.buffer().getByte(queue.peekOffset() + length - 1));
        queue.pop();
    }
}
