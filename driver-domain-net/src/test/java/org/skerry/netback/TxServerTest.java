package org.skerry.netback;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.skerry.wire.Netif.NETTXF_CSUM_BLANK;
import static org.skerry.wire.Netif.NETTXF_EXTRA_INFO;
import static org.skerry.wire.Netif.NETTXF_MORE_DATA;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.skerry.wire.ring.RingLayout;

class TxServerTest
{
    private static final int VIOLATION = TxServer.PROTOCOL_VIOLATION;
    private static final int GSO = 1;
    private static final int MORE_EXTRAS = 1;

    private TestVif vif = new TestVif(0, 65000, true);

    @ParameterizedTest
    @ValueSource(ints = {0, -3, Integer.MAX_VALUE - 3})
    void shouldPassFramesOnInOrderAndAnswerTheirIds(final int startIndex)
    {
        vif = new TestVif(startIndex, 1500, true);
        for (int i = 0; i < 10; i++)
        {
            vif.txRequest(vif.framePage(100 * i, 60 + i, i), 100 * i, 60 + i, 0, 1000 + i);
        }

        assertEquals(10, vif.serveTx());
        assertEquals(1, vif.host.executeCount, "one hypercall for all");
        for (int i = 0; i < 10; i++)
        {
            assertEquals(60 + i, vif.uplinkFrames.get(i).length);
            assertEquals(i, vif.uplinkFrames.get(i)[59 + i]);
            assertEquals(i, vif.uplinkFrames.get(i)[0]);
        }
        assertEquals(List.of("1000:0", "1001:0", "1002:0", "1003:0", "1004:0", "1005:0", "1006:0", "1007:0", "1008:0",
            "1009:0"), vif.txResponses());
        assertEquals(10, vif.counters.txFrames);
        assertEquals(645, vif.counters.txBytes);
        assertEquals(0, vif.serveTx());
        assertEquals(1, vif.host.executeCount);
    }

