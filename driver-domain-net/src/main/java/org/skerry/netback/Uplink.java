package org.skerry.netback;

import org.agrona.concurrent.UnsafeBuffer;

/** Where a vif is plugged in: takes the frames that its guest sends. */
interface Uplink
{
    /**
     * Take a frame. Its bytes have been copied, or the frame dropped, when the call returns.
     *
     * @param buffer memory of our own.
     * @param offset of the first byte.
     * @param length in bytes, at least an Ethernet header.
     * @return false when the frame was dropped.
     */
    boolean send(UnsafeBuffer buffer, int offset, int length);

    /** Frames of the vif's queue have reached the guest: there is room again. */
    void onRoom();
}
