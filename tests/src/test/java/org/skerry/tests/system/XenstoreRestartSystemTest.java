package org.skerry.tests.system;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.skerry.guest.StockXen;
import org.skerry.guest.xenstore.XenstoreClient;
import org.skerry.guest.xenstore.XenstoreSocketClient;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Xenstore is killed in the middle of its work, again and again: whoever uses it sees a pause and nothing else. */
@Timeout(value = 240, unit = TimeUnit.SECONDS)
class XenstoreRestartSystemTest
{
    private static final String XENSTORE = "org.skerry.xenstore.XenstoreDomain";
    private static final String BLK = "org.skerry.blkback.BlkDriverDomain";
    private static final long MAX_PAUSE_NS = TimeUnit.SECONDS.toNanos(8);
    private static final int KILLS = 6;
    private static final int CLIENTS = 4;
    private static final int NODES = 100_000;
    private static final int WATCHES = 1_000;
    private static final int WRITERS = 4;

    private final List<XenstoreClient> connected = new ArrayList<>();
    private HostUnderTest host;
    private volatile boolean isEnding;

    @BeforeEach
    void up()
    {
        host = new HostUnderTest();
        host.environment("SKERRY_STANDBY", "0");
        host.ok(host.skerry("up"));
    }

    @AfterEach
    void down() throws IOException
    {
        isEnding = true;
        connected.forEach(XenstoreClient::close);
        host.close();
    }

    @Test
    void shouldLoseNothingHoweverOftenItIsKilled() throws Exception
    {
        host.ok(host.xl("create", host.config("guest").toString()));
        final XenstoreClient dom0 = connect();
        dom0.write("/test/shared", "0");
        final AtomicLong committed = new AtomicLong();
        final AtomicLong longestNs = new AtomicLong();
        final List<CompletableFuture<Long>> clients = new ArrayList<>();
        for (int i = 0; i < CLIENTS; i++)
        {
            final String own = "/test/own/" + i;
            final XenstoreClient client = connect();
            clients.add(onThread(() -> work(client, own, committed, longestNs)));
        }
        final String[] seen = {""};
        connect().watch("/test/own/0", path -> seen[0] = path);
        final CompletableFuture<Long> stock =
            onThread(HostUnderTest.has("xenstore-write") ? this::writeWithStockClients : () -> 0L);

        final Random random = new Random(System.nanoTime());
        for (int i = 0; i < KILLS; i++)
        {
            final long goal = committed.get() + random.nextInt(1_000);
            while (committed.get() < goal)
            {
                Thread.yield();
            }
            host.killAndAwaitTheNext(XENSTORE);
            dom0.write("/test/kill", Integer.toString(i));
        }
        isEnding = true;

        long transactions = 0;
        for (int i = 0; i < CLIENTS; i++)
        {
            final long last = clients.get(i).join();
            transactions += last;
            assertEquals(Long.toString(last), dom0.read("/test/own/" + i));
        }
        assertEquals(transactions, committed.get());
        assertEquals(Long.toString(transactions), dom0.read("/test/shared"), "none lost and none done twice");
        assertEquals("/test/own/0", seen[0]);
        System.out.println("xenstore was killed " + KILLS + " times: " + transactions + " transactions, " +
            stock.join() + " runs of stock clients, longest pause " + longestNs.get() / 1_000_000 + " ms");
        try (ConsoleDriver console = host.console("guest"))
        {
            console.type("\r");
            console.expectPrompt();
        }
        host.ok(host.xl("create", host.config("another").toString()));
        host.ok(host.xl("destroy", "guest"));
        host.ok(host.run(host.command("xenstore-control", "check")));
    }

    @Test
    void shouldBeBackSoonWithManyNodesAndWatches() throws Exception
    {
        final List<CompletableFuture<Long>> writers = new ArrayList<>();
        for (int i = 0; i < WRITERS; i++)
        {
            final int writer = i;
            final XenstoreClient client = connect();
            writers.add(onThread(() -> fill(client, writer)));
        }
        writers.forEach(CompletableFuture::join);
        final XenstoreClient watcher = connect();
        final ConcurrentHashMap<String, Boolean> told = new ConcurrentHashMap<>();
        for (int i = 0; i < WATCHES; i++)
        {
            watcher.watch("/many/0/" + i / 100 + "/" + i % 100, path -> told.put(path, true));
        }
        final XenstoreClient client = connect();
        final List<Long> pausesNs = new ArrayList<>();
        client.inTransaction(transaction ->
        {
            transaction.write("/open", "written");
            awaitStandby();
            host.kill(host.pidOf(XENSTORE));
            final long beganNs = System.nanoTime();
            assertEquals("0", transaction.read("/many/0/0/0"));
            pausesNs.add(System.nanoTime() - beganNs);
            assertEquals("written", transaction.read("/open"));
            return null;
        });

        assertEquals(1, pausesNs.size(), "it did not have to try again");
        System.out.println("killed with " + NODES + " nodes, " + WATCHES + " watches and an open transaction: back " +
            "after " + pausesNs.getFirst() / 1_000_000 + " ms");
        assertEquals("written", client.read("/open"));
        told.clear();
        client.write("/many/0/9/99", "told");
        while (!told.containsKey("/many/0/9/99"))
        {
            Thread.onSpinWait();                           // the test's time limit ends this
        }
        assertEquals(List.of("/many/0/9/99"), List.copyOf(told.keySet()));
        host.ok(host.run(host.command("xenstore-control", "check")));
    }

