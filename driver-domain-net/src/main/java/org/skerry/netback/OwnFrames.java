package org.skerry.netback;

import org.agrona.concurrent.UnsafeBuffer;

/**
 * Frames of our own memory in a row, for bytes that come from or go to other domains.
 *
 * @param firstFrame number of the first.
 * @param frameCount how many.
 * @param buffer     their bytes, over an address that the Linux calls take too.
 */
record OwnFrames(int firstFrame, int frameCount, UnsafeBuffer buffer)
{
    static final int FRAME_LENGTH = 4096;

    /** Checks that there are as many bytes as frames. */
    OwnFrames
    {
        if (buffer.capacity() != frameCount * FRAME_LENGTH)
        {
            throw new IllegalArgumentException(
                "frames and bytes differ: frameCount=" + frameCount + ", capacity=" + buffer.capacity());
        }
    }

    /** @return number of the frame in which that byte lies. */
    int frameOf(final int offset)
    {
        return firstFrame + offset / FRAME_LENGTH;
    }
}
