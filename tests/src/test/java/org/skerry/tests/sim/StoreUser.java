package org.skerry.tests.sim;

import org.skerry.guest.xenstore.XenstoreClient;

/** Reads and writes nodes that all guests share, and counts together with them in transactions. */
final class StoreUser implements Guest.Part
{
    private static final int RARELY = 12;

    private final Guest guest;
    private XenstoreClient store;
    private int countedInCalm;

    StoreUser(final Guest guest)
    {
        this.guest = guest;
    }

    @Override
    public void boot(final XenstoreClient client)
    {
        store = client;
    }

    @Override
    public void work()
    {
        final SharedNodes nodes = guest.machine().nodes();
        switch (guest.machine().random().nextInt(RARELY))
        {
            case 0 -> nodes.read(store, guest.machine().random().nextInt(SharedNodes.COUNT), guest.isHostile());
            case 1 ->
            {
                if (!guest.isHostile())
                {
                    nodes.write(store, guest.machine().random().nextInt(SharedNodes.COUNT));
                }
            }
            case 2 ->
            {
                if (!guest.isHostile() && countedInCalm < 2)
                {
                    nodes.count(store);
                    countedInCalm += guest.machine().isCalm() ? 1 : 0;
                }
            }
            default ->
            {
            }
        }
    }

    @Override
    public String toString()
    {
        return "store: counted " + countedInCalm;
    }

    @Override
    public boolean isContent()
    {
        return countedInCalm > 0;
    }
}