    /** Domain-0 asks xenstore when it starts a driver domain again; then xenstore dies, and has to be started first. */
    @Test
    void shouldComeBackWhileADriverDomainIsStartedAgainThatNeedsIt() throws IOException
    {
        final XenstoreClient client = connect();
        client.write("/kept", "1");
        awaitStandby();
        final long driver = host.pidOf(BLK);
        final long store = host.pidOf(XENSTORE);
        host.ok(host.run(List.of("kill", "-STOP", Long.toString(store))));
        host.kill(driver);
        host.kill(store);

        final long beganNs = System.nanoTime();
        assertEquals("1", client.read("/kept"));
        final long pauseNs = System.nanoTime() - beganNs;
        assertTrue(pauseNs < MAX_PAUSE_NS, () -> "back after " + pauseNs / 1_000_000 + " ms");
        while (host.pidOf(BLK) < 0 || host.pidOf(BLK) == driver)
        {
            Thread.onSpinWait();                           // the test's time limit ends this
        }
        host.ok(host.xl("create", host.config("guest").toString()));
    }

    @Test
    void shouldGoOnWhateverBecomesOfTheProcessThatStandsBy()
    {
        final XenstoreClient client = connect();
        client.write("/kept", "0");
        final long first = awaitStandby();
        host.kill(first);
        long second = awaitStandby();
        while (second == first)
        {
            second = awaitStandby();                       // it takes a moment to be gone
        }

        host.kill(host.pidOf(XENSTORE));
        assertEquals("0", client.read("/kept"));
        assertEquals(second, host.pidOf(XENSTORE), "the one that stood by");
        client.write("/kept", "1");
        host.pidsOf(XENSTORE).forEach(host::kill);
        assertEquals("1", client.read("/kept"), "both were killed");
        final List<String> log = host.ok(host.run(host.command("xenstore-log", "/kept"))).lines().toList();
        assertEquals(2, log.size(), log.toString());
        assertTrue(log.getFirst().contains("+ /kept = \"0\"") &&
            log.getLast().contains("~ /kept = \"0\" -> \"1\""), log.toString());
    }

    @Test
    void shouldGoOnInAnotherProcessWhenItIsUpdated()
    {
        final XenstoreClient client = connect();
        client.write("/kept", "0");
        final AtomicLong told = new AtomicLong();
        connect().watch("/kept", path -> told.incrementAndGet());
        final List<String> commands = new ArrayList<>(List.of(
            host.command("xenstore-control", "live-update", "any").getFirst()));
        StockXen.program("xenstore-control").map(Path::toString).ifPresent(commands::add);

        for (final String command : commands)
        {
            final long before = host.pidOf(XENSTORE);
            final long eventCount = told.get();
            assertEquals("", host.ok(stock(command, "live-update", "/usr/sbin/any")), command);
            client.write("/kept", command);
            assertEquals(command, client.read("/kept"));
            assertNotEquals(before, host.pidOf(XENSTORE), command);
            while (told.get() == eventCount)
            {
                Thread.onSpinWait();                       // the test's time limit ends this
            }
        }
    }

    /** @return its pid. */
    private long awaitStandby()
    {
        List<Long> pids = host.pidsOf(XENSTORE);
        while (pids.size() < 2)
        {
            Thread.onSpinWait();                           // the test's time limit ends this
            pids = host.pidsOf(XENSTORE);
        }

        return pids.getLast();
    }

    private long fill(final XenstoreClient client, final int writer)
    {
        final int count = NODES / WRITERS;
        for (int i = 0; i < count; i++)
        {
            client.write("/many/" + writer + "/" + i / 100 + "/" + i % 100, "0");
        }
        return count;
    }

    /** Count in an own node and in a shared one, in the same transaction. */
    private long work(
        final XenstoreClient client, final String own, final AtomicLong committed, final AtomicLong longestNs)
    {
        long count = 0;
        while (!isEnding)
        {
            final String next = Long.toString(++count);
            final long beganNs = System.nanoTime();
            client.inTransaction(transaction ->
            {
                final long shared = Long.parseLong(transaction.read("/test/shared"));
                transaction.write("/test/shared", Long.toString(shared + 1));
                transaction.write(own, next);
                return null;
            });
            committed.incrementAndGet();
            assertEquals(next, client.read(own));
            longestNs.accumulateAndGet(System.nanoTime() - beganNs, Math::max);
        }
        return count;
    }

    private long writeWithStockClients()
    {
        long count = 0;
        while (!isEnding)
        {
            final String value = Long.toString(++count);
            host.ok(stock("xenstore-write", "/test/stock", value));
            assertEquals(value, host.ok(stock("xenstore-read", "/test/stock")).strip());
        }
        return count;
    }

    private HostUnderTest.Result stock(final String... command)
    {
        final List<String> all = new ArrayList<>(List.of(
            "env", "XENSTORED_PATH=" + host.runDirectory().resolve("xenstored/socket")));
        all.addAll(List.of(command));
        return host.run(all);
    }

    private XenstoreClient connect()
    {
        final Path socket = host.runDirectory().resolve("xenstored/socket");
        final XenstoreClient client = XenstoreSocketClient.connect(socket);
        connected.add(client);
        return client;
    }

    private static <T> CompletableFuture<T> onThread(final Supplier<T> work)
    {
        return CompletableFuture.supplyAsync(work, task -> Thread.ofPlatform().daemon().start(task));
    }
}
