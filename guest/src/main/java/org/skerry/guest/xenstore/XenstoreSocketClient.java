package org.skerry.guest.xenstore;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;

import org.agrona.concurrent.UnsafeBuffer;
import org.skerry.wire.Errno;
import org.skerry.wire.linux.SysSocket;
import org.skerry.wire.linux.Unistd;
import org.skerry.wire.xs.XsOp;
import org.skerry.wire.xs.XsWire;

/**
 * The way to xenstore for Domain-0 and tools: the unix socket, whose clients are privileged. Any thread may call, many
 * at once; a thread of its own reads the answers. An interrupt does not disturb a call, it stays set.
 */
public final class XenstoreSocketClient
{
    private XenstoreSocketClient()
    {
    }

    /**
     * Connect. Watch events are told on a thread of the client's own, one after the other.
     *
     * @param socket that xenstore listens on, a path of at most 107 bytes.
     * @return the connection.
     * @throws XenstoreException ENOENT when there is no such file, ECONNREFUSED when nobody listens, EACCES.
     */
    public static XenstoreClient connect(final Path socket)
    {
        final ExecutorService events = Executors.newSingleThreadExecutor(
            task -> Thread.ofPlatform().daemon().name("xenstore-watches").unstarted(task));

        try
        {
            return connect(socket, events, events::shutdown);
        }
        catch (final XenstoreException e)
        {
            events.shutdown();
            throw e;
        }
    }

    /**
     * Connect.
     *
     * @param socket that xenstore listens on, a path of at most 107 bytes.
     * @param events runs what watches have to be told; one task at a time, in the order in which they are given.
     * @return the connection.
     * @throws XenstoreException ENOENT when there is no such file, ECONNREFUSED when nobody listens, EACCES.
     */
    public static XenstoreClient connect(final Path socket, final Executor events)
    {
        return connect(socket, events, () -> {});
    }

    private static XenstoreClient connect(final Path socket, final Executor events, final Runnable onEnd)
    {
        final int fd = SysSocket.socket(SysSocket.AF_UNIX, SysSocket.SOCK_STREAM, 0);
        final int result = fd < 0 ? fd : SysSocket.connectUnix(fd, socket.toString());

        if (result < 0)
        {
            if (fd >= 0)
            {
                Unistd.close(fd);
            }

            final Errno errno = Errno.of(result);
            throw new XenstoreException(errno == null ? Errno.EIO : errno, "cannot connect: socket=" + socket);
        }

        return new XenstoreSession(onEvent -> new SocketTransport(fd, onEvent, onEnd), events);
    }

    private static final class SocketTransport implements XenstoreTransport
    {
        private final int fd;
        private final Consumer<XenstoreMessage> onEvent;
        private final Runnable onEnd;
        private final Map<Integer, CompletableFuture<XenstoreMessage>> waiting = new ConcurrentHashMap<>();
        private final UnsafeBuffer out = new UnsafeBuffer(ByteBuffer.allocateDirect(XsWire.MESSAGE_MAX));
        private final UnsafeBuffer in = new UnsafeBuffer(ByteBuffer.allocateDirect(XsWire.MESSAGE_MAX));
        private int nextReqId = 1;
        private volatile boolean isOpen = true;

        SocketTransport(final int fd, final Consumer<XenstoreMessage> onEvent, final Runnable onEnd)
        {
            this.fd = fd;
            this.onEvent = onEvent;
            this.onEnd = onEnd;
            Thread.ofPlatform().daemon().name("xenstore-reader").start(this::read);
        }

        @Override
        public XenstoreMessage call(final XsOp op, final int txId, final byte[] payload)
        {
            final CompletableFuture<XenstoreMessage> reply = new CompletableFuture<>();
            final int reqId = send(op, txId, payload, reply);
            final XenstoreMessage message = reply.join();        // no interrupt ends this; the reader always does

            waiting.remove(reqId);

            if (message == null)
            {
                throw new XenstoreException(Errno.EIO, "the connection to xenstore is lost: " + op);
            }

            return message;
        }

        private synchronized int send(
            final XsOp op, final int txId, final byte[] payload, final CompletableFuture<XenstoreMessage> reply)
        {
            final int reqId = nextReqId++;
            final byte[] message = XenstoreMessage.encode(op, reqId, txId, payload);
            waiting.put(reqId, reply);

            if (!isOpen)
            {
                reply.complete(null);
                return reqId;
            }

            out.putBytes(0, message);

            for (int sent = 0; sent < message.length;)
            {
                final long count = SysSocket.send(fd, out.addressOffset() + sent, message.length - sent, 0);

                if (count >= 0)
                {
                    sent += (int)count;
                }
                else if (count != Errno.EINTR.negative())
                {
                    SysSocket.shutdown(fd, SysSocket.SHUT_RDWR); // the reader sees it and ends all that wait
                    return reqId;
                }
            }

            return reqId;
        }

        private void read()
        {
            final XenstoreMessage.Assembler assembler = new XenstoreMessage.Assembler();

            try
            {
                boolean isOn = true;

                while (isOn)
                {
                    isOn = receive(assembler);
                }
            }
            catch (final IllegalArgumentException e)
            {
                System.err.println("xenstore broke the protocol: " + e.getMessage());
            }
            finally
            {
                end();
            }
        }

        /** @return false at the end of the connection. */
        private boolean receive(final XenstoreMessage.Assembler assembler)
        {
            final long count = SysSocket.recv(fd, in.addressOffset(), XsWire.MESSAGE_MAX, 0);

            for (int offset = 0; offset < count;)
            {
                final int length = Math.min(assembler.wanted(), (int)count - offset);
                in.getBytes(offset, assembler.bytes(), assembler.offset(), length);
                offset += length;
                dispatch(assembler.received(length));
            }

            return count > 0 || count == Errno.EINTR.negative();
        }

        private void dispatch(final XenstoreMessage message)
        {
            if (message == null)
            {
                return;
            }

            if (message.isEvent())
            {
                onEvent.accept(message);
                return;
            }

            final CompletableFuture<XenstoreMessage> reply = waiting.get(message.reqId());

            if (reply != null)
            {
                reply.complete(message);
            }
        }

        private void end()
        {
            synchronized (this)
            {
                isOpen = false;
                Unistd.close(fd);
            }

            for (final CompletableFuture<XenstoreMessage> reply : waiting.values())
            {
                reply.complete(null);
            }

            onEnd.run();
        }

        @Override
        public boolean isOpen()
        {
            return isOpen;
        }

        @Override
        public void close()
        {
            synchronized (this)
            {
                if (isOpen)
                {
                    SysSocket.shutdown(fd, SysSocket.SHUT_RDWR);
                }
            }
        }
    }
}
