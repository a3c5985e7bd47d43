package org.skerry.kernel.domain;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Collection;
import org.agrona.concurrent.UnsafeBuffer;
import org.skerry.kernel.event.PortTable;
import org.skerry.kernel.grant.GrantTable;
import org.skerry.kernel.grant.MapTrack;
import org.skerry.kernel.grant.MoveRequests;
import org.skerry.kernel.memory.MemoryLedger;
import org.skerry.kernel.memory.PhysicalMemory;
import org.skerry.kernel.memory.SharedFile;
import org.skerry.wire.Domid;
import org.skerry.wire.Hypercalls;
import org.skerry.wire.ShutdownReason;

/**
 * All that one domain has. The first frames of its memory are spoken for: frame 0 is never granted, then come the grant
 * table, the xenstore page and the console page.
 */
public final class KernelDomain implements AutoCloseable
{
    /** Where the grant table begins. */
    public static final int GRANT_TABLE_FRAME = 1;

    private final int domid;
    private final Details details;
    private final PhysicalMemory memory;
    private final GrantTable grantTable;
    private final ArrayDeque<MapTrack> formerTracks = new ArrayDeque<>();
    private MapTrack mapTrack;
    private Carrier carrier;
    private PortTable ports;
    private ConnectionEvents events;
    private final Service[] services = new Service[2];
    private boolean isAttached;
    private boolean isAbandoned;
    private boolean isPaused;
    private long pausedAtNs;
    private boolean isResting;
    private final Allowance allowance = new Allowance();
    private final Watchdogs watchdogs = new Watchdogs();
    private final ConsoleOutput console = new ConsoleOutput();
    private ShutdownReason shutdownReason;

    private KernelDomain(final int domid, final Details details, final PhysicalMemory memory, final Carrier carrier)
    {
        this.domid = domid;
        this.details = details;
        this.memory = memory;
        this.grantTable = new GrantTable(
            new UnsafeBuffer(
                memory.file().address() + GRANT_TABLE_FRAME * (long)Hypercalls.PAGE_SIZE,
                details.grantTableFrames() * Hypercalls.PAGE_SIZE),
            memory.length());
        carriedBy(carrier);
    }

    /**
     * @param domid      free.
     * @param details    checked by the caller.
     * @param connection the domain's; closed with it.
     * @param ledger     its memory is claimed from.
     * @return the domain, or null when the host or Linux has no memory or descriptors for it.
     */
    public static KernelDomain create(
        final int domid, final Details details, final Connection connection, final MemoryLedger ledger)
    {
        final PhysicalMemory memory =
            PhysicalMemory.create("skerry-domain-" + domid, details.maxFrames(), details.frameCount(), ledger);
        if (memory == null)
        {
            return null;
        }

        final Carrier carrier = Carrier.create(domid, connection);
        if (carrier == null)
        {
            memory.close();
            return null;
        }

        return new KernelDomain(domid, details, memory, carrier);
    }

    /** @return frames of a domain to be that are spoken for before its first instruction. */
    public static int firstFreeFrame(final Details details)
    {
        return GRANT_TABLE_FRAME + details.grantTableFrames() + 2;
    }

    public int domid()
    {
        return domid;
    }

    /** @return whether it may build and end other domains. */
    public boolean isPrivileged()
    {
        return domid == Domid.DOM0.value();
    }

    public Details details()
    {
        return details;
    }

    public Connection connection()
    {
        return carrier.connection();
    }

    public PhysicalMemory memory()
    {
        return memory;
    }

    public SharedFile hypercallRing()
    {
        return carrier.ring();
    }

    /** @return the bell that it rings for us. */
    public int requestBell()
    {
        return carrier.requestBell();
    }

    /** @return the bell that we ring for it. */
    public int responseBell()
    {
        return carrier.responseBell();
    }

    /** @return what it grants. */
    public GrantTable grantTable()
    {
        return grantTable;
    }

    /** It moves its frames into windows only when it is asked to, from now on. */
    public void serveMoves()
    {
        if (grantTable.moves() == null)
        {
            grantTable.serveMoves(
                new MoveRequests(() -> events.tellMovesWanted()), frame -> memory.homeOf(frame) != null);
        }
    }

    /** It may try again to map or unmap what that domain granted. */
    public void tellMoved(final int granter)
    {
        events.tellMoved(granter);
    }

    /** @return what it has mapped. */
    public MapTrack mapTrack()
    {
        return mapTrack;
    }

    /** @return what processes that carried it before had mapped and nobody has let go of yet. */
    public Collection<MapTrack> formerTracks()
    {
        return formerTracks;
    }

    /**
     * Let go of some of what was mapped by processes that are gone.
     *
     * @param limit most handles to look at now.
     * @return whether nothing is left.
     */
    public boolean releaseSome(final int limit)
    {
        final MapTrack former = formerTracks.peek();
        if (former == null)
        {
            return !isAbandoned || mapTrack.releaseSome(limit);
        }
        if (former.releaseSome(limit))
        {
            formerTracks.remove();
        }

        return formerTracks.isEmpty() && !isAbandoned;
    }

