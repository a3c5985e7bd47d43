package org.skerry.guest.xenstore;

import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

import org.skerry.wire.Errno;
import org.skerry.wire.xs.XsOp;
import org.skerry.wire.xs.XsWire;

/**
 * The store over its unix socket: for Domain-0 and for tools. Any number of threads may use a client; watch handlers
 * run one after the other on a thread of the client's own.
 */
public final class XenstoreSocketClient
{
    private XenstoreSocketClient()
    {
    }

    /**
     * @param socket of xenstored.
     * @return a client.
     * @throws XenstoreException EIO when nobody listens there.
     */
    public static XenstoreClient connect(final Path socket)
    {
        try
        {
            final SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket));
            final Transport transport = new Transport(channel);
            final XenstoreClient client = new XenstoreConnection(transport);
            transport.start();

            return client;
        }
        catch (final IOException e)
        {
            throw new XenstoreException(Errno.EIO, "connect to " + socket + ": " + e.getMessage());
        }
    }

    private static final class Transport implements XsTransport
    {
        private final SocketChannel channel;
        private final Map<Integer, CompletableFuture<XsMessage>> waiting = new ConcurrentHashMap<>();
        private final ExecutorService dispatcher = Executors.newSingleThreadExecutor(
            Thread.ofPlatform().daemon().name("xenstore-watches").factory());
        private WatchEventSink sink;
        private int lastRequestId;
        private volatile boolean isOpen = true;

        Transport(final SocketChannel channel)
        {
            this.channel = channel;
        }

        void start()
        {
            Thread.ofPlatform().daemon().name("xenstore-reader").start(this::readAll);
        }

        @Override
        public byte[] call(final XsOp op, final int transactionId, final byte[] payload)
        {
            final CompletableFuture<XsMessage> answer = new CompletableFuture<>();
            send(op, transactionId, payload, answer);
            try
            {
                return answer.join().answerTo(op, payload);
            }
            catch (final CompletionException e)
            {
                throw new XenstoreException(Errno.EIO, op + ": the connection is gone");
            }
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
            dispatcher.shutdown();
            try
            {
                channel.close();
            }
            catch (final IOException e)
            {
                failAll(e);
            }
        }

        private synchronized void send(
            final XsOp op, final int transactionId, final byte[] payload, final CompletableFuture<XsMessage> answer)
        {
            final int requestId = ++lastRequestId;
            final ByteBuffer message = ByteBuffer.wrap(XsMessage.encode(op, requestId, transactionId, payload));
            waiting.put(requestId, answer);
            try
            {
                while (message.hasRemaining())
                {
                    channel.write(message);
                }
            }
            catch (final IOException e)
            {
                failAll(e);
            }
            if (!isOpen)
            {
                failAll(new IOException("closed"));
            }
        }

        private void readAll()
        {
            final ByteBuffer header = ByteBuffer.allocate(XsWire.HEADER_LENGTH);
            try
            {
                while (fill(header.clear()))
                {
                    final int length = XsMessage.payloadLength(header);
                    final byte[] payload = new byte[Math.max(0, length)];
                    if (length < 0 || !fill(ByteBuffer.wrap(payload)))
                    {
                        break;
                    }
                    take(XsMessage.decode(header, payload));
                }
                failAll(new IOException("the store hung up"));
            }
            catch (final IOException e)
            {
                failAll(e);
            }
        }

        private void take(final XsMessage message)
        {
            if (message.isWatchEvent())
            {
                if (!dispatcher.isShutdown())
                {
                    dispatcher.execute(() -> message.tell(sink));
                }
                return;
            }
            final CompletableFuture<XsMessage> answer = waiting.remove(message.requestId());
            if (answer != null)
            {
                answer.complete(message);
            }
        }

        private boolean fill(final ByteBuffer buffer) throws IOException
        {
            while (buffer.hasRemaining())
            {
                if (channel.read(buffer) < 0)
                {
                    return false;
                }
            }

            return true;
        }

        private void failAll(final IOException cause)
        {
            isOpen = false;
            waiting.values().forEach(answer -> answer.completeExceptionally(cause));
            waiting.clear();
        }
    }
}
