package org.skerry.guest.netfront;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.skerry.wire.Netif.NETRXF_EXTRA_INFO;
import static org.skerry.wire.Netif.NETRXF_MORE_DATA;
import static org.skerry.wire.Netif.NETTXF_MORE_DATA;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.skerry.wire.netif.NetifRxRequestDecoder;
import org.skerry.wire.netif.NetifRxResponseEncoder;
import org.skerry.wire.netif.NetifTxRequestDecoder;
import org.skerry.wire.netif.NetifTxResponseEncoder;
import org.skerry.wire.ring.BackRing;
import org.skerry.wire.ring.RingLayout;

/** The backend is the test: it writes slots by hand, right ones and wrong ones. */
class NetfrontRingsTest
{
    private static final int VIOLATION = NetfrontRings.PROTOCOL_VIOLATION;
    private static final int TX = 4;
    private static final int RX = 8;
    private static final int FIRST_REF = 100;

    private final UnsafeBuffer area = new UnsafeBuffer(BufferUtil.allocateDirectAligned((2 + TX + RX) * 4096, 4096));
    private final NetfrontCounters counters = new NetfrontCounters();
    private final List<byte[]> frames = new ArrayList<>();
    private NetfrontRings rings;
    private UnsafeBuffer txPage;
    private UnsafeBuffer rxPage;
    private BackRing tx;
    private BackRing rx;

    NetfrontRingsTest()
    {
        setUp();
    }

    private void setUp()
    {
        final int[] refs = new int[TX + RX];
        for (int i = 0; i < refs.length; i++)
        {
            refs[i] = FIRST_REF + i;
        }
        rings = new NetfrontRings(area, TX, RX, refs, counters);
        txPage = new UnsafeBuffer(area, 0, 4096);
        rxPage = new UnsafeBuffer(area, 4096, 4096);
        tx = BackRing.attach(txPage, NetfrontRings.TX_LAYOUT);
        rx = BackRing.attach(rxPage, NetfrontRings.RX_LAYOUT);
    }

    @Test
    void shouldOfferAllRxBuffersAtOnce()
    {
        assertEquals(RX, rx.unconsumedRequests());
        for (int i = 0; i < RX; i++)
        {
            final NetifRxRequestDecoder request = new NetifRxRequestDecoder().wrap(rxPage, rx.pollRequest(), 8, 0);
            assertEquals(i, request.reqId());
            assertEquals(FIRST_REF + TX + i, request.gref());
        }
    }

    @Test
    void shouldSendFramesFromItsBuffers()
    {
        assertEquals(1, send(60, 'a'));
        assertEquals(1, send(1514, 'b'));
        assertTrue(rings.push());
        for (final int length : new int[]{60, 1514})
        {
            final NetifTxRequestDecoder request = new NetifTxRequestDecoder().wrap(txPage, tx.pollRequest(), 12, 0);
            assertEquals(length, request.size());
            assertEquals(0, request.flags());
            assertEquals(FIRST_REF + request.reqId(), request.gref());
            final int page = (2 + request.reqId()) * 4096 + request.pageOffset();
            assertEquals(length == 60 ? 'a' : 'b', area.getByte(page + length - 1));
        }
        assertEquals(2, counters.txFrames);
        assertEquals(1574, counters.txBytes);
    }

    @Test
    void shouldCutALongFrameIntoPieces()
    {
        assertEquals(3, send(9014, 'y'));
        rings.push();
        final int[][] expected = {{9014, NETTXF_MORE_DATA}, {4096, NETTXF_MORE_DATA}, {822, 0}};
        for (final int[] piece : expected)
        {
            final NetifTxRequestDecoder request = new NetifTxRequestDecoder().wrap(txPage, tx.pollRequest(), 12, 0);
            assertArrayEquals(piece, new int[]{request.size(), request.flags()});
        }
        assertEquals(0, send(9014, 'z'), "one buffer is left");
        assertEquals(RingLayout.NOTHING, tx.pollRequest(), "nothing of it is in the ring");
    }

