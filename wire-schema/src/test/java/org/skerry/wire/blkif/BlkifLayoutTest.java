package org.skerry.wire.blkif;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.HexFormat;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.skerry.wire.Blkif;

/** Offsets and lengths as io/blkif.h has them on x86_64, written out by hand. */
class BlkifLayoutTest
{
    private final byte[] bytes = new byte[112];
    private final UnsafeBuffer buffer = new UnsafeBuffer(bytes);

    @Test
    void shouldHaveLengthsOfTheHeader()
    {
        assertEquals(112, BlkifRequestDecoder.BLOCK_LENGTH);
        assertEquals(32, BlkifRequestDiscardDecoder.BLOCK_LENGTH);
        assertEquals(64, BlkifRequestIndirectDecoder.BLOCK_LENGTH);
        assertEquals(16, BlkifResponseDecoder.BLOCK_LENGTH);
        assertEquals(8, BlkifRequestSegmentDecoder.ENCODED_LENGTH);
        assertEquals(112, Blkif.REQUEST_LENGTH);
        assertEquals(16, Blkif.RESPONSE_LENGTH);
        assertEquals(32, Blkif.RING_LAYOUT.slotCount());
        assertEquals(112, Blkif.RING_LAYOUT.slotLength());
    }

    @Test
    void shouldLayOutRequest()
    {
        assertEquals(0, BlkifRequestDecoder.operationEncodingOffset());
        assertEquals(1, BlkifRequestDecoder.nrSegmentsEncodingOffset());
        assertEquals(2, BlkifRequestDecoder.handleEncodingOffset());
        assertEquals(8, BlkifRequestDecoder.reqIdEncodingOffset());
        assertEquals(16, BlkifRequestDecoder.sectorNumberEncodingOffset());
        assertEquals(24, BlkifRequestDecoder.segEncodingOffset());

        new BlkifRequestEncoder().wrap(buffer, 0).operation((short)1).nrSegments((short)11).handle(51712).pad(0)
            .reqId(0x0102030405060708L).sectorNumber(0x1112131415161718L);
        for (int i = 0; i < 11; i++)
        {
            new BlkifRequestSegmentEncoder().wrap(buffer, Blkif.segmentOffset(i))
                .gref(0xA0000000L + i).firstSect((short)i).lastSect((short)7).pad(0);
        }
        final String hex = HexFormat.of().formatHex(bytes);
        assertEquals("01" + "0b" + "00ca" + "00000000" + "0807060504030201" + "1817161514131211", hex.substring(0, 48));
        assertEquals("000000a0" + "00" + "07" + "0000", hex.substring(48, 64));
        assertEquals("0a0000a0" + "0a" + "07" + "0000", hex.substring(208));
    }

    @Test
    void shouldLayOutSegment()
    {
        assertEquals(0, BlkifRequestSegmentDecoder.grefEncodingOffset());
        assertEquals(4, BlkifRequestSegmentDecoder.firstSectEncodingOffset());
        assertEquals(5, BlkifRequestSegmentDecoder.lastSectEncodingOffset());
        assertEquals(24, Blkif.segmentOffset(0));
        assertEquals(104, Blkif.segmentOffset(10));
    }

    @Test
    void shouldLayOutDiscard()
    {
        assertEquals(0, BlkifRequestDiscardDecoder.operationEncodingOffset());
        assertEquals(1, BlkifRequestDiscardDecoder.flagEncodingOffset());
        assertEquals(2, BlkifRequestDiscardDecoder.handleEncodingOffset());
        assertEquals(8, BlkifRequestDiscardDecoder.reqIdEncodingOffset());
        assertEquals(16, BlkifRequestDiscardDecoder.sectorNumberEncodingOffset());
        assertEquals(24, BlkifRequestDiscardDecoder.nrSectorsEncodingOffset());
    }

    @Test
    void shouldLayOutIndirect()
    {
        assertEquals(0, BlkifRequestIndirectDecoder.operationEncodingOffset());
        assertEquals(1, BlkifRequestIndirectDecoder.indirectOpEncodingOffset());
        assertEquals(2, BlkifRequestIndirectDecoder.nrSegmentsEncodingOffset());
        assertEquals(8, BlkifRequestIndirectDecoder.reqIdEncodingOffset());
        assertEquals(16, BlkifRequestIndirectDecoder.sectorNumberEncodingOffset());
        assertEquals(24, BlkifRequestIndirectDecoder.handleEncodingOffset());
        assertEquals(28, BlkifRequestIndirectDecoder.indirectGrefsEncodingOffset());
        assertEquals(8, BlkifRequestIndirectDecoder.indirectGrefsLength());
    }

    @Test
    void shouldLayOutResponse()
    {
        assertEquals(0, BlkifResponseDecoder.reqIdEncodingOffset());
        assertEquals(8, BlkifResponseDecoder.operationEncodingOffset());
        assertEquals(10, BlkifResponseDecoder.statusEncodingOffset());

        new BlkifResponseEncoder().wrap(buffer, 0).reqId(0x0102030405060708L).operation((short)3).pad((short)0)
            .status((short)Blkif.BLKIF_RSP_EOPNOTSUPP).pad2(0);
        assertEquals("0807060504030201" + "03" + "00" + "feff" + "00000000",
            HexFormat.of().formatHex(bytes, 0, 16));
    }

    @Test
    void shouldNumberOperationsAndStatusesAsTheHeader()
    {
        assertArrayEquals(new int[]{0, 1, 2, 3, 5, 6},
            new int[]{Blkif.BLKIF_OP_READ, Blkif.BLKIF_OP_WRITE, Blkif.BLKIF_OP_WRITE_BARRIER,
                Blkif.BLKIF_OP_FLUSH_DISKCACHE, Blkif.BLKIF_OP_DISCARD, Blkif.BLKIF_OP_INDIRECT});
        assertArrayEquals(new int[]{0, -1, -2},
            new int[]{Blkif.BLKIF_RSP_OKAY, Blkif.BLKIF_RSP_ERROR, Blkif.BLKIF_RSP_EOPNOTSUPP});
        assertArrayEquals(new int[]{1, 2, 4},
            new int[]{Blkif.VDISK_CDROM, Blkif.VDISK_REMOVABLE, Blkif.VDISK_READONLY});
        assertEquals(11, Blkif.BLKIF_MAX_SEGMENTS_PER_REQUEST);
        assertEquals(8, Blkif.BLKIF_MAX_INDIRECT_PAGES_PER_REQUEST);
    }
}
