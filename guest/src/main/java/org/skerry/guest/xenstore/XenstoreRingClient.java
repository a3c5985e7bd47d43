package org.skerry.guest.xenstore;

import java.util.concurrent.Executor;
import java.util.function.Consumer;

import org.agrona.concurrent.UnsafeBuffer;
import org.skerry.guest.Domain;
import org.skerry.guest.EventLoop;
import org.skerry.guest.StartInfo;
import org.skerry.guest.event.EventChannel;
import org.skerry.wire.Errno;
import org.skerry.wire.Hypercalls;
import org.skerry.wire.xs.XenstoreRing;
import org.skerry.wire.xs.XsOp;
import org.skerry.wire.xs.XsWire;

/**
 * The way to xenstore for a domain: its store page and the event channel beside it. All of it belongs to the thread
 * that owns the domain. A call waits right there for its answer; other handlers of the loop do not run meanwhile. Watch
 * events that come in between are told from the loop, never from inside a call.
 *
 * <p>Spec: docs/misc/xenstore-ring.txt.
 */
public final class XenstoreRingClient
{
    private XenstoreRingClient()
    {
    }

    /**
     * Take the domain's store page into use; once for each domain. The store need not serve it yet: the first call
     * waits until it does. The domain's balloon follows {@code memory/target} from the loop's next turn on.
     *
     * @param domain that is attached.
     * @return the connection.
     * @throws IllegalStateException when the domain was built without a store page.
     */
    public static XenstoreClient attach(final Domain domain)
    {
        final StartInfo info = domain.startInfo();

        if (info.storePort() == null || info.storeFrame() < 0)
        {
            throw new IllegalStateException("this domain has no store page: domid=" + domain.domid());
        }

        final EventChannel channel = domain.eventChannels().adopt(info.storePort());
        final UnsafeBuffer page =
            new UnsafeBuffer(domain.memory().addressOf(info.storeFrame()), Hypercalls.PAGE_SIZE);
        final EventLoop loop = domain.loop();
        final XenstoreClient client = over(
            page,
            new ChannelStoreBell(channel, domain.connection()),
            task -> loop.schedule(0, task),
            channel::onEvent,
            channel::close);
        loop.schedule(0, () -> domain.balloon().follow(client));

        return client;
    }

    /**
     * The same over any page and bell.
     *
     * @param page    the store page.
     * @param bell    of it.
     * @param tasks   runs what watches have to be told, on the calling thread but later.
     * @param onBell  told what to run when the bell rang while nobody waited.
     * @param onClose run when the connection is closed.
     */
    static XenstoreClient over(
        final UnsafeBuffer page,
        final StoreBell bell,
        final Executor tasks,
        final Consumer<Runnable> onBell,
        final Runnable onClose)
    {
        return new XenstoreSession(
            onEvent ->
            {
                final RingTransport transport = new RingTransport(page, bell, onEvent, onClose);
                onBell.accept(transport::onBell);
                return transport;
            },
            tasks);
    }

    private static final class RingTransport implements XenstoreTransport
    {
        private final XenstoreRing ring;
        private final StoreBell bell;
        private final Consumer<XenstoreMessage> onEvent;
        private final Runnable onClose;
        private final Thread owner = Thread.currentThread();
        private final XenstoreMessage.Assembler assembler = new XenstoreMessage.Assembler();
        private int reqId;
        private XenstoreMessage reply;
        private boolean isOpen = true;

        RingTransport(
            final UnsafeBuffer page,
            final StoreBell bell,
            final Consumer<XenstoreMessage> onEvent,
            final Runnable onClose)
        {
            this.ring = XenstoreRing.client(page);
            this.bell = bell;
            this.onEvent = onEvent;
            this.onClose = onClose;
        }

        @Override
        public XenstoreMessage call(final XsOp op, final int txId, final byte[] payload)
        {
            if (Thread.currentThread() != owner)
            {
                throw new IllegalStateException("a store page belongs to one thread: owner=" + owner.getName());
            }

            reqId++;
            reply = null;
            send(XenstoreMessage.encode(op, reqId, txId, payload));

            while (reply == null)
            {
                checkOpen();

                if (receive() == 0)
                {
                    bell.await();
                }
            }

            return reply;
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
            onClose.run();
        }

        /** The bell rang while nobody waited: there may be watch events. A loss is told to the next caller. */
        void onBell()
        {
            try
            {
                if (isOpen)
                {
                    receive();
                }
            }
            catch (final XenstoreException e)
            {
                System.err.println("xenstore: " + e.getMessage());
            }
        }

        private void send(final byte[] message)
        {
            int sent = 0;

            while (sent < message.length)
            {
                checkOpen();
                final int count = check(ring.write(message, sent, message.length - sent));
                sent += count;

                if (count > 0)
                {
                    bell.notifyRemote();
                }
                else if (receive() == 0)
                {
                    bell.await();
                }
            }
        }

        /** @return bytes that came. */
        private int receive()
        {
            int total = 0;
            int count;

            do
            {
                count = check(ring.read(assembler.bytes(), assembler.offset(), assembler.wanted()));
                total += count;

                if (count > 0)
                {
                    dispatch(assembled(count));
                }
            }
            while (count > 0);

            if (total > 0)
            {
                bell.notifyRemote();
            }

            return total;
        }

        private XenstoreMessage assembled(final int count)
        {
            try
            {
                return assembler.received(count);
            }
            catch (final IllegalArgumentException e)
            {
                throw lost(e.getMessage());
            }
        }

        private void dispatch(final XenstoreMessage message)
        {
            if (message != null && message.isEvent())
            {
                onEvent.accept(message);
            }
            else if (message != null && message.reqId() == reqId)
            {
                reply = message;
            }
        }

        private int check(final int result)
        {
            if (result < 0)
            {
                throw lost("the store page holds indices that cannot be");
            }

            return result;
        }

        private void checkOpen()
        {
            if (isOpen && ring.error() != XsWire.ERROR_NONE)
            {
                throw lost("the store gave this connection up: error=" + ring.error());
            }
            if (!isOpen)
            {
                throw lost("the connection to xenstore is closed");
            }
        }

        private XenstoreException lost(final String why)
        {
            isOpen = false;
            return new XenstoreException(Errno.EIO, why);
        }
    }
}
