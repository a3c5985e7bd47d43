package org.skerry.xenstore;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;

import org.junit.jupiter.api.Test;
import org.skerry.wire.xs.XenstorePath;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

class CommitTest
{
    private final TestStore fixture = new TestStore();
    private final TestClient dom0 = fixture.socket();
    private final List<Commit> commits = new ArrayList<>();

    @Test
    void shouldRecordWhoChangedWhatWhenFromWhatToWhat()
    {
        final TestClient guest = fixture.guestAtHome(5);
        guest.ok("WRITE", "name|old");
        listen();
        guest.ok("WRITE", "name|new");

        final Commit commit = commits.getFirst();
        assertEquals(5, commit.domid());
        assertEquals(1_000, commit.epochMs());
        assertEquals(List.of("/local/domain/5/name: old -> new"), describe(commit));
        assertEquals(commit.after(), fixture.store.tree());
    }

    @Test
    void shouldRecordOneStepForAWholeTransactionAndNoneForWhatChangesNothing()
    {
        dom0.ok("WRITE", "/gone/below|1");
        dom0.ok("WRITE", "/chmod|1");
        listen();
        final int txId = dom0.begin();
        dom0.ok(txId, "WRITE", "/new/deep/leaf|1");
        dom0.ok(txId, "RM", "/gone|");
        dom0.ok(txId, "SET_PERMS", "/chmod|r0|");
        dom0.ok(txId, "WRITE", "/tool|t");
        dom0.ok(txId, "WRITE", "/short|1");
        dom0.ok(txId, "RM", "/short|");
        assertEquals(List.of(), commits);
        dom0.ok(txId, "TRANSACTION_END", "T|");
        dom0.ok("MKDIR", "/tool|");
        dom0.ok("RM", "/missing|");
        dom0.ask("READ", "/tool|");

        assertEquals(1, commits.size());
        assertEquals(
            List.of("/chmod: 1 -> 1", "/gone:  -> null", "/new: null -> ", "/tool:  -> t"),
            describe(commits.getFirst()));
        assertEquals(List.of("/new/deep/leaf", "/gone", "/chmod", "/tool"),
            commits.getFirst().paths().stream().filter(path -> !path.equals("/short")).toList());
    }

    @Test
    void shouldRecordTheEndOfADomain()
    {
        fixture.guestAtHome(5).ok("WRITE", "a/b|1");
        dom0.ok("WRITE", "/acl|1");
        dom0.ok("SET_PERMS", "/acl|n0|r5|");
        listen();
        dom0.ok("RELEASE", "5|");

        assertEquals(List.of("/acl: 1 -> 1", "/local/domain/5:  -> null"), describe(commits.getFirst()));
    }

    @Test
    void shouldCarryTheTreeFromStepToStepWithNothingLost()
    {
        final long seed = Long.getLong("skerry.seed", System.nanoTime());
        final Random random = new Random(seed);
        final TreeMap<String, String> copy = new TreeMap<>();
        final Tree start = fixture.store.tree();
        write(copy, "/", start.root());
        listen();
        int txId = dom0.begin();

        for (int i = 0; i < 2000; i++)
        {
            if (random.nextInt(30) == 0)
            {
                dom0.commit(txId);
                txId = dom0.begin();
            }
            final String path = path(random);
            final int tx = random.nextInt(4) == 0 ? txId : 0;
            switch (random.nextInt(5))
            {
                case 0 -> dom0.ask(tx, "RM", path);
                case 1 -> dom0.ok(tx, "SET_PERMS", path(random, dom0, tx) + (random.nextBoolean() ? "r0|" : "n0|"));
                default -> dom0.ok(tx, "WRITE", path + random.nextInt(3));
            }
        }

        long generation = 0;
        for (final Commit commit : commits)
        {
            assertTrue(commit.generation() > generation);
            generation = commit.generation();
            replay(copy, commit);
        }
        final TreeMap<String, String> expected = new TreeMap<>();
        write(expected, "/", fixture.store.tree().root());
        assertEquals(expected, copy, "seed=" + seed);
    }

    private static void replay(final TreeMap<String, String> copy, final Commit commit)
    {
        for (final Change change : commit.changes())
        {
            if (change.after() == null)
            {
                copy.keySet().removeIf(path -> path.equals(change.path()) || path.startsWith(change.path() + '/'));
            }
            else if (change.before() == null)
            {
                write(copy, change.path(), change.after());
            }
            else
            {
                copy.put(change.path(), text(change.after()));
            }
        }
    }

    private static void write(final TreeMap<String, String> copy, final String at, final Node from)
    {
        Tree.walk(at, from, (path, node) ->
        {
            copy.put(path, text(node));
            return true;
        });
    }

    private static String text(final Node node)
    {
        return node.permissions().toString() + Arrays.toString(node.value());
    }

    private static String path(final Random random)
    {
        return (random.nextBoolean() ? "/" : "/" + random.nextInt(30) + '/') + random.nextInt(30) + '|';
    }

    /** @return a path that is there. */
    private static String path(final Random random, final TestClient client, final int txId)
    {
        final String path = path(random);
        client.ok(txId, "MKDIR", path);
        return path;
    }

    private void listen()
    {
        fixture.store.commits().add(commits::add);
    }

    private static List<String> describe(final Commit commit)
    {
        return commit.changes().stream()
            .map(change -> change.path() + ": " + value(change.before()) + " -> " + value(change.after()))
            .peek(text -> assertTrue(text.startsWith(XenstorePath.ROOT))).toList();
    }

    private static String value(final Node node)
    {
        return node == null ? "null" : TestClient.text(node.value());
    }
}
