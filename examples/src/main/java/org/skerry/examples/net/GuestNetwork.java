package org.skerry.examples.net;

import java.util.List;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.agrona.concurrent.SystemNanoClock;
import org.skerry.guest.Domain;
import org.skerry.guest.netfront.Netfront;
import org.skerry.guest.xenbus.FrontendBus;
import org.skerry.guest.xenbus.FrontendDevice;
import org.skerry.guest.xenbus.XenbusDevice;
import org.skerry.guest.xenstore.XenstoreClient;
import org.skerry.wire.XenbusState;
import org.skerry.wire.linux.SysRandom;

/** All vifs of this domain, each with a stack, served by the domain's loop. */
public final class GuestNetwork implements AutoCloseable
{
    private final Domain domain;
    private final Consumer<VifInterface> onInterface;
    private final TreeMap<Integer, VifInterface> interfaces = new TreeMap<>();
    private final FrontendBus bus;

    /**
     * Look for vifs, now and later.
     *
     * @param domain      this one.
     * @param store       its connection.
     * @param onInterface called once for each interface, before it has a carrier: the place to configure its stack.
     */
    public GuestNetwork(final Domain domain, final XenstoreClient store, final Consumer<VifInterface> onInterface)
    {
        this.domain = domain;
        this.onInterface = onInterface;
        bus = new FrontendBus(store, domain.domid(), "vif", this::probe);
    }

    /** @return the interfaces by number. */
    public List<VifInterface> interfaces()
    {
        return List.copyOf(interfaces.values());
    }

    /** Close all vifs. The stacks stay, without a carrier. */
    @Override
    public void close()
    {
        bus.close();
        interfaces.values().forEach(domain.loop()::removeAgent);
    }

    private FrontendDevice probe(final XenbusDevice device)
    {
        final Netfront netfront;
        try
        {
            netfront = Netfront.probe(device, domain);
        }
        catch (final IllegalArgumentException exception)
        {
            device.fail(exception.getMessage());
            return null;
        }

        final VifInterface known = interfaces.get(device.id());
        final VifInterface vif = known == null || !known.stack().macAddress().equals(netfront.macAddress()) ?
            add(device.id(), known, netfront) : known;
        vif.plug(netfront);
        return new FrontendDevice()
        {
            @Override
            public void onBackendState(final XenbusState backend)
            {
                netfront.onBackendState(backend);
            }

            @Override
            public void close()
            {
                vif.unplug(netfront);
                netfront.close();
            }
        };
    }

    private VifInterface add(final int id, final VifInterface replaced, final Netfront netfront)
    {
        final VifInterface vif =
            new VifInterface(netfront, domain.loop(), SystemNanoClock.INSTANCE, SysRandom.nextLong());
        if (replaced != null)
        {
            domain.loop().removeAgent(replaced);
        }
        interfaces.put(id, vif);
        domain.loop().addAgent(vif);
        onInterface.accept(vif);
        return vif;
    }
}
