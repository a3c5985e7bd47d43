package org.skerry.tests.sim;

import java.util.IdentityHashMap;
import java.util.Map;
import java.util.function.IntPredicate;

import org.agrona.collections.Int2IntCounterMap;
import org.skerry.kernel.Hypervisor;
import org.skerry.kernel.domain.KernelDomain;
import org.skerry.kernel.event.PortTable;
import org.skerry.kernel.grant.GrantTable;
import org.skerry.kernel.grant.MapTrack;
import org.skerry.kernel.memory.GrantWindow;
import org.skerry.wire.GrantFlags;
import org.skerry.wire.Hypercalls;

/** What the kernel keeps account of, counted again from scratch. */
final class Accounts
{
    private final Hypervisor hypervisor;
    private final IntPredicate isHonest;
    private final Map<GrantTable, Pins> pins = new IdentityHashMap<>();

    /** Users of each entry and frame of one table. */
    private static final class Pins
    {
        private final Int2IntCounterMap readers = new Int2IntCounterMap(0);
        private final Int2IntCounterMap writers = new Int2IntCounterMap(0);
        private final Int2IntCounterMap frames = new Int2IntCounterMap(0);
    }

    /**
     * @param hypervisor whose books these are.
     * @param isHonest   says of a domid whether nobody but the kernel writes the status bits of its grants.
     */
    Accounts(final Hypervisor hypervisor, final IntPredicate isHonest)
    {
        this.hypervisor = hypervisor;
        this.isHonest = isHonest;
    }

    /** All laws, now. */
    void check()
    {
        checkLedger();
        countPins();
        for (final KernelDomain domain : hypervisor.domains().all())
        {
            checkHomes(domain);
            checkGrants(domain, isHonest.test(domain.domid()));
            checkPorts(domain);
        }
    }

    /** Nothing is left but Domain-0. */
    void checkAllGone(final int dom0Frames)
    {
        while (!hypervisor.dying().isEmpty())
        {
            hypervisor.doWork(0);
        }
        equal("domains", 1, count(hypervisor.domains().all()));
        equal("free frames", hypervisor.ledger().totalFrames() - dom0Frames, hypervisor.ledger().freeFrames());
    }

    private void checkLedger()
    {
        long sum = 0;
        for (final KernelDomain domain : hypervisor.domains().all())
        {
            int populated = 0;
            for (int frame = 0; frame < domain.memory().length(); frame++)
            {
                populated += domain.memory().isPopulated(frame) ? 1 : 0;
            }
            equal("populated frames of d" + domain.domid(), domain.memory().populatedFrames(), populated);
            sum += populated + domain.memory().windows().stream().filter(GrantWindow::isReadOnly)
                .mapToInt(window -> window.file().frames()).sum();
        }
        equal("frames promised", hypervisor.ledger().totalFrames() - hypervisor.ledger().freeFrames(), sum);
    }

    private static void checkHomes(final KernelDomain domain)
    {
        final Map<GrantWindow, Integer> homes = new IdentityHashMap<>();
        for (int frame = 0; frame < domain.memory().length(); frame++)
        {
            final GrantWindow home = domain.memory().homeOf(frame);
            if (home != null)
            {
                homes.merge(home, 1, Integer::sum);
            }
        }
        for (final GrantWindow window : domain.memory().windows())
        {
            final Integer frames = homes.remove(window);
            equal("frames in window of d" + window.grantee() + " of d" + domain.domid(),
                window.frameCount(), frames == null ? 0 : frames);
        }
        equal("homes in no window of d" + domain.domid(), 0, homes.size());
    }

    private void countPins()
    {
        pins.clear();
        for (final KernelDomain domain : hypervisor.domains().all())
        {
            final MapTrack track = domain.mapTrack();
            int mapped = 0;
            for (int handle = 0; handle < track.handleCount(); handle++)
            {
                final GrantTable table = track.table(handle);
                if (table != null)
                {
                    mapped++;
                    final Pins users = pins.computeIfAbsent(table, ignored -> new Pins());
                    (track.isReadOnly(handle) ? users.readers : users.writers).incrementAndGet(track.ref(handle));
                    users.frames.incrementAndGet(table.frame(track.ref(handle)));
                }
            }
            equal("mappings of d" + domain.domid(), track.mappedCount(), mapped);
        }
    }

    private void checkGrants(final KernelDomain domain, final boolean isHonest)
    {
        final GrantTable table = domain.grantTable();
        final Pins users = pins.computeIfAbsent(table, ignored -> new Pins());
        int used = 0;
        for (int ref = 0; ref < table.entryCount(); ref++)
        {
            final int readers = users.readers.get(ref);
            final int writers = users.writers.get(ref);
            if (readers != table.readers(ref) || writers != table.writers(ref))
            {
                throw new AssertionError("users of grant " + ref + " of d" + domain.domid() + ": " + readers + "r " +
                    writers + "w, in the books " + table.readers(ref) + "r " + table.writers(ref) + "w");
            }
            used += readers + writers > 0 ? 1 : 0;
            final int status = (writers > 0 ? GrantFlags.GTF_WRITING : 0) |
                (readers + writers > 0 ? GrantFlags.GTF_READING : 0);
            if (isHonest && (table.word(ref) & (GrantFlags.GTF_READING | GrantFlags.GTF_WRITING)) != status)
            {
                throw new AssertionError("status bits of grant " + ref + " of d" + domain.domid() + ": " +
                    Integer.toHexString(table.word(ref)) + " with " + readers + "r " + writers + "w");
            }
        }
        equal("grants in use of d" + domain.domid(), table.pinnedEntries(), used);
        for (int frame = 0; frame < domain.memory().length(); frame++)
        {
            if (users.frames.get(frame) != table.pins(frame))
            {
                throw new AssertionError("users of frame " + frame + " of d" + domain.domid() + ": " +
                    users.frames.get(frame) + ", in the books " + table.pins(frame));
            }
        }
    }

    private void checkPorts(final KernelDomain domain)
    {
        final PortTable ports = domain.ports();
        int count = 0;
        for (int port = 1; port <= domain.details().maxPorts(); port++)
        {
            final int status = ports.status(port);
            count += status == Hypercalls.EVTCHNSTAT_CLOSED ? 0 : 1;
            if (status == Hypercalls.EVTCHNSTAT_INTERDOMAIN)
            {
                final PortTable remote = ports.remoteTable(port);
                final KernelDomain other = hypervisor.domains().find(ports.remoteDomid(port));
                if (other == null || other.ports() != remote || remote.remoteTable(ports.remotePort(port)) != ports ||
                    remote.remotePort(ports.remotePort(port)) != port)
                {
                    throw new AssertionError("port " + port + " of d" + domain.domid() + " has no other end");
                }
            }
        }
        equal("ports of d" + domain.domid(), ports.portCount(), count);
    }

    private static int count(final Iterable<?> items)
    {
        int count = 0;
        for (final Object ignored : items)
        {
            count++;
        }

        return count;
    }

    private static void equal(final String what, final long books, final long counted)
    {
        if (books != counted)
        {
            throw new AssertionError(what + ": counted " + counted + ", in the books " + books);
        }
    }
}
