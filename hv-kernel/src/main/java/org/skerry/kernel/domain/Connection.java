package org.skerry.kernel.domain;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;

import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.skerry.wire.Errno;
import org.skerry.wire.linux.Fcntl;
import org.skerry.wire.linux.SysEpoll;
import org.skerry.wire.linux.SysSocket;
import org.skerry.wire.linux.Unistd;

/**
 * The kernel's end of a domain's connection. Sending never blocks: what the socket does not take waits here, up to a
 * bound; a domain that lets more than that pile up has broken its side of the contract.
 */
public final class Connection implements AutoCloseable
{
    private static final int MAX_WAITING = 8192;
    private static final int[] NO_FDS = new int[0];

    private final int fd;
    private final ArrayDeque<Packet> waiting = new ArrayDeque<>();
    private int epoll = -1;
    private long epollData;
    private boolean isHeld = true;
    private boolean isBroken;
    private boolean isClosed;

    /**
     * @param fd a SOCK_SEQPACKET socket; ours from now on.
     */
    public Connection(final int fd)
    {
        this.fd = fd;
    }

    /** @return the socket. */
    public int fd()
    {
        return fd;
    }

    /**
     * Have it waited for.
     *
     * @param epollFd where the kernel waits.
     * @param data    what the kernel is told when there is something to do.
     */
    public void listen(final int epollFd, final long data)
    {
        epoll = epollFd;
        epollData = data;
        SysEpoll.add(epoll, fd, SysEpoll.EPOLLIN, data);
    }

    /** @return whether the domain is beyond help: it hung up, or never reads. */
    public boolean isBroken()
    {
        return isBroken;
    }

    /** From now on events may be sent; those that came too early stay in order. */
    public void release()
    {
        isHeld = false;
        flush();
        if (!waiting.isEmpty())
        {
            SysEpoll.mod(epoll, fd, SysEpoll.EPOLLIN | SysEpoll.EPOLLOUT, epollData);
        }
    }

    /**
     * Send before everything that waits: the answer to the first message.
     *
     * @param message buffer.
     * @param length  bytes of it.
     * @param fds     stay the caller's.
     */
    public void sendFirst(final UnsafeBuffer message, final int length, final int... fds)
    {
        if (SysSocket.sendFds(fd, message.addressOffset(), length, fds, fds.length, SysSocket.MSG_DONTWAIT) < 0)
        {
            breakOff();
        }
    }

    /**
     * Send, now or as soon as there is room.
     *
     * @param message buffer off the heap.
     * @param length  bytes of it.
     * @param fds     stay the caller's; duplicated when the message has to wait.
     */
    public void send(final UnsafeBuffer message, final int length, final int... fds)
    {
        if (isBroken)
        {
            return;
        }

        if (!isHeld && waiting.isEmpty())
        {
            final long sent =
                SysSocket.sendFds(fd, message.addressOffset(), length, fds, fds.length, SysSocket.MSG_DONTWAIT);
            if (sent >= 0)
            {
                return;
            }
            if (sent != Errno.EAGAIN.negative())
            {
                breakOff();
                return;
            }
            SysEpoll.mod(epoll, fd, SysEpoll.EPOLLIN | SysEpoll.EPOLLOUT, epollData);
        }

        if (waiting.size() >= MAX_WAITING)
        {
            breakOff();
            return;
        }
        waiting.add(new Packet(copyOf(message, length), duplicate(fds)));
    }

    /** Send what waits, as far as the socket takes it. */
    public void flush()
    {
        while (!isBroken && !waiting.isEmpty())
        {
            final Packet packet = waiting.peek();
            final long sent = SysSocket.sendFds(
                fd, packet.bytes.addressOffset(), packet.bytes.capacity(), packet.fds, packet.fds.length,
                SysSocket.MSG_DONTWAIT);
            if (sent == Errno.EAGAIN.negative())
            {
                return;
            }
            waiting.remove();
            closeAll(packet.fds);
            if (sent < 0)
            {
                breakOff();
            }
        }
        SysEpoll.mod(epoll, fd, SysEpoll.EPOLLIN, epollData);
    }

    @Override
    public void close()
    {
        if (isClosed)
        {
            return;
        }
        isClosed = true;
        isBroken = true;
        for (final Packet packet : waiting)
        {
            closeAll(packet.fds);
        }
        waiting.clear();
        SysEpoll.del(epoll, fd);
        Unistd.close(fd);
    }

    /** The socket's own hang-up wakes the kernel, which then ends the domain. */
    private void breakOff()
    {
        isBroken = true;
        SysSocket.shutdown(fd, SysSocket.SHUT_RDWR);
    }

    private static UnsafeBuffer copyOf(final DirectBuffer message, final int length)
    {
        final UnsafeBuffer copy = new UnsafeBuffer(ByteBuffer.allocateDirect(length));
        copy.putBytes(0, message, 0, length);
        return copy;
    }

    private static int[] duplicate(final int[] fds)
    {
        if (fds.length == 0)
        {
            return NO_FDS;
        }

        final int[] copies = new int[fds.length];
        for (int i = 0; i < fds.length; i++)
        {
            copies[i] = Fcntl.fcntl(fds[i], Fcntl.F_DUPFD_CLOEXEC, 0);
        }

        return copies;
    }

    private static void closeAll(final int[] fds)
    {
        for (final int fd : fds)
        {
            Unistd.close(fd);
        }
    }

    private record Packet(UnsafeBuffer bytes, int[] fds)
    {
    }
}
