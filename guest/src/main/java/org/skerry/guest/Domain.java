package org.skerry.guest;

import java.util.function.BiConsumer;

import org.agrona.concurrent.NanoClock;
import org.agrona.concurrent.SystemNanoClock;
import org.agrona.concurrent.UnsafeBuffer;
import org.skerry.guest.event.EventChannels;
import org.skerry.guest.grant.ForeignGrants;
import org.skerry.guest.grant.FrameMover;
import org.skerry.guest.grant.GrantTable;
import org.skerry.guest.hypercall.ConnectionEvents;
import org.skerry.guest.hypercall.HypercallRing;
import org.skerry.guest.hypercall.HypervisorConnection;
import org.skerry.guest.hypercall.Waiter;
import org.skerry.wire.Domid;
import org.skerry.wire.Errno;
import org.skerry.wire.EventChannelPort;
import org.skerry.wire.Hypercalls;
import org.skerry.wire.ShutdownReason;
import org.skerry.wire.confinement.ConfinementProfile;
import org.skerry.wire.hypercall.AttachEncoder;
import org.skerry.wire.hypercall.SchedShutdownEncoder;
import org.skerry.wire.hypercall.StartInfoDecoder;
import org.skerry.wire.linux.SysMman;
import org.skerry.wire.linux.Unistd;

/**
 * This domain, seen from inside: what the process that carries it starts with. When the hypervisor is gone the process
 * ends, whatever it does at that moment.
 */
public final class Domain implements AutoCloseable
{
    private static final int EXIT_HYPERVISOR_GONE = 3;

    private final EventLoop loop;
    private final Capabilities capabilities = new Capabilities();
    private final HypervisorConnection connection;
    private final Domid domid;
    private final StartInfo startInfo;
    private final DomainMemory memory;
    private final HypercallRing ring;
    private final EventChannels eventChannels;
    private final GrantTable grantTable;
    private final ForeignGrants foreignGrants;
    private final FrameMover frameMover;
    private final Reservation reservation;
    private final Balloon balloon;
    private BiConsumer<Domid, ShutdownReason> onDomainExited = (exited, reason) -> {};
    private Runnable onHypervisorGone = () -> Runtime.getRuntime().halt(EXIT_HYPERVISOR_GONE);

    private Domain(final int connectionFd, final Waiter waiter, final NanoClock clock)
    {
        loop = new EventLoop(clock);
        connection = new HypervisorConnection(connectionFd, new Events(), waiter);
        new AttachEncoder().wrapAndApplyHeader(connection.out(), 0, connection.headerOut())
            .abiVersion(Hypercalls.ABI_VERSION);
        if (!connection.request(AttachEncoder.BLOCK_LENGTH) ||
            connection.headerIn().templateId() != StartInfoDecoder.TEMPLATE_ID)
        {
            throw new IllegalStateException("the hypervisor refused this domain: fd=" + connectionFd);
        }

        final StartInfoDecoder info =
            new StartInfoDecoder().wrapAndApplyHeader(connection.in(), 0, connection.headerIn());
        domid = new Domid(info.domid());
        startInfo = startInfo(info);
        memory = mapMemory(info, connection.replyFd(0));
        ring = new HypercallRing(
            new UnsafeBuffer(map(connection.replyFd(1), Hypercalls.RING_FILE_LENGTH), Hypercalls.RING_FILE_LENGTH),
            connection.replyFd(2), connection.replyFd(3), connectionFd, waiter);
        Unistd.close(connection.replyFd(1));
        eventChannels = new EventChannels(connection, ring, loop);
        grantTable = new GrantTable(
            new UnsafeBuffer(
                memory.addressOf((int)info.grantTableFrame()),
                (int)info.grantTableFrameCount() * Hypercalls.PAGE_SIZE),
            memory, connection, ring);
        foreignGrants = new ForeignGrants(connection, ring, loop);
        frameMover = new FrameMover(connection, grantTable, loop);
        reservation = new Reservation(ring);
        balloon = new Balloon(memory, reservation, loop);
        connection.awaitAttachDone();
        loop.onReadable(connectionFd, connection::pollEvents);
    }

