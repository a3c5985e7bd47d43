package org.skerry.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MacAddressTest
{
    @Test
    void shouldReadAndWriteSixPairsOfHexDigits()
    {
        assertEquals(0x00163E5E6C01L, MacAddress.parse("00:16:3E:5e:6c:01").value());
        assertEquals("00:16:3e:5e:6c:01", MacAddress.parse("00:16:3E:5e:6c:01").toString());
        assertEquals("fe:ff:ff:ff:ff:ff", new MacAddress(0xFEFF_FFFF_FFFFL).toString());
    }

    @Test
    void shouldKnowGroupAddressesByTheLowestBitOfTheFirstOctet()
    {
        assertTrue(MacAddress.BROADCAST.isGroup());
        assertTrue(MacAddress.parse("01:00:5e:00:00:01").isGroup());
        assertFalse(MacAddress.parse("fe:ff:ff:ff:ff:ff").isGroup());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "00:16:3e:00:00", "00:16:3e:00:00:0g", "00-16-3e-00-00-01", "00:16:3e:00:00:01 ",
        "+0:16:3e:00:00:01", "0016.3e00.0001", "00:16:3e:00:00:01:02", "\uff10\uff10:16:3e:00:00:01"})
    void shouldRefuseOtherText(final String text)
    {
        assertThrows(IllegalArgumentException.class, () -> MacAddress.parse(text));
    }

    @Test
    void shouldRefuseMoreThan48Bits()
    {
        assertThrows(IllegalArgumentException.class, () -> new MacAddress(1L << 48));
        assertThrows(IllegalArgumentException.class, () -> new MacAddress(-1));
    }
}
