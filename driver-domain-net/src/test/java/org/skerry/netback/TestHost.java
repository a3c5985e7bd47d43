package org.skerry.netback;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;
import org.skerry.guest.DomainMemory;
import org.skerry.guest.netfront.NetfrontLink;
import org.skerry.wire.Domid;
import org.skerry.wire.GrantRef;
import org.skerry.wire.GrantStatus;
import org.skerry.wire.Hypercalls;

/**
 * A hypervisor in one thread, as far as netfront and netback see one: memory of the driver domain, pages that guests
 * have granted, copies by the rules of GNTTABOP_copy, and event channels whose events wait for {@link #dispatch}.
 */
final class TestHost implements GrantCopy, FrontendLink, FrameAllocator
{
    record Grant(UnsafeBuffer page, boolean isReadOnly)
    {
    }

    private record Op(boolean isFrom, int ownFrame, int ownOffset, long grant, int refOffset, int length)
    {
    }

    /** One event channel: what to call at its two ends. */
    static final class Channel
    {
        Runnable front;
        Runnable frontClosed;
        Runnable back;
        boolean isClosed;
    }

    private static final int CAPACITY = 256;
    private static final int FRAME_COUNT = 1024;
    private static final int FIRST_FRAME = 7;

    final UnsafeBuffer own = new UnsafeBuffer(BufferUtil.allocateDirectAligned(FRAME_COUNT * 4096, 4096));
    final Map<Long, Grant> grants = new HashMap<>();
    final Map<Long, Channel> channels = new HashMap<>();
    int executeCount;
    int bellCount;
    int allocatedFrames;
    int openConnections;
    /** Pages that a guest took back while they were mapped. */
    int lostPages;
    /** How often pages are not where they can be mapped. */
    int movesWanted;
    final Queue<Runnable> moved = new ArrayDeque<>();
    private final Set<UnsafeBuffer> mapped = new HashSet<>();
    private final Queue<Runnable> events = new ArrayDeque<>();
    private final Op[] ops = new Op[CAPACITY];
    private final int[] statuses = new int[CAPACITY];
    private int size;
    private int nextFrame = FIRST_FRAME;
    private int nextRef = 8;
    private int nextPort = 1;

    static long key(final int domid, final int number)
    {
        return (long)domid << 32 | number;
    }

    /** A guest grants a new page. @return its reference. */
    int grantPage(final int domid, final boolean isReadOnly)
    {
        final int ref = nextRef++;
        grants.put(key(domid, ref), new Grant(newPages(1), isReadOnly));
        return ref;
    }

    UnsafeBuffer page(final int domid, final int ref)
    {
        return grants.get(key(domid, ref)).page();
    }

    /** Deliver events until no more come. @return how many. */
    int dispatch()
    {
        int count = 0;
        for (Runnable event = events.poll(); event != null; event = events.poll())
        {
            event.run();
            count++;
        }

        return count;
    }

    /** The other end of the channel dies. */
    void killBackend()
    {
        for (final Channel channel : channels.values())
        {
            if (!channel.isClosed && channel.back != null)
            {
                channel.isClosed = true;
                events.add(channel.frontClosed);
            }
        }
        mapped.clear();
        openConnections = 0;
    }

    NetfrontLink guest(final int domid)
    {
        return (backend, frameCount, onEvent, onBackendGone) ->
            new GuestOffer(domid, frameCount, onEvent, onBackendGone);
    }

    @Override
    public DomainMemory.Frames allocate(final int count)
    {
        final int first = nextFrame;
        nextFrame += count;
        allocatedFrames += count;
        final long address = own.addressOffset() + (long)first * Hypercalls.PAGE_SIZE;
        return new DomainMemory.Frames(
            first, count, address, new UnsafeBuffer(address, count * Hypercalls.PAGE_SIZE));
    }

    @Override
    public void free(final DomainMemory.Frames frames)
    {
        allocatedFrames -= frames.count();
        if (allocatedFrames == 0)
        {
            nextFrame = FIRST_FRAME;
        }
    }

    @Override
    public Pages pages(final Domid frontend, final GrantRef txRef, final GrantRef rxRef)
    {
        return new TestPages(
            grants.get(key(frontend.value(), txRef.value())), grants.get(key(frontend.value(), rxRef.value())));
    }

    @Override
    public void whenMoved(final Domid frontend, final Runnable task)
    {
        moved.add(task);
    }

    @Override
    public void whenLeft(final Domid frontend, final Runnable task)
    {
        task.run();
    }

    /** Pages that no frontend's domain has to move, but for as often as {@link #movesWanted} says. */
    private final class TestPages implements Pages
    {
        private final Grant tx;
        private final Grant rx;

        private TestPages(final Grant tx, final Grant rx)
        {
            this.tx = tx;
            this.rx = rx;
        }

        @Override
        public boolean tryMap() throws LinkException
        {
            if (tx == null || rx == null)
            {
                throw new LinkException("no such grant", null);
            }
            if (movesWanted > 0)
            {
                movesWanted--;
                return false;
            }
            mapped.add(tx.page());
            mapped.add(rx.page());
            return true;
        }

