package org.skerry.kernel.hypercall;

import java.nio.ByteBuffer;

import org.agrona.concurrent.UnsafeBuffer;
import org.skerry.kernel.domain.KernelDomain;
import org.skerry.wire.Hypercalls;
import org.skerry.wire.hypercall.MessageHeaderDecoder;
import org.skerry.wire.hypercall.MessageHeaderEncoder;
import org.skerry.wire.hypercall.ReplyEncoder;
import org.skerry.wire.linux.FdCount;
import org.skerry.wire.linux.SysSocket;
import org.skerry.wire.linux.Unistd;

/**
 * One message from a connection, and the means to answer it. There is one of these; it is filled again and again.
 */
final class Request
{
    private static final int MAX_FDS = 4;

    private final UnsafeBuffer in = new UnsafeBuffer(ByteBuffer.allocateDirect(Hypercalls.MAX_MESSAGE_LENGTH));
    private final UnsafeBuffer out = new UnsafeBuffer(ByteBuffer.allocateDirect(Hypercalls.MAX_MESSAGE_LENGTH));
    private final MessageHeaderDecoder headerIn = new MessageHeaderDecoder();
    private final MessageHeaderEncoder headerOut = new MessageHeaderEncoder();
    private final ReplyEncoder reply = new ReplyEncoder();
    private final int[] fds = new int[MAX_FDS];
    private final FdCount fdCount = new FdCount();
    private KernelDomain caller;
    private int length;
    private int untakenFds;

    /**
     * Read the next message.
     *
     * @param from whose connection.
     * @return bytes; 0 at hang-up; a negative errno.
     */
    long receive(final KernelDomain from)
    {
        caller = from;
        final long received = SysSocket.recvFds(
            from.connection().fd(), in.addressOffset(), in.capacity(), fds, fdCount, SysSocket.MSG_DONTWAIT);
        length = (int)Math.max(0, received);
        untakenFds = fdCount.value();

        return received;
    }

    KernelDomain caller()
    {
        return caller;
    }

    UnsafeBuffer in()
    {
        return in;
    }

    UnsafeBuffer out()
    {
        return out;
    }

    MessageHeaderEncoder headerOut()
    {
        return headerOut;
    }

    /** @return the header, or null when the message is too short for one or not of our schema. */
    MessageHeaderDecoder header()
    {
        if (length < MessageHeaderDecoder.ENCODED_LENGTH)
        {
            return null;
        }
        headerIn.wrap(in, 0);
        final boolean isOurs = headerIn.schemaId() == MessageHeaderDecoder.SCHEMA_ID &&
            length >= MessageHeaderDecoder.ENCODED_LENGTH + headerIn.blockLength();

        return isOurs ? headerIn : null;
    }

    /**
     * @param dataLengthOffset where the length of a variable part stands.
     * @return whether the length and the bytes after it lie within the message.
     */
    boolean holdsText(final int dataLengthOffset)
    {
        return dataLengthOffset + Short.BYTES <= length &&
            dataLengthOffset + Short.BYTES + (in.getShort(dataLengthOffset) & 0xFFFF) <= length;
    }

    /** @return the descriptor that came beside the message, now the caller's; -1 when there was none. */
    int takeFd()
    {
        if (untakenFds != 1)
        {
            return -1;
        }
        untakenFds = 0;

        return fds[0];
    }

    /** Close what descriptors nobody took. */
    void discardFds()
    {
        for (int i = 0; i < untakenFds; i++)
        {
            Unistd.close(fds[i]);
        }
        untakenFds = 0;
    }

    void reply(final long result, final int... fdsOut)
    {
        reply.wrapAndApplyHeader(out, 0, headerOut).result(result);
        send(reply.encodedLength(), fdsOut);
    }

    void send(final int encodedLength, final int... fdsOut)
    {
        caller.connection().send(out, MessageHeaderEncoder.ENCODED_LENGTH + encodedLength, fdsOut);
    }
}
