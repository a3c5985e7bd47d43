package org.skerry.tests.sim;

import org.skerry.blkback.BlkDriverDomain;
import org.skerry.guest.xenstore.XenstoreClient;
import org.skerry.guest.xenstore.XenstoreRingClient;
import org.skerry.netback.NetDriverDomain;
import org.skerry.toolstack.device.DeviceNodes;

/** The process of a driver domain. */
final class DriverActor extends Actor
{
    private final String kind;

    /**
     * @param kind of its devices, {@link DeviceNodes#VBD} or {@link DeviceNodes#VIF}.
     */
    DriverActor(final Machine machine, final String kind, final int number)
    {
        super(machine, kind + number);
        this.kind = kind;
    }

    String kind()
    {
        return kind;
    }

    @Override
    void boot()
    {
        final XenstoreClient store = XenstoreRingClient.attach(domain());
        if (kind.equals(DeviceNodes.VBD))
        {
            new BlkDriverDomain(domain()).serve(store);
        }
        else
        {
            new NetDriverDomain(domain(), machine().clock()).serve(store);
        }
    }

    @Override
    void work()
    {
    }

    @Override
    void onEnd()
    {
        OpenFiles.closeImages(name(), machine().dom0().imageFd());
    }

    @Override
    boolean isContent()
    {
        return true;
    }
}