    @Test
    void shouldReuseBuffersInWhateverOrderTheBackendAnswers()
    {
        for (int lap = 0; lap < 300; lap++)
        {
            for (int i = 0; i < TX; i++)
            {
                assertEquals(1, send(60, lap));
            }
            rings.push();
            final int[] ids = new int[TX];
            for (int i = 0; i < TX; i++)
            {
                ids[i] = new NetifTxRequestDecoder().wrap(txPage, tx.pollRequest(), 12, 0).reqId();
            }
            for (int i = TX - 1; i >= 0; i--)
            {
                txResponse(ids[i], i == 0 ? -1 : 0);
            }
            tx.pushResponses();
        }
        assertEquals(299, counters.txErrors, "responses are read when a buffer is wanted");
        assertEquals(TX, rings.txInFlight());
    }

    @ParameterizedTest
    @CsvSource({"4", "65535", "2"})
    void shouldReportViolationForAnAnswerToWhatWasNotSent(final int id)
    {
        send(60, 'a');
        send(60, 'a');
        rings.push();
        final int first = new NetifTxRequestDecoder().wrap(txPage, tx.pollRequest(), 12, 0).reqId();
        tx.pollRequest();
        txResponse(id == 2 ? first : id, 0);
        txResponse(id == 2 ? first : id, 0);               // twice the same
        tx.pushResponses();
        send(60, 'a');
        send(60, 'a');
        assertEquals(VIOLATION, send(60, 'a'));
    }

    @Test
    void shouldReportViolationForATxIndexBeyondWhatWasAsked()
    {
        for (int i = 0; i < TX; i++)
        {
            send(60, 'a');
        }
        rings.push();
        txPage.putInt(RingLayout.RSP_PROD_OFFSET, TX + 1);
        assertEquals(VIOLATION, send(60, 'a'));
    }

    @Test
    void shouldHandOverWhatCameInAndOfferThePageAnew()
    {
        for (int lap = 0; lap < 600; lap++)
        {
            rxFrame(lap % 1400 + 60, lap);
            assertEquals(1, poll());
            assertEquals(lap % 1400 + 60, frames.getLast().length);
            assertEquals((byte)lap, frames.getLast()[59]);
            rings.pushOffers();
            assertEquals(RX, rx.unconsumedRequests());
        }
        assertEquals(0, poll());
        assertEquals(600, counters.rxFrames);
    }

    @Test
    void shouldJoinThePiecesOfAFrame()
    {
        rxResponse(0, 4096, NETRXF_MORE_DATA, 'a');
        rxResponse(0, 4096, NETRXF_MORE_DATA, 'b');
        rxResponse(100, 822, 0, 'c');
        rx.pushResponses();
        assertEquals(3, poll());
        assertEquals(9014, frames.get(0).length);
        assertEquals('b', frames.get(0)[8191]);
        assertEquals('c', frames.get(0)[8192]);
    }

    @Test
    void shouldStepOverExtras()
    {
        rxResponse(0, 60, NETRXF_EXTRA_INFO | NETRXF_MORE_DATA, 'a');
        rxExtra(1);
        rxExtra(0);
        rxResponse(0, 40, 0, 'b');
        rx.pushResponses();
        assertEquals(4, poll());
        assertEquals(100, frames.get(0).length);
        rings.pushOffers();
        assertEquals(RX, rx.unconsumedRequests());
    }

    @ParameterizedTest
    @CsvSource({"0,-1", "0,0", "0,4097", "4095,2", "65535,1", "0,32767", "0,-32768"})
    void shouldDropAFrameThatMakesNoSenseAndTakeTheNext(final int offset, final int status)
    {
        rxResponse(offset, status, 0, -1);
        rxFrame(60, 'a');
        assertEquals(2, poll());
        assertEquals(1, frames.size());
        assertEquals(60, frames.get(0).length);
        assertEquals(1, counters.rxErrors);
    }

