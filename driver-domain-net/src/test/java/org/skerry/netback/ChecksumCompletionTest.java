package org.skerry.netback;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteOrder;
import java.util.HexFormat;
import java.util.SplittableRandom;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ChecksumCompletionTest
{
    private static final String ETHERNET = "00163e000002 00163e000001 ";

    @Test
    void shouldCompleteUdpOverIpv4()
    {
        assertCompleted("7133", 40, ETHERNET + "0800 4500001e 00010000 40110000 0a000001 0a000002" +
            "12340007000affff 6869");
    }

    @Test
    void shouldCompleteBehindAVlanTagAndBeforePadding()
    {
        assertCompleted("7133", 44, ETHERNET + "8100 0064 0800 4500001e 00010000 40110000 0a000001 0a000002" +
            "12340007000affff 6869 000000");
    }

    @Test
    void shouldCompleteUdpOverIpv6()
    {
        assertCompleted("29c1", 60, ETHERNET + "86dd 60000000000a1140 20010db8000000000000000000000001" +
            "20010db8000000000000000000000002 12340007000a0000 6869");
    }

    @Test
    void shouldCompleteTcpOverIpv4WithOptions()
    {
        // Checked the other way round: the sum over pseudo header and segment must come out as all ones.
        final UnsafeBuffer frame = frame(ETHERNET + "0800 4600002e 00010000 40060000 0a000001 0a000002 01010101" +
            "0050c000 00000001 00000002 50180200 ffff0000 6869");
        assertTrue(ChecksumCompletion.complete(frame, 0, frame.capacity()));
        int sum = 0x0a00 + 0x0001 + 0x0a00 + 0x0002 + 6 + 22;
        for (int i = 38; i < 60; i += 2)
        {
            sum += frame.getShort(i, ByteOrder.BIG_ENDIAN) & 0xFFFF;
        }
        assertEquals(0xFFFF, (sum & 0xFFFF) + (sum >>> 16));
    }

    @ParameterizedTest
    @ValueSource(strings = {
        ETHERNET + "0806 0001080006040001",
        ETHERNET + "0800",
        ETHERNET + "0800 4500",
        ETHERNET + "0800 4400001e 00010000 40110000 0a000001 0a000002 12340007000affff 6869",
        ETHERNET + "0800 450000ff 00010000 40110000 0a000001 0a000002 12340007000affff 6869",
        ETHERNET + "0800 45000010 00010000 40110000 0a000001 0a000002 12340007000affff 6869",
        ETHERNET + "0800 4500001e 00012000 40110000 0a000001 0a000002 12340007000affff 6869",
        ETHERNET + "0800 4500001e 00010000 40010000 0a000001 0a000002 12340007000affff 6869",
        ETHERNET + "0800 4500001a 00010000 40110000 0a000001 0a000002 123400070006",
        ETHERNET + "86dd 60000000",
        ETHERNET + "86dd 6000000000ff1140 20010db8000000000000000000000001 20010db8000000000000000000000002 1234",
        ETHERNET + "8100 0064",
        ETHERNET + "8100 0064 8100 0064 0800"})
    void shouldRefuseWhatItDoesNotKnow(final String hex)
    {
        final UnsafeBuffer frame = frame(hex);
        assertFalse(ChecksumCompletion.complete(frame, 0, frame.capacity()));
    }

    @Test
    void shouldNeverLookBeyondTheFrameSim()
    {
        final long seed = System.nanoTime();
        final SplittableRandom random = new SplittableRandom(seed);
        for (int i = 0; i < 200_000; i++)
        {
            final byte[] bytes = new byte[14 + random.nextInt(80)];
            random.nextBytes(bytes);
            bytes[12] = (byte)(random.nextBoolean() ? 0x08 : 0x86);
            bytes[13] = (byte)(bytes[12] == 0x08 ? 0x00 : 0xDD);
            if (bytes.length > 24)
            {
                bytes[14] = (byte)(0x40 + random.nextInt(16));
                bytes[16] = 0;
                bytes[20] = 0;
                bytes[23] = (byte)(random.nextBoolean() ? 6 : 17);
            }
            final UnsafeBuffer frame = new UnsafeBuffer(bytes);      // bounds checks are on: beyond it throws
            ChecksumCompletion.complete(frame, 0, bytes.length);
        }
    }

    private static void assertCompleted(final String checksum, final int at, final String hex)
    {
        final UnsafeBuffer frame = frame(hex);
        assertTrue(ChecksumCompletion.complete(frame, 0, frame.capacity()));
        assertEquals(checksum, HexFormat.of().toHexDigits(frame.getShort(at, ByteOrder.BIG_ENDIAN)));
    }

    private static UnsafeBuffer frame(final String hex)
    {
        return new UnsafeBuffer(HexFormat.of().parseHex(hex.replace(" ", "")));
    }
}
