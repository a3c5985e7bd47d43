package org.skerry.guest.blkfront;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.skerry.wire.Blkif.BLKIF_OP_FLUSH_DISKCACHE;
import static org.skerry.wire.Blkif.BLKIF_OP_READ;
import static org.skerry.wire.Blkif.BLKIF_OP_WRITE;
import static org.skerry.wire.Blkif.BLKIF_OP_WRITE_BARRIER;
import static org.skerry.wire.Blkif.BLKIF_RSP_EOPNOTSUPP;
import static org.skerry.wire.Blkif.BLKIF_RSP_ERROR;
import static org.skerry.wire.Blkif.BLKIF_RSP_OKAY;

import java.util.ArrayList;
import java.util.List;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.skerry.wire.Blkif;
import org.skerry.wire.blkif.BlkifRequestDecoder;
import org.skerry.wire.blkif.BlkifRequestSegmentDecoder;
import org.skerry.wire.blkif.BlkifResponseEncoder;
import org.skerry.wire.ring.BackRing;
import org.skerry.wire.ring.RingLayout;

/** The frontend's requests against a backend that is the test: by the book, and hostile. */
class BlkfrontRingTest
{
    private static final int FIRST_REF = 50;
    private static final int FRAMES = 33;

    private final UnsafeBuffer page = new UnsafeBuffer(BufferUtil.allocateDirectAligned(4096, 4096));
    private final UnsafeBuffer data = new UnsafeBuffer(BufferUtil.allocateDirectAligned(FRAMES * 4096, 4096));
    private final UnsafeBuffer request = new UnsafeBuffer(new byte[112]);
    private final BlkifRequestDecoder decoder = new BlkifRequestDecoder();
    private final BlkifRequestSegmentDecoder segment = new BlkifRequestSegmentDecoder();
    private final List<String> completions = new ArrayList<>();
    private final BlkfrontRing ring;
    private BackRing back;

    BlkfrontRingTest()
    {
        final int[] refs = new int[FRAMES];
        for (int i = 0; i < FRAMES; i++)
        {
            refs[i] = FIRST_REF + i;
        }
        page.setMemory(0, 4096, (byte)0xAA);
        ring = new BlkfrontRing(page, data, refs);
        back = BackRing.attach(page, Blkif.RING_LAYOUT);
    }

    @Test
    void shouldEncodeEverySegmentOfARequestAndNothingStale()
    {
        final UnsafeBuffer source = new UnsafeBuffer(new byte[17 * 512]);
        source.setMemory(0, 8 * 512, (byte)1);
        source.setMemory(8 * 512, 8 * 512, (byte)2);
        source.setMemory(16 * 512, 512, (byte)3);
        ring.submit(BLKIF_OP_WRITE, 0x1122334455L, 17, source, null, 0, this::onComplete, 9);
        assertTrue(ring.push());

        take();
        assertEquals(BLKIF_OP_WRITE, decoder.operation());
        assertEquals(3, decoder.nrSegments());
        assertEquals(0x1122334455L, decoder.sectorNumber());
        for (int i = 0; i < 3; i++)
        {
            segment.wrap(request, Blkif.segmentOffset(i));
            assertEquals(0, segment.firstSect());
            assertEquals(i < 2 ? 7 : 0, segment.lastSect());
            final int frame = (int)segment.gref() - FIRST_REF;
            assertEquals(i + 1, data.getByte(frame * 4096));
        }
        for (int i = Blkif.segmentOffset(3); i < 112; i++)
        {
            assertEquals(0, request.getByte(i));
        }
        respond(decoder.reqId(), BLKIF_OP_WRITE, BLKIF_RSP_OKAY);
        assertEquals(1, ring.drain(10));
        assertEquals(List.of("9: 0"), completions);
    }

