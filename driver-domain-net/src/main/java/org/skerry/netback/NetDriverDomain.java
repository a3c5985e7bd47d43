package org.skerry.netback;

import java.util.LinkedHashMap;
import java.util.Map;
import org.agrona.concurrent.NanoClock;
import org.agrona.concurrent.SystemNanoClock;
import org.skerry.guest.Domain;
import org.skerry.guest.DomainMemory;
import org.skerry.guest.xenbus.BackendBus;
import org.skerry.guest.xenbus.BackendDevice;
import org.skerry.guest.xenbus.XenbusDevice;
import org.skerry.guest.xenstore.XenstoreClient;
import org.skerry.guest.xenstore.XenstoreRingClient;
import org.skerry.wire.Domid;
import org.skerry.wire.XenbusState;
import org.skerry.wire.confinement.ConfinementProfile;

/**
 * The process of a network driver domain: serves all vifs whose backend this domain is. It can open nothing; TAPs come
 * from Domain-0 as capabilities named {@code vif/<frontend domid>/<devid>}. Ends when the hypervisor does.
 */
public final class NetDriverDomain
{
    private static final int COPY_LIMIT = 256;
    private static final String TAP_TAG = "vif/";

    private final Domain domain;
    private final Netback.Resources resources;
    /** By tag of the TAP that a vif may wait for. */
    private final Map<String, Netback> netbacks = new LinkedHashMap<>();

    /**
     * @param domain that is attached, and confined when it is a process of its own.
     * @param clock  what the switches' memory of addresses goes by.
     */
    public NetDriverDomain(final Domain domain, final NanoClock clock)
    {
        this.domain = domain;
        final DomainMemory memory = domain.memory();
        final NetbackAgent agent = new NetbackAgent(
            new TxServer(memory.allocate(TxServer.STAGE_FRAMES), newGrantCopy()), new RxServer(newGrantCopy()));
        resources = new Netback.Resources(
            agent, new Switches(clock), this::takeTap, new DomainFrontendLink(domain),
            new MemoryFrames(memory));
    }

    /**
     * Attach to the hypervisor over fd 3 and serve for ever.
     *
     * @param args none.
     */
    public static void main(final String[] args)
    {
        final Domain domain = Domain.attach();
        domain.confine(ConfinementProfile.NET);
        new NetDriverDomain(domain, SystemNanoClock.INSTANCE).serve(XenstoreRingClient.attach(domain));
        domain.loop().run();
    }

    /**
     * Look for vifs, and serve them in the turns of the domain's loop.
     *
     * @param store the domain's connection.
     * @return the bus.
     */
    public BackendBus serve(final XenstoreClient store)
    {
        domain.capabilities().onCapability(this::onCapability);
        domain.loop().addAgent(resources.agent());
        return new BackendBus(store, domain.domid(), "vif", this::probe);
    }

    private BackendDevice probe(final XenbusDevice device)
    {
        final Netback netback = new Netback(device, resources);
        final String tag = tapTag(device.otherEnd(), device.id());
        netbacks.put(tag, netback);
        return new BackendDevice()
        {
            @Override
            public void onFrontendState(final XenbusState frontend)
            {
                netback.onFrontendState(frontend);
            }

            @Override
            public void close()
            {
                netbacks.remove(tag, netback);
                netback.close();
            }
        };
    }

    private void onCapability(final String tag)
    {
        final Netback netback = netbacks.get(tag);
        if (netback != null)
        {
            netback.onCapability();
        }
    }

    private TapDevice takeTap(final Domid frontend, final int devid)
    {
        final int fd = domain.capabilities().take(tapTag(frontend, devid));
        return fd < 0 ? null : new FdTapDevice(fd, domain.loop());
    }

    private GrantCopy newGrantCopy()
    {
        return new DomainGrantCopy(domain.foreignGrants().newCopyBatch(COPY_LIMIT), COPY_LIMIT);
    }

    private static String tapTag(final Domid frontend, final int devid)
    {
        return TAP_TAG + frontend + "/" + devid;
    }

    private record MemoryFrames(DomainMemory memory) implements FrameAllocator
    {
        @Override
        public DomainMemory.Frames allocate(final int count)
        {
            return memory.allocate(count);
        }

        @Override
        public void free(final DomainMemory.Frames frames)
        {
            memory.free(frames);
        }
    }
}