        @Override
        public void close()
        {
            if (tx != null && rx != null)
            {
                mapped.remove(tx.page());
                mapped.remove(rx.page());
            }
        }
    }

    @Override
    public Connection connect(
        final Domid frontend, final Pages pages, final Ports ports, final BooleanSupplier onEvent) throws LinkException
    {
        final Grant tx = ((TestPages)pages).tx;
        final Grant rx = ((TestPages)pages).rx;
        final Channel channel = channels.get(key(frontend.value(), ports.txPort().value()));
        if (channel == null || channel.isClosed)
        {
            throw new LinkException("no such port", null);
        }

        channel.back = onEvent::getAsBoolean;
        events.add(channel.back);                          // a channel rings once at both ends when it is bound
        events.add(channel.front);
        openConnections++;
        return new Connection()
        {
            @Override
            public UnsafeBuffer txPage()
            {
                return tx.page();
            }

            @Override
            public UnsafeBuffer rxPage()
            {
                return rx.page();
            }

            @Override
            public void ring()
            {
                bellCount++;
                events.add(channel.front);
            }

            @Override
            public void close()
            {
                openConnections--;
                pages.close();
                if (!channel.isClosed)
                {
                    channel.isClosed = true;
                    events.add(channel.frontClosed);
                }
            }
        };
    }

    @Override
    public void clear()
    {
        size = 0;
    }

    @Override
    public int room()
    {
        return CAPACITY - size;
    }

    @Override
    public int addCopyFrom(
        final int granter, final int ref, final int refOffset, final int ownFrame, final int ownOffset,
        final int length)
    {
        ops[size] = new Op(true, ownFrame, ownOffset, key(granter, ref), refOffset, length);
        return size++;
    }

    @Override
    public int addCopyTo(
        final int ownFrame, final int ownOffset, final int granter, final int ref, final int refOffset,
        final int length)
    {
        ops[size] = new Op(false, ownFrame, ownOffset, key(granter, ref), refOffset, length);
        return size++;
    }

    @Override
    public void execute()
    {
        executeCount++;
        for (int i = 0; i < size; i++)
        {
            statuses[i] = execute(ops[i]);
        }
    }

    @Override
    public int status(final int index)
    {
        return statuses[index];
    }

    private int execute(final Op op)
    {
        final Grant grant = grants.get(op.grant);
        if (grant == null)
        {
            return GrantStatus.BAD_GNTREF;
        }
        if (op.refOffset + op.length > 4096 || op.ownOffset + op.length > 4096)
        {
            return GrantStatus.BAD_COPY_ARG;
        }
        if (op.isFrom)
        {
            own.putBytes(op.ownFrame * 4096 + op.ownOffset, grant.page(), op.refOffset, op.length);
        }
        else if (grant.isReadOnly())
        {
            return GrantStatus.PERMISSION_DENIED;
        }
        else
        {
            grant.page().putBytes(op.refOffset, own, op.ownFrame * 4096 + op.ownOffset, op.length);
        }

        return OKAY;
    }

    private static UnsafeBuffer newPages(final int count)
    {
        return new UnsafeBuffer(BufferUtil.allocateDirectAligned(count * 4096, 4096));
    }

    private final class GuestOffer implements NetfrontLink.Offer
    {
        private final int domid;
        private final UnsafeBuffer pages;
        private final int port = nextPort++;
        private final Channel channel = new Channel();

        GuestOffer(final int domid, final int frameCount, final BooleanSupplier onEvent, final Runnable onBackendGone)
        {
            this.domid = domid;
            pages = newPages(frameCount);
            channel.front = onEvent::getAsBoolean;
            channel.frontClosed = onBackendGone;
            channels.put(key(domid, port), channel);
        }

        @Override
        public UnsafeBuffer buffer()
        {
            return pages;
        }

        @Override
        public int grant(final int frame, final boolean isReadOnly)
        {
            final int ref = nextRef++;
            grants.put(key(domid, ref), new Grant(new UnsafeBuffer(pages, frame * 4096, 4096), isReadOnly));
            return ref;
        }

        @Override
        public int port()
        {
            return port;
        }

        @Override
        public void ring()
        {
            if (!channel.isClosed && channel.back != null)
            {
                bellCount++;
                events.add(channel.back);
            }
        }

        @Override
        public void hangUp()
        {
            channel.isClosed = true;
            channels.remove(key(domid, port));
        }

        @Override
        public void close()
        {
            hangUp();
            grants.values().stream().filter(this::isOurs).filter(grant -> mapped.contains(grant.page()))
                .forEach(grant -> lostPages++);
            grants.values().removeIf(this::isOurs);
        }

        private boolean isOurs(final Grant grant)
        {
            final long offset = grant.page().addressOffset() - pages.addressOffset();
            return offset >= 0 && offset < pages.capacity();
        }
    }
}
