package org.skerry.guest.netfront;

import org.agrona.concurrent.UnsafeBuffer;

/** Takes the frames that come in by a vif. */
@FunctionalInterface
public interface FrameHandler
{
    /**
     * A frame came in. The bytes are in memory that no other domain can reach, and are the handler's to read during the
     * call. What they say is what somebody sent.
     *
     * @param buffer that holds the frame.
     * @param offset of its first byte.
     * @param length in bytes, 1 to 65535.
     */
    void onFrame(UnsafeBuffer buffer, int offset, int length);
}