    @Test
    void shouldBringWhatWasReadToItsPlaceAndNothingOfWhatFailed()
    {
        final UnsafeBuffer destination = new UnsafeBuffer(new byte[2 * 4608]);
        ring.submit(BLKIF_OP_READ, 0, 9, null, destination, 0, this::onComplete, 1);
        ring.submit(BLKIF_OP_READ, 9, 9, null, destination, 4608, this::onComplete, 2);
        ring.push();
        data.setMemory(0, data.capacity(), (byte)7);
        take();
        final long first = decoder.reqId();
        take();
        respond(decoder.reqId(), BLKIF_OP_READ, BLKIF_RSP_ERROR);
        respond(first, BLKIF_OP_READ, BLKIF_RSP_OKAY);
        assertEquals(2, ring.drain(10));
        assertEquals(List.of("2: -1", "1: 0"), completions);
        assertEquals(7, destination.getByte(4607));
        assertEquals(0, destination.getByte(4608));
        assertEquals(0, ring.inFlight());
    }

    @Test
    void shouldHaveRoomForWhatItsPagesAndSlotsHold()
    {
        for (int i = 0; i < 3; i++)
        {
            assertTrue(ring.hasRoom(88));
            ring.submit(BLKIF_OP_READ, 0, 88, null, new UnsafeBuffer(new byte[88 * 512]), 0, this::onComplete, i);
        }
        assertFalse(ring.hasRoom(1), "no page is free");
        assertTrue(ring.hasRoom(0), "a flush needs none");
        for (int i = 3; i < 32; i++)
        {
            ring.submit(BLKIF_OP_FLUSH_DISKCACHE, 0, 0, null, null, 0, this::onComplete, i);
        }
        assertFalse(ring.hasRoom(0), "no slot is free");
        ring.push();
        for (int i = 0; i < 32; i++)
        {
            take();
            respond(decoder.reqId(), decoder.operation(), BLKIF_RSP_OKAY);
        }
        assertEquals(20, ring.drain(20));
        assertTrue(ring.hasMore());
        assertEquals(12, ring.drain(20));
        assertFalse(ring.hasMore());
        assertTrue(ring.hasRoom(88));
        assertEquals(32, completions.size());
    }

    @Test
    void shouldSubmitTheNextRequestFromACompletion()
    {
        ring.submit(
            BLKIF_OP_FLUSH_DISKCACHE, 0, 0, null, null, 0,
            (token, status) ->
                ring.submit(BLKIF_OP_FLUSH_DISKCACHE, 0, 0, null, null, 0, this::onComplete, token + 1),
            5);
        ring.push();
        take();
        respond(decoder.reqId(), BLKIF_OP_FLUSH_DISKCACHE, BLKIF_RSP_OKAY);
        ring.drain(10);
        ring.push();
        take();
        respond(decoder.reqId(), BLKIF_OP_FLUSH_DISKCACHE, BLKIF_RSP_OKAY);
        ring.drain(10);
        assertEquals(List.of("6: 0"), completions);
    }

