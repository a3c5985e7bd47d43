package org.skerry.xenstore;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.function.BooleanSupplier;

import org.agrona.concurrent.UnsafeBuffer;
import org.skerry.guest.xenstore.RingClients;
import org.skerry.guest.xenstore.XenstoreClient;
import org.skerry.wire.Errno;
import org.skerry.xenstore.history.History;

import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * A store and domains in one thread: pages are arrays, a bell is a task, and the store's tasks run when a domain waits.
 */
final class RingFixture
{
    final Map<Integer, UnsafeBuffer> pages = new HashMap<>();
    final Map<Integer, Runnable> bellsOfStore = new HashMap<>();
    final Map<Integer, Runnable> bellsOfDomains = new HashMap<>();
    final ArrayDeque<Runnable> storeTasks = new ArrayDeque<>();
    final ArrayDeque<Runnable> domainTasks = new ArrayDeque<>();
    final ByteArrayOutputStream logged = new ByteArrayOutputStream();
    private final SurvivingMemory memory;
    private final ManualTurns turns = new ManualTurns(this::later);
    private Random random;
    private int killOnceIn;
    private int killCount;
    private boolean isRunning;
    Carrier.Owing owing;
    Store store;
    TestClient dom0;

    /** Nothing of the store is kept. */
    RingFixture()
    {
        this(null);
    }

    /** @param memory what an earlier store kept there is had again, also by one that is started {@link #again}. */
    RingFixture(final SurvivingMemory memory)
    {
        this.memory = memory;
        start();
    }

    private void start()
    {
        owing = new Carrier.Owing(memory == null ? StateLog.none() : StateLog.of(memory));
        store = new Store(
            new Links(), domid -> domid < 1000, () -> 1_000, turns,
            new StoreLog(new PrintStream(logged, true, StandardCharsets.UTF_8)), owing.state(),
            new History(new UnsafeBuffer(new byte[1 << 16])));
        store.begin(turns);
        dom0 = new TestClient(
            store,
            new XsConnection(StateRecord.FIRST_SOCKET, Caller.SOCKET, null, 1, owing.state().records()));
        store.connected(dom0.connection());
    }

    /** The process of the store is killed as it is, and another goes on. */
    void again()
    {
        storeTasks.clear();
        bellsOfStore.clear();
        start();
        owing.flushAll();
    }

    private final class Links implements DomainLink.Factory
    {
        @Override
        public DomainLink open(final KnownDomain domain, final int port) throws XsException
        {
            return connection(domain).open(port);
        }

        @Override
        public DomainLink adopt(final KnownDomain domain, final SavedConnection saved)
        {
            return connection(domain).adopt(saved);
        }

        private RingConnection connection(final KnownDomain domain)
        {
            return new RingConnection(store(), domain, new Pages(), owing, storeTasks::add);
        }
    }

    private void later(final Runnable task)
    {
        storeTasks.add(() ->
        {
            task.run();
            owing.flushAll();
        });
    }

    private Store store()
    {
        return store;
    }

    UnsafeBuffer page(final int domid)
    {
        return pages.computeIfAbsent(domid, number -> new UnsafeBuffer(new byte[4096]));
    }

    /** Dom0 does something; what it causes for domains is sent. */
    void asDom0(final String op, final String payload)
    {
        dom0.ok(op, payload);
        owing.flushAll();
    }

    void introduce(final int domid)
    {
        page(domid);
        asDom0("INTRODUCE", domid + "|0|1|");
        asDom0("WRITE", "/local/domain/" + domid + '|');
        asDom0("SET_PERMS", "/local/domain/" + domid + "|n" + domid + '|');
    }

    /** The domain rings. */
    void ring(final int domid)
    {
        final Runnable bell = bellsOfStore.get(domid);

        if (bell != null)
        {
            storeTasks.add(bell);
        }
    }

    /** From now on the store is killed before a turn, or when it is about to ring, once in so many times. */
    void killOnceIn(final int times, final Random newRandom)
    {
        killOnceIn = times;
        random = newRandom;
    }

    int killCount()
    {
        return killCount;
    }

    private boolean isKilledNow()
    {
        return killOnceIn > 0 && random.nextInt(killOnceIn) == 0;
    }

    private void turn(final Runnable task)
    {
        try
        {
            if (isKilledNow())
            {
                throw new Killed();
            }

            isRunning = true;
            task.run();
            isRunning = false;
        }
        catch (final Killed e)
        {
            isRunning = false;
            killCount++;
            again();
        }
    }

    /** The process of the store is gone. */
    private static final class Killed extends RuntimeException
    {
        private static final long serialVersionUID = 1L;
    }

    /** Let the store do all it has to do. */
    void run()
    {
        int turns = 0;

        while (!storeTasks.isEmpty())
        {
            turn(storeTasks.remove());
            assertTrue(++turns < 100_000, "the store does not come to rest");
        }
    }

    /** Let the domains' loop do all it has to do. */
    void runDomains()
    {
        while (!domainTasks.isEmpty())
        {
            domainTasks.remove().run();
        }
    }

    XenstoreClient client(final int domid)
    {
        final RingClients.Bell bell = new RingClients.Bell()
        {
            @Override
            public void notifyRemote()
            {
                ring(domid);
            }

            @Override
            public void await()
            {
                assertTrue(!storeTasks.isEmpty(), "the domain waits for ever");
                run();
            }
        };
        return RingClients.over(
            page(domid), bell, domainTasks::add, onBell -> bellsOfDomains.put(domid, onBell));
    }

    private final class Pages implements DomainPages
    {
        @Override
        public Page map(final int domid) throws XsException
        {
            final UnsafeBuffer page = pages.get(domid);

            if (page == null)
            {
                throw XsException.of(Errno.EINVAL);
            }

            return new Page()
            {
                @Override
                public UnsafeBuffer buffer()
                {
                    return page;
                }

                @Override
                public void close()
                {
                    pages.remove(domid);
                }
            };
        }

        @Override
        public Bell bind(final int domid, final int port, final BooleanSupplier onEvent) throws XsException
        {
            if (port > 4095)
            {
                throw XsException.of(Errno.EINVAL);
            }

            bellsOfStore.put(domid, onEvent::getAsBoolean);
            return new Bell()
            {
                @Override
                public void notifyRemote()
                {
                    if (isRunning && isKilledNow())
                    {
                        throw new Killed();
                    }

                    final Runnable bell = bellsOfDomains.get(domid);

                    if (bell != null)
                    {
                        domainTasks.add(bell);
                    }
                }

                @Override
                public void close()
                {
                    bellsOfStore.remove(domid);
                }
            };
        }
    }
}
