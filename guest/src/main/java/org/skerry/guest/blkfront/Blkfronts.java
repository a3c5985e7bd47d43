package org.skerry.guest.blkfront;

import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.skerry.guest.Domain;
import org.skerry.guest.xenbus.FrontendBus;
import org.skerry.guest.xenbus.FrontendDevice;
import org.skerry.guest.xenbus.XenbusDevice;
import org.skerry.guest.xenstore.XenstoreClient;
import org.skerry.wire.Domid;
import org.skerry.wire.XenbusState;

/** All disks of this domain, as they come and go. One owner thread. */
public final class Blkfronts implements AutoCloseable
{
    private static final String TYPE = "vbd";

    private final TreeMap<Integer, Blkfront> disks = new TreeMap<>();
    private final XenstoreClient store;
    private final BlkfrontHost host;
    private final FrontendBus bus;

    /**
     * Begin to look for disks; they connect while the domain's loop turns.
     *
     * @param domain whose disks.
     * @param store  its connection to xenstore.
     */
    public Blkfronts(final Domain domain, final XenstoreClient store)
    {
        this(new DomainBlkfrontHost(domain), store, domain.domid());
    }

    /**
     * Begin to look for disks.
     *
     * @param host  what a disk needs of the domain.
     * @param store its connection to xenstore.
     * @param self  the domain.
     */
    public Blkfronts(final BlkfrontHost host, final XenstoreClient store, final Domid self)
    {
        this.store = store;
        this.host = host;
        this.bus = new FrontendBus(store, self, TYPE, this::probe);
    }

    /** @return the disks found so far, in the order of their numbers. */
    public List<Blkfront> disks()
    {
        return List.copyOf(disks.values());
    }

    /**
     * @param name as {@code xvda}.
     * @return the disk, or null.
     */
    public Blkfront disk(final String name)
    {
        for (final Blkfront disk : disks.values())
        {
            if (disk.name().equals(name))
            {
                return disk;
            }
        }

        return null;
    }

    /**
     * Wait until every disk that xenstore knows of now is connected or gone.
     *
     * @param timeoutMs longest wait in milliseconds.
     * @return true when all are connected.
     */
    public boolean awaitConnected(final long timeoutMs)
    {
        final int expected = store.directory("device/" + TYPE).size();
        final long deadlineNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMs);
        long leftNs;
        while ((disks.size() < expected || disks.values().stream().anyMatch(Blkfronts::isComing)) &&
            (leftNs = deadlineNs - System.nanoTime()) > 0)
        {
            host.poll((int)Math.min(Integer.MAX_VALUE, TimeUnit.NANOSECONDS.toMillis(leftNs) + 1));
        }

        return disks.size() >= expected && disks.values().stream().allMatch(Blkfront::isConnected);
    }

    /** Let go of all disks. */
    @Override
    public void close()
    {
        bus.close();
    }

    private static boolean isComing(final Blkfront disk)
    {
        return !disk.isConnected() && !disk.isGone();
    }

    private FrontendDevice probe(final XenbusDevice device)
    {
        final Blkfront disk = new Blkfront(device, host);
        disks.put(device.id(), disk);
        return new FrontendDevice()
        {
            @Override
            public void onBackendState(final XenbusState backend)
            {
                disk.onBackendState(backend);
            }

            @Override
            public void close()
            {
                disks.remove(device.id());
                disk.close();
            }
        };
    }
}