    /**
     * Attach to the hypervisor over fd 3. The calling thread owns the domain from now on.
     *
     * @return this domain, with its memory.
     * @throws IllegalStateException when there is no hypervisor, or it refuses.
     */
    public static Domain attach()
    {
        return attach(Hypercalls.CONNECTION_FD);
    }

    /**
     * Attach over another descriptor: Domain-0 has made the connection itself.
     *
     * @param connectionFd ours from now on.
     * @return this domain.
     * @throws IllegalStateException when the hypervisor refuses.
     */
    public static Domain attach(final int connectionFd)
    {
        return attach(connectionFd, Waiter.SLEEPING, SystemNanoClock.INSTANCE);
    }

    /**
     * Attach a domain that shares its thread with others.
     *
     * @param connectionFd ours from now on.
     * @param waiter       how to wait for the hypervisor and the store.
     * @param clock        what timers go by.
     * @return this domain.
     * @throws IllegalStateException when the hypervisor refuses.
     */
    public static Domain attach(final int connectionFd, final Waiter waiter, final NanoClock clock)
    {
        return new Domain(connectionFd, waiter, clock);
    }

    /** @return our number. */
    public Domid domid()
    {
        return domid;
    }

    /** @return how much memory it has, to be changed by whoever knows which frames are free. */
    public Reservation reservation()
    {
        return reservation;
    }

    /** @return what we were told before our first instruction. */
    public StartInfo startInfo()
    {
        return startInfo;
    }

    /** @return our memory. */
    public DomainMemory memory()
    {
        return memory;
    }

    /** @return what we grant to others. */
    public GrantTable grantTable()
    {
        return grantTable;
    }

    /** @return what others granted to us. */
    public ForeignGrants foreignGrants()
    {
        return foreignGrants;
    }

    /** @return moves frames into windows when somebody maps them, for a kernel that grants any of its frames. */
    public FrameMover frameMover()
    {
        return frameMover;
    }

    /** @return follows what Domain-0 wants our memory to be, once it is given a store. */
    public Balloon balloon()
    {
        return balloon;
    }

    /** @return our event channels. */
    public EventChannels eventChannels()
    {
        return eventChannels;
    }

    /** @return where we wait. */
    public EventLoop loop()
    {
        return loop;
    }

    /** @return what Domain-0 handed to us. */
    public Capabilities capabilities()
    {
        return capabilities;
    }

    /** @return our hypercall ring, for batches that have no better home; its monitor is held while it is used. */
    public HypercallRing hypercalls()
    {
        return ring;
    }

    /** @return our connection to the hypervisor, for requests that have no better home. */
    public HypervisorConnection connection()
    {
        return connection;
    }

    /**
     * Give up, for good, all that this kind of process does not need. To be called before the first byte that another
     * domain controls is read.
     *
     * @param profile what kind of process this is.
     * @throws IllegalStateException when Linux refuses; the process must end then.
     */
    public void confine(final ConfinementProfile profile)
    {
        final int result = profile.apply();
        if (result < 0)
        {
            throw new IllegalStateException("cannot confine this process: " + Errno.nameOf(result));
        }
    }

    /**
     * Stop this domain; the process ends.
     *
     * @param reason why.
     */
    public void shutdown(final ShutdownReason reason)
    {
        synchronized (ring)
        {
            new SchedShutdownEncoder().wrap(ring.page(), ring.claim())
                .op(SchedShutdownEncoder.TEMPLATE_ID).tag(ring.nextTag()).reason(reason.code());
            ring.submit();
            ring.await();
        }
        Runtime.getRuntime().halt(0);
    }

