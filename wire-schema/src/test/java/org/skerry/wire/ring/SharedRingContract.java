package org.skerry.wire.ring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What every pair of ring halves promises, whatever the layout and the index its life begins at. The nested classes of
 * {@link SharedRingTest} run it.
 */
abstract class SharedRingContract
{
    static final int NOTHING = RingLayout.NOTHING;
    static final int PROTOCOL_VIOLATION = RingLayout.PROTOCOL_VIOLATION;

    private final RingLayout layout;
    private final int start;
    private final int size;
    private UnsafeBuffer page;
    private FrontRing front;
    private BackRing back;

    SharedRingContract(final RingLayout layout, final int start)
    {
        this.layout = layout;
        this.start = start;
        this.size = layout.slotCount();
    }

    @BeforeEach
    void setUp()
    {
        page = new UnsafeBuffer(BufferUtil.allocateDirectAligned(layout.areaLength(), 4096));
        page.setMemory(0, page.capacity(), (byte)0xAA);
        front = FrontRing.init(page, layout, start);
        back = BackRing.attach(page, layout);
    }

    @Test
    void shouldBeginEmptyWithABellWantedAtTheFirstMessage()
    {
        assertEquals(start, page.getInt(0));
        assertEquals(start + 1, page.getInt(4));
        assertEquals(start, page.getInt(8));
        assertEquals(start + 1, page.getInt(12));
        for (int offset = 16; offset < 64; offset++)
        {
            assertEquals(0, page.getByte(offset));
        }
        assertEquals(NOTHING, back.pollRequest());
        assertEquals(NOTHING, front.pollResponse());
        assertEquals(size, front.freeRequests());
        assertEquals(0, back.inFlight());
    }

    @Test
    void shouldCarryEveryByteOfEveryRequestAndResponseOverManyLaps()
    {
        final UnsafeBuffer copy = new UnsafeBuffer(new byte[layout.requestLength()]);
        for (int i = 0; i < 5 * size; i++)
        {
            page.setMemory(front.claimRequest(), layout.requestLength(), (byte)i);
            front.pushRequestsAndCheckNotify();

            assertTrue(back.copyRequest(copy, 0) >= 64);
            for (int b = 0; b < copy.capacity(); b++)
            {
                assertEquals((byte)i, copy.getByte(b));
            }
            page.setMemory(back.claimResponse(), layout.responseLength(), (byte)~i);
            back.pushResponsesAndCheckNotify();

            final int offset = front.pollResponse();
            for (int b = 0; b < layout.responseLength(); b++)
            {
                assertEquals((byte)~i, page.getByte(offset + b));
            }
        }
        assertEquals(start + 5 * size, page.getInt(0));
        assertEquals(start + 5 * size, page.getInt(8));
    }

    @Test
    void shouldGiveEachSlotOnceUntilTheRingIsFull()
    {
        final boolean[] seen = new boolean[layout.areaLength()];
        for (int i = 0; i < size; i++)
        {
            assertTrue(front.hasFreeRequest());
            final int offset = front.claimRequest();
            assertEquals(layout.slotOffset(start + i), offset);
            assertTrue(offset >= 64 && offset + layout.slotLength() <= layout.areaLength());
            assertFalse(seen[offset]);
            Arrays.fill(seen, offset, offset + layout.slotLength(), true);
        }
        assertFalse(front.hasFreeRequest());
        assertEquals(0, front.freeRequests());
        assertEquals(NOTHING, front.claimRequest());
        assertEquals(0, back.unconsumedRequests());

        front.pushRequests();
        assertEquals(size, back.unconsumedRequests());
    }

    @Test
    void shouldFreeARequestOnlyWhenItsResponseIsRead()
    {
        pushRequests(size);
        answer(size);
        assertFalse(front.hasFreeRequest());
        assertTrue(front.pollResponse() >= 64);
        assertTrue(front.hasFreeRequest());
        assertEquals(size - 1, front.inFlight());
    }

    @Test
    void shouldRingOnlyWhereTheBackAskedForIt()
    {
        front.claimRequest();
        assertTrue(front.pushRequestsAndCheckNotify());
        front.claimRequest();
        assertFalse(front.pushRequestsAndCheckNotify(), "the back is awake: it has not asked again");

        assertTrue(back.pollRequest() >= 64);
        assertTrue(back.finalCheckForRequests(), "there is one more");
        assertTrue(back.pollRequest() >= 64);
        assertEquals(NOTHING, back.pollRequest());
        assertFalse(back.finalCheckForRequests());

        assertFalse(front.pushRequestsAndCheckNotify(), "nothing was pushed");
        front.claimRequest();
        assertTrue(front.pushRequestsAndCheckNotify());
    }

    @Test
    void shouldRingTheBackThatNeedsSeveralRequestsWhenTheFrontAddsToTooFew()
    {
        pushRequests(2);
        assertTrue(back.finalCheckForRequests(2), "they are there");
        assertFalse(back.finalCheckForRequests(3));
        front.claimRequest();
        assertTrue(front.pushRequestsAndCheckNotify());
        assertTrue(back.finalCheckForRequests(3));

        page.putInt(RingLayout.REQ_PROD_OFFSET, start - 1);
        assertTrue(back.finalCheckForRequests(3), "a violation must not be slept upon");
    }

    @Test
    void shouldRingOnlyWhereTheFrontAskedForIt()
    {
        pushRequests(4);
        assertTrue(answer(1));
        assertFalse(answer(1));

        assertTrue(front.pollResponse() >= 64);
        assertTrue(front.finalCheckForResponses());
        assertTrue(front.pollResponse() >= 64);
        assertFalse(front.finalCheckForResponses());
        assertTrue(answer(1));
    }

