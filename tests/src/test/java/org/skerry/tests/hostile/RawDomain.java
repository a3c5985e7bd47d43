package org.skerry.tests.hostile;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.function.IntConsumer;

import org.agrona.concurrent.UnsafeBuffer;
import org.skerry.wire.Errno;
import org.skerry.wire.Hypercalls;
import org.skerry.wire.hypercall.AttachDoneDecoder;
import org.skerry.wire.hypercall.AttachEncoder;
import org.skerry.wire.hypercall.BindInterdomainEncoder;
import org.skerry.wire.hypercall.BindIpiEncoder;
import org.skerry.wire.hypercall.BindVirqEncoder;
import org.skerry.wire.hypercall.CapabilityGivenDecoder;
import org.skerry.wire.hypercall.ChannelBoundDecoder;
import org.skerry.wire.hypercall.ChannelClosedDecoder;
import org.skerry.wire.hypercall.DomainExitedDecoder;
import org.skerry.wire.hypercall.DecreaseReservationEncoder;
import org.skerry.wire.hypercall.EvtchnAllocUnboundEncoder;
import org.skerry.wire.hypercall.EvtchnCloseEncoder;
import org.skerry.wire.hypercall.EvtchnSendEncoder;
import org.skerry.wire.hypercall.GnttabMapGrantRefEncoder;
import org.skerry.wire.hypercall.GnttabQuerySizeEncoder;
import org.skerry.wire.hypercall.GnttabUnmapGrantRefEncoder;
import org.skerry.wire.hypercall.HypercallResponseDecoder;
import org.skerry.wire.hypercall.MemoryReservationEncoder;
import org.skerry.wire.hypercall.MessageHeaderDecoder;
import org.skerry.wire.hypercall.MessageHeaderEncoder;
import org.skerry.wire.hypercall.MoveFromWindowEncoder;
import org.skerry.wire.hypercall.MoveToWindowEncoder;
import org.skerry.wire.hypercall.ReplyDecoder;
import org.skerry.wire.hypercall.SchedWatchdogEncoder;
import org.skerry.wire.hypercall.OpenWindowEncoder;
import org.skerry.wire.hypercall.PopulatePhysmapEncoder;
import org.skerry.wire.hypercall.SealWindowEncoder;
import org.skerry.wire.hypercall.StartInfoDecoder;
import org.skerry.wire.hypercall.WindowHomeDecoder;
import org.skerry.wire.linux.Eventfd;
import org.skerry.wire.linux.FdCount;
import org.skerry.wire.linux.Poll;
import org.skerry.wire.linux.SysMman;
import org.skerry.wire.linux.SysSocket;
import org.skerry.wire.linux.Unistd;
import org.skerry.wire.ring.FrontRing;
import org.skerry.wire.ring.RingLayout;

/**
 * A domain that speaks to the hypervisor by hand, message by message and slot by slot, so that it can say what no
 * honest domain would. One thread; every wait has an end.
 */
public final class RawDomain implements AutoCloseable
{
    /** Where free memory begins in domains whose grant table is one page. */
    public static final int FIRST_FREE_FRAME = 4;

    private static final int PATIENCE_MS = 10_000;
    private static final RingLayout LAYOUT = new RingLayout(
        Hypercalls.SLOT_LENGTH, Hypercalls.SLOT_LENGTH, Hypercalls.RING_FILE_LENGTH);

    private final int fd;
    private final UnsafeBuffer out = new UnsafeBuffer(ByteBuffer.allocateDirect(Hypercalls.MAX_MESSAGE_LENGTH));
    private final MessageHeaderEncoder headerOut = new MessageHeaderEncoder();
    private final UnsafeBuffer pollfd = new UnsafeBuffer(ByteBuffer.allocateDirect(2 * Poll.POLLFD_LENGTH));
    private final Deque<Message> events = new ArrayDeque<>();
    private int domid = -1;
    private int requestBell = -1;
    private int responseBell = -1;
    private UnsafeBuffer memory;
    private UnsafeBuffer page;
    private FrontRing ring;

    RawDomain(final int fd)
    {
        this.fd = fd;
    }

    /** @return the connection. */
    public int fd()
    {
        return fd;
    }

