package org.skerry.wire.xs;

import org.junit.jupiter.api.Test;
import org.skerry.wire.xswire.XenstoreDomainInterfaceEncoder;
import org.skerry.wire.xswire.XsdSockmsgEncoder;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

/** Offsets, sizes and numbers as a C compiler takes them from io/xs_wire.h on x86_64. */
class XsWireLayoutTest
{
    @Test
    void shouldLayTheHeaderOutAsXsdSockmsg()
    {
        assertEquals(0, XsdSockmsgEncoder.msgTypeEncodingOffset());
        assertEquals(4, XsdSockmsgEncoder.reqIdEncodingOffset());
        assertEquals(8, XsdSockmsgEncoder.txIdEncodingOffset());
        assertEquals(12, XsdSockmsgEncoder.payloadLengthEncodingOffset());
        assertEquals(16, XsdSockmsgEncoder.BLOCK_LENGTH);
        assertEquals(16, XsWire.HEADER_LENGTH);
        assertEquals(4096, XsWire.PAYLOAD_MAX);
    }

    @Test
    void shouldLayThePageOutAsXenstoreDomainInterface()
    {
        assertEquals(0, XenstoreDomainInterfaceEncoder.reqEncodingOffset());
        assertEquals(1024, XenstoreDomainInterfaceEncoder.reqLength());
        assertEquals(1024, XenstoreDomainInterfaceEncoder.rspEncodingOffset());
        assertEquals(1024, XenstoreDomainInterfaceEncoder.rspLength());
        assertEquals(2048, XenstoreDomainInterfaceEncoder.reqConsEncodingOffset());
        assertEquals(2052, XenstoreDomainInterfaceEncoder.reqProdEncodingOffset());
        assertEquals(2056, XenstoreDomainInterfaceEncoder.rspConsEncodingOffset());
        assertEquals(2060, XenstoreDomainInterfaceEncoder.rspProdEncodingOffset());
        assertEquals(2064, XenstoreDomainInterfaceEncoder.serverFeaturesEncodingOffset());
        assertEquals(2068, XenstoreDomainInterfaceEncoder.connectionEncodingOffset());
        assertEquals(2072, XenstoreDomainInterfaceEncoder.connectionErrorEncodingOffset());
        assertEquals(2076, XenstoreDomainInterfaceEncoder.evtchnPortEncodingOffset());
        assertEquals(2080, XenstoreDomainInterfaceEncoder.BLOCK_LENGTH);
        assertEquals(2080, XenstoreRing.LENGTH);
    }

    @Test
    void shouldNumberTheOperationsAsXenDoes()
    {
        final String[] names = {
            "CONTROL", "DIRECTORY", "READ", "GET_PERMS", "WATCH", "UNWATCH", "TRANSACTION_START", "TRANSACTION_END",
            "INTRODUCE", "RELEASE", "GET_DOMAIN_PATH", "WRITE", "MKDIR", "RM", "SET_PERMS", "WATCH_EVENT", "ERROR",
            "IS_DOMAIN_INTRODUCED", "RESUME", "SET_TARGET", "RESTRICT", "RESET_WATCHES", "DIRECTORY_PART",
            "GET_FEATURE", "SET_FEATURE", "GET_QUOTA", "SET_QUOTA"};

        assertEquals(27, names.length);

        for (int number = 0; number < names.length; number++)
        {
            assertEquals(names[number], XsOp.ofNumber(number).name());
            assertEquals(number, XsOp.ofNumber(number).number());
        }

        assertNull(XsOp.ofNumber(27));
        assertNull(XsOp.ofNumber(-1));
        assertNull(XsOp.ofNumber(0xFFFF));
    }
}
