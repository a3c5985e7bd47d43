package org.skerry.guest.xenstore;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.concurrent.Executor;
import java.util.function.Consumer;

import org.agrona.concurrent.UnsafeBuffer;
import org.skerry.guest.hypercall.Waiter;
import org.skerry.wire.Errno;
import org.skerry.wire.linux.Poll;
import org.skerry.wire.linux.SysSocket;
import org.skerry.wire.linux.Unistd;
import org.skerry.wire.xs.XsOp;
import org.skerry.wire.xs.XsWire;

/** A client of xenstore's unix socket that has no thread of its own: whoever calls waits as he is told to. */
public final class OneThreadClient
{
    private OneThreadClient()
    {
    }

    /**
     * @param socket that xenstore listens on.
     * @param waiter how to wait for an answer.
     * @param events runs what watches have to be told.
     * @return the connection.
     */
    public static XenstoreClient connect(final Path socket, final Waiter waiter, final Executor events)
    {
        final int fd = SysSocket.socket(SysSocket.AF_UNIX, SysSocket.SOCK_STREAM | SysSocket.SOCK_NONBLOCK, 0);
        final int result = SysSocket.connectUnix(fd, socket.toString());
        if (result < 0)
        {
            Unistd.close(fd);
            throw new XenstoreException(Errno.EIO, "cannot connect: " + Errno.nameOf(result));
        }

        return new XenstoreSession(onEvent -> new Transport(fd, waiter, onEvent), events);
    }

    private static final class Transport implements XenstoreTransport
    {
        private final int fd;
        private final Waiter waiter;
        private final Consumer<XenstoreMessage> onEvent;
        private final XenstoreMessage.Assembler assembler = new XenstoreMessage.Assembler();
        private final UnsafeBuffer bytes = new UnsafeBuffer(ByteBuffer.allocateDirect(XsWire.MESSAGE_MAX));
        private final UnsafeBuffer pollfd = new UnsafeBuffer(ByteBuffer.allocateDirect(Poll.POLLFD_LENGTH));
        private int reqId;
        private XenstoreMessage reply;
        private boolean isOpen = true;

        Transport(final int fd, final Waiter waiter, final Consumer<XenstoreMessage> onEvent)
        {
            this.fd = fd;
            this.waiter = waiter;
            this.onEvent = onEvent;
        }

        @Override
        public XenstoreMessage call(final XsOp op, final int txId, final byte[] payload)
        {
            final byte[] message = XenstoreMessage.encode(op, ++reqId, txId, payload);
            reply = null;
            bytes.putBytes(0, message);
            for (int sent = 0; sent < message.length;)
            {
                await(Poll.POLLOUT);
                sent += moved(SysSocket.send(fd, bytes.addressOffset() + sent, message.length - sent, 0));
            }
            while (reply == null)
            {
                await(Poll.POLLIN);
                receive();
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
            if (isOpen)
            {
                isOpen = false;
                Unistd.close(fd);
            }
        }

        private void await(final int events)
        {
            Poll.set(pollfd.addressOffset(), 0, fd, events);
            waiter.await(pollfd.addressOffset(), 1);
        }

        private void receive()
        {
            final int count = moved(SysSocket.recv(fd, bytes.addressOffset(), assembler.wanted(), 0));
            bytes.getBytes(0, assembler.bytes(), assembler.offset(), count);
            final XenstoreMessage message = count == 0 ? null : assembler.received(count);
            if (message != null && message.isEvent())
            {
                onEvent.accept(message);
            }
            else if (message != null && message.reqId() == reqId)
            {
                reply = message;
            }
        }

        private static int moved(final long result)
        {
            if (result < 0 && result != Errno.EAGAIN.negative())
            {
                throw new XenstoreException(Errno.EIO, "the store hung up: " + Errno.nameOf(result));
            }

            return (int)Math.max(0, result);
        }
    }
}
