package org.skerry.examples.net;

/**
 * What a DHCP server has lent us.
 *
 * @param config       address, network, gateway and name servers.
 * @param server       who lent it.
 * @param leaseSeconds for how long, counted from the request; 0xFFFF_FFFF for ever.
 */
public record DhcpLease(Ipv4Config config, Ipv4Address server, long leaseSeconds)
{
    /** A lease that never ends. */
    public static final long INFINITE = 0xFFFF_FFFFL;
}
