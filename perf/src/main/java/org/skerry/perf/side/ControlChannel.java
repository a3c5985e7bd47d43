package org.skerry.perf.side;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

import org.agrona.concurrent.UnsafeBuffer;
import org.skerry.wire.Errno;
import org.skerry.wire.linux.Poll;
import org.skerry.wire.linux.SysSocket;
import org.skerry.wire.linux.Unistd;

/**
 * Lines between the measurement and a process of its own, over one end of a SOCK_SEQPACKET pair. One thread at each
 * end.
 */
public final class ControlChannel
{
    /** The descriptor on which every process finds its end. */
    public static final int CONTROL_FD = 4;

    /** Wait without end. */
    public static final int FOR_EVER = -1;

    private static final int MAX_LENGTH = 192 * 1024;   // a seqpacket message must fit in the socket's buffer

    private final int fd;
    private final int[] noFds = {};
    private final UnsafeBuffer buffer = new UnsafeBuffer(ByteBuffer.allocateDirect(MAX_LENGTH));
    private final ByteBuffer pollMemory = ByteBuffer.allocateDirect(Poll.POLLFD_LENGTH);
    private final long pollfds = new UnsafeBuffer(pollMemory).addressOffset();

    /**
     * @param fd one end.
     */
    public ControlChannel(final int fd)
    {
        this.fd = fd;
        Poll.set(pollfds, 0, fd, Poll.POLLIN);
    }

    /** @return whether the other end is gone; lines that it sent before can still be received. */
    public boolean isHungUp()
    {
        return Poll.poll(pollfds, 1, 0) > 0 && (Poll.revents(pollfds, 0) & Poll.POLLHUP) != 0;
    }

    /** @return our end. */
    public int fd()
    {
        return fd;
    }

    /**
     * @param line without a line end.
     * @throws IllegalStateException when the other end is gone, or the line is too long.
     */
    public void send(final String line)
    {
        final byte[] bytes = line.getBytes(StandardCharsets.US_ASCII);
        if (bytes.length > MAX_LENGTH)
        {
            throw new IllegalStateException("line is too long: length=" + bytes.length + ", max=" + MAX_LENGTH);
        }
        buffer.putBytes(0, bytes);
        final long sent = SysSocket.sendFds(fd, buffer.addressOffset(), bytes.length, noFds, 0, 0);
        if (sent != bytes.length)
        {
            throw new IllegalStateException("cannot send " + words(line) + ": " + Errno.nameOf(sent));
        }
    }

    /**
     * Wait for a line.
     *
     * @param timeoutMs milliseconds, or {@link #FOR_EVER}.
     * @return the line, or null when the other end is gone.
     * @throws IllegalStateException when none came in time.
     */
    public String receive(final int timeoutMs)
    {
        int ready;
        do
        {
            ready = Poll.poll(pollfds, 1, timeoutMs);
        }
        while (ready == Errno.EINTR.negative());
        if (ready == 0)
        {
            throw new IllegalStateException("no answer in " + timeoutMs + " ms");
        }

        final long length = Unistd.read(fd, buffer.addressOffset(), MAX_LENGTH);
        if (length <= 0)
        {
            return null;
        }

        return buffer.getStringWithoutLengthAscii(0, (int)length);
    }

    private static String words(final String line)
    {
        final int end = line.indexOf(' ');
        return end < 0 ? line : line.substring(0, end);
    }
}
