package org.skerry.examples.shell;

import org.junit.jupiter.api.Test;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

class HexDumpTest
{
    private final HexDump dump = new HexDump();

    @Test
    void shouldLookLikeHexdumpC()
    {
        final byte[] bytes = "Hello, sector!\u0000\u007f".getBytes(US_ASCII);

        assertEquals("00000200  48 65 6c 6c 6f 2c 20 73  65 63 74 6f 72 21 00 7f  |Hello, sector!..|",
            dump.line(512, bytes, 0, 16));
        assertEquals("00000210  48 65                                             |He|", dump.line(528, bytes, 0, 2));
    }

    @Test
    void shouldShowAStarForLinesThatRepeat()
    {
        final byte[] bytes = new byte[64];
        bytes[48] = 1;

        dump.line(0, bytes, 0, 16);
        assertEquals("*", dump.line(16, bytes, 16, 16));
        assertNull(dump.line(32, bytes, 32, 16));
        assertEquals("00000030  01 00", dump.line(48, bytes, 48, 16).substring(0, 15));
        assertEquals("00000040", HexDump.end(64));
    }

    @Test
    void shouldShowOffsetsBeyondFourGigabytes()
    {
        assertEquals("0000000123456780", HexDump.end(0x123456780L));
    }
}
