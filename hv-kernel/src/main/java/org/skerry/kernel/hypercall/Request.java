package org.skerry.kernel.hypercall;

import java.nio.ByteBuffer;

import org.agrona.concurrent.UnsafeBuffer;
import org.skerry.kernel.domain.KernelDomain;
import org.skerry.wire.Hypercalls;
import org.skerry.wire.hypercall.AttachDecoder;
import org.skerry.wire.hypercall.BindInterdomainDecoder;
import org.skerry.wire.hypercall.BindIpiDecoder;
import org.skerry.wire.hypercall.BindVirqDecoder;
import org.skerry.wire.hypercall.ConnectServiceDecoder;
import org.skerry.wire.hypercall.CreateDomainDecoder;
import org.skerry.wire.hypercall.DebugKeysDecoder;
import org.skerry.wire.hypercall.DestroyDomainDecoder;
import org.skerry.wire.hypercall.GetDomainInfoDecoder;
import org.skerry.wire.hypercall.GetPhysInfoDecoder;
import org.skerry.wire.hypercall.GiveCapabilityDecoder;
import org.skerry.wire.hypercall.MessageHeaderDecoder;
import org.skerry.wire.hypercall.MessageHeaderEncoder;
import org.skerry.wire.hypercall.MoveToWindowDecoder;
import org.skerry.wire.hypercall.OpenWindowDecoder;
import org.skerry.wire.hypercall.PauseDomainDecoder;
import org.skerry.wire.hypercall.ReadConsoleRingDecoder;
import org.skerry.wire.hypercall.ReplyEncoder;
import org.skerry.wire.hypercall.RestartDomainDecoder;
import org.skerry.wire.hypercall.UnpauseDomainDecoder;
import org.skerry.wire.hypercall.SealWindowDecoder;
import org.skerry.wire.hypercall.SetMaxMemDecoder;
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

    /** @return the header, or null when the message is not one of our schema, or shorter than what it says it is. */
    MessageHeaderDecoder header()
    {
        if (length < MessageHeaderDecoder.ENCODED_LENGTH)
        {
            return null;
        }
        headerIn.wrap(in, 0);
        final int blockLength = headerIn.blockLength();
        final boolean isOurs = headerIn.schemaId() == MessageHeaderDecoder.SCHEMA_ID &&
            blockLength >= blockLengthOf(headerIn.templateId()) &&
            length >= MessageHeaderDecoder.ENCODED_LENGTH + blockLength;

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
        answer(reply.encodedLength(), fdsOut);
    }

    /** Answer with what stands in {@link #out}. */
    void answer(final int encodedLength, final int... fdsOut)
    {
        caller.connection().reply(out, MessageHeaderEncoder.ENCODED_LENGTH + encodedLength, fdsOut);
    }

    /** Send the event that stands in {@link #out}. */
    void send(final int encodedLength, final int... fdsOut)
    {
        caller.connection().send(out, MessageHeaderEncoder.ENCODED_LENGTH + encodedLength, fdsOut);
    }

    private static int blockLengthOf(final int templateId)
    {
        return switch (templateId)
        {
            case AttachDecoder.TEMPLATE_ID -> AttachDecoder.BLOCK_LENGTH;
            case BindInterdomainDecoder.TEMPLATE_ID -> BindInterdomainDecoder.BLOCK_LENGTH;
            case BindVirqDecoder.TEMPLATE_ID -> BindVirqDecoder.BLOCK_LENGTH;
            case BindIpiDecoder.TEMPLATE_ID -> BindIpiDecoder.BLOCK_LENGTH;
            case PauseDomainDecoder.TEMPLATE_ID -> PauseDomainDecoder.BLOCK_LENGTH;
            case UnpauseDomainDecoder.TEMPLATE_ID -> UnpauseDomainDecoder.BLOCK_LENGTH;
            case MoveToWindowDecoder.TEMPLATE_ID -> MoveToWindowDecoder.BLOCK_LENGTH;
            case OpenWindowDecoder.TEMPLATE_ID -> OpenWindowDecoder.BLOCK_LENGTH;
            case SealWindowDecoder.TEMPLATE_ID -> SealWindowDecoder.BLOCK_LENGTH;
            case SetMaxMemDecoder.TEMPLATE_ID -> SetMaxMemDecoder.BLOCK_LENGTH;
            case CreateDomainDecoder.TEMPLATE_ID -> CreateDomainDecoder.BLOCK_LENGTH;
            case ConnectServiceDecoder.TEMPLATE_ID -> ConnectServiceDecoder.BLOCK_LENGTH;
            case DestroyDomainDecoder.TEMPLATE_ID -> DestroyDomainDecoder.BLOCK_LENGTH;
            case RestartDomainDecoder.TEMPLATE_ID -> RestartDomainDecoder.BLOCK_LENGTH;
            case DebugKeysDecoder.TEMPLATE_ID -> DebugKeysDecoder.BLOCK_LENGTH;
            case GiveCapabilityDecoder.TEMPLATE_ID -> GiveCapabilityDecoder.BLOCK_LENGTH;
            case GetDomainInfoDecoder.TEMPLATE_ID -> GetDomainInfoDecoder.BLOCK_LENGTH;
            case GetPhysInfoDecoder.TEMPLATE_ID -> GetPhysInfoDecoder.BLOCK_LENGTH;
            case ReadConsoleRingDecoder.TEMPLATE_ID -> ReadConsoleRingDecoder.BLOCK_LENGTH;
            default -> 0;
        };
    }
}
