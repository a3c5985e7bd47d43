package org.skerry.guest.xenstore;

import java.nio.ByteBuffer;

import org.agrona.concurrent.UnsafeBuffer;
import org.skerry.guest.event.EventChannel;
import org.skerry.guest.hypercall.HypervisorConnection;
import org.skerry.wire.linux.Poll;

/** The bell of a real store page. While it sleeps it still hears the hypervisor, which says when the store binds. */
final class ChannelStoreBell implements StoreBell
{
    private final EventChannel channel;
    private final HypervisorConnection connection;
    private final ByteBuffer pollMemory = ByteBuffer.allocateDirect(2 * Poll.POLLFD_LENGTH);
    private final long pollfds = new UnsafeBuffer(pollMemory).addressOffset();

    ChannelStoreBell(final EventChannel channel, final HypervisorConnection connection)
    {
        this.channel = channel;
        this.connection = connection;
    }

    @Override
    public void notifyRemote()
    {
        channel.notifyRemote();
    }

    @Override
    public void await()
    {
        final boolean wasBound = channel.isBound();
        Poll.set(pollfds, 0, channel.ownBell(), Poll.POLLIN);
        Poll.set(pollfds, 1, connection.fd(), Poll.POLLIN);

        if (connection.waiter().await(pollfds, 2) <= 0)
        {
            return;
        }
        if (Poll.revents(pollfds, 0) != 0)
        {
            channel.drain();
        }
        if (Poll.revents(pollfds, 1) != 0)
        {
            connection.pollEvents();
        }
        if (!wasBound && channel.isBound())
        {
            channel.notifyRemote();                              // what was rung before the store was there is lost
        }
    }
}
