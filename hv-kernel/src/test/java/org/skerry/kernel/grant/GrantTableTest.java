package org.skerry.kernel.grant;

import java.nio.ByteBuffer;

import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.skerry.wire.GrantStatus;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

class GrantTableTest
{
    private static final int MEMORY_FRAMES = 100;
    private static final int GRANTEE = 7;
    private static final int STRANGER = 8;
    private static final int REF = 9;
    private static final int FRAME = 42;
    private static final int PERMIT_ACCESS = 1;
    private static final int READONLY = 4;
    private static final int READING = 8;
    private static final int WRITING = 16;

    private final UnsafeBuffer entries = new UnsafeBuffer(ByteBuffer.allocateDirect(4096));
    private final GrantTable table = new GrantTable(entries, MEMORY_FRAMES);

    @Test
    @Tag("SEC-027")
    void shouldHave512EntriesInAPage()
    {
        assertEquals(512, table.entryCount());
    }

    @Test
    void shouldMarkAnEntryWhileItIsReadAndClearItAfterwards()
    {
        grant(REF, PERMIT_ACCESS, GRANTEE, FRAME);

        assertEquals(FRAME, table.pin(REF, GRANTEE, true));
        assertEquals(PERMIT_ACCESS | READING, flags(REF));
        assertTrue(table.isPinned(FRAME));

        table.unpin(REF, true);
        assertEquals(PERMIT_ACCESS, flags(REF));
        assertFalse(table.isPinned(FRAME));
    }

    @Test
    @Tag("SEC-008")
    @Tag("SEC-012")
    void shouldMarkAnEntryAsWrittenUntilTheLastWriterAndAsReadUntilTheLastUser()
    {
        grant(REF, PERMIT_ACCESS, GRANTEE, FRAME);
        table.pin(REF, GRANTEE, true);
        table.pin(REF, GRANTEE, false);
        table.pin(REF, GRANTEE, false);
        assertEquals(PERMIT_ACCESS | READING | WRITING, flags(REF));

        table.unpin(REF, false);
        assertEquals(PERMIT_ACCESS | READING | WRITING, flags(REF));
        table.unpin(REF, false);
        assertEquals(PERMIT_ACCESS | READING, flags(REF));
        table.unpin(REF, true);
        assertEquals(PERMIT_ACCESS, flags(REF));
    }

