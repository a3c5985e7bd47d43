package org.skerry.netback;

import org.agrona.concurrent.UnsafeBuffer;

/** Where a switch lets frames out. */
interface Port
{
    /**
     * Take a frame that goes to whoever is behind this port. Its bytes have been copied, or the frame dropped and
     * counted, when the call returns. Never calls back into the switch.
     *
     * @param buffer memory of our own.
     * @param offset of the first byte.
     * @param length in bytes, at least an Ethernet header.
     * @return false when the frame was dropped: no room, or too long for this port.
     */
    boolean deliver(UnsafeBuffer buffer, int offset, int length);
}