    @Test
    void shouldFallBackFromFlushToBarrierToNothing()
    {
        ring.flushes(true, true);
        assertEquals(BLKIF_OP_FLUSH_DISKCACHE, ring.flushOperation());
        ring.submit(BLKIF_OP_FLUSH_DISKCACHE, 0, 0, null, null, 0, this::onComplete, 1);
        ring.push();
        take();
        respond(decoder.reqId(), BLKIF_OP_FLUSH_DISKCACHE, BLKIF_RSP_EOPNOTSUPP);
        ring.drain(10);
        assertEquals(List.of(), completions);
        assertEquals(BLKIF_OP_WRITE_BARRIER, ring.flushOperation());

        take();
        assertEquals(BLKIF_OP_WRITE_BARRIER, decoder.operation());
        assertEquals(0, decoder.nrSegments());
        respond(decoder.reqId(), BLKIF_OP_WRITE_BARRIER, BLKIF_RSP_EOPNOTSUPP);
        ring.drain(10);
        assertEquals(List.of("1: 0"), completions);
        assertEquals(BlkfrontRing.NO_FLUSH, ring.flushOperation());

        ring.flushes(false, true);
        assertEquals(BLKIF_OP_WRITE_BARRIER, ring.flushOperation());
        ring.flushes(false, false);
        assertEquals(BlkfrontRing.NO_FLUSH, ring.flushOperation());
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 31, 32, -1, Long.MAX_VALUE, Long.MIN_VALUE, 1L << 32})
    void shouldReportViolationForAnAnswerToWhatWasNotAsked(final long id)
    {
        ring.submit(BLKIF_OP_FLUSH_DISKCACHE, 0, 0, null, null, 0, this::onComplete, 1);
        ring.push();
        take();
        assertEquals(0, decoder.reqId());
        respond(id, BLKIF_OP_FLUSH_DISKCACHE, BLKIF_RSP_OKAY);
        assertEquals(BlkfrontRing.PROTOCOL_VIOLATION, ring.drain(10));
        assertEquals(List.of(), completions);
    }

    @Test
    void shouldReportViolationForASecondAnswerAndForAnotherOperation()
    {
        ring.submit(BLKIF_OP_FLUSH_DISKCACHE, 0, 0, null, null, 0, this::onComplete, 1);
        ring.submit(BLKIF_OP_FLUSH_DISKCACHE, 0, 0, null, null, 0, this::onComplete, 2);
        ring.submit(BLKIF_OP_FLUSH_DISKCACHE, 0, 0, null, null, 0, this::onComplete, 3);
        ring.push();
        take();
        take();
        take();
        respond(0, BLKIF_OP_FLUSH_DISKCACHE, BLKIF_RSP_OKAY);
        respond(0, BLKIF_OP_FLUSH_DISKCACHE, BLKIF_RSP_OKAY);
        assertEquals(BlkfrontRing.PROTOCOL_VIOLATION, ring.drain(10));
        respond(1, BLKIF_OP_READ, BLKIF_RSP_OKAY);
        assertEquals(BlkfrontRing.PROTOCOL_VIOLATION, ring.drain(10));
        assertEquals(List.of("1: 0"), completions);
        ring.end();
        assertEquals(List.of("1: 0", "2: -1", "3: -1"), completions);
        assertEquals(0, ring.drain(10), "an ended ring is not looked at");
    }

    @Test
    void shouldReportViolationWhenRspProdIsBeyondWhatWasAsked()
    {
        page.putInt(RingLayout.RSP_PROD_OFFSET, 1);
        assertEquals(BlkfrontRing.PROTOCOL_VIOLATION, ring.drain(10));
    }

    @Test
    void shouldAskAgainWhatIsInFlightInANewRing()
    {
        final UnsafeBuffer source = new UnsafeBuffer(new byte[512]);
        for (int i = 0; i < 5; i++)
        {
            source.putByte(0, (byte)(10 + i));
            ring.submit(BLKIF_OP_WRITE, i, 1, source, null, 0, this::onComplete, i);
        }
        ring.push();
        take();
        respond(decoder.reqId(), BLKIF_OP_WRITE, BLKIF_RSP_OKAY);
        ring.drain(10);

        ring.restart();
        back = BackRing.attach(page, Blkif.RING_LAYOUT);
        assertEquals(4, back.unconsumedRequests());
        for (int i = 1; i < 5; i++)
        {
            take();
            segment.wrap(request, Blkif.segmentOffset(0));
            assertEquals(10 + decoder.sectorNumber(), data.getByte(((int)segment.gref() - FIRST_REF) * 4096));
            respond(decoder.reqId(), BLKIF_OP_WRITE, BLKIF_RSP_OKAY);
        }
        assertEquals(4, ring.drain(10));
        assertEquals(5, completions.size());
    }

    private void onComplete(final long token, final int status)
    {
        completions.add(token + ": " + status);
    }

    private void take()
    {
        assertTrue(back.copyRequest(request, 0) >= 64);
        decoder.wrap(request, 0, BlkifRequestDecoder.BLOCK_LENGTH, 0);
    }

    private void respond(final long id, final int operation, final int status)
    {
        new BlkifResponseEncoder().wrap(page, back.claimResponse()).reqId(id).operation((short)operation)
            .pad((short)0).status((short)status).pad2(0);
        back.pushResponses();
    }
}
