package org.skerry.wire.xs;

import java.util.Arrays;
import java.util.Random;

import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

class XenstoreRingTest
{
    private static final int REQ_CONS = 2048;
    private static final int REQ_PROD = 2052;
    private static final int RSP_CONS = 2056;
    private static final int RSP_PROD = 2060;

    private final UnsafeBuffer page = new UnsafeBuffer(new byte[4096]);

    @ParameterizedTest
    @ValueSource(ints = {0, -3, Integer.MAX_VALUE - 3, 1023})
    void shouldCarryBytesBothWaysFromAnyStart(final int start)
    {
        startAt(start);
        final XenstoreRing client = XenstoreRing.client(page);
        final XenstoreRing server = XenstoreRing.server(page);
        final Random random = new Random(start);

        for (int round = 0; round < 200; round++)
        {
            carry(client, server, random);
            carry(server, client, random);
        }
    }

    @Test
    void shouldTakeNoMoreThanTheRingHolds()
    {
        final XenstoreRing client = XenstoreRing.client(page);
        final XenstoreRing server = XenstoreRing.server(page);

        assertEquals(1024, client.writable());
        assertEquals(1024, client.write(new byte[2000], 0, 2000));
        assertEquals(0, client.writable());
        assertEquals(0, client.write(new byte[1], 0, 1));
        assertEquals(1024, server.readable());
        assertEquals(24, server.read(new byte[24], 0, 24));
        assertEquals(24, client.writable());
        assertEquals(1000, server.read(new byte[2000], 0, 2000));
        assertEquals(0, server.read(new byte[1], 0, 1));
    }

    @Test
    void shouldUseTheOffsetsOfTheHeader()
    {
        XenstoreRing.client(page).write(new byte[]{'q'}, 0, 1);
        XenstoreRing.server(page).write(new byte[]{'r', 's'}, 0, 2);
        XenstoreRing.server(page).read(new byte[1], 0, 1);

        assertEquals('q', page.getByte(0));
        assertEquals('r', page.getByte(1024));
        assertEquals(1, page.getInt(REQ_PROD));
        assertEquals(1, page.getInt(REQ_CONS));
        assertEquals(2, page.getInt(RSP_PROD));
        assertEquals(0, page.getInt(RSP_CONS));
    }

    @Test
    void shouldReportViolationWhenReqProdIsBeyondTheRing()
    {
        final XenstoreRing server = XenstoreRing.server(page);
        page.putInt(REQ_PROD, 1025);

        assertEquals(XenstoreRing.PROTOCOL_VIOLATION, server.readable());
        assertEquals(XenstoreRing.PROTOCOL_VIOLATION, server.read(new byte[16], 0, 16));
        page.putInt(REQ_PROD, -1);
        assertEquals(XenstoreRing.PROTOCOL_VIOLATION, server.readable());
    }

    @Test
    void shouldReportViolationWhenRspConsIsAheadOfRspProd()
    {
        final XenstoreRing server = XenstoreRing.server(page);
        page.putInt(RSP_CONS, 1);

        assertEquals(XenstoreRing.PROTOCOL_VIOLATION, server.writable());
        assertEquals(XenstoreRing.PROTOCOL_VIOLATION, server.write(new byte[16], 0, 16));
    }

    @Test
    void shouldNotBelieveTheGuestAboutTheServersOwnIndices()
    {
        final XenstoreRing client = XenstoreRing.client(page);
        final XenstoreRing server = XenstoreRing.server(page);
        client.write(new byte[10], 0, 10);
        server.read(new byte[10], 0, 10);

        page.putInt(REQ_CONS, 0);
        page.putInt(RSP_PROD, 500);

        assertEquals(0, server.readable());
        assertEquals(1024, server.writable());
    }

    @Test
    void shouldBeginAnewForBothSidesAfterReset()
    {
        startAt(12345);
        final XenstoreRing client = XenstoreRing.client(page);
        final XenstoreRing server = XenstoreRing.server(page);
        client.write(new byte[100], 0, 100);
        server.write(new byte[100], 0, 100);
        server.error(XsWire.ERROR_RING_INDEX);
        client.requestReconnect();
        assertTrue(server.isReconnecting());

        server.reset();

        assertFalse(client.isReconnecting());
        assertEquals(XsWire.ERROR_NONE, client.error());
        assertEquals(0, client.readable());
        assertEquals(0, server.readable());
        assertEquals(3, client.write(new byte[]{1, 2, 3}, 0, 3));
        assertEquals(3, server.readable());
    }

    @Test
    void shouldTakeOverAPageInUse()
    {
        final XenstoreRing client = XenstoreRing.client(page);
        final XenstoreRing first = XenstoreRing.server(page);
        client.write(new byte[]{1, 2, 3, 4}, 0, 4);
        first.read(new byte[2], 0, 2);
        first.write(new byte[]{9}, 0, 1);

        final XenstoreRing second = XenstoreRing.server(page);
        final byte[] rest = new byte[2];

        assertEquals(2, second.read(rest, 0, 2));
        assertArrayEquals(new byte[]{3, 4}, rest);
        assertEquals(1023, second.writable());
    }

    private void startAt(final int index)
    {
        for (final int offset : new int[]{REQ_CONS, REQ_PROD, RSP_CONS, RSP_PROD})
        {
            page.putInt(offset, index);
        }
    }

    private static void carry(final XenstoreRing from, final XenstoreRing to, final Random random)
    {
        final byte[] sent = new byte[1 + random.nextInt(1024)];
        random.nextBytes(sent);
        assertEquals(sent.length, from.write(sent, 0, sent.length));

        final byte[] received = new byte[2048];
        int count = 0;

        while (count < sent.length)
        {
            count += to.read(received, count, 1 + random.nextInt(300));
        }

        assertArrayEquals(sent, Arrays.copyOf(received, count));
        assertEquals(0, to.readable());
    }
}
