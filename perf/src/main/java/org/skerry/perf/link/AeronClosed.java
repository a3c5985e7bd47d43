package org.skerry.perf.link;

import io.aeron.Publication;

/**
 * Tells a publication that has no room now from one that never will have.
 */
final class AeronClosed
{
    private AeronClosed()
    {
    }

    static void check(final long position)
    {
        if (position == Publication.CLOSED || position == Publication.NOT_CONNECTED ||
            position == Publication.MAX_POSITION_EXCEEDED)
        {
            throw new IllegalStateException("Aeron: " + Publication.errorString(position));
        }
    }
}