    /** @return its number, after {@link #attach}. */
    public int domid()
    {
        return domid;
    }

    /** @return its memory file where it is mapped; frames that were moved are stale here. */
    public UnsafeBuffer memory()
    {
        return memory;
    }

    /** @return the file of its hypercall ring. */
    public UnsafeBuffer ringPage()
    {
        return page;
    }

    /** @return rung for the hypervisor. */
    public int requestBell()
    {
        return requestBell;
    }

    /** @return where a message is encoded. */
    public UnsafeBuffer out()
    {
        return out;
    }

    /** @return encoder of its header. */
    public MessageHeaderEncoder headerOut()
    {
        return headerOut;
    }

    /** Attach as an honest domain does. */
    public RawDomain attach()
    {
        new AttachEncoder().wrapAndApplyHeader(out, 0, headerOut).abiVersion(Hypercalls.ABI_VERSION);
        final Message answer = ask(MessageHeaderEncoder.ENCODED_LENGTH + AttachEncoder.BLOCK_LENGTH);
        if (answer.templateId() != StartInfoDecoder.TEMPLATE_ID)
        {
            throw new AssertionError("no StartInfo but message " + answer.templateId());
        }
        final StartInfoDecoder info = new StartInfoDecoder()
            .wrapAndApplyHeader(answer.bytes(), 0, new MessageHeaderDecoder());
        domid = info.domid();
        memory = map(answer.fds()[0], (int)info.frameCount() * Hypercalls.PAGE_SIZE);
        page = map(answer.fds()[1], Hypercalls.RING_FILE_LENGTH);
        requestBell = answer.fds()[2];
        responseBell = answer.fds()[3];
        ring = FrontRing.init(page, LAYOUT);
        Unistd.close(answer.fds()[0]);
        Unistd.close(answer.fds()[1]);
        awaitEvent(AttachDoneDecoder.TEMPLATE_ID).close();

        return this;
    }

    /** Send bytes of {@link #out} as they are. */
    public long send(final int length, final int... fds)
    {
        return SysSocket.sendFds(fd, out.addressOffset(), length, fds, fds.length, 0);
    }

    /** As {@link #send}, but -EAGAIN where that would wait. */
    public long trySend(final int length, final int... fds)
    {
        return SysSocket.sendFds(fd, out.addressOffset(), length, fds, fds.length, SysSocket.MSG_DONTWAIT);
    }

    /** Send bytes of {@link #out} and take the answer; events that come before it are kept. */
    public Message ask(final int length, final int... fds)
    {
        final long sent = send(length, fds);
        if (sent < 0)
        {
            throw new AssertionError("cannot send: " + Errno.nameOf(sent));
        }
        while (true)
        {
            final Message message = receive();
            if (!message.isEvent())
            {
                return message;
            }
            events.add(message);
        }
    }

    /** As {@link #ask}, for a message with an ordinary header; answers the result of the reply. */
    public long call(final int encodedLength, final int... fds)
    {
        try (Message answer = ask(MessageHeaderEncoder.ENCODED_LENGTH + encodedLength, fds))
        {
            return answer.result();
        }
    }

    /** Take the next event of a kind; others before it are dropped. */
    public Message awaitEvent(final int templateId)
    {
        while (true)
        {
            final Message message = events.isEmpty() ? receive() : events.poll();
            if (message.templateId() == templateId)
            {
                return message;
            }
            message.close();
        }
    }

    /** Take the next message, whatever it is. */
    public Message receive()
    {
        awaitReadable(fd);
        final UnsafeBuffer in = new UnsafeBuffer(ByteBuffer.allocateDirect(Hypercalls.MAX_MESSAGE_LENGTH));
        final int[] fds = new int[4];
        final FdCount count = new FdCount();
        final long length = SysSocket.recvFds(
            fd, in.addressOffset(), in.capacity(), fds, count, SysSocket.MSG_DONTWAIT);
        if (length <= 0)
        {
            throw new HungUp();
        }

        return new Message(in, (int)length, Arrays.copyOf(fds, count.value()));
    }

    /** @return whether nothing comes for that long. */
    public boolean isSilent(final int timeoutMs)
    {
        Poll.set(pollfd.addressOffset(), 0, fd, Poll.POLLIN);
        return Poll.poll(pollfd.addressOffset(), 1, timeoutMs) == 0;
    }

