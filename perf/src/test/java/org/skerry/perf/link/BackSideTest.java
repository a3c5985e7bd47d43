package org.skerry.perf.link;

import java.nio.ByteBuffer;

import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.ringbuffer.OneToOneRingBuffer;
import org.agrona.concurrent.ringbuffer.RingBufferDescriptor;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.skerry.wire.Blkif;

import static org.junit.jupiter.api.Assertions.assertEquals;

class BackSideTest
{
    private static final int RING_LENGTH = 64 * 1024 + RingBufferDescriptor.TRAILER_LENGTH;
    private static final int RECORD_HEADER_LENGTH = 8;
    private static final RunSpec ONE_WAY = new RunSpec(RunMode.ONE_WAY, 0, 1, 0);
    private static final RunSpec ANSWERED = new RunSpec(RunMode.REQUEST_RESPONSE, 1, 1, 0);

    private final OneToOneRingBuffer requests = ringBuffer();
    private final OneToOneRingBuffer responses = ringBuffer();
    private final AgronaFront front = new AgronaFront(requests, responses);
    private final BackSide back = new BackSide(new AgronaBack(requests, responses));

    @BeforeEach
    void begin()
    {
        front.begin(ONE_WAY);
    }

    @Test
    void shouldCountEveryMessageUpToTheFlush()
    {
        offer(0, 1, 2);

        final SideResult result = back.run(ONE_WAY);

        assertEquals(4, result.messageCount());
        assertEquals(0, result.errorCount());
    }

    @Test
    void shouldAnswerEveryMessage()
    {
        offer(0, 1, 2);

        back.run(ANSWERED);

        final BlkifTraffic traffic = new BlkifTraffic();
        final int[] next = {0};
        front.poll((buffer, offset) ->
        {
            traffic.decodeResponse(buffer, offset);
            assertEquals(next[0]++, traffic.id());
        }, 10);
        assertEquals(4, next[0]);
    }

    @Test
    void shouldReportALostMessage()
    {
        offer(0, 1, 3);

        assertEquals(2, back.run(ONE_WAY).errorCount());
    }

    @Test
    void shouldReportADoubledMessage()
    {
        offer(0, 1, 1, 2);

        assertEquals(3, back.run(ONE_WAY).errorCount());
    }

    @Test
    void shouldReportASpoiledMessage()
    {
        offer(0, 1, 2);
        final int lastSectOfFirst = RECORD_HEADER_LENGTH + Blkif.segmentOffset(0) + 5;
        requests.buffer().putByte(lastSectOfFirst, (byte)6);

        assertEquals(1, back.run(ONE_WAY).errorCount());
    }

    private void offer(final long... ids)
    {
        for (final long id : ids)
        {
            front.offer(id, Blkif.BLKIF_OP_WRITE);
        }
        front.offer(ids[ids.length - 1] + 1, Blkif.BLKIF_OP_FLUSH_DISKCACHE);
    }

    private static OneToOneRingBuffer ringBuffer()
    {
        return new OneToOneRingBuffer(new UnsafeBuffer(ByteBuffer.allocateDirect(RING_LENGTH)));
    }
}
