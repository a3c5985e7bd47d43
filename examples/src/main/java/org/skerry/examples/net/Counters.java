package org.skerry.examples.net;

/** What the stack counts. Plain fields: one thread owns them. */
final class Counters
{
    long framesIn;
    long framesOut;
    long bytesIn;
    long bytesOut;
    /** Broken, cut off, or with a wrong checksum. */
    long malformed;
    /** Well-formed and not for us: other addresses, protocols, fragments. */
    long ignored;
    /** Ours that the device, or the room for waiting packets, did not take. */
    long dropped;
    long echoesAnswered;
    /** Stations that claim our address. */
    long addressConflicts;

    StackStatistics snapshot()
    {
        return new StackStatistics(
            framesIn, framesOut, bytesIn, bytesOut, malformed, ignored, dropped, echoesAnswered, addressConflicts);
    }
}
