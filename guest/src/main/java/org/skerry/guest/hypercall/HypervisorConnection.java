package org.skerry.guest.hypercall;

import java.nio.ByteBuffer;

import org.agrona.concurrent.UnsafeBuffer;
import org.skerry.wire.Errno;
import org.skerry.wire.Hypercalls;
import org.skerry.wire.ShutdownReason;
import org.skerry.wire.hypercall.AttachDoneDecoder;
import org.skerry.wire.hypercall.CapabilityGivenDecoder;
import org.skerry.wire.hypercall.ChannelBoundDecoder;
import org.skerry.wire.hypercall.ChannelClosedDecoder;
import org.skerry.wire.hypercall.DomainExitedDecoder;
import org.skerry.wire.hypercall.GrantMovedDecoder;
import org.skerry.wire.hypercall.MessageHeaderDecoder;
import org.skerry.wire.hypercall.MessageHeaderEncoder;
import org.skerry.wire.hypercall.MovesWantedDecoder;
import org.skerry.wire.hypercall.ReplyDecoder;
import org.skerry.wire.hypercall.WindowHomeDecoder;
import org.skerry.wire.linux.FdCount;
import org.skerry.wire.linux.Poll;
import org.skerry.wire.linux.SysSocket;
import org.skerry.wire.linux.Unistd;

/**
 * This domain's connection to the hypervisor: one request at a time, events in between. Whoever makes a request holds
 * the lock of this object from filling {@link #out} until the answer in {@link #in} is read; so several threads of
 * Domain-0 may share it.
 */
public final class HypervisorConnection implements AutoCloseable
{
    private static final int MAX_FDS = 4;
    private static final int EVENT_LIMIT = 64;

    private final int fd;
    private final ConnectionEvents events;
    private final Waiter waiter;
    private final ByteBuffer pollMemory = ByteBuffer.allocateDirect(Poll.POLLFD_LENGTH);
    private final long pollfd = new UnsafeBuffer(pollMemory).addressOffset();
    private final UnsafeBuffer out = new UnsafeBuffer(ByteBuffer.allocateDirect(Hypercalls.MAX_MESSAGE_LENGTH));
    private final UnsafeBuffer in = new UnsafeBuffer(ByteBuffer.allocateDirect(Hypercalls.MAX_MESSAGE_LENGTH));
    private final MessageHeaderEncoder headerOut = new MessageHeaderEncoder();
    private final MessageHeaderDecoder headerIn = new MessageHeaderDecoder();
    private final ReplyDecoder reply = new ReplyDecoder();
    private final WindowHomeDecoder windowHome = new WindowHomeDecoder();
    private final ChannelBoundDecoder channelBound = new ChannelBoundDecoder();
    private final ChannelClosedDecoder channelClosed = new ChannelClosedDecoder();
    private final CapabilityGivenDecoder capabilityGiven = new CapabilityGivenDecoder();
    private final DomainExitedDecoder domainExited = new DomainExitedDecoder();
    private final GrantMovedDecoder grantMoved = new GrantMovedDecoder();
    private final int[] fds = new int[MAX_FDS];
    private final FdCount fdCount = new FdCount();
    private boolean isAttachDone;

    /**
     * @param fd     the socket.
     * @param events hears what comes unasked.
     * @param waiter how to wait for an answer.
     */
    public HypervisorConnection(final int fd, final ConnectionEvents events, final Waiter waiter)
    {
        this.fd = fd;
        this.events = events;
        this.waiter = waiter;
        Poll.set(pollfd, 0, fd, Poll.POLLIN);
    }

    /** @return how this domain waits for an answer. */
    public Waiter waiter()
    {
        return waiter;
    }

    /** @return the socket. */
    public int fd()
    {
        return fd;
    }

    /** @return where a request is encoded, header first. */
    public UnsafeBuffer out()
    {
        return out;
    }

    /** @return encoder of its header. */
    public MessageHeaderEncoder headerOut()
    {
        return headerOut;
    }

    /** @return the answer to the last request, header first. */
    public UnsafeBuffer in()
    {
        return in;
    }

    /** @return header of the answer. */
    public MessageHeaderDecoder headerIn()
    {
        return headerIn;
    }

    /**
     * @param index 0 for the first.
     * @return a descriptor that came with the last answer, the caller's; -1 when there are fewer.
     */
    public int replyFd(final int index)
    {
        return index < fdCount.value() ? fds[index] : -1;
    }

