package org.skerry.wire.console;

import org.junit.jupiter.api.Test;
import org.skerry.wire.ring.ConsoleRing;

import static org.junit.jupiter.api.Assertions.assertEquals;

/** Offsets and sizes of struct xencons_interface, as a C compiler lays io/console.h out on x86_64. */
class XenconsInterfaceLayoutTest
{
    @Test
    void shouldLayTheRingsOutAsTheHeaderSays()
    {
        assertEquals(0, XenconsInterfaceEncoder.inBytesEncodingOffset());
        assertEquals(1024, XenconsInterfaceEncoder.inBytesLength());
        assertEquals(1024, XenconsInterfaceEncoder.outBytesEncodingOffset());
        assertEquals(2048, XenconsInterfaceEncoder.outBytesLength());
    }

    @Test
    void shouldLayTheIndicesOutAsTheHeaderSays()
    {
        assertEquals(3072, XenconsInterfaceEncoder.inConsEncodingOffset());
        assertEquals(3076, XenconsInterfaceEncoder.inProdEncodingOffset());
        assertEquals(3080, XenconsInterfaceEncoder.outConsEncodingOffset());
        assertEquals(3084, XenconsInterfaceEncoder.outProdEncodingOffset());
        assertEquals(4, XenconsInterfaceEncoder.outProdEncodingLength());
    }

    @Test
    void shouldEndWithTheConnectionFlag()
    {
        assertEquals(3088, XenconsInterfaceEncoder.connectionEncodingOffset());
        assertEquals(1, XenconsInterfaceEncoder.connectionEncodingLength());
        assertEquals(3092, XenconsInterfaceEncoder.BLOCK_LENGTH);
        assertEquals(3092, ConsoleRing.LENGTH);
    }
}
