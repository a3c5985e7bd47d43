package org.skerry.guest;

import org.skerry.wire.Domid;
import org.skerry.wire.EventChannelPort;

/**
 * What a domain is told before its first instruction.
 *
 * @param name         given by the toolstack.
 * @param cmdline      of its kernel, unchanged.
 * @param memoryKb     that it has now.
 * @param vcpus        1 or more.
 * @param storeDomid   who serves its xenstore page, or null when it has none.
 * @param storePort    port kept for xenstore, or null.
 * @param storeFrame   frame of the xenstore page, or -1.
 * @param consoleDomid who serves its console page, or null when it has none.
 * @param consolePort  port kept for the console, or null.
 * @param consoleFrame frame of the console page, or -1.
 * @param grantTableFrame first frame of the grant table.
 * @param grantTableFrameCount frames of it, 1 to 64.
 * @param firstFreeFrame frames below are spoken for.
 */
public record StartInfo(
    String name, String cmdline, long memoryKb, int vcpus, Domid storeDomid, EventChannelPort storePort, int storeFrame,
    Domid consoleDomid, EventChannelPort consolePort, int consoleFrame, int grantTableFrame, int grantTableFrameCount,
    int firstFreeFrame)
{
}
