package org.skerry.wire.netif;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.HexFormat;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.skerry.wire.Netif;

/** Offsets and lengths as in io/netif.h, written out by hand. */
class NetifLayoutTest
{
    private final byte[] bytes = new byte[16];
    private final UnsafeBuffer buffer = new UnsafeBuffer(bytes);

    @Test
    void shouldHaveLengthsOfTheHeader()
    {
        assertEquals(12, NetifTxRequestDecoder.BLOCK_LENGTH);
        assertEquals(4, NetifTxResponseDecoder.BLOCK_LENGTH);
        assertEquals(8, NetifRxRequestDecoder.BLOCK_LENGTH);
        assertEquals(8, NetifRxResponseDecoder.BLOCK_LENGTH);
        assertEquals(8, NetifExtraInfoDecoder.BLOCK_LENGTH);
        assertEquals(8, NetifExtraGsoDecoder.BLOCK_LENGTH);
        assertEquals(8, NetifExtraMcastDecoder.BLOCK_LENGTH);
        assertEquals(8, NetifExtraHashDecoder.BLOCK_LENGTH);
    }

    @Test
    void shouldLayOutTxRequest()
    {
        assertEquals(0, NetifTxRequestDecoder.grefEncodingOffset());
        assertEquals(4, NetifTxRequestDecoder.pageOffsetEncodingOffset());
        assertEquals(6, NetifTxRequestDecoder.flagsEncodingOffset());
        assertEquals(8, NetifTxRequestDecoder.reqIdEncodingOffset());
        assertEquals(10, NetifTxRequestDecoder.sizeEncodingOffset());

        new NetifTxRequestEncoder().wrap(buffer, 0)
            .gref(0x81828384L).pageOffset(0x0102).flags(0x0304).reqId(0xF5F6).size(0xFFFF);
        assertBytes("84838281" + "0201" + "0403" + "f6f5" + "ffff" + "00000000");

        final NetifTxRequestDecoder request = new NetifTxRequestDecoder().wrap(buffer, 0, 12, 0);
        assertEquals(0x81828384L, request.gref());
        assertEquals(0xF5F6, request.reqId());
        assertEquals(0xFFFF, request.size());
    }

    @Test
    void shouldLayOutTxResponse()
    {
        assertEquals(0, NetifTxResponseDecoder.reqIdEncodingOffset());
        assertEquals(2, NetifTxResponseDecoder.statusEncodingOffset());

        new NetifTxResponseEncoder().wrap(buffer, 0).reqId(0x0102).status((short)Netif.NETIF_RSP_DROPPED);
        assertBytes("0201" + "feff" + "000000000000000000000000");
        assertEquals(-2, new NetifTxResponseDecoder().wrap(buffer, 0, 4, 0).status());
    }

    @Test
    void shouldLayOutRxRequest()
    {
        assertEquals(0, NetifRxRequestDecoder.reqIdEncodingOffset());
        assertEquals(2, NetifRxRequestDecoder.padEncodingOffset());
        assertEquals(4, NetifRxRequestDecoder.grefEncodingOffset());

        new NetifRxRequestEncoder().wrap(buffer, 0).reqId(0x0102).pad(0).gref(0xA1A2A3A4L);
        assertBytes("0201" + "0000" + "a4a3a2a1" + "0000000000000000");
    }

    @Test
    void shouldLayOutRxResponse()
    {
        assertEquals(0, NetifRxResponseDecoder.reqIdEncodingOffset());
        assertEquals(2, NetifRxResponseDecoder.pageOffsetEncodingOffset());
        assertEquals(4, NetifRxResponseDecoder.flagsEncodingOffset());
        assertEquals(6, NetifRxResponseDecoder.statusEncodingOffset());

        new NetifRxResponseEncoder().wrap(buffer, 0).reqId(7).pageOffset(0x0203).flags(4).status((short)1514);
        assertBytes("0700" + "0302" + "0400" + "ea05" + "0000000000000000");
    }

    @Test
    void shouldLayOutExtras()
    {
        assertEquals(0, NetifExtraInfoDecoder.extraTypeEncodingOffset());
        assertEquals(1, NetifExtraInfoDecoder.flagsEncodingOffset());
        assertEquals(2, NetifExtraGsoDecoder.gsoSizeEncodingOffset());
        assertEquals(4, NetifExtraGsoDecoder.gsoTypeEncodingOffset());
        assertEquals(5, NetifExtraGsoDecoder.padEncodingOffset());
        assertEquals(6, NetifExtraGsoDecoder.featuresEncodingOffset());
        assertEquals(2, NetifExtraMcastDecoder.addressEncodingOffset());
        assertEquals(6, NetifExtraMcastDecoder.addressLength());
        assertEquals(2, NetifExtraHashDecoder.hashTypeEncodingOffset());
        assertEquals(3, NetifExtraHashDecoder.algorithmEncodingOffset());
        assertEquals(4, NetifExtraHashDecoder.valueEncodingOffset());

        new NetifExtraGsoEncoder().wrap(buffer, 0).extraType((short)1).flags((short)0)
            .gsoSize(1448).gsoType((short)1).pad((short)0).features(0);
        assertBytes("01" + "00" + "a805" + "01" + "00" + "0000" + "0000000000000000");
    }

    @Test
    void shouldNumberFlagsAndStatusesAsTheHeader()
    {
        assertArrayEquals(new int[]{1, 2, 4, 8},
            new int[]{Netif.NETTXF_CSUM_BLANK, Netif.NETTXF_DATA_VALIDATED, Netif.NETTXF_MORE_DATA,
                Netif.NETTXF_EXTRA_INFO});
        assertArrayEquals(new int[]{1, 2, 4, 8, 16},
            new int[]{Netif.NETRXF_DATA_VALIDATED, Netif.NETRXF_CSUM_BLANK, Netif.NETRXF_MORE_DATA,
                Netif.NETRXF_EXTRA_INFO, Netif.NETRXF_GSO_PREFIX});
        assertArrayEquals(new int[]{0, -1, -2, 1},
            new int[]{Netif.NETIF_RSP_OKAY, Netif.NETIF_RSP_ERROR, Netif.NETIF_RSP_DROPPED, Netif.NETIF_RSP_NULL});
        assertEquals(18, Netif.XEN_NETIF_NR_SLOTS_MIN);
        assertEquals(65535, Netif.XEN_NETIF_MAX_TX_SIZE);
    }

    private void assertBytes(final String hex)
    {
        assertEquals(hex, HexFormat.of().formatHex(bytes));
    }
}
