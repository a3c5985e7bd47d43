package org.skerry.wire.ring;

import java.util.Random;

import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class ConsoleRingTest
{
    private static final int IN_CONS = 3072;
    private static final int IN_PROD = 3076;
    private static final int OUT_CONS = 3080;
    private static final int OUT_PROD = 3084;

    private final UnsafeBuffer page = new UnsafeBuffer(new byte[4096]);
    private final byte[] scratch = new byte[4096];

    @BeforeEach
    void fillTheRingsWithRubbish()
    {
        page.setMemory(0, 3072, (byte)0xAA);
    }

    @Test
    void shouldCarryBytesFromFrontToBack()
    {
        final ConsoleRing front = ConsoleRing.front(page);
        final ConsoleRing back = ConsoleRing.back(page);
        final byte[] bytes = "skerry# ".getBytes(US_ASCII);

        assertEquals(8, front.write(bytes, 0, 8));
        assertEquals(8, back.readable());
        assertEquals(8, back.read(scratch, 3, 100));
        assertEquals("skerry# ", new String(scratch, 3, 8, US_ASCII));
        assertEquals('s', page.getByte(1024));
        assertEquals(8, page.getInt(OUT_PROD));
        assertEquals(8, page.getInt(OUT_CONS));
    }

    @Test
    void shouldCarryBytesFromBackToFront()
    {
        final ConsoleRing front = ConsoleRing.front(page);
        final ConsoleRing back = ConsoleRing.back(page);

        assertEquals(2, back.write("ls".getBytes(US_ASCII), 0, 2));
        assertEquals(2, front.read(scratch, 0, 10));
        assertEquals('l', page.getByte(0));
        assertEquals(2, page.getInt(IN_PROD));
        assertEquals(2, page.getInt(IN_CONS));
    }

    @Test
    void shouldTakeOnlyWhatFits()
    {
        final ConsoleRing front = ConsoleRing.front(page);
        final ConsoleRing back = ConsoleRing.back(page);

        assertEquals(2048, front.write(new byte[3000], 0, 3000));
        assertEquals(0, front.write(scratch, 0, 1));
        assertEquals(0, front.writable());
        assertEquals(1024, back.write(new byte[3000], 0, 3000));
        assertEquals(0, back.write(scratch, 0, 1));
    }

    @ParameterizedTest
    @ValueSource(ints = { 0, -3, Integer.MAX_VALUE - 3, 2045, 123456789 })
    void shouldKeepEveryByteInOrderWhereverTheIndicesStart(final int start)
    {
        page.putInt(OUT_PROD, start);
        page.putInt(OUT_CONS, start);
        page.putInt(IN_PROD, start);
        page.putInt(IN_CONS, start);
        final ConsoleRing front = ConsoleRing.front(page);
        final ConsoleRing back = ConsoleRing.back(page);
        final Random random = new Random(start);
        final byte[] sent = new byte[20_000];
        final byte[] received = new byte[sent.length];
        random.nextBytes(sent);
        int written = 0;
        int read = 0;

        while (read < sent.length)
        {
            written += front.write(sent, written, random.nextInt(sent.length - written + 1));
            read += back.read(received, read, random.nextInt(sent.length - read + 1));
        }

        assertArrayEquals(sent, received);
        assertEquals(0, back.readable());
    }

    @ParameterizedTest
    @ValueSource(ints = { 2049, -1, Integer.MIN_VALUE, Integer.MAX_VALUE })
    void shouldRefuseAProducerThatIsFurtherAheadThanTheRingIsLong(final int outProd)
    {
        final ConsoleRing back = ConsoleRing.back(page);
        page.putInt(OUT_PROD, outProd);

        assertEquals(ConsoleRing.PROTOCOL_VIOLATION, back.readable());
        assertEquals(ConsoleRing.PROTOCOL_VIOLATION, back.read(scratch, 0, scratch.length));
        assertEquals(0, page.getInt(OUT_CONS));
        assertEquals(0, scratch[0]);
    }

    @ParameterizedTest
    @ValueSource(ints = { 1, -1025, Integer.MIN_VALUE, Integer.MAX_VALUE })
    void shouldRefuseAConsumerThatTookWhatWasNeverThere(final int inCons)
    {
        final ConsoleRing back = ConsoleRing.back(page);
        page.putInt(IN_CONS, inCons);

        assertEquals(ConsoleRing.PROTOCOL_VIOLATION, back.writable());
        assertEquals(ConsoleRing.PROTOCOL_VIOLATION, back.write(scratch, 0, 1));
        assertEquals(0, page.getInt(IN_PROD));
        assertEquals((byte)0xAA, page.getByte(0));
    }

    @Test
    void shouldTrustItsOwnCopyOfItsOwnIndices()
    {
        final ConsoleRing front = ConsoleRing.front(page);
        final ConsoleRing back = ConsoleRing.back(page);
        front.write("abc".getBytes(US_ASCII), 0, 3);
        page.putInt(OUT_CONS, 0x7777);                             // the guest spoils what the daemon owns
        page.putInt(IN_PROD, 0x7777);

        assertEquals(3, back.read(scratch, 0, 10));
        assertEquals(3, page.getInt(OUT_CONS));
        assertEquals(1, back.write(scratch, 0, 1));
        assertEquals(1, page.getInt(IN_PROD));
    }

    @Test
    void shouldTakeOverAPageThatIsInUse()
    {
        final ConsoleRing front = ConsoleRing.front(page);
        front.write("first second".getBytes(US_ASCII), 0, 12);
        ConsoleRing.back(page).read(scratch, 0, 6);

        assertEquals(6, ConsoleRing.back(page).read(scratch, 0, 100));
        assertEquals("second", new String(scratch, 0, 6, US_ASCII));
    }

    @Test
    void shouldSayWhetherThePageIsServed()
    {
        final ConsoleRing front = ConsoleRing.front(page);
        final ConsoleRing back = ConsoleRing.back(page);
        assertTrue(front.isConnected());                           // a page of zeros, as older toolstacks leave it

        back.connected(false);
        assertFalse(front.isConnected());
        assertEquals(1, page.getByte(3088));
        back.connected(true);
        assertTrue(front.isConnected());
    }

    @Test
    void shouldRefuseAPageThatIsTooShort()
    {
        assertThrows(IndexOutOfBoundsException.class, () -> ConsoleRing.front(new UnsafeBuffer(new byte[3091])));
    }
}
