package org.skerry.netback;

/** What a vif counts. Plain fields, one thread owns them. Direction is the frontend's: tx leaves the guest. */
final class VifCounters
{
    /** Frames and bytes that the uplink took. */
    long txFrames;
    long txBytes;
    /** Frames that were right, but too long for the vif, or refused by the uplink. */
    long txDropped;
    /** Frames answered with NETIF_RSP_ERROR. */
    long txErrors;
    /** Frames and bytes that reached the guest's pages. */
    long rxFrames;
    long rxBytes;
    /** Frames that found the queue full, or were too long for the vif. */
    long rxDropped;
    /** Frames lost because the guest's pages could not be written to. */
    long rxErrors;
    /** Bells that we rang. */
    long bells;

    @Override
    public String toString()
    {
        return "tx " + txFrames + " frames " + txBytes + " bytes " + txDropped + " dropped " + txErrors + " errors, " +
            "rx " + rxFrames + " frames " + rxBytes + " bytes " + rxDropped + " dropped " + rxErrors + " errors, " +
            bells + " bells";
    }
}
