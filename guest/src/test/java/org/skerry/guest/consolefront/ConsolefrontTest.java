package org.skerry.guest.consolefront;

import java.util.Random;

import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.skerry.wire.ring.ConsoleRing;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

class ConsolefrontTest
{
    private static final int IN_PROD = 3076;
    private static final int OUT_CONS = 3080;

    private final UnsafeBuffer page = new UnsafeBuffer(new byte[4096]);
    private final ConsoleRing back = ConsoleRing.back(page);
    private final byte[] scratch = new byte[128 * 1024];
    private int bells;
    private final Consolefront front = new Consolefront(ConsoleRing.front(page), () -> bells++);

    @Test
    void shouldRingOnceForAWrite()
    {
        assertTrue(front.write("skerry# "));

        assertEquals("skerry# ", new String(scratch, 0, back.read(scratch, 0, 100), UTF_8));
        assertEquals(1, bells);
    }

    @Test
    void shouldKeepWhatThePageCannotHoldAndSendItWhenThereIsRoom()
    {
        final byte[] sent = new byte[30_000];
        new Random(1).nextBytes(sent);
        assertEquals(sent.length, front.write(sent, 0, sent.length));
        assertFalse(front.isFlushed());
        int received = 0;

        while (received < sent.length)
        {
            final int count = back.read(scratch, received, sent.length - received);
            assertTrue(count > 0);
            received += count;
            front.onEvent();
        }

        assertArrayEquals(sent, java.util.Arrays.copyOf(scratch, received));
        assertTrue(front.isFlushed());
        assertTrue(front.isDrained());
    }

    @Test
    void shouldRefuseWhatItCannotKeepWhileTheBackendMayStillTakeIt()
    {
        final int capacity = ConsoleRing.OUT_SIZE + Consolefront.OUTPUT_CAPACITY;

        assertEquals(capacity, front.write(scratch, 0, scratch.length));
        assertEquals(0, front.room());
        assertFalse(front.write("x"));
        assertEquals(0, front.bytesLost());
    }

    @Test
    void shouldTellTheWriterWhenThereIsRoomAgain()
    {
        final int[] calls = new int[1];
        front.onWritable(() -> calls[0]++);
        front.write(scratch, 0, scratch.length);
        front.onEvent();
        assertEquals(0, calls[0]);

        back.read(scratch, 0, 100);
        front.onEvent();
        assertEquals(1, calls[0]);
        assertEquals(100, front.room());
    }

    @Test
    @Tag("SEC-048")
    void shouldSayWhetherABellBroughtAnything()
    {
        front.onEvent();
        assertFalse(front.onEvent());
        back.write(new byte[]{'a'}, 0, 1);
        assertTrue(front.onEvent());
        assertFalse(front.onEvent(), "still to be read, but no news");
        front.write("b");
        front.onEvent();
        back.read(scratch, 0, 1);
        assertTrue(front.onEvent());
        assertFalse(front.onEvent());
    }

    @Test
    void shouldNotStopWhenTheBackendDiesButKeepTheLastBytes()
    {
        final byte[] first = "first".getBytes(US_ASCII);
        front.write(first, 0, first.length);
        front.onRemoteClosed();
        assertFalse(front.isConnected());

        final byte[] sent = new byte[200_000];
        new Random(2).nextBytes(sent);
        assertEquals(sent.length, front.write(sent, 0, sent.length));
        assertTrue(front.bytesLost() > 0);

        front.onRemoteBound();
        assertTrue(front.isConnected());
        int received = 0;

        for (int count = back.read(scratch, 0, scratch.length); count > 0;
            count = back.read(scratch, received, scratch.length - received))
        {
            received += count;
            front.onEvent();
        }

        assertEquals("first", new String(scratch, 0, 5, US_ASCII));
        assertArrayEquals(
            java.util.Arrays.copyOfRange(sent, sent.length - Consolefront.OUTPUT_CAPACITY, sent.length),
            java.util.Arrays.copyOfRange(scratch, received - Consolefront.OUTPUT_CAPACITY, received));
        assertEquals(first.length + sent.length, received + front.bytesLost());
    }

    @Test
    void shouldTakeABackendThatSpoilsItsIndexForDeadUntilItComesToItsSenses()
    {
        page.putInt(OUT_CONS, 77);
        assertTrue(front.write("lost to nobody"));
        assertFalse(front.isConnected());
        assertEquals(1, front.violationCount());
        assertEquals(scratch.length, front.write(scratch, 0, scratch.length));

        page.putInt(OUT_CONS, 0);
        front.onEvent();
        assertTrue(front.isConnected());
        assertEquals(ConsoleRing.OUT_SIZE, back.readable());
    }

    @Test
    void shouldReadNothingFromABackendThatClaimsMoreThanTheRingHolds()
    {
        page.putInt(IN_PROD, 1025);
        final int[] calls = new int[1];
        front.onReadable(() -> calls[0]++);
        front.onEvent();

        assertEquals(0, front.read(scratch, 0, 100));
        assertNull(front.readLine());
        assertEquals(0, calls[0]);
        assertEquals(1, front.violationCount());
    }

    @Test
    void shouldReadBytesAndGiveTheirRoomBack()
    {
        assertEquals(1024, back.write(new byte[2000], 0, 2000));

        assertEquals(1000, front.read(scratch, 0, 1000));
        assertEquals(1, bells);
        assertEquals(24, front.read(scratch, 0, 1000));
        assertEquals(0, front.read(scratch, 0, 1000));
        assertEquals(2, bells);
        assertEquals(1024, back.writable());
    }

    @Test
    void shouldReadLinesWhateverTheyEndWith()
    {
        type("one\rtwo\nthree\r\nfour");

        assertEquals("one", front.readLine());
        assertEquals("two", front.readLine());
        assertEquals("three", front.readLine());
        assertNull(front.readLine());
        type("\n\r\n");
        assertEquals("four", front.readLine());
        assertEquals("", front.readLine());
        assertNull(front.readLine());
    }

    @Test
    void shouldSeeOneEndWhenCrAndLfComeApart()
    {
        type("one\r");
        assertEquals("one", front.readLine());
        type("\ntwo\n");
        assertEquals("two", front.readLine());
        assertNull(front.readLine());
    }

    @Test
    void shouldGiveALineWithoutEndInPieces()
    {
        for (int i = 0; i < 4; i++)
        {
            back.write(new byte[1024], 0, 1024);
            assertTrue(i == 3 || front.readLine() == null);
        }

        assertEquals(Consolefront.MAX_LINE_LENGTH, front.readLine().length());
    }

    @Test
    void shouldMixLinesAndBytes()
    {
        type("mode\nrest");
        assertEquals("mode", front.readLine());
        assertEquals(4, front.read(scratch, 0, 10));
        assertEquals("rest", new String(scratch, 0, 4, US_ASCII));
    }

    @Test
    void shouldTellTheReaderThatThereIsInput()
    {
        final int[] calls = new int[1];
        front.onReadable(() -> calls[0]++);
        front.onEvent();
        assertEquals(0, calls[0]);
        type("x");
        front.onEvent();
        assertEquals(1, calls[0]);
    }

    private void type(final String text)
    {
        final byte[] bytes = text.getBytes(UTF_8);
        assertEquals(bytes.length, back.write(bytes, 0, bytes.length));
    }
}
