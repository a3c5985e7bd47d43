package org.skerry.toolstack.control;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.SocketChannel;

/**
 * Messages over a blocking stream socket, each behind its length. One thread may receive while another sends; what they
 * send is whole.
 */
final class ControlChannel implements AnswerSink, AutoCloseable
{
    /** Longest command, bytes. */
    static final int MAX_COMMAND_LENGTH = 2 << 20;

    /** Most bytes of text in one {@link ControlMessage.Output}. */
    static final int MAX_OUTPUT_LENGTH = 64 << 10;

    /** Longest answer, bytes. */
    static final int MAX_ANSWER_LENGTH = MAX_OUTPUT_LENGTH + 64;

    private static final int LENGTH_LENGTH = 4;

    private final SocketChannel channel;

    /**
     * @param channel connected, blocking.
     */
    ControlChannel(final SocketChannel channel)
    {
        this.channel = channel;
    }

    /**
     * @param message to send; all of it is sent.
     * @throws IOException when the other side is gone.
     */
    @Override
    public synchronized void send(final ControlMessage message) throws IOException
    {
        final byte[] bytes = MessageCodec.encode(message);
        final ByteBuffer buffer = ByteBuffer.allocate(LENGTH_LENGTH + bytes.length).order(ByteOrder.LITTLE_ENDIAN);
        buffer.putInt(bytes.length).put(bytes).flip();
        while (buffer.hasRemaining())
        {
            channel.write(buffer);
        }
    }

    /**
     * @param maxLength that the other side may send, bytes.
     * @return the next message, or null when the other side has hung up between two.
     * @throws IOException when it hung up within one, or sent what is none.
     */
    ControlMessage receive(final int maxLength) throws IOException
    {
        final ByteBuffer head = ByteBuffer.allocate(LENGTH_LENGTH).order(ByteOrder.LITTLE_ENDIAN);
        if (!fill(head))
        {
            return null;
        }

        final int length = head.getInt(0);
        if (length < 0 || length > maxLength)
        {
            throw new IOException("message is too long: length=" + (length & 0xFFFF_FFFFL) + ", max=" + maxLength);
        }

        final ByteBuffer body = ByteBuffer.allocate(length);
        if (!fill(body) && length > 0)
        {
            throw new EOFException("hung up within a message");
        }

        return MessageCodec.decode(body.array());
    }

    /**
     * Wait until the other side hangs up, or sends what it has no business to send.
     */
    void awaitHangUp()
    {
        try
        {
            channel.read(ByteBuffer.allocate(1));
        }
        catch (final IOException ignore)
        {
            // that is hanging up, too
        }
    }

    @Override
    public void close()
    {
        try
        {
            channel.close();
        }
        catch (final IOException ignore)
        {
            // nothing is left to be done with it
        }
    }

    /** @return false when there was nothing more at all. */
    private boolean fill(final ByteBuffer buffer) throws IOException
    {
        while (buffer.hasRemaining())
        {
            if (channel.read(buffer) < 0)
            {
                if (buffer.position() == 0)
                {
                    return false;
                }
                throw new EOFException("hung up within a message");
            }
        }

        return true;
    }
}
