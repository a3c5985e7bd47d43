package org.skerry.kernel.grant;

import java.nio.ByteBuffer;

import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.skerry.wire.GrantStatus;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

class MapTrackTest
{
    private static final int MAX_HANDLES = 200;
    private static final int REF = 8;
    private static final int FRAME = 3;
    private static final int GRANTEE = 5;

    private final GrantTable table = new GrantTable(new UnsafeBuffer(ByteBuffer.allocateDirect(4096)), 10);
    private final MapTrack track = new MapTrack(MAX_HANDLES);

    @BeforeEach
    void grant()
    {
        table.seed(REF, GRANTEE, FRAME);
    }

    @Test
    void shouldLetGoOfTheGrantWithTheHandle()
    {
        final int handle = map();
        assertEquals(1, track.mappedCount());

        assertEquals(GrantStatus.OKAY, track.release(handle));

        assertEquals(0, track.mappedCount());
        assertFalse(table.isPinned(FRAME));
    }

    @Test
    @Tag("SEC-007")
    void shouldRefuseAHandleThatIsReleasedASecondTime()
    {
        final int handle = map();
        final int other = map();
        track.release(handle);

        assertEquals(GrantStatus.BAD_HANDLE, track.release(handle));

        assertEquals(1, track.mappedCount());
        assertTrue(table.isPinned(FRAME));
        assertEquals(GrantStatus.OKAY, track.release(other));
    }

    @ParameterizedTest
    @ValueSource(longs = {-1, 1, 64, MAX_HANDLES, Integer.MAX_VALUE, 0x1_0000_0000L, Long.MAX_VALUE, Long.MIN_VALUE})
    @Tag("SEC-015")
    void shouldRefuseAForgedHandle(final long handle)
    {
        assertEquals(0, map());

        assertEquals(GrantStatus.BAD_HANDLE, track.release(handle));
        assertEquals(1, track.mappedCount());
    }

    @Test
    @Tag("SEC-011")
    void shouldTakeAllHandlesThatThereMayBeAndThenHaveNoRoom()
    {
        for (int i = 0; i < MAX_HANDLES; i++)
        {
            assertTrue(track.hasRoom());
            assertEquals(i, map());
        }
        assertFalse(track.hasRoom());

        track.release(77);
        assertTrue(track.hasRoom());
        assertEquals(77, map());
    }

    @Test
    void shouldLetGoOfEverythingInPartsWhenTheDomainDies()
    {
        for (int i = 0; i < MAX_HANDLES; i++)
        {
            map();
        }
        track.release(13);

        assertFalse(track.releaseSome(MAX_HANDLES / 2));
        assertEquals(MAX_HANDLES / 2 - 1, track.mappedCount());
        assertTrue(table.isPinned(FRAME));
        assertTrue(track.releaseSome(Integer.MAX_VALUE));
        assertEquals(0, track.mappedCount());
        assertFalse(table.isPinned(FRAME));
        assertTrue(track.releaseSome(1));
    }

    private int map()
    {
        assertEquals(FRAME, table.pin(REF, GRANTEE, false));
        return track.add(table, REF, false);
    }
}
