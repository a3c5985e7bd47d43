package org.skerry.toolstack;

/**
 * What a domain uses of the machine, for {@code xentop}.
 *
 * @param info       of it.
 * @param vifCount   virtual network interfaces.
 * @param sentBytes  that it has sent through them, or -1 when nobody counts for us.
 * @param receivedBytes that it has received, or -1.
 * @param vbdCount   virtual disks.
 */
public record DomainUsage(DomainInfo info, int vifCount, long sentBytes, long receivedBytes, int vbdCount)
{
}