    @Test
    void shouldReportViolationForAChainWithoutAnEnd()
    {
        rxResponse(0, 60, NETRXF_MORE_DATA, 'a');
        rx.pushResponses();
        assertEquals(VIOLATION, poll());

        setUp();
        rxResponse(0, 60, NETRXF_EXTRA_INFO, 'a');
        rx.pushResponses();
        assertEquals(VIOLATION, poll());

        setUp();
        rxResponse(0, 60, NETRXF_EXTRA_INFO, 'a');
        for (int i = 0; i < 6; i++)
        {
            rxExtra(1);
        }
        rx.pushResponses();
        assertEquals(VIOLATION, poll());
        assertEquals(List.of(), frames);
    }

    @Test
    void shouldReportViolationForAnRxIndexBeyondWhatWasOffered()
    {
        rxPage.putInt(RingLayout.RSP_PROD_OFFSET, RX + 1);
        assertEquals(VIOLATION, poll());
        assertTrue(rings.finalCheck(), "a violation is not slept upon");
    }

    @Test
    void shouldStopWhenAHandlerFindsTheBackendOut()
    {
        rxFrame(60, 'a');
        rxFrame(60, 'b');
        rings.poll((buffer, offset, length) ->
        {
            frames.add(new byte[length]);
            rings.close();
        }, 64);
        assertEquals(1, frames.size());
    }

    @Test
    void shouldAskForABellOnlyWhenNothingIsLeft()
    {
        rxFrame(60, 'a');
        assertTrue(rings.finalCheck());
        poll();
        assertFalse(rings.finalCheck());
        rxResponse(0, 60, 0, 'b');
        assertTrue(rx.pushResponsesAndCheckNotify());
    }

    @Test
    void shouldSurviveWhateverABackendWritesSim()
    {
        final long seed = System.nanoTime();
        final SplittableRandom random = new SplittableRandom(seed);
        for (int i = 0; i < 20_000; i++)
        {
            setUp();
            for (int slot = 0; slot < RX; slot++)
            {
                rxResponse(random.nextInt(3) == 0 ? random.nextInt(65536) : 0,
                    random.nextInt(3) == 0 ? (short)random.nextInt() : 100, random.nextInt(16), -1);
            }
            rx.pushResponses();
            final int result = poll();
            assertTrue(result == VIOLATION || result == RX, () -> "seed " + seed);
        }
    }

    private int send(final int length, final int fill)
    {
        final UnsafeBuffer frame = new UnsafeBuffer(new byte[length]);
        frame.setMemory(0, length, (byte)fill);
        return rings.send(frame, 0, length);
    }

    private int poll()
    {
        return rings.poll((buffer, offset, length) ->
        {
            final byte[] frame = new byte[length];
            buffer.getBytes(offset, frame);
            frames.add(frame);
        }, 64);
    }

    private void txResponse(final int id, final int status)
    {
        new NetifTxResponseEncoder().wrap(txPage, tx.claimResponse()).reqId(id).status((short)status);
    }

    private void rxFrame(final int length, final int fill)
    {
        rxResponse(0, length, 0, fill);
        rx.pushResponses();
    }

    /** @param fill what is written to the page, or -1 for nothing. */
    private void rxResponse(final int offset, final int status, final int flags, final int fill)
    {
        final NetifRxRequestDecoder request = new NetifRxRequestDecoder().wrap(rxPage, rx.pollRequest(), 8, 0);
        final int id = request.reqId();
        if (fill != -1)
        {
            area.setMemory((2 + (int)request.gref() - FIRST_REF) * 4096 + offset, status, (byte)fill);
        }
        new NetifRxResponseEncoder().wrap(rxPage, rx.claimResponse())
            .reqId(id).pageOffset(offset).flags(flags).status((short)status);
    }

    private void rxExtra(final int flags)
    {
        rx.pollRequest();
        final int offset = rx.claimResponse();
        rxPage.setMemory(offset, 8, (byte)0xFF);
        rxPage.putByte(offset + 1, (byte)flags);
    }
}
