package org.skerry.perf.xenstore;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

import org.agrona.concurrent.UnsafeBuffer;
import org.skerry.perf.ring.MeasurementException;
import org.skerry.wire.Errno;
import org.skerry.wire.linux.SysSocket;
import org.skerry.wire.linux.Unistd;
import org.skerry.wire.xs.XsOp;
import org.skerry.wire.xs.XsWire;

/** A connection that speaks the protocol and keeps nothing: requests are put, then flushed; messages are taken. */
final class StoreLink implements AutoCloseable
{
    private static final int OUTPUT_LENGTH = 128 * 1024;
    private static final int INPUT_LENGTH = 64 * 1024;

    private final int fd;
    private final UnsafeBuffer output = new UnsafeBuffer(ByteBuffer.allocateDirect(OUTPUT_LENGTH));
    private final UnsafeBuffer input = new UnsafeBuffer(ByteBuffer.allocateDirect(INPUT_LENGTH));
    private int outputLength;
    private int inputOffset;
    private int inputLength;
    private int type;
    private int payloadOffset;
    private int payloadLength;

    StoreLink(final Path socket)
    {
        fd = SysSocket.socket(SysSocket.AF_UNIX, SysSocket.SOCK_STREAM, 0);
        final int result = fd < 0 ? fd : SysSocket.connectUnix(fd, socket.toString());

        if (result < 0)
        {
            throw new MeasurementException("cannot connect: socket=" + socket + ", " + Errno.nameOf(result));
        }
    }

    int fd()
    {
        return fd;
    }

    int serverPid()
    {
        return SysSocket.peerPid(fd);
    }

    /** Put a request behind those that wait to be flushed. */
    void put(final XsOp op, final int txId, final byte[] payload)
    {
        output.putInt(outputLength, op.number(), ByteOrder.LITTLE_ENDIAN);
        output.putInt(outputLength + 4, 0, ByteOrder.LITTLE_ENDIAN);
        output.putInt(outputLength + 8, txId, ByteOrder.LITTLE_ENDIAN);
        output.putInt(outputLength + 12, payload.length, ByteOrder.LITTLE_ENDIAN);
        output.putBytes(outputLength + XsWire.HEADER_LENGTH, payload);
        outputLength += XsWire.HEADER_LENGTH + payload.length;
    }

    void flush()
    {
        int offset = 0;

        while (offset < outputLength)
        {
            final long count = SysSocket.send(
                fd, output.addressOffset() + offset, outputLength - offset, SysSocket.MSG_NOSIGNAL);

            if (count < 0 && count != Errno.EINTR.negative())
            {
                throw new MeasurementException("the server hung up: " + Errno.nameOf((int)count));
            }

            offset += (int)Math.max(0, count);
        }

        outputLength = 0;
    }

    /** Send what is put as far as the server takes it now. @return whether all is sent. */
    boolean tryFlush()
    {
        final long count = SysSocket.send(
            fd, output.addressOffset(), outputLength, SysSocket.MSG_NOSIGNAL | SysSocket.MSG_DONTWAIT);

        if (count > 0)
        {
            output.putBytes(0, output, (int)count, outputLength - (int)count);
            outputLength -= (int)count;
        }

        return outputLength == 0;
    }

    /** Receive what has come. @return false when the server hung up. */
    boolean receive(final int flags)
    {
        input.putBytes(0, input, inputOffset, inputLength);
        inputOffset = 0;
        final long count = SysSocket.recv(
            fd, input.addressOffset() + inputLength, INPUT_LENGTH - inputLength, flags);
        inputLength += (int)Math.max(0, count);
        return count > 0 || count == Errno.EAGAIN.negative() || count == Errno.EINTR.negative();
    }

    /** Look at the next whole message that was received. @return false when there is none. */
    boolean next()
    {
        if (inputLength < XsWire.HEADER_LENGTH)
        {
            return false;
        }

        final int length = XsWire.HEADER_LENGTH + input.getInt(inputOffset + 12, ByteOrder.LITTLE_ENDIAN);

        if (inputLength < length)
        {
            return false;
        }

        type = input.getInt(inputOffset, ByteOrder.LITTLE_ENDIAN);
        payloadOffset = inputOffset + XsWire.HEADER_LENGTH;
        payloadLength = length - XsWire.HEADER_LENGTH;
        inputOffset += length;
        inputLength -= length;
        return true;
    }

    /** Pass over what was received. */
    void takeAll()
    {
        boolean hasMore = next();

        while (hasMore)
        {
            hasMore = next();
        }
    }

    boolean isEvent()
    {
        return type == XsOp.WATCH_EVENT.number();
    }

    boolean isError()
    {
        return type == XsOp.ERROR.number();
    }

    /** @return the payload of the message looked at. */
    String text()
    {
        final byte[] bytes = new byte[payloadLength];
        input.getBytes(payloadOffset, bytes);
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    /** @return the number that the payload of the message looked at is. */
    int number()
    {
        int number = 0;

        for (int i = payloadOffset; i < payloadOffset + payloadLength - 1; i++)
        {
            number = number * 10 + input.getByte(i) - '0';
        }

        return number;
    }

    /** Ask, and wait for the reply; events are passed over. @return whether it is no error; see {@link #text}. */
    boolean ask(final XsOp op, final int txId, final byte[] payload)
    {
        put(op, txId, payload);
        flush();
        awaitReply();
        return !isError();
    }

    boolean ask(final XsOp op, final String payload)
    {
        return ask(op, 0, bytes(payload));
    }

    /** Ask for what cannot fail. */
    void must(final XsOp op, final String payload)
    {
        if (!ask(op, payload))
        {
            throw new MeasurementException(op + " " + payload + ": " + text());
        }
    }

    /** Put many requests that cannot fail, some at a time. */
    void mustAll(final XsOp op, final Iterable<String> payloads)
    {
        final int atATime = 32;
        int waiting = 0;

        for (final String payload : payloads)
        {
            put(op, 0, bytes(payload));

            if (++waiting == atATime)
            {
                awaitReplies(waiting);
                waiting = 0;
            }
        }

        awaitReplies(waiting);
    }

    private void awaitReplies(final int count)
    {
        flush();

        for (int i = 0; i < count; i++)
        {
            awaitReply();

            if (isError())
            {
                throw new MeasurementException("refused: " + text());
            }
        }
    }

    private void awaitReply()
    {
        do
        {
            while (!next())
            {
                if (!receive(0))
                {
                    throw new MeasurementException("the server hung up");
                }
            }
        }
        while (isEvent());
    }

    static byte[] bytes(final String payload)
    {
        return payload.replace('|', '\0').getBytes(StandardCharsets.ISO_8859_1);
    }

    @Override
    public void close()
    {
        Unistd.close(fd);
    }
}