    /**
     * Send what stands in {@link #out} and wait for the answer. Events that come before it are told.
     *
     * @param encodedLength bytes of the request without its header.
     * @param requestFds    go with it, stay the caller's.
     * @return true when there is an answer; false when the hypervisor is gone.
     */
    public synchronized boolean request(final int encodedLength, final int... requestFds)
    {
        final long sent = SysSocket.sendFds(
            fd, out.addressOffset(), MessageHeaderEncoder.ENCODED_LENGTH + encodedLength, requestFds,
            requestFds.length, 0);
        if (sent < 0)
        {
            events.onHangUp();
            return false;
        }

        while (true)
        {
            final long received = awaitMessage();
            if (received <= 0)
            {
                return false;
            }
            if (!dispatchEvent())
            {
                return true;
            }
        }
    }

    /**
     * As {@link #request}, for requests that are answered by a plain reply.
     *
     * @param encodedLength bytes of the request without its header.
     * @param requestFds    go with it, stay the caller's.
     * @return 0 or more, or a negative errno; -EPIPE when the hypervisor is gone.
     */
    public synchronized long call(final int encodedLength, final int... requestFds)
    {
        if (!request(encodedLength, requestFds))
        {
            return Errno.EPIPE.negative();
        }

        return headerIn.templateId() == ReplyDecoder.TEMPLATE_ID ?
            reply.wrapAndApplyHeader(in, 0, headerIn).result() : Errno.EPROTO.negative();
    }

    /**
     * Tell events that have come, at most a turn's worth of them; never waits.
     *
     * @return how many; 0 when there is none now.
     */
    public synchronized int pollEvents()
    {
        int count = 0;
        while (count < EVENT_LIMIT && receive(SysSocket.MSG_DONTWAIT) > 0)
        {
            dispatchEvent();
            count++;
        }

        return count;
    }

    /** Tell events until everything that was prepared for this domain has come. */
    public synchronized void awaitAttachDone()
    {
        while (!isAttachDone && awaitMessage() > 0)
        {
            dispatchEvent();
        }
    }

    /** Hang up. */
    @Override
    public void close()
    {
        Unistd.close(fd);
    }

    private long awaitMessage()
    {
        long received;
        do
        {
            waiter.await(pollfd, 1);
            received = receive(SysSocket.MSG_DONTWAIT);
        }
        while (received == Errno.EAGAIN.negative());

        return received;
    }

    private long receive(final int flags)
    {
        final long received = SysSocket.recvFds(fd, in.addressOffset(), in.capacity(), fds, fdCount, flags);
        if (received <= 0 && received != Errno.EAGAIN.negative() && received != Errno.EINTR.negative())
        {
            events.onHangUp();
        }
        headerIn.wrap(in, 0);

        return received == Errno.EINTR.negative() ? receive(flags) : received;
    }

    private boolean dispatchEvent()
    {
        switch (headerIn.templateId())
        {
            case WindowHomeDecoder.TEMPLATE_ID:
                windowHome.wrapAndApplyHeader(in, 0, headerIn);
                events.onWindowHome((int)windowHome.firstFrame(), (int)windowHome.frameCount(), fds[0]);
                return true;

            case ChannelBoundDecoder.TEMPLATE_ID:
                channelBound.wrapAndApplyHeader(in, 0, headerIn);
                events.onChannelBound((int)channelBound.port(), channelBound.remoteDomid(), fds[0], fds[1]);
                return true;

            case ChannelClosedDecoder.TEMPLATE_ID:
                events.onChannelClosed((int)channelClosed.wrapAndApplyHeader(in, 0, headerIn).port());
                return true;

            case CapabilityGivenDecoder.TEMPLATE_ID:
                capabilityGiven.wrapAndApplyHeader(in, 0, headerIn);
                events.onCapability(capabilityGiven.tag(), fds[0]);
                return true;

            case DomainExitedDecoder.TEMPLATE_ID:
                domainExited.wrapAndApplyHeader(in, 0, headerIn);
                events.onDomainExited(domainExited.domid(), ShutdownReason.ofCode(domainExited.reason()));
                return true;

            case MovesWantedDecoder.TEMPLATE_ID:
                events.onMovesWanted();
                return true;

            case GrantMovedDecoder.TEMPLATE_ID:
                events.onGrantMoved(grantMoved.wrapAndApplyHeader(in, 0, headerIn).granter());
                return true;

            case AttachDoneDecoder.TEMPLATE_ID:
                isAttachDone = true;
                return true;

            default:
                return false;
        }
    }
}
