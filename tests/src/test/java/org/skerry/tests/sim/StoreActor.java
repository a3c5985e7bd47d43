package org.skerry.tests.sim;

import java.util.function.BooleanSupplier;

import org.agrona.concurrent.UnsafeBuffer;
import org.skerry.wire.linux.Unistd;
import org.skerry.xenstore.DomainPages;
import org.skerry.xenstore.XenstoreDomain;
import org.skerry.xenstore.XenstoreServer;
import org.skerry.xenstore.XsException;

/** A process of xenstore. Another one carries its domain on when it is killed. */
final class StoreActor extends Actor
{
    private static final String CLIENTS = "clients";
    private static final int LAST_TURNS = 3;
    private static final int WRITE_KILL_RARITY = 1_000;
    private static final int SEAL_KILL_RARITY = 200;
    private static final int REACH_KILL_RARITY = 100;

    private int handover = -1;
    private int turnsLeft = -1;

    /**
     * @param number how many there have been, this one included.
     */
    StoreActor(final Machine machine, final int number)
    {
        super(machine, "xenstore" + number);
    }

    @Override
    void boot()
    {
        final XenstoreServer server = XenstoreDomain.serve(domain(), MortalPages::new, MortalMemory::new);
        handover = domain().capabilities().take(CLIENTS);
        server.takeClients(handover);
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
        if (handover >= 0)
        {
            Unistd.close(handover);
        }
        machine().dom0().onStoreEnd();
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

    /** It may be killed before and after it writes anything down: a change, its answer, what was received and sent. */
    private final class MortalMemory extends UnsafeBuffer
    {
        private MortalMemory(final UnsafeBuffer buffer)
        {
            super(buffer);
        }

        @Override
        public void putByte(final int index, final byte value)
        {
            machine().mayKill(StoreActor.this, WRITE_KILL_RARITY);
            super.putByte(index, value);
        }

        @Override
        public void putInt(final int index, final int value)
        {
            machine().mayKill(StoreActor.this, WRITE_KILL_RARITY);
            super.putInt(index, value);
        }

        @Override
        public void putLong(final int index, final long value)
        {
            machine().mayKill(StoreActor.this, WRITE_KILL_RARITY);
            super.putLong(index, value);
        }

        @Override
        public void putIntVolatile(final int index, final int value)
        {
            machine().mayKill(StoreActor.this, SEAL_KILL_RARITY);
            super.putIntVolatile(index, value);
            machine().mayKill(StoreActor.this, SEAL_KILL_RARITY);
        }

        @Override
        public void putIntRelease(final int index, final int value)
        {
            machine().mayKill(StoreActor.this, SEAL_KILL_RARITY);
            super.putIntRelease(index, value);
            machine().mayKill(StoreActor.this, SEAL_KILL_RARITY);
        }
    }

    /** It may be killed before and after it reaches a domain. */
    private final class MortalPages implements DomainPages
    {
        private final DomainPages pages;

        private MortalPages(final DomainPages pages)
        {
            this.pages = pages;
        }

        @Override
        public Page map(final int domid) throws XsException
        {
            machine().mayKill(StoreActor.this, REACH_KILL_RARITY);
            return pages.map(domid);
        }

        @Override
        public Bell bind(final int domid, final int port, final BooleanSupplier onEvent) throws XsException
        {
            machine().mayKill(StoreActor.this, REACH_KILL_RARITY);
            return new MortalBell(pages.bind(domid, port, onEvent));
        }
    }

    private final class MortalBell implements DomainPages.Bell
    {
        private final DomainPages.Bell bell;

        private MortalBell(final DomainPages.Bell bell)
        {
            this.bell = bell;
        }

        @Override
        public void notifyRemote()
        {
            machine().mayKill(StoreActor.this, REACH_KILL_RARITY);
            bell.notifyRemote();
            machine().mayKill(StoreActor.this, REACH_KILL_RARITY);
        }

        @Override
        public void close()
        {
            machine().mayKill(StoreActor.this, REACH_KILL_RARITY);
            bell.close();
        }
    }
}
