package org.skerry.netback;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

class LearningSwitchTest
{
    private static final long A = 0x00163E00000AL;
    private static final long B = 0x00163E00000BL;
    private static final long C = 0x00163E00000CL;
    private static final long BROADCAST = 0xFFFF_FFFF_FFFFL;
    private static final long SECOND_NS = 1_000_000_000L;

    private long nowNs = -5;
    private final LearningSwitch learningSwitch = new LearningSwitch("lan", () -> nowNs);
    private final UnsafeBuffer frame = new UnsafeBuffer(new byte[64]);
    private final TestPort left = new TestPort();
    private final TestPort right = new TestPort();
    private final TestPort third = new TestPort();
    private final int leftNumber = learningSwitch.addPort(left);
    private final int rightNumber = learningSwitch.addPort(right);
    private final int thirdNumber = learningSwitch.addPort(third);

    @Test
    void shouldFloodWhatItDoesNotKnowToAllPortsButTheOneItCameFrom()
    {
        assertTrue(send(leftNumber, A, B));
        assertCounts(0, 1, 1);
        assertTrue(send(leftNumber, A, BROADCAST));
        assertCounts(0, 2, 2);
        assertTrue(send(rightNumber, B, 0x01005E000001L));
        assertCounts(1, 2, 3);
    }

    @Test
    void shouldForwardToThePortBehindWhichAStationWasHeard()
    {
        send(leftNumber, A, BROADCAST);
        assertTrue(send(rightNumber, B, A));
        assertCounts(1, 1, 1);
        assertTrue(send(leftNumber, A, B));
        assertCounts(1, 2, 1);
        assertEquals(2, learningSwitch.forwardedCount());
        assertEquals(1, learningSwitch.floodedCount());
    }

    @Test
    void shouldNotForwardBackToThePortOfTheSender()
    {
        send(leftNumber, A, BROADCAST);
        send(leftNumber, B, BROADCAST);
        assertFalse(send(leftNumber, A, B));
        assertCounts(0, 2, 2);
    }

    @Test
    void shouldFollowAStationThatMoves()
    {
        send(leftNumber, A, BROADCAST);
        send(rightNumber, A, BROADCAST);
        assertTrue(send(thirdNumber, C, A));
        assertCounts(1, 2, 2);
    }

    @Test
    void shouldFloodAgainForAStationThatWasSilentForFiveMinutes()
    {
        send(leftNumber, A, BROADCAST);
        nowNs += 299 * SECOND_NS;
        send(rightNumber, B, A);
        assertCounts(1, 1, 1);
        nowNs += 331 * SECOND_NS;
        send(thirdNumber, C, BROADCAST);
        assertEquals(1, learningSwitch.macTable().size());
        send(rightNumber, B, A);
        assertCounts(3, 2, 2);
    }

    @Test
    void shouldForgetStationsOfAPortThatIsPulledOut()
    {
        send(leftNumber, A, BROADCAST);
        learningSwitch.pin(B, leftNumber);
        learningSwitch.removePort(leftNumber);
        assertEquals(0, learningSwitch.macTable().size());
        send(rightNumber, C, A);
        assertCounts(0, 1, 2);
        assertEquals(2, learningSwitch.portCount());
        assertThrows(IllegalStateException.class, () -> learningSwitch.removePort(leftNumber));
        assertEquals(leftNumber, learningSwitch.addPort(left));
    }

    @Test
    void shouldRefuseAGroupAsSource()
    {
        assertFalse(send(leftNumber, BROADCAST, A));
        assertFalse(send(leftNumber, 0x01005E000001L, A));
        assertCounts(0, 0, 0);
        assertEquals(2, learningSwitch.refusedCount());
        assertEquals(0, learningSwitch.macTable().size());
    }

    @Test
    void shouldKeepLinkLocalGroupsOnTheirLink()
    {
        assertFalse(send(leftNumber, A, 0x0180C2000000L));
        assertFalse(send(leftNumber, A, 0x0180C200000EL));
        assertTrue(send(leftNumber, A, 0x0180C2000010L));
        assertCounts(0, 1, 1);
    }

    @Test
    void shouldNotLetAGuestTakeAnAddressThatBelongsToAnotherVif()
    {
        assertTrue(learningSwitch.pin(A, leftNumber));
        assertFalse(learningSwitch.pin(A, rightNumber));
        assertFalse(send(rightNumber, A, BROADCAST));
        assertCounts(0, 0, 0);

        nowNs += 10_000 * SECOND_NS;
        assertTrue(send(thirdNumber, C, A));
        assertCounts(1, 0, 0);
        assertTrue(send(leftNumber, A, C));
    }

    @Test
    void shouldPinAnAddressThatWasLearnedElsewhereBefore()
    {
        send(rightNumber, A, BROADCAST);
        assertTrue(learningSwitch.pin(A, leftNumber));
        left.lengths.clear();
        assertTrue(send(thirdNumber, C, A));
        assertEquals(1, left.lengths.size());
    }

    @Test
    void shouldLearnNoMoreThanItsShareFromAGuestThatInventsAddresses()
    {
        send(rightNumber, B, BROADCAST);
        for (int i = 0; i < 100_000; i++)
        {
            send(leftNumber, 0x020000000000L + i, BROADCAST);
        }
        assertEquals(1 + MacTable.PORT_ENTRY_LIMIT, learningSwitch.macTable().size());

        left.lengths.clear();
        right.lengths.clear();
        third.lengths.clear();
        assertTrue(send(thirdNumber, C, B));
        assertCounts(0, 1, 0);

        nowNs += 600 * SECOND_NS;
        send(thirdNumber, C, BROADCAST);
        assertEquals(1, learningSwitch.macTable().size(), "ageing makes room");
        send(leftNumber, A, BROADCAST);
        assertEquals(2, learningSwitch.macTable().size());
    }

    @Test
    void shouldNotLetAGuestAtItsLimitPullLearnedStationsOver()
    {
        send(rightNumber, B, BROADCAST);
        for (int i = 0; i < MacTable.PORT_ENTRY_LIMIT; i++)
        {
            send(leftNumber, 0x020000000000L + i, BROADCAST);
        }
        send(leftNumber, B, BROADCAST);
        right.lengths.clear();
        send(thirdNumber, C, B);
        assertEquals(1, right.lengths.size());
    }

    @Test
    void shouldHaveALastPort()
    {
        for (int i = 3; i < LearningSwitch.PORT_LIMIT; i++)
        {
            assertEquals(i, learningSwitch.addPort(new TestPort()));
        }
        assertEquals(MacTable.NO_PORT, learningSwitch.addPort(new TestPort()));
    }

    private boolean send(final int from, final long source, final long destination)
    {
        frame.putLong(0, destination << 16, ByteOrder.BIG_ENDIAN);
        frame.putShort(6, (short)(source >>> 32), ByteOrder.BIG_ENDIAN);
        frame.putInt(8, (int)source, ByteOrder.BIG_ENDIAN);
        return learningSwitch.forward(from, frame, 0, 60);
    }

    private void assertCounts(final int atLeft, final int atRight, final int atThird)
    {
        assertEquals(List.of(atLeft, atRight, atThird),
            List.of(left.lengths.size(), right.lengths.size(), third.lengths.size()));
    }

    private static final class TestPort implements Port
    {
        final List<Integer> lengths = new ArrayList<>();

        @Override
        public boolean deliver(final UnsafeBuffer buffer, final int offset, final int length)
        {
            lengths.add(length);
            return true;
        }
    }
}