    /**
     * For Domain-0.
     *
     * @param handler runs on the loop when a domain has ended.
     */
    public void onDomainExited(final BiConsumer<Domid, ShutdownReason> handler)
    {
        onDomainExited = handler;
    }

    /**
     * For Domain-0, which has things to put away; every other process just ends.
     *
     * @param handler runs on the thread that noticed.
     */
    public void onHypervisorGone(final Runnable handler)
    {
        onHypervisorGone = handler;
    }

    /**
     * Let go of everything and tell nobody, as the end of the process does: for a process that carries several domains.
     * Nothing of the domain may be used any more.
     */
    @Override
    public void close()
    {
        capabilities.close();
        eventChannels.close();
        foreignGrants.close();
        SysMman.munmap(ring.page().addressOffset(), Hypercalls.RING_FILE_LENGTH);
        ring.close();
        memory.close();
        loop.close();
        connection.close();
    }

    private static StartInfo startInfo(final StartInfoDecoder info)
    {
        return new StartInfo(
            info.name(), info.cmdline(), info.populatedFrames() * (Hypercalls.PAGE_SIZE / 1024), info.vcpus(),
            info.storeDomid() < 0 ? null : new Domid(info.storeDomid()),
            info.storePort() < 0 ? null : new EventChannelPort(info.storePort()), info.storeFrame(),
            info.consoleDomid() < 0 ? null : new Domid(info.consoleDomid()),
            info.consolePort() < 0 ? null : new EventChannelPort(info.consolePort()), info.consoleFrame(),
            (int)info.grantTableFrame(), (int)info.grantTableFrameCount(), (int)info.firstFreeFrame());
    }

    private static DomainMemory mapMemory(final StartInfoDecoder info, final int fd)
    {
        final int frameCount = (int)info.frameCount();
        final long address = map(fd, (long)frameCount * Hypercalls.PAGE_SIZE);

        return new DomainMemory(
            fd, address, frameCount, (int)info.populatedFrames(), (int)info.firstFreeFrame());
    }

    private static long map(final int fd, final long length)
    {
        final long address = SysMman.mmap(
            0, length, SysMman.PROT_READ | SysMman.PROT_WRITE, SysMman.MAP_SHARED | SysMman.MAP_NORESERVE, fd, 0);
        if (address < 0)
        {
            throw new IllegalStateException("cannot map memory: length=" + length + ", " + Errno.nameOf(address));
        }

        return address;
    }

    private final class Events implements ConnectionEvents
    {
        @Override
        public void onWindowHome(final int firstFrame, final int frameCount, final int windowFd)
        {
            final long result = memory.remap(windowFd, firstFrame, frameCount);
            Unistd.close(windowFd);
            if (result < 0)
            {
                throw new IllegalStateException("cannot map a window: " + Errno.nameOf(result));
            }
            memory.reserve(firstFrame, frameCount);
        }

        @Override
        public void onChannelBound(final int port, final int remoteDomid, final int remoteBell, final int ownBell)
        {
            eventChannels.onBound(port, remoteBell, ownBell);
        }

        @Override
        public void onChannelClosed(final int port)
        {
            eventChannels.onClosed(port);
        }

        @Override
        public void onCapability(final String tag, final int fd)
        {
            final int replaced = capabilities.add(tag, fd);
            if (replaced >= 0)
            {
                Unistd.close(replaced);
            }
            loop.execute(() -> capabilities.announce(tag));
        }

        @Override
        public void onDomainExited(final int exited, final ShutdownReason reason)
        {
            loop.execute(() -> onDomainExited.accept(
                new Domid(exited), reason == null ? ShutdownReason.CRASH : reason));
        }

        @Override
        public void onMovesWanted()
        {
            loop.execute(frameMover::run);
        }

        @Override
        public void onGrantMoved(final int granter)
        {
            loop.execute(() -> foreignGrants.onMoved(new Domid(granter)));
        }

        @Override
        public void onHangUp()
        {
            onHypervisorGone.run();
        }
    }
}
