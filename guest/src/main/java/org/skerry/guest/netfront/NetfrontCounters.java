package org.skerry.guest.netfront;

/** What a netfront counts. Plain fields, one thread owns them. */
final class NetfrontCounters
{
    long txFrames;
    long txBytes;
    long txDropped;
    long txErrors;
    long rxFrames;
    long rxBytes;
    long rxErrors;

    NetfrontStatistics snapshot()
    {
        return new NetfrontStatistics(txFrames, txBytes, txDropped, txErrors, rxFrames, rxBytes, rxErrors);
    }
}
