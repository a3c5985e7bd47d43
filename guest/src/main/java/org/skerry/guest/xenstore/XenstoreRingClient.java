package org.skerry.guest.xenstore;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;

import org.agrona.concurrent.UnsafeBuffer;
import org.skerry.guest.Domain;
import org.skerry.guest.StartInfo;
import org.skerry.guest.event.EventChannel;
import org.skerry.wire.Errno;
import org.skerry.wire.linux.Poll;
import org.skerry.wire.xs.XenstoreRing;
import org.skerry.wire.xs.XsOp;
import org.skerry.wire.xs.XsWire;

/**
 * The store over the page that a domain shares with it. The domain's owner thread makes the calls and waits for each;
 * watch handlers run on its loop.
 */
public final class XenstoreRingClient
{
    private XenstoreRingClient()
    {
    }

    /**
     * @param domain this domain; it has a store page.
     * @return a client; one a domain.
     * @throws IllegalStateException when the domain was built without a store.
     */
    public static XenstoreClient connect(final Domain domain)
    {
        if (domain.startInfo().storePort() == null)
        {
            throw new IllegalStateException("this domain has no xenstore page: domid=" + domain.domid());
        }

        return new XenstoreConnection(new Transport(domain));
    }

    private static final class Transport implements XsTransport
    {
        private final Domain domain;
        private final EventChannel channel;
        private final XenstoreRing ring;
        private final ByteBuffer header = ByteBuffer.allocate(XsWire.HEADER_LENGTH);
        private final ArrayDeque<XsMessage> events = new ArrayDeque<>();
        private final ByteBuffer pollMemory = ByteBuffer.allocateDirect(2 * Poll.POLLFD_LENGTH);
        private final long pollfds = new UnsafeBuffer(pollMemory).addressOffset();
        private byte[] payload;
        private int payloadRead;
        private XsMessage answer;
        private WatchEventSink sink;
        private int lastRequestId;
        private boolean isTelling;
        private boolean wasBound;
        private boolean isOpen = true;

        Transport(final Domain domain)
        {
            final StartInfo info = domain.startInfo();
            this.domain = domain;
            ring = XenstoreRing.client(
                new UnsafeBuffer(domain.memory().addressOf(info.storeFrame()), XenstoreRing.LENGTH));
            channel = domain.eventChannels().adopt(info.storePort());
            channel.onEvent(this::onBell);
        }

        @Override
        public byte[] call(final XsOp op, final int transactionId, final byte[] asked)
        {
            final int requestId = ++lastRequestId;
            final byte[] message = XsMessage.encode(op, requestId, transactionId, asked);
            int written = 0;
            while (written < message.length)
            {
                final int count = require(ring.write(message, written, message.length - written));
                written += count;
                if (count > 0)
                {
                    channel.notifyRemote();
                }
                else if (!readSome())
                {
                    sleep();
                }
            }

            while (answer == null || answer.requestId() != requestId)
            {
                answer = null;
                if (!readSome())
                {
                    sleep();
                }
            }
            final XsMessage reply = answer;
            onBell();                                      // the bell of what came behind the answer is spent

            return reply.answerTo(op, asked);
        }

        @Override
        public void onWatchEvent(final WatchEventSink newSink)
        {
            sink = newSink;
        }

        @Override
        public boolean isOpen()
        {
            return isOpen;
        }

        @Override
        public void close()
        {
            isOpen = false;
            channel.close();
        }

        /** Something came while nobody waits for an answer: it can only be events. */
        private void onBell()
        {
            wasBound |= channel.isBound();
            answer = null;
            while (isOpen && readSome())
            {
                answer = null;
            }
        }

        /**
         * Take what is there, up to one whole message: an answer is kept in {@code answer}, an event is queued.
         *
         * @return false when there was nothing.
         */
        private boolean readSome()
        {
            final int count;
            if (payload == null)
            {
                count = require(ring.read(header.array(), header.position(), header.remaining()));
                header.position(header.position() + count);
                if (header.hasRemaining())
                {
                    return tellConsumed(count);
                }
                final int length = XsMessage.payloadLength(header);
                if (length < 0)
                {
                    throw lost("the store sent a message that is too long");
                }
                payload = new byte[length];
                payloadRead = 0;
            }
            else
            {
                count = 0;
            }

            final int more = require(ring.read(payload, payloadRead, payload.length - payloadRead));
            payloadRead += more;
            if (payloadRead == payload.length)
            {
                take(XsMessage.decode(header, payload));
                payload = null;
                header.clear();
                channel.notifyRemote();
                return true;
            }

            return tellConsumed(count + more);
        }

        private boolean tellConsumed(final int count)
        {
            if (count > 0)
            {
                channel.notifyRemote();
            }

            return count > 0;
        }

        private void take(final XsMessage message)
        {
            if (message.isWatchEvent())
            {
                events.add(message);
                if (!isTelling)
                {
                    isTelling = true;
                    domain.loop().execute(this::tellEvents);
                }
            }
            else
            {
                answer = message;
            }
        }

        private void tellEvents()
        {
            isTelling = false;
            XsMessage event = events.poll();
            while (event != null && isOpen)
            {
                event.tell(sink);
                event = events.poll();
            }
        }

        /** Wait for the store's bell, or for the hypervisor to say that there is a store now. */
        private void sleep()
        {
            if (!channel.isBound() && wasBound)
            {
                throw lost("the store is gone");
            }
            wasBound |= channel.isBound();
            Poll.set(pollfds, 0, channel.ownBell(), Poll.POLLIN);
            Poll.set(pollfds, 1, domain.connection().fd(), Poll.POLLIN);
            Poll.poll(pollfds, 2, -1);
            if (Poll.revents(pollfds, 1) != 0)
            {
                domain.connection().pollEvents();
            }
            channel.drain();
        }

        private int require(final int count)
        {
            if (count == XenstoreRing.PROTOCOL_VIOLATION)
            {
                throw lost("the store broke the ring");
            }
            if (!isOpen)
            {
                throw lost("the connection is closed");
            }

            return count;
        }

        private XenstoreException lost(final String why)
        {
            isOpen = false;
            return new XenstoreException(Errno.EIO, why);
        }
    }
}
