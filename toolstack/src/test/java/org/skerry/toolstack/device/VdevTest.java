package org.skerry.toolstack.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** DSK-16: names and numbers of xen-vbd-interface(7). */
class VdevTest
{
    @ParameterizedTest
    @CsvSource({
        "xvda, 51712", "xvda1, 51713", "xvda15, 51727", "xvdb, 51728", "xvdb5, 51733", "xvdp, 51952",
        "xvdp15, 51967", "d0, 51712", "d0p0, 51712", "d1p2, 51730", "xvdb2, 51730",
        "xvda16, 268435472", "xvdq, 268439552", "xvdz, 268441856", "xvdaa, 268442112", "xvdtq37, 268572709",
        "d536p37, 268572709", "d16p0, 268439552",
        "sda, 2048", "sda1, 2049", "sda15, 2063", "sdb3, 2067", "sdp, 2288", "sdp15, 2303",
        "hda, 768", "hda1, 769", "hda63, 831", "hdb, 832", "hdb1, 833", "hdc, 5632", "hdc2, 5634", "hdd, 5696",
        "0x0, 0", "0x1, 1", "0, 0", "0x301, 769", "768, 768", "01400, 768", "2147483647, 2147483647"})
    void shouldNumberDevicesAsXenDoes(final String name, final int number)
    {
        assertEquals(new Vdev(name, number), Vdev.parse(name));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "xvd", "xvda01", "xvda256", "xvda0", "xvdA", "hde", "hda64", "sdq", "sda16", "d0p256",
        "d1048576p0", "d", "vda", "xvda1x", "xvda-1", "0x", "09", "2147483648", "0x80000000", "-1", " xvda",
        "xvdaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "xvda99999999999999999999"})
    void shouldRefuseWhatIsNoDevice(final String name)
    {
        assertEquals("unknown device '" + name + "' (xvda, xvda1, sda1, hdc, d0p1 or a number)",
            assertThrows(IllegalArgumentException.class, () -> Vdev.parse(name)).getMessage());
    }
}