    public PortTable ports()
    {
        return ports;
    }

    /** @return whether a process has taken its connection. */
    public boolean isAttached()
    {
        return isAttached;
    }

    /** A process has taken the connection. */
    public void attached()
    {
        isAttached = true;
    }

    /** @return why it stopped, or null while it runs. */
    public ShutdownReason shutdownReason()
    {
        return shutdownReason;
    }

    /** @return whether it ran until now; the first reason stays. */
    public boolean shutdown(final ShutdownReason reason)
    {
        if (shutdownReason != null)
        {
            return false;
        }
        shutdownReason = reason;

        return true;
    }

    /** @return the frame of the console's page (0) or the store's (1): their reserved references. */
    public int serviceFrame(final int grantRef)
    {
        return firstFreeFrame(details) - 1 - grantRef;
    }

    /** @return who serves that page, or null. */
    public Service service(final int grantRef)
    {
        return services[grantRef];
    }

    public void service(final int grantRef, final Service service)
    {
        services[grantRef] = service;
    }

    public Watchdogs watchdogs()
    {
        return watchdogs;
    }

    /** @return what it says to the console ring. */
    public ConsoleOutput console()
    {
        return console;
    }

    /** @return whether Domain-0 wants none of its requests served. */
    public boolean isPaused()
    {
        return isPaused;
    }

    /** Whoever calls has seen that it is a change. */
    public void paused(final boolean pause, final long nowNs)
    {
        isPaused = pause;
        if (!pause)
        {
            watchdogs.delay(nowNs - pausedAtNs);
        }
        pausedAtNs = nowNs;
    }

    /** @return what it may ask for. */
    public Allowance allowance()
    {
        return allowance;
    }

    /** @return whether it has spent its allowance and is not heard until there is some again. */
    public boolean isResting()
    {
        return isResting;
    }

    /** @param rest whether it is not heard from now on. */
    public void resting(final boolean rest)
    {
        isResting = rest;
    }

    /** @return whether its requests are served at this time. */
    public boolean isServed()
    {
        return !isAbandoned && !isPaused && !isResting;
    }

    /** @return whether no process is behind it any more. */
    public boolean isAbandoned()
    {
        return isAbandoned;
    }

    /**
     * Its process is gone. Its memory stays until it is destroyed; its ports are the caller's to close, for each a peer
     * may have to be told, and what it mapped to let go of: {@link #releaseSome(int)}.
     */
    public void abandon()
    {
        if (!isAbandoned)
        {
            isAbandoned = true;
            carrier.cutOff();
            watchdogs.stop();
        }
    }

    /**
     * Another process will carry it. It finds its memory, and what others granted to it, as its predecessor left them;
     * nobody serves it and it grants nothing but what somebody still uses.
     *
     * @param connection the new one; stays the caller's when there is nothing to carry it with.
     * @return false when Linux has no memory or descriptors.
     */
    public boolean restart(final Connection connection)
    {
        abandon();
        final Carrier next = Carrier.create(domid, connection);
        if (next == null)
        {
            return false;
        }
        carrier.ring().close();
        formerTracks.add(mapTrack);
        carriedBy(next);
        grantTable.revokeUnpinned();
        memory.moveHome(grantTable::isPinned);
        Arrays.fill(services, null);
        isAttached = false;
        isAbandoned = false;
        isPaused = false;
        isResting = false;
        shutdownReason = null;

        return true;
    }

    private void carriedBy(final Carrier next)
    {
        carrier = next;
        events = new ConnectionEvents(next.connection());
        ports = new PortTable(domid, details.maxPorts(), details.vcpus(), events);
        mapTrack = new MapTrack(details.maptrackFrames() * MapTrack.HANDLES_PER_FRAME);
    }

    /**
     * It is destroyed: its grants cannot be used any more, and those who use one keep it until they let go. What it
     * mapped is the caller's to let go of.
     */
    public void retire()
    {
        abandon();
        grantTable.retire();
        memory.release();
    }

    @Override
    public void close()
    {
        retire();
        while (!releaseSome(Integer.MAX_VALUE))
        {
            continue;
        }
        carrier.ring().close();
        memory.close();
    }

    /**
     * What the builder of a domain says of it.
     *
     * @param name             for people.
     * @param cmdline          for its kernel.
     * @param frameCount       memory at the beginning, in frames of 4 KiB.
     * @param maxFrames        memory that it may ever have; frameCount or more.
     * @param grantTableFrames 1 to 64.
     * @param maptrackFrames   1 to 1024, each for 256 mappings.
     * @param maxPorts         1 to 4095.
     * @param vcpus            1 or more.
     */
    public record Details(
        String name, String cmdline, int frameCount, int maxFrames, int grantTableFrames, int maptrackFrames,
        int maxPorts, int vcpus)
    {
    }

    /**
     * Who serves the store or console page.
     *
     * @param domid of the service.
     * @param port  the domain's port, kept for the service.
     */
    public record Service(int domid, int port)
    {
    }
}