    @Test
    void shouldOweTheBellForPushesThatWereNotChecked()
    {
        front.claimRequest();
        front.pushRequests();
        assertEquals(1, back.unconsumedRequests());
        front.claimRequest();
        assertTrue(front.pushRequestsAndCheckNotify(), "the bell wanted at the first request is still owed");

        back.pollRequest();
        back.pollRequest();
        back.claimResponse();
        back.pushResponses();
        assertEquals(1, front.unconsumedResponses());
        back.claimResponse();
        assertTrue(back.pushResponsesAndCheckNotify());
    }

    @Test
    void shouldRingOnceForABatchThatPassesTheWantedIndex()
    {
        page.putInt(RingLayout.REQ_EVENT_OFFSET, start + 3);
        front.claimRequest();
        assertFalse(front.pushRequestsAndCheckNotify());
        front.claimRequest();
        front.claimRequest();
        assertTrue(front.pushRequestsAndCheckNotify());
    }

    @Test
    void shouldReportViolationWhenReqProdIsBeyondTheRing()
    {
        for (final int lie : new int[]{size + 1, size + 1000, Integer.MAX_VALUE, Integer.MIN_VALUE, -1, -size})
        {
            page.putInt(RingLayout.REQ_PROD_OFFSET, start + lie);
            assertEquals(PROTOCOL_VIOLATION, back.unconsumedRequests());
            assertEquals(PROTOCOL_VIOLATION, back.pollRequest());
            assertEquals(PROTOCOL_VIOLATION, back.copyRequest(new UnsafeBuffer(new byte[128]), 0));
            assertTrue(back.finalCheckForRequests(), "a violation must not be slept upon");
        }
        assertEquals(start, back.reqCons());
    }

    @Test
    void shouldReportViolationWhenReqProdTakesRequestsBack()
    {
        pushRequests(2);
        back.pollRequest();
        back.pollRequest();
        page.putInt(RingLayout.REQ_PROD_OFFSET, start + 1);
        assertEquals(PROTOCOL_VIOLATION, back.pollRequest());
    }

    @Test
    void shouldReportViolationWhenReqProdReusesSlotsThatAwaitTheirResponse()
    {
        pushRequests(size);
        for (int i = 0; i < size; i++)
        {
            assertTrue(back.pollRequest() >= 64);
        }
        page.putInt(RingLayout.REQ_PROD_OFFSET, start + size + 1);
        assertEquals(PROTOCOL_VIOLATION, back.pollRequest());
        answer0();
        assertTrue(back.pollRequest() >= 64, "one response makes room for one request");
    }

    @Test
    void shouldReportViolationWhenRspProdIsBeyondWhatWasAsked()
    {
        front.claimRequest();
        for (final int lie : new int[]{1, 2, size, size + 1, Integer.MAX_VALUE, Integer.MIN_VALUE, -1})
        {
            page.putInt(RingLayout.RSP_PROD_OFFSET, start + lie);
            assertEquals(PROTOCOL_VIOLATION, front.unconsumedResponses());
            assertEquals(PROTOCOL_VIOLATION, front.pollResponse());
            assertTrue(front.finalCheckForResponses(), "a violation must not be slept upon");
        }
        assertEquals(start, front.rspCons());
    }

    @Test
    void shouldNotBelieveItsOwnIndicesInThePage()
    {
        pushRequests(1);
        page.putInt(RingLayout.REQ_PROD_OFFSET, start + 77);
        front.claimRequest();
        front.pushRequestsAndCheckNotify();
        assertEquals(start + 2, page.getInt(RingLayout.REQ_PROD_OFFSET));

        back.pollRequest();
        page.putInt(RingLayout.RSP_PROD_OFFSET, start + 77);
        answer0();
        assertEquals(start + 1, page.getInt(RingLayout.RSP_PROD_OFFSET));
        assertTrue(front.pollResponse() >= 64);
    }

    @Test
    void shouldRefuseAResponseWithoutARequest()
    {
        assertThrows(IllegalStateException.class, back::claimResponse);
        pushRequests(1);
        assertThrows(IllegalStateException.class, back::claimResponse);
        back.pollRequest();
        back.claimResponse();
        assertThrows(IllegalStateException.class, back::claimResponse);
    }

    @Test
    void shouldServeUnansweredRequestsAgainAfterARestartOfTheBack()
    {
        final int count = 4;
        pushRequests(count);
        back.pollRequest();
        answer0();
        for (int i = 1; i < count; i++)
        {
            back.pollRequest();
        }

        final BackRing restarted = BackRing.attach(page, layout);
        assertEquals(start + 1, restarted.reqCons());
        assertEquals(count - 1, restarted.unconsumedRequests());
        for (int i = 1; i < count; i++)
        {
            assertEquals(layout.slotOffset(start + i), restarted.pollRequest());
            restarted.claimResponse();
        }
        restarted.pushResponsesAndCheckNotify();
        assertEquals(count, front.unconsumedResponses());
    }

    @Test
    void shouldNeverGiveMoreWorkThanThereAreSlotsWhenTheRingIsTakenAway()
    {
        pushRequests(1);
        back.pollRequest();
        page.setMemory(0, page.capacity(), (byte)0);

        int count = 0;
        while (back.pollRequest() >= 0)
        {
            count++;
        }
        assertTrue(count < size, "count=" + count);
    }

    private void pushRequests(final int count)
    {
        for (int i = 0; i < count; i++)
        {
            front.claimRequest();
        }
        front.pushRequests();
    }

    private boolean answer(final int count)
    {
        for (int i = 0; i < count; i++)
        {
            assertTrue(back.pollRequest() >= 64);
            back.claimResponse();
        }
        return back.pushResponsesAndCheckNotify();
    }

    private void answer0()
    {
        back.claimResponse();
        back.pushResponses();
    }
}
