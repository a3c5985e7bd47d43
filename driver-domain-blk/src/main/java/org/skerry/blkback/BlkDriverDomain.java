package org.skerry.blkback;

import java.util.HashMap;
import java.util.Map;
import org.skerry.guest.Domain;
import org.skerry.guest.xenbus.BackendBus;
import org.skerry.guest.xenbus.BackendDevice;
import org.skerry.guest.xenbus.XenbusDevice;
import org.skerry.guest.xenstore.XenstoreClient;
import org.skerry.guest.xenstore.XenstoreRingClient;
import org.skerry.wire.XenbusState;
import org.skerry.wire.confinement.ConfinementProfile;

/**
 * Main class of a block driver domain. It serves every {@code backend/vbd} directory in its home, each with the open
 * file that Domain-0 hands over under the name {@code vbd/<frontend domid>/<vdev>}, until the hypervisor hangs up.
 */
public final class BlkDriverDomain
{
    private static final String TYPE = "vbd";

    private final Domain domain;
    private final BlkbackAgent agent = new BlkbackAgent();
    private final BlkbackHost host;
    private final Map<String, Blkback> devices = new HashMap<>();

    /**
     * @param domain that is attached, and confined when it is a process of its own.
     */
    public BlkDriverDomain(final Domain domain)
    {
        this.domain = domain;
        this.host = new DomainBlkbackHost(domain, agent);
    }

    /**
     * @param args none.
     */
    public static void main(final String[] args)
    {
        final Domain domain = Domain.attach();
        domain.confine(ConfinementProfile.BLK);

        final BackendBus bus = new BlkDriverDomain(domain).serve(XenstoreRingClient.attach(domain));
        domain.loop().run();
        bus.close();
    }

    /**
     * Look for disks, and serve them in the turns of the domain's loop.
     *
     * @param store the domain's connection.
     * @return the bus.
     */
    public BackendBus serve(final XenstoreClient store)
    {
        domain.capabilities().onCapability(this::onImage);
        domain.loop().addAgent(agent);
        return new BackendBus(store, domain.domid(), TYPE, this::probe);
    }

    private void onImage(final String tag)
    {
        final Blkback device = devices.get(tag);
        if (device != null)
        {
            device.onImage();
        }
    }

    private BackendDevice probe(final XenbusDevice directories)
    {
        final Blkback device = new Blkback(directories, host);
        devices.put(device.imageTag(), device);
        return new BackendDevice()
        {
            @Override
            public void onFrontendState(final XenbusState frontend)
            {
                device.onFrontendState(frontend);
            }

            @Override
            public void close()
            {
                devices.remove(device.imageTag(), device);
                device.close();
            }
        };
    }
}
