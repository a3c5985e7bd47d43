package org.skerry.perf.link;

import java.nio.ByteBuffer;

import org.agrona.concurrent.UnsafeBuffer;
import org.skerry.guest.Domain;
import org.skerry.guest.event.EventChannel;
import org.skerry.wire.linux.Poll;

/**
 * An event channel outside of the loop: this thread rings the peer, and sleeps until the peer rings or is gone.
 */
final class DomainBell
{
    private final Domain domain;
    private final EventChannel channel;
    private final ByteBuffer pollMemory = ByteBuffer.allocateDirect(2 * Poll.POLLFD_LENGTH);
    private final long pollfds = new UnsafeBuffer(pollMemory).addressOffset();
    private long count;

    /** The channel must be bound. */
    DomainBell(final Domain domain, final EventChannel channel)
    {
        this.domain = domain;
        this.channel = channel;
        Poll.set(pollfds, 0, channel.ownBell(), Poll.POLLIN);
        Poll.set(pollfds, 1, domain.connection().fd(), Poll.POLLIN);
    }

    void begin()
    {
        count = 0;
    }

    void ring()
    {
        channel.notifyRemote();
        count++;
    }

    void sleep()
    {
        Poll.poll(pollfds, 2, -1);
        if (Poll.revents(pollfds, 0) != 0)
        {
            channel.drain();
        }
        if (Poll.revents(pollfds, 1) != 0)
        {
            domain.loop().poll(0);
            if (!channel.isBound())
            {
                throw new IllegalStateException("the peer is gone: port=" + channel.port());
            }
        }
    }

    long count()
    {
        return count;
    }
}
