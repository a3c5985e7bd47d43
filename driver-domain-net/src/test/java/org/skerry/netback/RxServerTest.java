package org.skerry.netback;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.skerry.wire.ring.RingLayout;

class RxServerTest
{
    private TestVif vif = new TestVif(0, 9000, true);

    @ParameterizedTest
    @ValueSource(ints = {0, -3, Integer.MAX_VALUE - 3})
    void shouldBringFramesIntoThePagesOfTheGuest(final int startIndex)
    {
        vif = new TestVif(startIndex, 1500, true);
        final int[] refs = new int[5];
        for (int i = 0; i < 5; i++)
        {
            refs[i] = vif.rxOffer(100 + i);
            assertTrue(vif.deliver(60 + i, 'a' + i));
        }

        assertEquals(5, vif.rxServer.serve(vif.vif));
        assertEquals(1, vif.host.executeCount, "one hypercall for all");
        assertEquals(List.of("100:0:0:60", "101:0:0:61", "102:0:0:62", "103:0:0:63", "104:0:0:64"), vif.rxResponses());
        for (int i = 0; i < 5; i++)
        {
            assertEquals('a' + i, vif.host.page(TestVif.GUEST, refs[i]).getByte(0));
            assertEquals('a' + i, vif.host.page(TestVif.GUEST, refs[i]).getByte(59 + i));
            assertEquals(0, vif.host.page(TestVif.GUEST, refs[i]).getByte(60 + i));
        }
        assertEquals(0, vif.rxServer.serve(vif.vif));
        assertEquals(5, vif.counters.rxFrames);
        assertEquals(310, vif.counters.rxBytes);
    }

    @Test
    void shouldSpreadALongFrameOverSeveralPages()
    {
        vif.deliver(60, 'x');
        vif.deliver(9000, 'y');
        final int[] refs = {vif.rxOffer(0), vif.rxOffer(1), vif.rxOffer(2), vif.rxOffer(3)};
        assertEquals(4, vif.rxServer.serve(vif.vif));
        assertEquals(List.of("0:0:0:60", "1:0:4:4096", "2:0:4:4096", "3:0:0:808"), vif.rxResponses());
        assertEquals('y', vif.host.page(TestVif.GUEST, refs[2]).getByte(4095));
        assertEquals('y', vif.host.page(TestVif.GUEST, refs[3]).getByte(807));
        assertEquals(0, vif.host.page(TestVif.GUEST, refs[3]).getByte(808));
        assertEquals(1, vif.counters.rxFrames - 1);
    }

    @Test
    void shouldWaitUntilALongFrameHasAllItsPagesAndAskForABell()
    {
        vif.deliver(9000, 'y');
        vif.rxOffer(0);
        vif.rxOffer(1);
        assertEquals(0, vif.rxServer.serve(vif.vif));
        assertFalse(vif.rxServer.finalCheck(vif.vif));
        vif.rxOffer(2);
        assertTrue(vif.rx.pushRequestsAndCheckNotify(), "the third page is what we wait for");
        assertEquals(3, vif.rxServer.serve(vif.vif));
        assertFalse(vif.rxServer.finalCheck(vif.vif), "nothing waits any more");
    }

    @Test
    void shouldDropALongFrameForAGuestThatTakesNoPieces()
    {
        vif = new TestVif(0, 9000, false);
        assertTrue(vif.deliver(4096, 'x'));
        assertFalse(vif.deliver(4097, 'x'));
        assertEquals(1, vif.counters.rxDropped);
    }

    @Test
    @Tag("SEC-097")
    void shouldBoundWhatWaitsForAGuestThatOffersNoPages()
    {
        int taken = 0;
        for (int i = 0; i < 1_000; i++)
        {
            taken += vif.deliver(60, i) ? 1 : 0;
        }
        assertEquals(64, taken);
        assertEquals(936, vif.counters.rxDropped);
        assertEquals(0, vif.rxServer.serve(vif.vif));
        assertFalse(vif.rxServer.finalCheck(vif.vif));
        vif.rxOffer(0);
        assertTrue(vif.rx.pushRequestsAndCheckNotify());
    }

    @Test
    @Tag("SEC-093")
    void shouldLoseAFrameWhosePageCannotBeWrittenTo()
    {
        vif.deliver(60, 'a');
        vif.deliver(60, 'b');
        vif.deliver(60, 'c');
        vif.rxOffer(0, 4711);
        vif.rxOffer(1, vif.host.grantPage(TestVif.GUEST, true));
        final int good = vif.rxOffer(2);
        assertEquals(3, vif.rxServer.serve(vif.vif));
        assertEquals(List.of("0:0:0:-1", "1:0:0:-1", "2:0:0:60"), vif.rxResponses());
        assertEquals('c', vif.host.page(TestVif.GUEST, good).getByte(0));
        assertEquals(2, vif.counters.rxErrors);
    }

    @Test
    void shouldLoseALongFrameWhenOneOfItsPagesCannotBeWrittenTo()
    {
        vif.deliver(9000, 'y');
        vif.rxOffer(0);
        vif.rxOffer(1, 4711);
        vif.rxOffer(2);
        assertEquals(3, vif.rxServer.serve(vif.vif));
        assertEquals(List.of("0:0:4:-1", "1:0:4:-1", "2:0:0:-1"), vif.rxResponses());
        assertEquals(1, vif.counters.rxErrors);
    }

    @Test
    void shouldReportViolationForAnIndexBeyondTheRing()
    {
        vif.deliver(60, 'a');
        vif.rxPage.putInt(RingLayout.REQ_PROD_OFFSET, 300);
        assertEquals(RxServer.PROTOCOL_VIOLATION, vif.rxServer.serve(vif.vif));
        assertTrue(vif.rxServer.finalCheck(vif.vif), "a violation is not slept upon");
    }

    @Test
    void shouldServeMoreThanOneBatch()
    {
        vif = new TestVif(0, 1500, true);
        int brought = 0;
        for (int round = 0; round < 20; round++)
        {
            for (int i = 0; i < 60; i++)
            {
                vif.rxOffer(i);
                assertTrue(vif.deliver(1514, i));
            }
            for (int count = vif.rxServer.serve(vif.vif); count > 0; count = vif.rxServer.serve(vif.vif))
            {
                brought += count;
            }
            assertEquals(60, vif.rxResponses().size());
        }
        assertEquals(1200, brought);
    }
}
