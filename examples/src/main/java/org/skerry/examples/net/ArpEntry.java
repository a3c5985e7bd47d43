package org.skerry.examples.net;

import org.skerry.wire.MacAddress;

/**
 * A station that we know, as of now.
 *
 * @param address    of the station.
 * @param macAddress where frames for it go.
 * @param ageNs      since the station last said so.
 */
public record ArpEntry(Ipv4Address address, MacAddress macAddress, long ageNs)
{
}
