package org.skerry.toolstack.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.skerry.wire.MacAddress;

/** Rows VIF-01 to VIF-12, as far as a specification goes. */
class VifSpecParserTest
{
    private final List<String> notices = new ArrayList<>();

    @Test
    void shouldReadTheFormsOfTheSeeds()
    {
        final VifSpec vif = parse("mac=00:16:3e:27:53:d4,bridge=xenbr0");

        assertEquals("00:16:3e:27:53:d4", vif.mac().toString());
        assertEquals("xenbr0", vif.bridge());
        assertNull(vif.switchName());
        assertEquals("aa:00:00:d1:00:09", parse("mac=aa:00:00:d1:00:09,bridge=bridge0").mac().toString());
        assertEquals("de:ad:be:ef:37:16", parse("mac=DE:AD:BE:EF:37:16").mac().toString());
    }

    @Test
    void shouldGiveAnEmptyElementADefaultPlaceAndAnAddressOfXensRange()
    {
        final VifSpec vif = parse("");

        assertEquals("xenbr0", vif.bridge());
        assertTrue(vif.mac().toString().matches("00:16:3e:[0-7][0-9a-f]:[0-9a-f]{2}:[0-9a-f]{2}"));
        assertEquals(1500, vif.mtu());
        assertTrue(vif.trusted());

        final VifSpec ordinary =
            VifSpecParser.parse(" ", 3, VifDefaults.SWITCH, new SplittableRandom(1), notices::add);
        assertNull(ordinary.bridge());
        assertEquals("xensw0", ordinary.switchName());
        assertEquals(3, ordinary.devid());
    }

    @Test
    void shouldChooseAddressesOnlyInTheHalfThatIsSetAsideForChance()
    {
        final SplittableRandom random = new SplittableRandom(7);
        final Set<MacAddress> chosen = new HashSet<>();
        for (int i = 0; i < 1000; i++)
        {
            final MacAddress mac = VifSpecParser.chooseMac(random);
            assertTrue(mac.toString().matches("00:16:3e:[0-7].:..:.."), mac.toString());
            chosen.add(mac);
        }
        assertTrue(chosen.size() > 990);
    }

    @Test
    void shouldReadEveryKey()
    {
        final VifSpec vif = parse("mac=00:16:3e:00:00:01, switch=lan0, backend=netdom, ip=10.0.0.1 fe80::1, " +
            "vifname=uplink, rate=1MB/s@20ms, model=e1000, mtu=9000, gatewaydev=eth0, vlan=10p/20, type=vif, " +
            "devid=5, untrusted");

        assertEquals(new VifSpec(5, MacAddress.parse("00:16:3e:00:00:01"), null, "lan0", "netdom",
            List.of("10.0.0.1", "fe80::1"), "uplink", new VifRate(20_000, 20_000), "e1000", 9000, "eth0", "10p/20",
            false), vif);
        assertFalse(vif.trusted());
    }

    @Test
    void shouldSayWhatIsNotUsed()
    {
        parse("script=vif-bridge,netdev=eth1,accel=1");

        assertEquals(List.of(
            "vif: script=vif-bridge is not run, Domain-0 plugs interfaces in",
            "vif: netdev is an old name of gatewaydev",
            "vif: accel=1 is not used"), notices);
    }

    @ParameterizedTest
    @CsvSource({
        "16000000b/s,100000,50000", "16000000b/s@50ms,100000,50000", "2000000B/s,100000,50000",
        "2000000B/s@50ms,100000,50000", "16Kb/s,100,50000", "2KB/s@50ms,100,50000", "16Mb/s,100000,50000",
        "2MB/s@50ms,100000,50000", "8Gb/s,50000000,50000", "1GB/s@50ms,50000000,50000", "80Mb/s@1s,10000000,1000000",
        "10MB/s@1s,10000000,1000000", "10Mb/s,62500,50000", "250KB/s,12500,50000", "1MB/s@20ms,20000,20000",
        "1MB/s@500us,500,500", "1MB/s@2,2000000,2000000"})
    void shouldReadRates(final String rate, final long bytes, final long us)
    {
        final VifRate read = parse("rate=" + rate).rate();

        assertEquals(new VifRate(bytes, us), read);
        assertEquals(bytes + "," + us, read.toString());
    }

    @ParameterizedTest
    @CsvSource({"foo", "10MB", "10MB/m", "10ZB/s", "4294967296b/s", "4294967296Gb/s", "0B/s", "10Mb/s@foo",
        "10Mb/s@10h", "1B/s@4294967296us", "1B/s@4294968ms", "1B/s@4295s", "1B/s@0us", "4294967295GB/s@5us",
        "4296MB/s@4294s", "@", "1B/s@1us", "99999999999999999999B/s"})
    void shouldRefuseRatesThatXlRefuses(final String rate)
    {
        assertEquals(5, assertThrows(SpecException.class, () -> parse("rate=" + rate)).offset());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "mac=00:16:3e:27:53      | 4  | not a MAC address: '00:16:3e:27:53' (expected 00:16:3e:xx:xx:xx)",
        "mac=00:16:3e:27:53:zz   | 4  | not a MAC address: '00:16:3e:27:53:zz' (expected 00:16:3e:xx:xx:xx)",
        "mac=01:00:5e:00:00:01   | 4  | not the address of one interface: '01:00:5e:00:00:01' " +
            "(the first byte of a MAC address is even)",
        "mac=00:00:00:00:00:00   | 4  | not the address of one interface: '00:00:00:00:00:00' " +
            "(the first byte of a MAC address is even)",
        "bridge=xenbr0,switch=a  | 14 | a vif is on a bridge or on a switch, not on both",
        "brigde=xenbr0           | 0  | unknown vif parameter 'brigde', did you mean 'bridge'?",
        "mac=00:16:3e:00:00:01,x | 22 | expected key=value in vif, found 'x'",
        "vifname=interfacenumber1| 8  | vifname is longer than 15 characters: 'interfacenumber1'",
        "bridge=../../x          | 7  | not a name for bridge: '../../x'",
        "bridge=                 | 7  | not a name for bridge: ''",
        "mtu=50                  | 4  | mtu is a number from 68 to 65521, not '50'",
        "devid=x                 | 6  | devid is a number from 0 to 65535, not 'x'",
        "backend=                | 8  | backend has no value",
        "type=tun                | 5  | unknown type of vif 'tun', expected vif"})
    void shouldPointAtWhatIsWrong(final String spec, final int offset, final String message)
    {
        final SpecException ex = assertThrows(SpecException.class, () -> parse(spec));

        assertEquals(message, ex.getMessage());
        assertEquals(offset, ex.offset());
    }

    private VifSpec parse(final String spec)
    {
        return VifSpecParser.parse(spec, 0, VifDefaults.BRIDGE, new SplittableRandom(1), notices::add);
    }
}