    /** Wait until the hypervisor hangs up, dropping all that it says before. */
    public void awaitHangUp()
    {
        try
        {
            while (true)
            {
                receive().close();
            }
        }
        catch (final HungUp expected)
        {
            return;
        }
    }

    /** Fill one slot, have it served and see the answer; the slot is zeroed before. */
    public HypercallResponseDecoder hypercall(final IntConsumer fill)
    {
        submit(fill);
        return new HypercallResponseDecoder().wrap(page, awaitResponse(), Hypercalls.SLOT_LENGTH, 0);
    }

    /** As {@link #hypercall}, but do not wait for the answer. */
    public void submit(final IntConsumer fill)
    {
        final int offset = ring.claimRequest();
        page.setMemory(offset, Hypercalls.SLOT_LENGTH, (byte)0);
        fill.accept(offset);
        if (ring.pushRequestsAndCheckNotify())
        {
            Eventfd.signal(requestBell);
        }
    }

    /** Fill slots, zeroed before, have them served as one batch and see the results in their order. */
    public long[] hypercalls(final int count, final SlotFiller filler)
    {
        final long[] results = new long[count];
        for (int done = 0; done < count;)
        {
            final int batch = Math.min(count - done, ring.freeRequests());
            for (int i = 0; i < batch; i++)
            {
                final int offset = ring.claimRequest();
                page.setMemory(offset, Hypercalls.SLOT_LENGTH, (byte)0);
                filler.fill(done + i, offset);
            }
            if (ring.pushRequestsAndCheckNotify())
            {
                Eventfd.signal(requestBell);
            }
            for (int i = 0; i < batch; i++)
            {
                results[done + i] = new HypercallResponseDecoder()
                    .wrap(page, awaitResponse(), Hypercalls.SLOT_LENGTH, 0).result();
            }
            done += batch;
        }

        return results;
    }

    /** EVTCHNOP_alloc_unbound; answers port or errno. */
    public long allocUnbound(final int dom, final int remoteDom)
    {
        return hypercall(offset -> new EvtchnAllocUnboundEncoder().wrap(page, offset)
            .op(EvtchnAllocUnboundEncoder.TEMPLATE_ID).dom(dom).remoteDom(remoteDom)).result();
    }

    /** GNTTABOP_map_grant_ref; the answer carries status, handle and frame. */
    public HypercallResponseDecoder map(final int granter, final long ref, final int flags)
    {
        return hypercall(offset -> new GnttabMapGrantRefEncoder().wrap(page, offset)
            .op(GnttabMapGrantRefEncoder.TEMPLATE_ID).dom(granter).flags(flags).grantRef(ref));
    }

    /** EVTCHNOP_bind_interdomain; answers port or errno. The bells come as event and are dropped with it. */
    public long bindInterdomain(final int remoteDomid, final long remotePort)
    {
        final BindInterdomainEncoder bind = new BindInterdomainEncoder()
            .wrapAndApplyHeader(out, 0, headerOut).remotePort(remotePort).remoteDomid(remoteDomid);
        final long port = call(bind.encodedLength());
        if (port > 0)
        {
            awaitEvent(ChannelBoundDecoder.TEMPLATE_ID).close();
        }

        return port;
    }

    /** EVTCHNOP_bind_virq; answers port or errno, with the bell. */
    public Message bindVirq(final long virq, final long vcpu)
    {
        final BindVirqEncoder bind = new BindVirqEncoder().wrapAndApplyHeader(out, 0, headerOut).virq(virq).vcpu(vcpu);
        return ask(MessageHeaderEncoder.ENCODED_LENGTH + bind.encodedLength());
    }

    /** EVTCHNOP_bind_ipi; answers port or errno, with the bell. */
    public Message bindIpi(final long vcpu)
    {
        final BindIpiEncoder bind = new BindIpiEncoder().wrapAndApplyHeader(out, 0, headerOut).vcpu(vcpu);
        return ask(MessageHeaderEncoder.ENCODED_LENGTH + bind.encodedLength());
    }

