package org.skerry.xenstore;

import java.nio.ByteBuffer;

import org.agrona.concurrent.UnsafeBuffer;
import org.skerry.guest.EventLoop;
import org.skerry.wire.Errno;
import org.skerry.wire.linux.SysSocket;
import org.skerry.wire.linux.Unistd;

/**
 * A client on the unix socket. One receive a turn, and one send for all that the turn caused. While the client does not
 * take its replies nothing more is read from it.
 */
final class SocketConnection implements Carrier
{
    private static final int BATCH_LENGTH = 64 * 1024;

    private final int fd;
    private final EventLoop loop;
    private final Store store;
    private final StateLog state;
    private final Owing owing;
    private final Buffers buffers;
    private final XsConnection connection;
    private final Runnable onClose;
    private boolean isOwing;
    private boolean isReading;
    private boolean isWriting;
    private boolean isClosed;

    /** Memory for the system calls; one for all connections, since nothing stays in it. */
    static final class Buffers
    {
        private final UnsafeBuffer sent = new UnsafeBuffer(ByteBuffer.allocateDirect(BATCH_LENGTH));
        private final byte[] bytes = new byte[CallMemory.RECEIVE_MAX];
    }

    /**
     * @param connection what it carries.
     * @param fd         ours from now on.
     * @param loop       tells when it can be read.
     * @param store      that is served.
     * @param owing      told when there is something to send.
     * @param buffers    shared with others of the same thread.
     * @param onClose    told when the client is gone.
     */
    SocketConnection(
        final XsConnection connection,
        final int fd,
        final EventLoop loop,
        final Store store,
        final Owing owing,
        final Buffers buffers,
        final Runnable onClose)
    {
        this.connection = connection;
        this.fd = fd;
        this.loop = loop;
        this.store = store;
        this.state = store.state();
        this.owing = owing;
        this.buffers = buffers;
        this.onClose = onClose;
        connection.onOutput(added -> owe());
        read(true);
    }

    /** @return what such a connection carries. */
    static XsConnection newConnection(final int number, final Store store)
    {
        return new XsConnection(number, Caller.SOCKET, null, BATCH_LENGTH, store.state().records());
    }

    /** Go on where an earlier process stopped. */
    void resumeService()
    {
        process();
        owe();
    }

    /** Replies to requests that changed nothing are on their way before anything is written down. */
    @Override
    public boolean answer()
    {
        final OutputQueue output = connection.output();

        if (isClosed || isWriting || output.isSent() || output.eventCount() > 0)
        {
            return false;
        }

        final int replyCount = output.replyCount();

        if (!state.mayAnswer(connection.number(), replyCount))
        {
            return false;
        }

        final byte[] bytes = output.bytes();
        final int length = output.length();

        if (output.replyCount() > 0 || length > StateLog.ANSWER_MAX)
        {
            return false;                                        // more than Linux takes at once
        }

        buffers.sent.putBytes(0, bytes, output.offset(), length);
        final int count = state.answer(connection.number(), fd, buffers.sent.addressOffset(), length);
        output.sent(count);
        isOwing = count < length;
        return !isOwing;
    }

    @Override
    public void flush()
    {
        isOwing = false;
        send();
        resume();
    }

    private void onReadable()
    {
        if (state.isReceiveFull())
        {
            owing.flushAll();
        }
        if (isClosed)
        {
            return;
        }

        final int count = state.receive(connection.number(), fd, buffers.bytes);

        if (count > 0)
        {
            connection.receive(buffers.bytes, 0, count);
            process();
            answerAtOnce();
        }
        else if (count != Errno.EAGAIN.negative() && count != Errno.EINTR.negative())
        {
            close();
        }
    }

    /** Who is answered now asks again while others are served, and we need not sleep. */
    private void answerAtOnce()
    {
        if (isOwing && answer())
        {
            owing.remove(this);
        }
    }

    private void onWritable()
    {
        send();
        resume();
    }

    /** Go on with requests that had to wait, once the replies are out. */
    private void resume()
    {
        if (!isClosed && !isReading && connection.output().isEmpty())
        {
            process();
        }
    }

    private void process()
    {
        switch (connection.process(store))
        {
            case IDLE -> read(true);
            case CLOGGED ->
            {
                read(false);
                owe();
            }
            case HELD -> read(false);                            // the reply wakes us
            case VIOLATION ->
            {
                send();                                          // C, too, answers what came before
                close();
            }
        }
    }

    private void send()
    {
        final OutputQueue output = connection.output();
        state.publish();

        while (!isClosed && !output.isEmpty())
        {
            final byte[] bytes = output.bytes();
            final int length = Math.min(output.length(), BATCH_LENGTH);
            buffers.sent.putBytes(0, bytes, output.offset(), length);
            final int count = state.send(connection.number(), fd, buffers.sent.addressOffset(), length);

            if (count > 0)
            {
                output.sent(count);
            }
            else if (count == Errno.EAGAIN.negative())
            {
                write(true);
                return;
            }
            else if (count != Errno.EINTR.negative())
            {
                close();
                return;
            }
        }

        write(false);
    }

    private void read(final boolean on)
    {
        if (on != isReading && !isClosed)
        {
            isReading = on;
            loop.onReadable(fd, on ? this::onReadable : null);
        }
    }

    private void write(final boolean on)
    {
        if (on != isWriting && !isClosed)
        {
            isWriting = on;
            loop.onWritable(fd, on ? this::onWritable : null);
        }
    }

    private void owe()
    {
        if (!isOwing)
        {
            isOwing = true;
            owing.add(this);
        }
    }

    private void close()
    {
        if (!isClosed)
        {
            isClosed = true;
            loop.remove(fd);
            SysSocket.shutdown(fd, SysSocket.SHUT_RDWR);         // whoever else has it does not keep it alive
            Unistd.close(fd);
            store.disconnected(connection);
            onClose.run();
        }
    }
}
