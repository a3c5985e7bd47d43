package org.skerry.examples.net;

import org.agrona.DirectBuffer;

/** Takes frames as they come in. */
@FunctionalInterface
public interface FrameHandler
{
    /**
     * A frame came in. Its bytes are the handler's to read during the call, and nobody changes them meanwhile.
     *
     * @param buffer that holds the frame.
     * @param offset of its first byte.
     * @param length in bytes; every value is possible, whoever sent the frame chose it.
     */
    void onFrame(DirectBuffer buffer, int offset, int length);
}