    @Test
    void shouldServeARingFullOfFramesInBatches()
    {
        final int ref = vif.framePage(0, 60, 1);
        for (int i = 0; i < 256; i++)
        {
            vif.txRequest(ref, 0, 60, 0, i);
        }
        assertEquals(TxServer.PACKET_LIMIT, vif.serveTx());
        assertEquals(64, vif.txServer.serve(vif.vif));
        assertEquals(64, vif.txServer.serve(vif.vif));
        assertEquals(64, vif.txServer.serve(vif.vif));
        assertEquals(0, vif.txServer.serve(vif.vif));
        assertEquals(256, vif.txResponses().size());
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3, 17, 18})
    void shouldJoinThePiecesOfAFrame(final int pieceCount)
    {
        final byte[] expected = new byte[3000 * pieceCount];
        for (int i = 0; i < pieceCount; i++)
        {
            final int ref = vif.framePage(1096, 3000, 'a' + i);
            Arrays.fill(expected, 3000 * i, 3000 * i + 3000, (byte)('a' + i));
            vif.txRequest(ref, 1096, i == 0 ? expected.length : 3000, i < pieceCount - 1 ? NETTXF_MORE_DATA : 0, i);
        }

        assertEquals(1, vif.serveTx());
        assertArrayEquals(expected, vif.uplinkFrames.get(0));
        assertEquals(pieceCount, vif.txResponses().size());
        assertEquals(0, vif.counters.txErrors);
    }

    @Test
    @Tag("SEC-098")
    void shouldJoinAFrameWhoseHeaderIsCut()
    {
        vif.txRequest(vif.framePage(0, 1, 'b'), 0, 60, NETTXF_MORE_DATA, 1);
        vif.txRequest(vif.framePage(4083, 13, 'd'), 4083, 13, NETTXF_MORE_DATA, 2);
        vif.txRequest(vif.framePage(7, 46, 'f'), 7, 46, 0, 3);
        assertEquals(1, vif.serveTx());

        final byte[] expected = new byte[60];
        Arrays.fill(expected, 0, 1, (byte)'b');
        Arrays.fill(expected, 1, 14, (byte)'d');
        Arrays.fill(expected, 14, 60, (byte)'f');
        assertArrayEquals(expected, vif.uplinkFrames.get(0));
        assertEquals(List.of("1:0", "2:0", "3:0"), vif.txResponses());
    }

    @Test
    @Tag("SEC-100")
    void shouldTakeALongestFrame()
    {
        for (int i = 0; i < 16; i++)
        {
            vif.txRequest(vif.framePage(0, 4096, i), 0, i == 0 ? 65018 : i == 15 ? 3578 : 4096,
                i < 15 ? NETTXF_MORE_DATA : 0, i);
        }
        assertEquals(1, vif.serveTx());
        assertEquals(65018, vif.uplinkFrames.get(0).length);
    }

    @Test
    @Tag("SEC-100")
    void shouldReportViolationForNineteenPieces()
    {
        for (int i = 0; i < 19; i++)
        {
            vif.txRequest(vif.framePage(0, 100, i), 0, i == 0 ? 1900 : 100, i < 18 ? NETTXF_MORE_DATA : 0, i);
        }
        assertEquals(VIOLATION, vif.serveTx());
        assertEquals(List.of(), vif.uplinkFrames);
    }

    @Test
    @Tag("SEC-092")
    void shouldReportViolationForAChainWithoutAnEnd()
    {
        vif.txRequest(vif.framePage(0, 100, 1), 0, 200, NETTXF_MORE_DATA, 1);
        assertEquals(VIOLATION, vif.serveTx());
    }

    @Test
    @Tag("SEC-101")
    void shouldReportViolationForAPieceBeyondItsPage()
    {
        vif.txRequest(vif.framePage(0, 100, 1), 4096 - 99, 100, 0, 1);
        assertEquals(VIOLATION, vif.serveTx());

        vif = new TestVif(0, 1500, true);
        vif.txRequest(vif.framePage(0, 100, 1), 0, 200, NETTXF_MORE_DATA, 1);
        vif.txRequest(vif.framePage(0, 100, 1), 65535, 100, 0, 2);
        assertEquals(VIOLATION, vif.serveTx());
    }

    @Test
    void shouldReportViolationForAnIndexBeyondTheRing()
    {
        vif.txPage.putInt(RingLayout.REQ_PROD_OFFSET, 257);
        assertEquals(VIOLATION, vif.txServer.serve(vif.vif));
        vif.txPage.putInt(RingLayout.REQ_PROD_OFFSET, -1);
        assertEquals(VIOLATION, vif.txServer.serve(vif.vif));
    }

    @Test
    @Tag("SEC-022")
    @Tag("SEC-093")
    void shouldAnswerAGrantThatCannotBeReadWithAnErrorAndServeTheNextFrame()
    {
        vif.txRequest(4711, 0, 60, 0, 1);
        vif.txRequest(-1, 0, 60, 0, 2);
        vif.txRequest(vif.framePage(0, 60, 7), 0, 60, 0, 3);
        assertEquals(3, vif.serveTx());
        assertEquals(List.of("1:-1", "2:-1", "3:0"), vif.txResponses());
        assertEquals(1, vif.uplinkFrames.size());
        assertEquals(2, vif.counters.txErrors);
    }

    @Test
    void shouldAnswerAllPiecesWithAnErrorWhenOneCannotBeRead()
    {
        vif.txRequest(vif.framePage(0, 100, 1), 0, 300, NETTXF_MORE_DATA, 1);
        vif.txRequest(4711, 0, 100, NETTXF_MORE_DATA, 2);
        vif.txRequest(vif.framePage(0, 100, 1), 0, 100, 0, 3);
        assertEquals(1, vif.serveTx());
        assertEquals(List.of("1:-1", "2:-1", "3:-1"), vif.txResponses());
        assertEquals(List.of(), vif.uplinkFrames);
    }

    @Test
    void shouldAnswerAFrameShorterThanItsHeaderWithAnError()
    {
        vif.txRequest(vif.framePage(0, 60, 1), 0, 13, 0, 1);
        vif.txRequest(vif.framePage(0, 60, 1), 0, 0, 0, 2);
        vif.txRequest(vif.framePage(0, 60, 1), 0, 14, 0, 3);
        assertEquals(3, vif.serveTx());
        assertEquals(List.of("1:-1", "2:-1", "3:0"), vif.txResponses());
    }

    @Test
    @Tag("SEC-101")
    void shouldAnswerPiecesThatAreLongerThanTheWholeWithAnError()
    {
        vif.txRequest(vif.framePage(0, 60, 1), 0, 100, NETTXF_MORE_DATA, 1);
        vif.txRequest(vif.framePage(0, 4096, 1), 0, 4096, 0, 2);
        vif.txRequest(vif.framePage(0, 60, 1), 0, 60, 0, 3);
        assertEquals(2, vif.serveTx());
        assertEquals(List.of("1:-1", "2:-1", "3:0"), vif.txResponses());
    }

    @Test
    void shouldDropAFrameThatIsLongerThanTheVifAllows()
    {
        vif = new TestVif(0, 1500, true);
        vif.txRequest(vif.framePage(0, 1518, 1), 0, 1518, 0, 1);
        vif.txRequest(vif.framePage(0, 1519, 1), 0, 1519, 0, 2);
        assertEquals(2, vif.serveTx());
        assertEquals(List.of("1:0", "2:0"), vif.txResponses());
        assertEquals(1, vif.counters.txFrames);
        assertEquals(1, vif.counters.txDropped);
    }

    @Test
    void shouldAnswerExtrasWithNull()
    {
        vif.txRequest(vif.framePage(0, 60, 1), 0, 120, NETTXF_EXTRA_INFO | NETTXF_MORE_DATA, 1);
        vif.txExtra(4, MORE_EXTRAS);
        vif.txExtra(2, 0);
        vif.txRequest(vif.framePage(0, 60, 1), 0, 60, 0, 2);
        assertEquals(1, vif.serveTx());
        assertEquals(List.of("1:0", "0:1", "0:1", "2:0"), vif.txResponses());
        assertEquals(120, vif.uplinkFrames.get(0).length);
    }

    @Test
    void shouldAnswerAFrameToBeSegmentedWithAnErrorSinceItWasNotOffered()
    {
        vif.txRequest(vif.framePage(0, 3000, 1), 0, 3000, NETTXF_EXTRA_INFO, 1);
        vif.txExtra(GSO, 0);
        assertEquals(1, vif.serveTx());
        assertEquals(List.of("1:-1", "0:1"), vif.txResponses());
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 5, 255})
    void shouldReportViolationForAnExtraThatDoesNotExist(final int type)
    {
        vif.txRequest(vif.framePage(0, 60, 1), 0, 60, NETTXF_EXTRA_INFO, 1);
        vif.txExtra(type, 0);
        assertEquals(VIOLATION, vif.serveTx());
    }

    @Test
    @Tag("SEC-092")
    void shouldReportViolationForExtrasWithoutAnEnd()
    {
        vif.txRequest(vif.framePage(0, 60, 1), 0, 60, NETTXF_EXTRA_INFO, 1);
        assertEquals(VIOLATION, vif.serveTx());

        vif = new TestVif(0, 1500, true);
        vif.txRequest(vif.framePage(0, 60, 1), 0, 60, NETTXF_EXTRA_INFO, 1);
        for (int i = 0; i < 100; i++)
        {
            vif.txExtra(4, MORE_EXTRAS);
        }
        assertEquals(VIOLATION, vif.serveTx());
    }

    @Test
    void shouldAnswerABlankChecksumThatCannotBeCompletedWithAnError()
    {
        vif.txRequest(vif.framePage(0, 60, 1), 0, 60, NETTXF_CSUM_BLANK, 1);
        assertEquals(1, vif.serveTx());
        assertEquals(List.of("1:-1"), vif.txResponses());
    }

    @Test
    void shouldRingOnceForABatchAndOnlyWhenTheGuestAskedForIt()
    {
        final int ref = vif.framePage(0, 60, 1);
        vif.txRequest(ref, 0, 60, 0, 1);
        vif.txRequest(ref, 0, 60, 0, 2);
        vif.serveTx();
        vif.vif.flushBell();
        assertEquals(1, vif.bells);
        vif.txRequest(ref, 0, 60, 0, 3);
        vif.serveTx();
        vif.vif.flushBell();
        assertEquals(1, vif.bells);
        vif.txResponses();
        assertFalse(vif.tx.finalCheckForResponses());
        vif.txRequest(ref, 0, 60, 0, 4);
        vif.serveTx();
        vif.vif.flushBell();
        vif.vif.flushBell();
        assertEquals(2, vif.bells);
        assertEquals(2, vif.counters.bells);
    }

    @Test
    void shouldSurviveWhateverAGuestWritesSim()
    {
        final long seed = System.nanoTime();
        final SplittableRandom random = new SplittableRandom(seed);
        int violations = 0;
        for (int i = 0; i < 200; i++)
        {
            vif = new TestVif(random.nextInt(), 1500, true);
            final int[] refs = {vif.framePage(0, 4096, 1), vif.framePage(0, 4096, 2), 99};
            for (int slot = 0; slot < 30; slot++)
            {
                vif.txRequest(refs[random.nextInt(3)], random.nextInt(4) == 0 ? random.nextInt(65536) : 0,
                    random.nextInt(4) == 0 ? random.nextInt(65536) : random.nextInt(200), random.nextInt(16), slot);
            }
            vif.tx.pushRequests();

            int count;
            int answered = 0;
            do
            {
                count = vif.txServer.serve(vif.vif);
                answered += vif.txResponses().size();
            }
            while (count > 0);
            violations += count == VIOLATION ? 1 : 0;
            assertTrue(count == VIOLATION || answered == 30, "seed " + seed);
        }
        assertTrue(violations > 0);
    }
}
