package org.skerry.tests.sim;

import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntPredicate;

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
    /** Most memory of a domain. */
    private static final int MAX_FRAMES = 1024;

    private final Hypervisor hypervisor;
    private final IntPredicate isHonest;
    private final Map<GrantTable, Pins> pins = new IdentityHashMap<>();

    /** Users of each entry and frame of one table. */
    private static final class Pins
    {
        private final int[] readers;
        private final int[] writers;
        private final int[] frames = new int[MAX_FRAMES];
        private KernelDomain owner;             // null when it is destroyed and others still use what it granted

        private Pins(final GrantTable table)
        {
            readers = new int[table.entryCount()];
            writers = new int[table.entryCount()];
        }

        private void clear()
        {
            Arrays.fill(readers, 0);
            Arrays.fill(writers, 0);
            Arrays.fill(frames, 0);
            owner = null;
        }
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
            checkPorts(domain);
        }
        pins.forEach(this::checkGrants);
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
            equal("populated frames", domain.memory().populatedFrames(), populated);
            sum += populated + domain.memory().windows().stream().filter(GrantWindow::isReadOnly)
                .mapToInt(window -> window.file().frames()).sum();
        }
        equal("frames promised", hypervisor.ledger().totalFrames() - hypervisor.ledger().freeFrames(), sum);
    }

    private void checkHomes(final KernelDomain domain)
    {
        final List<GrantWindow> windows = domain.memory().windows();
        final int[] homes = new int[windows.size()];
        for (int frame = 0; frame < domain.memory().length(); frame++)
        {
            final GrantWindow home = domain.memory().homeOf(frame);
            if (home != null)
            {
                final int index = windows.indexOf(home);
                equal("frames in no window that there is", 0, index < 0 ? 1 : 0);
                homes[index]++;
            }
        }
        for (int i = 0; i < homes.length; i++)
        {
            final GrantWindow window = windows.get(i);
            equal("frames in a window", window.frameCount(), homes[i]);
            final boolean isCurrent = domain.memory().window(window.grantee(), window.isReadOnly()) == window;
            if (isCurrent && hypervisor.domains().find(window.grantee()) == null)
            {
                throw new AssertionError("a window for nobody: d" + domain.domid() + " to d" + window.grantee());
            }
        }
    }

    private void countPins()
    {
        pins.values().forEach(Pins::clear);
        for (final KernelDomain domain : hypervisor.domains().all())
        {
            pins.computeIfAbsent(domain.grantTable(), Pins::new).owner = domain;
        }
        hypervisor.domains().all().forEach(this::countMappings);
        hypervisor.dying().forEach(this::countMappings);
    }

    private void countMappings(final KernelDomain domain)
    {
        countMappings(domain, domain.mapTrack());
        domain.formerTracks().forEach(track -> countMappings(domain, track));
    }

    private void countMappings(final KernelDomain domain, final MapTrack track)
    {
        int mapped = 0;
        for (int handle = 0; handle < track.handleCount(); handle++)
        {
            final GrantTable table = track.table(handle);
            if (table != null)
            {
                mapped++;
                countPin(domain, table, track.ref(handle), track.isReadOnly(handle));
            }
        }
        equal("mappings", track.mappedCount(), mapped);
    }

    private void countPin(
        final KernelDomain user, final GrantTable table, final int ref, final boolean isReadOnly)
    {
        final Pins users = pins.computeIfAbsent(table, Pins::new);
        (isReadOnly ? users.readers : users.writers)[ref]++;
        users.frames[table.frame(ref)]++;
        if (users.owner != null)
        {
            final GrantWindow home = users.owner.memory().homeOf(table.frame(ref));
            if (home == null || home.grantee() != user.domid())
            {
                throw new AssertionError("d" + user.domid() + " has mapped a frame that is not in its window: d" +
                    users.owner.domid() + ", frame " + table.frame(ref));
            }
        }
    }

    private void checkGrants(final GrantTable table, final Pins users)
    {
        final boolean isOwnerHonest = users.owner != null && isHonest.test(users.owner.domid());
        int used = 0;
        for (int ref = 0; ref < table.entryCount(); ref++)
        {
            final int readers = users.readers[ref];
            final int writers = users.writers[ref];
            if (readers != table.readers(ref) || writers != table.writers(ref))
            {
                throw new AssertionError("users of grant " + ref + " of " + nameOf(users) + ": " + readers + "r " +
                    writers + "w, in the books " + table.readers(ref) + "r " + table.writers(ref) + "w");
            }
            used += readers + writers > 0 ? 1 : 0;
            final int status = (writers > 0 ? GrantFlags.GTF_WRITING : 0) |
                (readers + writers > 0 ? GrantFlags.GTF_READING : 0);
            if (isOwnerHonest && (table.word(ref) & (GrantFlags.GTF_READING | GrantFlags.GTF_WRITING)) != status)
            {
                throw new AssertionError("status bits of grant " + ref + " of " + nameOf(users) + ": " +
                    Integer.toHexString(table.word(ref)) + " with " + readers + "r " + writers + "w");
            }
        }
        equal("grants in use", table.pinnedEntries(), used);
        final int frameCount = users.owner == null ? 0 : users.owner.memory().length();
        for (int frame = 0; frame < frameCount; frame++)
        {
            if (users.frames[frame] != table.pins(frame))
            {
                throw new AssertionError("users of frame " + frame + " of " + nameOf(users) + ": " +
                    users.frames[frame] + ", in the books " + table.pins(frame));
            }
        }
    }

    private static String nameOf(final Pins users)
    {
        return users.owner == null ? "a domain that is gone" : "d" + users.owner.domid();
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
        equal("ports", ports.portCount(), count);
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
