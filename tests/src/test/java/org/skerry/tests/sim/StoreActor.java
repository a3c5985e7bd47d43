package org.skerry.tests.sim;

import org.skerry.wire.linux.Unistd;
import org.skerry.xenstore.XenstoreDomain;

/** The process of xenstore. */
final class StoreActor extends Actor
{
    private static final int LAST_TURNS = 3;

    private int listener = -1;
    private int turnsLeft = -1;

    StoreActor(final Machine machine)
    {
        super(machine, "xenstore");
    }

    @Override
    void boot()
    {
        listener = domain().capabilities().take("listen");
        XenstoreDomain.serve(domain()).listen(listener);
    }

    @Override
    void work()
    {
        if (turnsLeft > 0 && --turnsLeft == 0)
        {
            kill();
        }
    }

    /** The last client hung up: once this was heard nothing is left to do. */
    void endSoon()
    {
        turnsLeft = LAST_TURNS;
    }

    @Override
    void onEnd()
    {
        Unistd.close(listener);
    }

    @Override
    boolean isContent()
    {
        return true;
    }

    @Override
    boolean needsStore()
    {
        return false;
    }

    @Override
    boolean isMortal()
    {
        return false;
    }
}
