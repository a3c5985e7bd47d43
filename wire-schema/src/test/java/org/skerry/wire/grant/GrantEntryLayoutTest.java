package org.skerry.wire.grant;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.HexFormat;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.skerry.wire.GrantFlags;

/** Offsets and lengths as grant_table.h has them, written out by hand. */
class GrantEntryLayoutTest
{
    @Test
    void shouldLayOutEntryOfVersionOne()
    {
        assertEquals(8, GrantEntryV1Decoder.BLOCK_LENGTH);
        assertEquals(8, GrantFlags.ENTRY_LENGTH);
        assertEquals(4096, GrantFlags.ENTRIES_PER_PAGE * GrantFlags.ENTRY_LENGTH);
        assertEquals(0, GrantEntryV1Decoder.flagsEncodingOffset());
        assertEquals(2, GrantEntryV1Decoder.domidEncodingOffset());
        assertEquals(4, GrantEntryV1Decoder.frameEncodingOffset());

        final byte[] bytes = new byte[8];
        new GrantEntryV1Encoder().wrap(new UnsafeBuffer(bytes), 0).flags(0x0102).domid(0x7FF0).frame(0xF1F2F3F4L);
        assertEquals("0201" + "f07f" + "f4f3f2f1", HexFormat.of().formatHex(bytes));
    }

    @Test
    void shouldNumberFlagsAsTheHeader()
    {
        assertArrayEquals(new int[]{0, 1, 2, 3, 3},
            new int[]{GrantFlags.GTF_INVALID, GrantFlags.GTF_PERMIT_ACCESS, GrantFlags.GTF_ACCEPT_TRANSFER,
                GrantFlags.GTF_TRANSITIVE, GrantFlags.GTF_TYPE_MASK});
        assertArrayEquals(new int[]{4, 8, 16, 32, 64, 128, 256},
            new int[]{GrantFlags.GTF_READONLY, GrantFlags.GTF_READING, GrantFlags.GTF_WRITING, GrantFlags.GTF_PWT,
                GrantFlags.GTF_PCD, GrantFlags.GTF_PAT, GrantFlags.GTF_SUB_PAGE});
    }
}