    @Test
    void shouldSeeTheReservedEntriesThatTheBuilderWrote()
    {
        table.seed(1, GRANTEE, FRAME);

        assertEquals(FRAME, table.pin(1, GRANTEE, false));
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, Integer.MIN_VALUE, 512, Integer.MAX_VALUE})
    @Tag("SEC-001")
    void shouldRefuseAReferenceOutsideOfTheTable(final int ref)
    {
        assertEquals(GrantStatus.BAD_GNTREF, table.pin(ref, GRANTEE, true));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2, 3, PERMIT_ACCESS | 1 << 8, 0xFFFF, 0xFFF8})
    @Tag("SEC-009")
    void shouldRefuseEveryTypeButPermitAccess(final int flags)
    {
        grant(REF, flags, GRANTEE, FRAME);

        assertEquals(GrantStatus.GENERAL_ERROR, table.pin(REF, GRANTEE, true));
        assertEquals(flags, flags(REF));
    }

    @Test
    void shouldRefuseAStranger()
    {
        grant(REF, PERMIT_ACCESS, GRANTEE, FRAME);

        assertEquals(GrantStatus.GENERAL_ERROR, table.pin(REF, STRANGER, true));
        assertEquals(PERMIT_ACCESS, flags(REF));
    }

    @Test
    @Tag("SEC-005")
    void shouldRefuseToWriteWhatIsGrantedReadOnlyAlsoWhileItIsRead()
    {
        grant(REF, PERMIT_ACCESS | READONLY, GRANTEE, FRAME);
        assertEquals(GrantStatus.GENERAL_ERROR, table.pin(REF, GRANTEE, false));

        assertEquals(FRAME, table.pin(REF, GRANTEE, true));
        assertEquals(GrantStatus.GENERAL_ERROR, table.pin(REF, GRANTEE, false));
        assertEquals(PERMIT_ACCESS | READONLY | READING, flags(REF));
    }

    @ParameterizedTest
    @ValueSource(ints = {MEMORY_FRAMES, Integer.MAX_VALUE, -1, Integer.MIN_VALUE})
    @Tag("SEC-003")
    void shouldRefuseAFrameOutsideOfTheMemoryAndLeaveNoMark(final int frame)
    {
        grant(REF, PERMIT_ACCESS, GRANTEE, frame);

        assertEquals(GrantStatus.BAD_PAGE, table.pin(REF, GRANTEE, false));
        assertEquals(PERMIT_ACCESS, flags(REF));
    }

    @Test
    @Tag("SEC-030")
    void shouldKeepToTheFrameThatItReadFirstWhenTheGranterChangesTheEntryUnderAUser()
    {
        grant(REF, PERMIT_ACCESS, GRANTEE, FRAME);
        table.pin(REF, GRANTEE, true);

        entries.putInt(REF * 8 + 4, 99);

        assertEquals(FRAME, table.pin(REF, GRANTEE, true));
        assertFalse(table.isPinned(99));
        table.unpin(REF, true);
        assertTrue(table.isPinned(FRAME));
        table.unpin(REF, true);
        assertFalse(table.isPinned(FRAME));
        assertEquals(99, table.pin(REF, GRANTEE, true));
    }

    @Test
    void shouldNotGiveAnEntryInUseToAnotherDomainThatTheGranterWritesIntoIt()
    {
        grant(REF, PERMIT_ACCESS, GRANTEE, FRAME);
        table.pin(REF, GRANTEE, true);

        grant(REF, PERMIT_ACCESS, STRANGER, FRAME + 1);

        assertEquals(GrantStatus.GENERAL_ERROR, table.pin(REF, STRANGER, true));
        assertEquals(FRAME, table.pin(REF, GRANTEE, true), "what was read once counts");
        assertEquals(GrantStatus.GENERAL_ERROR, table.pin(REF, GRANTEE, false), "a new right is read anew");
    }

    @Test
    @Tag("SEC-012")
    void shouldOnlyClearItsOwnMarksWhenTheGranterHasScribbledOverThem()
    {
        grant(REF, PERMIT_ACCESS, GRANTEE, FRAME);
        table.pin(REF, GRANTEE, false);

        entries.putInt(REF * 8, 0xFFFF_FFFF);
        table.unpin(REF, false);

        assertEquals(0xFFFF_FFFF & ~(READING | WRITING), entries.getInt(REF * 8));
    }

    @Test
    void shouldCountAFrameThatIsGrantedTwice()
    {
        grant(REF, PERMIT_ACCESS, GRANTEE, FRAME);
        grant(REF + 1, PERMIT_ACCESS, STRANGER, FRAME);
        table.pin(REF, GRANTEE, true);
        table.pin(REF + 1, STRANGER, true);

        table.unpin(REF, true);
        assertTrue(table.isPinned(FRAME));
        table.unpin(REF + 1, true);
        assertFalse(table.isPinned(FRAME));
    }

    @Test
    void shouldRefuseMoreUsersThanItCanCount()
    {
        grant(REF, PERMIT_ACCESS, GRANTEE, FRAME);
        for (int i = 0; i < Short.MAX_VALUE; i++)
        {
            assertEquals(FRAME, table.pin(REF, GRANTEE, true));
        }

        assertEquals(GrantStatus.GENERAL_ERROR, table.pin(REF, GRANTEE, true));
        table.unpin(REF, true);
        assertEquals(FRAME, table.pin(REF, GRANTEE, true));
    }

    @Test
    @Tag("SEC-017")
    void shouldNotTouchItsEntriesAnyMoreOnceItsDomainIsDestroyed()
    {
        grant(REF, PERMIT_ACCESS, GRANTEE, FRAME);
        table.pin(REF, GRANTEE, false);
        table.retire();

        table.unpin(REF, false);

        assertEquals(PERMIT_ACCESS | READING | WRITING, flags(REF));
        assertFalse(table.isPinned(FRAME));
    }

    private void grant(final int ref, final int flags, final int domid, final int frame)
    {
        entries.putInt(ref * 8 + 4, frame);
        entries.putShort(ref * 8 + 2, (short)domid);
        entries.putShort(ref * 8, (short)flags);
    }

    private int flags(final int ref)
    {
        return entries.getShort(ref * 8) & 0xFFFF;
    }
}
