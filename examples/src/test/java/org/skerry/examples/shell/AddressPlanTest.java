package org.skerry.examples.shell;

import org.junit.jupiter.api.Test;
import org.skerry.examples.net.Ipv4Config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

class AddressPlanTest
{
    @Test
    void shouldPreferTheCommandLine()
    {
        assertEquals(new AddressPlan.Fixed(Ipv4Config.parse("10.0.0.2/16,10.0.0.1")),
            AddressPlan.of("quiet ip=10.0.0.2/16,10.0.0.1 root=x", "10.9.9.9"));
        assertEquals(new AddressPlan.Dhcp(), AddressPlan.of("ip=dhcp", "10.9.9.9"));
        assertEquals(new AddressPlan.None(null), AddressPlan.of("ip=off", "10.9.9.9"));
    }

    @Test
    void shouldTakeTheVifsNodeElse()
    {
        assertEquals(new AddressPlan.Fixed(Ipv4Config.parse("10.9.9.9/24")), AddressPlan.of("", "10.9.9.9 10.9.9.8"));
        assertEquals(new AddressPlan.Fixed(Ipv4Config.parse("10.9.9.9/8")), AddressPlan.of("", "10.9.9.9/8"));
        assertEquals(new AddressPlan.None(null), AddressPlan.of("", null));
        assertEquals(new AddressPlan.None(null), AddressPlan.of("", "  "));
    }

    @Test
    void shouldSayWhatItCouldNotRead()
    {
        final AddressPlan plan = AddressPlan.of("ip=10.0.0.256/24", null);
        assertTrue(assertInstanceOf(AddressPlan.None.class, plan).problem().startsWith("ip=10.0.0.256/24: "));
        assertInstanceOf(AddressPlan.None.class, AddressPlan.of("", "fe80::1"));
    }
}