    /** SCHEDOP_watchdog; answers id or errno. */
    public long watchdog(final long id, final long timeoutS)
    {
        return hypercall(offset -> new SchedWatchdogEncoder().wrap(page, offset)
            .op(SchedWatchdogEncoder.TEMPLATE_ID).id(id).timeoutS(timeoutS)).result();
    }

    /** A hypercall that takes a port and nothing else: send. */
    public long onPort(final int op, final long port)
    {
        return hypercall(offset -> new EvtchnSendEncoder().wrap(page, offset).op(op).port(port)).result();
    }

    /** Move frames into the window for a grantee; the window's descriptor is dropped. */
    public long moveToWindow(final long firstFrame, final long count, final int grantee)
    {
        final MoveToWindowEncoder move = new MoveToWindowEncoder().wrapAndApplyHeader(out, 0, headerOut)
            .firstFrame(firstFrame).frameCount(count).grantee(grantee).readOnly((short)0);
        return call(move.encodedLength());
    }

    /** Move frames into a window for a grantee; the answer carries result and window. */
    public Message moveToWindow(
        final long firstFrame, final long count, final int grantee, final boolean isReadOnly)
    {
        final MoveToWindowEncoder move = new MoveToWindowEncoder().wrapAndApplyHeader(out, 0, headerOut)
            .firstFrame(firstFrame).frameCount(count).grantee(grantee).readOnly((short)(isReadOnly ? 1 : 0));
        return ask(MessageHeaderEncoder.ENCODED_LENGTH + move.encodedLength());
    }

    /** Say that the read-only window for a grantee is mapped. */
    public long sealWindow(final int grantee)
    {
        return call(new SealWindowEncoder().wrapAndApplyHeader(out, 0, headerOut).grantee(grantee).encodedLength());
    }

    /** Ask for a granter's window; the answer carries result and window. */
    public Message openWindow(final int granter, final boolean isReadOnly)
    {
        final OpenWindowEncoder open = new OpenWindowEncoder().wrapAndApplyHeader(out, 0, headerOut)
            .granter(granter).readOnly((short)(isReadOnly ? 1 : 0));
        return ask(MessageHeaderEncoder.ENCODED_LENGTH + open.encodedLength());
    }

    /** XENMEM_populate_physmap; answers frames or errno. */
    public long populate(final long firstFrame, final long count)
    {
        return hypercall(offset -> new PopulatePhysmapEncoder().wrap(page, offset)
            .op(PopulatePhysmapEncoder.TEMPLATE_ID).firstFrame(firstFrame).frameCount(count)).result();
    }

    /** XENMEM_decrease_reservation; answers frames or errno. */
    public long decrease(final long firstFrame, final long count)
    {
        return hypercall(offset -> new DecreaseReservationEncoder().wrap(page, offset)
            .op(DecreaseReservationEncoder.TEMPLATE_ID).firstFrame(firstFrame).frameCount(count)).result();
    }

    /** XENMEM_current_reservation and maximum_reservation. */
    public HypercallResponseDecoder reservation(final int dom)
    {
        return hypercall(offset -> new MemoryReservationEncoder().wrap(page, offset)
            .op(MemoryReservationEncoder.TEMPLATE_ID).dom(dom));
    }

    /** GNTTABOP_query_size. */
    public HypercallResponseDecoder querySize(final int dom)
    {
        return hypercall(offset -> new GnttabQuerySizeEncoder().wrap(page, offset)
            .op(GnttabQuerySizeEncoder.TEMPLATE_ID).dom(dom));
    }

    /** Have frames come home from a window. */
    public long moveFromWindow(final long firstFrame, final long count)
    {
        return hypercall(offset -> new MoveFromWindowEncoder().wrap(page, offset)
            .op(MoveFromWindowEncoder.TEMPLATE_ID).firstFrame(firstFrame).frameCount(count)).result();
    }

    /** GNTTABOP_unmap_grant_ref. */
    public long unmap(final long handle)
    {
        return hypercall(offset -> new GnttabUnmapGrantRefEncoder().wrap(page, offset)
            .op(GnttabUnmapGrantRefEncoder.TEMPLATE_ID).handle(handle)).result();
    }

    /** EVTCHNOP_close. */
    public long closePort(final long port)
    {
        return hypercall(offset -> new EvtchnCloseEncoder().wrap(page, offset)
            .op(EvtchnCloseEncoder.TEMPLATE_ID).port(port)).result();
    }

