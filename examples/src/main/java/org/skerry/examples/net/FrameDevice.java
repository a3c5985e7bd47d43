package org.skerry.examples.net;

import org.agrona.DirectBuffer;
import org.skerry.wire.MacAddress;

/**
 * Something that takes and brings Ethernet frames, without preamble and check sequence: a netfront, a TAP, a wire in a
 * test. All calls on one thread.
 */
public interface FrameDevice
{
    /** @return the station's own address. */
    MacAddress macAddress();

    /** @return bytes that a frame may carry behind its 14 bytes of header, usually 1500. */
    int mtu();

    /**
     * Take one frame. The bytes have been copied, or the frame dropped, when the call returns.
     *
     * @param buffer that holds the frame.
     * @param offset of its first byte.
     * @param length in bytes, 14 to 14 + mtu.
     * @return false when the device has no room now, or no carrier, and has dropped the frame.
     */
    boolean send(DirectBuffer buffer, int offset, int length);

    /**
     * Say who gets the frames that come in. Replaces the former handler.
     *
     * @param handler called on the owner's thread; never from within {@link #send}.
     */
    void onFrame(FrameHandler handler);
}
