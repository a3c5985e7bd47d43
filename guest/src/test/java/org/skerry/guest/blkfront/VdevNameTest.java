package org.skerry.guest.blkfront;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class VdevNameTest
{
    @ParameterizedTest
    @CsvSource({"51712, xvda", "51713, xvda1", "51728, xvdb", "51952, xvdp", "51967, xvdp15", "268439552, xvdq",
        "268439553, xvdq1", "268435456, xvda", "268442112, xvdaa", "268442368, xvdab", "2048, sda", "2049, sda1",
        "2064, sdb", "768, hda", "769, hda1", "832, hdb", "5632, hdc", "5696, hdd", "0, vbd0", "7, vbd7",
        "2147483647, xvdpaozx255"})
    void shouldNameDisksAsLinuxGuestsDo(final int vdev, final String name)
    {
        assertEquals(name, VdevName.of(vdev));
    }
}
