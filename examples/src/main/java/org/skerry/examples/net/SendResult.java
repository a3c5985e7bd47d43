package org.skerry.examples.net;

/** What became of a packet that was to be sent. */
public enum SendResult
{
    /** The device has it. */
    SENT,
    /** It waits until the next station's hardware address is known, at most three seconds. */
    RESOLVING,
    /** There is no address yet, or no gateway to that network. */
    NO_ROUTE,
    /** Larger than one frame takes; this stack cuts nothing into fragments. */
    TOO_LONG,
    /** The device, or the room for waiting packets, was full. */
    DROPPED;

    /** @return whether the packet is on its way, as far as we know. */
    public boolean isAccepted()
    {
        return this == SENT || this == RESOLVING;
    }
}
