package org.skerry.examples.net;

/**
 * Counts since the stack was made.
 *
 * @param framesIn         frames that the device brought.
 * @param framesOut        frames that the device took.
 * @param bytesIn          their bytes, Ethernet header included.
 * @param bytesOut         their bytes, Ethernet header included.
 * @param malformed        came in broken: cut off, inconsistent, or with a wrong checksum.
 * @param ignored          came in well-formed, but were for others, of unknown protocols, or fragments.
 * @param dropped          were to go out, but the device or the room for waiting packets was full.
 * @param echoesAnswered   pings of others.
 * @param addressConflicts ARP packets in which another station claimed our address.
 */
public record StackStatistics(
    long framesIn,
    long framesOut,
    long bytesIn,
    long bytesOut,
    long malformed,
    long ignored,
    long dropped,
    long echoesAnswered,
    long addressConflicts)
{
}
