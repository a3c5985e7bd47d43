package org.skerry.xenstore;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.skerry.guest.xenstore.XenstoreClient;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Clients in threads of their own do random things at once. For what they saw there must be an order, one after the
 * other and each between its beginning and its end, in which a plain map would have shown the same (Wing and Gong).
 */
@Timeout(120)
class LinearizabilityTest
{
    private static final int CLIENT_COUNT = 4;
    private static final int STEP_COUNT = 12;
    private static final int ROUND_COUNT = 60;
    private static final String DIRECTORY = "/lin";
    private static final String[] NAMES = {"a", "b", "c"};

    private final long seed = Long.getLong("skerry.seed", System.nanoTime());

    /** What a client did, with what it read; nulls where it did not read, write, or found nothing. */
    private record Step(
        Kind kind, String name, String seen, String target, String written, long beginNs, long endNs)
    {
        /** @return whether the map shows what was seen; the map is as after the step then. */
        boolean isPossible(final Map<String, String> map)
        {
            return switch (kind)
            {
                case READ -> equal(map.get(name), seen);
                case LIST -> String.join(",", map.keySet()).equals(seen);
                case WRITE ->
                {
                    map.put(name, written);
                    yield true;
                }
                case RM ->
                {
                    map.remove(name);
                    yield true;
                }
                case COPY ->
                {
                    final boolean isPossible = equal(map.get(name), seen);
                    map.put(target, written);
                    yield isPossible;
                }
            };
        }

        private static boolean equal(final String one, final String other)
        {
            return one == null ? other == null : one.equals(other);
        }
    }

    private enum Kind
    {
        READ, LIST, WRITE, RM,
        /** In a transaction: read one name, write another by what was read. */
        COPY
    }

    @Test
    void shouldBeAsIfAllWasDoneOneAfterTheOther() throws IOException, InterruptedException
    {
        try (SocketFixture fixture = new SocketFixture())
        {
            for (int round = 0; round < ROUND_COUNT; round++)
            {
                final List<Step> history = run(fixture, round);
                assertEquals(CLIENT_COUNT * STEP_COUNT, history.size());
                assertTrue(isLinearizable(history), () -> "seed=" + seed + ", history: " + history);
            }
        }
    }

    @Test
    void shouldFindAHistoryThatCannotBe()
    {
        final Step write = new Step(Kind.WRITE, "a", null, null, "1", 0, 10);
        final Step stale = new Step(Kind.READ, "a", null, null, null, 20, 30);
        final Step during = new Step(Kind.READ, "a", null, null, null, 5, 30);
        final Step copy = new Step(Kind.COPY, "a", null, "b", "copy of null", 20, 30);

        assertFalse(isLinearizable(List.of(write, stale)));
        assertTrue(isLinearizable(List.of(write, during)));
        assertFalse(isLinearizable(List.of(write, copy)));
    }

    private List<Step> run(final SocketFixture fixture, final int round) throws InterruptedException
    {
        final ConcurrentLinkedQueue<Step> history = new ConcurrentLinkedQueue<>();
        final ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();
        final CountDownLatch start = new CountDownLatch(1);
        final List<Thread> threads = new ArrayList<>();

        try (XenstoreClient first = fixture.connect())
        {
            first.rm(DIRECTORY);
            first.write(DIRECTORY, "");
        }

        for (int i = 0; i < CLIENT_COUNT; i++)
        {
            final Random random = new Random(seed + round * CLIENT_COUNT + i);
            final String mark = "c" + i + '-';
            threads.add(Thread.ofPlatform().start(() ->
            {
                try (XenstoreClient client = fixture.connect())
                {
                    start.await();
                    for (int step = 0; step < STEP_COUNT; step++)
                    {
                        history.add(step(client, random, mark + step));
                    }
                }
                catch (final Exception | AssertionError e)
                {
                    failures.add(e);
                }
            }));
        }

        start.countDown();
        for (final Thread thread : threads)
        {
            thread.join();
        }
        assertEquals(List.of(), List.copyOf(failures));
        return List.copyOf(history);
    }

    private static Step step(final XenstoreClient client, final Random random, final String value)
    {
        final Kind kind = Kind.values()[random.nextInt(Kind.values().length)];
        final String name = NAMES[random.nextInt(NAMES.length)];
        final String target = NAMES[random.nextInt(NAMES.length)];
        final String path = DIRECTORY + '/' + name;
        final long beginNs = System.nanoTime();
        String seen = null;
        String written = value;

        switch (kind)
        {
            case READ -> seen = client.read(path);
            case LIST -> seen = String.join(",", client.directory(DIRECTORY));
            case WRITE -> client.write(path, value);
            case RM -> client.rm(path);
            case COPY ->
            {
                final String[] found = new String[1];
                client.inTransaction(transaction ->
                {
                    found[0] = transaction.read(path);
                    transaction.write(DIRECTORY + '/' + target, value + " after " + found[0]);
                    return null;
                });
                seen = found[0];
                written = value + " after " + seen;
            }
        }

        return new Step(kind, name, seen, target, written, beginNs, System.nanoTime());
    }

    private static boolean isLinearizable(final List<Step> history)
    {
        return isLinearizable(history, 0, new TreeMap<>(), new HashSet<>());
    }

    /** @param failed what was tried in vain: steps that are done, and the map they led to. */
    private static boolean isLinearizable(
        final List<Step> history, final long done, final TreeMap<String, String> map, final Set<String> failed)
    {
        if (done == (1L << history.size()) - 1)
        {
            return true;
        }
        if (!failed.add(done + map.toString()))
        {
            return false;
        }

        long firstEndNs = Long.MAX_VALUE;
        for (int i = 0; i < history.size(); i++)
        {
            firstEndNs = (done >> i & 1) == 0 ? Math.min(firstEndNs, history.get(i).endNs) : firstEndNs;
        }

        for (int i = 0; i < history.size(); i++)
        {
            final Step step = history.get(i);
            final TreeMap<String, String> next = new TreeMap<>(map);

            if ((done >> i & 1) == 0 && step.beginNs <= firstEndNs && step.isPossible(next) &&
                isLinearizable(history, done | 1L << i, next, failed))
            {
                return true;
            }
        }

        return false;
    }
}
