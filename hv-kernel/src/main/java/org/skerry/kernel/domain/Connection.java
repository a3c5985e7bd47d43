package org.skerry.kernel.domain;

import java.nio.ByteBuffer;
import java.util.LinkedHashMap;

import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.skerry.wire.Errno;
import org.skerry.wire.linux.Fcntl;
import org.skerry.wire.linux.SysEpoll;
import org.skerry.wire.linux.SysSocket;
import org.skerry.wire.linux.Unistd;

/**
 * The kernel's end of a domain's connection. Sending never blocks: what the socket does not take waits here. While
 * something waits, no request of the domain is read, so answers do not pile up; and of the events about one port only
 * the newest waits. So what a domain that never reads can make wait is bounded by what it was allowed to have, and
 * nobody else can make it more.
 */
public final class Connection implements AutoCloseable
{
    private static final int MAX_WAITING = 8192;
    private static final int[] NO_FDS = new int[0];

    private final int fd;
    private final LinkedHashMap<Long, Packet> waiting = new LinkedHashMap<>();
    private int epoll = -1;
    private long epollData;
    private int interest;
    private long lastKey;
    private boolean isHeld = true;
    private boolean isPaused;
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
     * @return 0; or a negative errno, as for what is no socket.
     */
    public int listen(final int epollFd, final long data)
    {
        epoll = epollFd;
        epollData = data;
        interest = SysEpoll.EPOLLIN;
        return SysEpoll.add(epoll, fd, interest, data);
    }

    /** @return whether the domain is beyond help: it hung up, or never reads. */
    public boolean isBroken()
    {
        return isBroken;
    }

    /** @return whether the domain has to read before it may ask again. */
    public boolean isCongested()
    {
        return !isHeld && !waiting.isEmpty();
    }

    /** What the domain asks is not read; what it is told still goes out. */
    public void pause(final boolean pause)
    {
        isPaused = pause;
        updateInterest();
    }

    /** From now on events may be sent; those that came too early stay in order. */
    public void release()
    {
        isHeld = false;
        flush();
    }

    /**
     * Answer a request. Before {@link #release} it is sent at once, before all events.
     *
     * @param message buffer off the heap.
     * @param length  bytes of it.
     * @param fds     stay the caller's; duplicated when the message has to wait.
     */
    public void reply(final UnsafeBuffer message, final int length, final int... fds)
    {
        if (!isHeld)
        {
            send(message, length, fds);
        }
        else if (trySend(message, length, fds) < 0)
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
        sendOrWait(--lastKey, message, length, fds);
    }

    /**
     * As {@link #send}, in place of what still waits to be said about the same port.
     *
     * @param port    of the domain, 1 or more.
     * @param message buffer off the heap.
     * @param length  bytes of it.
     * @param fds     stay the caller's; duplicated when the message has to wait.
     */
    public void sendAbout(final int port, final UnsafeBuffer message, final int length, final int... fds)
    {
        forget(port);
        sendOrWait(port, message, length, fds);
    }

    /**
     * What waits to be said about a port is not said any more.
     *
     * @param port of the domain.
     */
    public void forget(final int port)
    {
        final Packet packet = waiting.remove((long)port);
        if (packet != null)
        {
            closeAll(packet.fds);
            updateInterest();
        }
    }

    /** Send what waits, as far as the socket takes it. */
    public void flush()
    {
        while (!isHeld && !isBroken && !waiting.isEmpty())
        {
            final Packet packet = waiting.firstEntry().getValue();
            final long sent = trySend(packet.bytes, packet.bytes.capacity(), packet.fds);
            if (sent == Errno.EAGAIN.negative())
            {
                break;
            }
            waiting.pollFirstEntry();
            closeAll(packet.fds);
            if (sent < 0)
            {
                breakOff();
            }
        }
        updateInterest();
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
        waiting.values().forEach(packet -> closeAll(packet.fds));
        waiting.clear();
        SysEpoll.del(epoll, fd);
        Unistd.close(fd);
    }

    private void sendOrWait(final long key, final UnsafeBuffer message, final int length, final int[] fds)
    {
        if (isBroken)
        {
            return;
        }
        if (!isHeld && waiting.isEmpty())
        {
            final long sent = trySend(message, length, fds);
            if (sent >= 0)
            {
                return;
            }
            if (sent != Errno.EAGAIN.negative())
            {
                breakOff();
                return;
            }
        }
        if (waiting.size() >= MAX_WAITING)
        {
            breakOff();
            return;
        }
        waiting.put(key, new Packet(copyOf(message, length), duplicate(fds)));
        updateInterest();
    }

    private long trySend(final UnsafeBuffer message, final int length, final int[] fds)
    {
        return isBroken ? Errno.EPIPE.negative() :
            SysSocket.sendFds(fd, message.addressOffset(), length, fds, fds.length, SysSocket.MSG_DONTWAIT);
    }

    private void updateInterest()
    {
        final int wanted = isCongested() ? SysEpoll.EPOLLOUT : isPaused ? 0 : SysEpoll.EPOLLIN;
        if (wanted != interest && !isClosed)
        {
            interest = wanted;
            SysEpoll.mod(epoll, fd, wanted, epollData);
        }
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