    /** Write an entry of the grant table, whatever it says. */
    public void grant(final int ref, final int flags, final int grantee, final int frame)
    {
        final int offset = Hypercalls.PAGE_SIZE + ref * 8;
        memory.putInt(offset + 4, frame);
        memory.putIntRelease(offset, flags & 0xFFFF | grantee << 16);
    }

    /** @return the flags of an entry of the grant table. */
    public int grantFlags(final int ref)
    {
        return memory.getIntVolatile(Hypercalls.PAGE_SIZE + ref * 8) & 0xFFFF;
    }

    /** Die. */
    @Override
    public void close()
    {
        events.forEach(Message::close);
        events.clear();
        Unistd.close(fd);
        if (memory != null)
        {
            Unistd.close(requestBell);
            Unistd.close(responseBell);
            SysMman.munmap(memory.addressOffset(), memory.capacity());
            SysMman.munmap(page.addressOffset(), page.capacity());
            memory = null;
        }
    }

    static UnsafeBuffer map(final int fd, final int length)
    {
        final long address = SysMman.mmap(
            0, length, SysMman.PROT_READ | SysMman.PROT_WRITE, SysMman.MAP_SHARED | SysMman.MAP_NORESERVE, fd, 0);
        if (address < 0)
        {
            throw new AssertionError("mmap: " + Errno.nameOf(address));
        }

        return new UnsafeBuffer(address, length);
    }

    private int awaitResponse()
    {
        int response = ring.pollResponse();
        while (response == RingLayout.NOTHING)
        {
            if (!ring.finalCheckForResponses())
            {
                awaitReadable(responseBell);
                Eventfd.drain(responseBell);
            }
            response = ring.pollResponse();
        }
        if (response < 0)
        {
            throw new AssertionError("the hypervisor broke the ring");
        }

        return response;
    }

    private void awaitReadable(final int readFd)
    {
        Poll.set(pollfd.addressOffset(), 0, readFd, Poll.POLLIN);
        Poll.set(pollfd.addressOffset(), 1, fd, Poll.POLLRDHUP);
        if (Poll.poll(pollfd.addressOffset(), 2, PATIENCE_MS) == 0)
        {
            throw new AssertionError("the hypervisor does not answer");
        }
        if (readFd != fd && Poll.revents(pollfd.addressOffset(), 0) == 0)
        {
            throw new HungUp();
        }
    }

    /** Writes one slot of a batch. */
    @FunctionalInterface
    public interface SlotFiller
    {
        /**
         * @param index  in the batch.
         * @param offset of the slot.
         */
        void fill(int index, int offset);
    }

    /** The hypervisor hung up. */
    public static final class HungUp extends AssertionError
    {
        private static final long serialVersionUID = 1L;

        HungUp()
        {
            super("the hypervisor hung up");
        }
    }

    /**
     * One packet.
     *
     * @param bytes  header first.
     * @param length of it.
     * @param fds    that came with it.
     */
    public record Message(UnsafeBuffer bytes, int length, int[] fds) implements AutoCloseable
    {
        /** @return what it is. */
        public int templateId()
        {
            return new MessageHeaderDecoder().wrap(bytes, 0).templateId();
        }

        /** @return of a reply. */
        public long result()
        {
            if (templateId() != ReplyDecoder.TEMPLATE_ID)
            {
                throw new AssertionError("not a reply: " + templateId());
            }
            return new ReplyDecoder().wrapAndApplyHeader(bytes, 0, new MessageHeaderDecoder()).result();
        }

        boolean isEvent()
        {
            return switch (templateId())
            {
                case AttachDoneDecoder.TEMPLATE_ID, WindowHomeDecoder.TEMPLATE_ID, ChannelBoundDecoder.TEMPLATE_ID,
                    ChannelClosedDecoder.TEMPLATE_ID, CapabilityGivenDecoder.TEMPLATE_ID,
                    DomainExitedDecoder.TEMPLATE_ID -> true;
                default -> false;
            };
        }

        /** Close the descriptors. */
        @Override
        public void close()
        {
            for (final int fd : fds)
            {
                Unistd.close(fd);
            }
        }
    }
}
