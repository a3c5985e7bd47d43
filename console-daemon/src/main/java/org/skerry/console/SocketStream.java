package org.skerry.console;

import java.util.Objects;

import org.agrona.concurrent.UnsafeBuffer;
import org.skerry.guest.EventLoop;
import org.skerry.wire.Errno;
import org.skerry.wire.linux.Poll;
import org.skerry.wire.linux.SysSocket;
import org.skerry.wire.linux.Unistd;

/**
 * A client's unix socket on the loop. Every call says MSG_DONTWAIT itself. While the server wants no event of it, the
 * socket is off the loop: a hang-up, which Linux reports whether wanted or not, would wake the loop again and again.
 */
final class SocketStream implements ClientStream
{
    private final EventLoop loop;
    private final int fd;
    private final UnsafeBuffer buffer;
    private ClientSession session;
    private boolean isToRead;
    private boolean isToWrite;
    private boolean isClosed;

    /**
     * @param loop   that serves it.
     * @param fd     of the socket, ours from now on.
     * @param buffer memory outside of the heap, used during a call only; all streams of a loop may share it.
     */
    SocketStream(final EventLoop loop, final int fd, final UnsafeBuffer buffer)
    {
        this.loop = Objects.requireNonNull(loop);
        this.fd = fd;
        this.buffer = buffer;
    }

    /** Who hears the events. */
    void session(final ClientSession newSession)
    {
        session = newSession;
    }

    @Override
    public int read(final byte[] target, final int length)
    {
        final int most = Math.min(length, buffer.capacity());
        final long count = SysSocket.recv(fd, buffer.addressOffset(), most, SysSocket.MSG_DONTWAIT);

        if (count > 0)
        {
            buffer.getBytes(0, target, 0, (int)count);
            return (int)count;
        }

        return count == 0 && most > 0 || isFatal(count) ? END_OF_STREAM : 0;
    }

    @Override
    public int write(final byte[] source, final int offset, final int length)
    {
        int done = 0;

        while (done < length)
        {
            final int part = Math.min(length - done, buffer.capacity());
            buffer.putBytes(0, source, offset + done, part);
            final long count = SysSocket.send(fd, buffer.addressOffset(), part, SysSocket.MSG_DONTWAIT);

            if (isFatal(count))
            {
                return END_OF_STREAM;
            }

            done += (int)Math.max(count, 0);

            if (count < part)
            {
                break;
            }
        }

        return done;
    }

    @Override
    public boolean isGone()
    {
        if (isClosed)
        {
            return true;
        }

        final long pollfd = buffer.addressOffset();
        Poll.set(pollfd, 0, fd, 0);
        return Poll.poll(pollfd, 1, 0) > 0 && (Poll.revents(pollfd, 0) & (Poll.POLLHUP | Poll.POLLERR)) != 0;
    }

    @Override
    public void interest(final boolean toRead, final boolean toWrite)
    {
        if (isClosed || toRead == isToRead && toWrite == isToWrite)
        {
            return;
        }

        isToRead = toRead;
        isToWrite = toWrite;
        loop.remove(fd);

        if (toRead)
        {
            loop.onReadable(fd, this::onReadable);
        }

        if (toWrite)
        {
            loop.onWritable(fd, this::onWritable);
        }
    }

    @Override
    public int peerPid()
    {
        return Math.max(0, SysSocket.peerPid(fd));
    }

    @Override
    public int peerUid()
    {
        return SysSocket.peerUid(fd);
    }

    @Override
    public void close()
    {
        isClosed = true;
        loop.remove(fd);
        Unistd.close(fd);
    }

    private void onReadable()
    {
        session.onReadable();
    }

    private void onWritable()
    {
        session.onWritable();
    }

    private static boolean isFatal(final long result)
    {
        return result < 0 && result != Errno.EAGAIN.negative() && result != Errno.EINTR.negative();
    }
}
