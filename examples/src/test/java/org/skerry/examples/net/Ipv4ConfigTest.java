package org.skerry.examples.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class Ipv4ConfigTest
{
    @ParameterizedTest
    @CsvSource(delimiter = ';', value = {
        "10.0.0.2/24; 10.0.0.2/24",
        "10.0.0.2/24,10.0.0.1; 10.0.0.2/24 via 10.0.0.1",
        "192.168.7.9/32; 192.168.7.9/32",
        "10.0.0.2::10.0.0.1:255.255.255.0::eth0:off; 10.0.0.2/24 via 10.0.0.1",
        "10.0.0.2:::255.0.0.0; 10.0.0.2/8",
        "10.0.0.2:::; 10.0.0.2/24"})
    void shouldReadWhatAGuestIsTold(final String text, final String expected)
    {
        assertEquals(expected, Ipv4Config.parse(text).toString());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "dhcp", "10.0.0.2", "10.0.0.2/", "10.0.0.2/33", "10.0.0.2/-1", "10.0.0/24",
        "10.0.0.256/24", "10.0.0.2.3/24", "10.0.0.02/24", "10..0.2/24", "0.0.0.0/24", "127.0.0.1/8", "224.0.0.1/24",
        "10.0.0.2/24,", "10.0.0.2/24,gw", "10.0.0.2:::255.0.255.0", "::10.0.0.1:255.255.255.0", " 10.0.0.2/24",
        "10.0.0.2/24 "})
    void shouldRefuseOtherText(final String text)
    {
        assertThrows(IllegalArgumentException.class, () -> Ipv4Config.parse(text));
    }

    @Test
    void shouldKnowWhoIsOnTheLink()
    {
        final Ipv4Config config = Ipv4Config.parse("10.0.0.66/26");
        assertTrue(config.isOnLink(Ipv4Address.parse("10.0.0.127").value()));
        assertFalse(config.isOnLink(Ipv4Address.parse("10.0.0.128").value()));
        assertFalse(config.isOnLink(Ipv4Address.parse("10.0.0.63").value()));
        assertEquals("10.0.0.127", Ipv4Address.toText(config.broadcastAddress()));
        assertEquals(-1, Ipv4Config.parse("10.0.0.66/31").broadcastAddress());
        assertTrue(Ipv4Config.parse("10.0.0.66/0").isOnLink(-2));
    }
}
