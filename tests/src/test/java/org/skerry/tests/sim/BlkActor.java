package org.skerry.tests.sim;

import org.skerry.blkback.BlkDriverDomain;
import org.skerry.guest.xenstore.XenstoreRingClient;

/** The process of a block driver domain. */
final class BlkActor extends Actor
{
    BlkActor(final Machine machine, final String name)
    {
        super(machine, name);
    }

    @Override
    void boot()
    {
        new BlkDriverDomain(domain()).serve(XenstoreRingClient.attach(domain()));
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
