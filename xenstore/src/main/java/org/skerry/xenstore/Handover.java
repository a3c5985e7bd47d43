package org.skerry.xenstore;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;

import org.agrona.concurrent.UnsafeBuffer;
import org.skerry.guest.EventLoop;
import org.skerry.wire.Errno;
import org.skerry.wire.handover.AllClientsDecoder;
import org.skerry.wire.handover.ClientDecoder;
import org.skerry.wire.handover.ClientGoneEncoder;
import org.skerry.wire.handover.MessageHeaderDecoder;
import org.skerry.wire.handover.MessageHeaderEncoder;
import org.skerry.wire.linux.FdCount;
import org.skerry.wire.linux.SysSocket;

/**
 * Where clients of the socket come from, when somebody keeps them who outlives this process.
 *
 * <p>Spec: {@code handover.xml}.
 */
final class Handover
{
    private static final int LENGTH = 64;
    private static final int TURN_LIMIT = 64;

    private final EventLoop loop;
    private final int fd;
    private final ClientHandler handler;
    private final UnsafeBuffer in = new UnsafeBuffer(ByteBuffer.allocateDirect(LENGTH));
    private final UnsafeBuffer out = new UnsafeBuffer(ByteBuffer.allocateDirect(LENGTH));
    private final MessageHeaderDecoder header = new MessageHeaderDecoder();
    private final int[] fds = new int[1];
    private final FdCount fdCount = new FdCount();
    private final ArrayDeque<Integer> gone = new ArrayDeque<>();

    /** Hears of clients. */
    interface ClientHandler
    {
        /** A client is there; its descriptor is the handler's. Its name is like {@code xl[4711]}. */
        void onClient(int number, int clientFd, String name);

        /** Whoever is left has been handed over. */
        void onAllClients();
    }

    /**
     * @param loop    tells when there are clients.
     * @param fd      a SOCK_SEQPACKET socket; ours from now on.
     * @param handler runs on the loop.
     */
    Handover(final EventLoop loop, final int fd, final ClientHandler handler)
    {
        this.loop = loop;
        this.fd = fd;
        this.handler = handler;
        loop.onReadable(fd, this::receive);
    }

    /** A client is gone, whom nobody has to keep. */
    void clientGone(final int number)
    {
        gone.add(number);
        send();
    }

    private void receive()
    {
        for (int i = 0; i < TURN_LIMIT; i++)
        {
            final long length =
                SysSocket.recvFds(fd, in.addressOffset(), LENGTH, fds, fdCount, SysSocket.MSG_DONTWAIT);

            if (length == Errno.EAGAIN.negative() || length == Errno.EINTR.negative())
            {
                return;
            }
            if (length <= 0)
            {
                loop.remove(fd);                                 // whoever keeps us is gone, too
                return;
            }

            dispatch();
        }
    }

    private void dispatch()
    {
        header.wrap(in, 0);

        if (header.templateId() == ClientDecoder.TEMPLATE_ID && fdCount.value() == 1)
        {
            final ClientDecoder client = new ClientDecoder().wrapAndApplyHeader(in, 0, header);
            handler.onClient((int)client.number(), fds[0], client.name() + '[' + client.pid() + ']');
        }
        else if (header.templateId() == AllClientsDecoder.TEMPLATE_ID)
        {
            handler.onAllClients();
        }
    }

    private void send()
    {
        while (!gone.isEmpty())
        {
            new ClientGoneEncoder().wrapAndApplyHeader(out, 0, new MessageHeaderEncoder()).number(gone.peek());
            final long result = SysSocket.sendFds(
                fd, out.addressOffset(), MessageHeaderEncoder.ENCODED_LENGTH + ClientGoneEncoder.BLOCK_LENGTH,
                fds, 0, SysSocket.MSG_DONTWAIT);

            if (result == Errno.EAGAIN.negative())
            {
                loop.onWritable(fd, this::send);
                return;
            }

            gone.remove();
        }

        loop.onWritable(fd, null);
    }
}
