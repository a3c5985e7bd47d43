package org.skerry.xenstore;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.skerry.wire.xs.XsOp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** What went wrong in the xenstoreds of Xen, tried here: each test carries the number of its row in the matrix. */
class XenstoreXsaTest
{
    private static final long MIB = 1 << 20;

    private final TestStore fixture = new TestStore();
    private final TestClient dom0 = fixture.socket();
    private final long seed = Long.getLong("skerry.seed", System.nanoTime());
    private final Random random = new Random(seed);

    @Test
    @Tag("SEC-054")
    void shouldRefuseAReplyThatFitsNoMessageAndListItInParts()
    {
        final TestClient guest = fixture.guestAtHome(5);
        for (int i = 0; i < 900; i++)
        {
            guest.ok("MKDIR", "d/child" + i + '|');
        }

        assertEquals("E2BIG", guest.ask("DIRECTORY", "d|"));
        assertTrue(guest.ask("DIRECTORY_PART", "d|0|").length() <= 4096);
    }

    @Test
    @Tag("SEC-055")
    void shouldTellNoEventOfANodeThatTheWatcherMayNotRead()
    {
        final TestClient guest = fixture.guestAtHome(5);
        guest.watch("/", "all");
        dom0.ok("WRITE", "/secret/a|1");
        dom0.ok("WRITE", "/secret/a|2");
        dom0.ok("SET_PERMS", "/secret/a|n0|");
        dom0.ok("RM", "/secret/a|");
        dom0.ok("RM", "/secret|");
        final int txId = dom0.begin();
        dom0.ok(txId, "WRITE", "/secret/b|1");
        dom0.ok(txId, "TRANSACTION_END", "T|");
        assertEquals(List.of(), guest.events());

        dom0.ok("SET_PERMS", "/secret/b|n0|r5|");
        assertEquals(List.of("/secret/b|all|"), guest.events());
        dom0.ok("SET_PERMS", "/secret/b|n0|");
        assertEquals(List.of("/secret/b|all|"), guest.events());
        dom0.ok("RM", "/secret/b|");
        assertEquals(List.of(), guest.events());
        assertEquals("EACCES", guest.ask("IS_DOMAIN_INTRODUCED", "5|"));
    }

    @Test
    @Tag("SEC-056")
    void shouldLetAnotherWriterCommitInFewTriesWhateverAGuestWrites()
    {
        final TestClient guest = fixture.guestAtHome(5);
        int tries = 0;
        String reply = "EAGAIN";

        while (reply.equals("EAGAIN"))
        {
            final int txId = dom0.begin();
            dom0.ask(txId, "READ", "/local/domain/5/shared|");
            dom0.ok(txId, "WRITE", "/result|1");
            guest.send(0, 11, TestClient.bytes("shared|" + tries));
            guest.receive();
            reply = dom0.commit(txId);
            assertTrue(++tries <= Starvation.PATIENCE + 1, "tries=" + tries);
        }

        guest.connection().process(fixture.store);
        assertEquals(List.of("OK|"), guest.receive());
    }

    @Test
    @Tag("SEC-057")
    void shouldBearTheEndOfAClientAtEachByteOfAMessage()
    {
        final TestClient client = fixture.socket();
        final byte[] message = client.message(0, 11, TestClient.bytes("/half|value"));

        for (int length = 0; length < message.length; length++)
        {
            final XsConnection connection = fixture.socket().connection();
            connection.receive(message, 0, length);
            connection.process(fixture.store);
            fixture.store.disconnected(connection);
        }

        assertEquals("ENOENT", dom0.ask("READ", "/half|"));
        dom0.ok("CONTROL", "check|");
    }

    @Test
    @Tag("SEC-058")
    void shouldApplyTheQuotaOfNodesWhereverNodesAreMade()
    {
        final TestClient guest = fixture.guestAtHome(5);
        dom0.ok("SET_QUOTA", "5|nodes|4|");
        assertEquals("ENOSPC", guest.ask("WRITE", "a/b/c/d|"));
        assertEquals("ENOSPC", guest.ask("MKDIR", "a/b/c/d|"));
        guest.ok("MKDIR", "a/b|");
        final int txId = guest.begin();
        guest.ok(txId, "WRITE", "c|");
        assertEquals("ENOSPC", guest.ask(txId, "WRITE", "d|"));
        assertEquals("ENOSPC", guest.ask(txId, "MKDIR", "e/f|"));
        guest.ok(txId, "TRANSACTION_END", "T|");
        assertEquals("ENOSPC", guest.ask("MKDIR", "d|"));
        final int other = guest.begin();
        guest.ok(other, "RM", "c|");
        guest.ok(other, "WRITE", "d|");
        guest.ok(other, "TRANSACTION_END", "T|");
        assertEquals(4, fixture.store.tree().account(5).nodeCount());
    }

    @Test
    @Tag("SEC-059")
    void shouldLeaveNothingToALaterDomainOfTheSameNumber()
    {
        for (int round = 0; round < 20; round++)
        {
            final TestClient guest = fixture.guestAtHome(5);
            final TestClient other = fixture.guestAtHome(6);
            for (int i = 0; i < 50; i++)
            {
                dom0.ok("WRITE", "/x/" + random.nextInt(9) + "/y/" + random.nextInt(9) + '|');
                dom0.ok("WRITE", "/x/" + i % 9 + '|');
                dom0.ok("SET_PERMS", "/x/" + i % 9 + "|n0|r" + (5 + random.nextInt(2)) + '|');
                dom0.ok("SET_PERMS", "/x|" + (random.nextBoolean() ? "b5|r6|" : "n6|b5|"));
            }
            guest.ok("WRITE", "secret|");
            guest.ok("SET_PERMS", "secret|n5|r6|");
            other.ok("SET_PERMS", "/local/domain/6|b6|r5|");
            dom0.ok("RELEASE", "5|");
            assertNamesNowhere(5);
            dom0.ok("RELEASE", "6|");
            assertNamesNowhere(6);
            dom0.ok("CONTROL", "check|");
        }
    }

    @ParameterizedTest
    @Tag("SEC-060")
    @ValueSource(ints = {2047, 2048, 2049, 3071, 3072, 3073, 4000})
    void shouldLimitTheLengthOfPathsToTheByte(final int length)
    {
        final TestClient guest = fixture.guestAtHome(5);
        final String name = "p".repeat(length);
        final String expected = length <= 2048 ? "OK|" : "EINVAL";

        assertEquals(expected, guest.ask("WRITE", name + '|'));
        assertEquals(expected, guest.ask("WRITE", "/local/domain/5/" + name.substring(1) + "q|"));
        assertEquals(length <= 2048 ? "ENOENT" : "EINVAL", guest.ask("UNWATCH", name + "|t|"));
        assertEquals(length <= 2048 ? "EACCES" : "EINVAL", guest.ask("READ", '/' + name.substring(1) + '|'));
        dom0.ok("WRITE", '/' + name + '|');
        dom0.ok("CONTROL", "check|");
    }

    @Test
    @Tag("SEC-061")
    void shouldDropAnEventThatFitsNoMessageAndSayHowMany()
    {
        final String token = "t".repeat(4090);
        dom0.ok("WATCH", "/w|" + token + '|');
        dom0.events();
        fixture.socket().ok("WRITE", "/w/longer|");

        assertEquals(List.of(), dom0.events());
        assertEquals(1, fixture.store.log().count(StoreLog.Count.EVENTS_DROPPED));
    }

    @Test
    @Tag("SEC-063")
    void shouldBoundWhatAGuestMakesTheStoreKeep()
    {
        final TestClient guest = fixture.guestAtHome(5);
        guest.ok("WRITE", "large|" + "v".repeat(2000));
        for (int i = 0; i < 128; i++)
        {
            guest.watch("n/w" + i, "t".repeat(1000));
        }
        for (int i = 0; i < 100_000; i++)
        {
            dom0.ok("WRITE", "/local/domain/5/n/w" + i % 128 + "/x" + i % 50 + '|');
        }
        for (int i = 0; i < 1000; i++)
        {
            guest.send(0, 2, TestClient.bytes("large|"));
        }

        assertTrue(guest.connection().output().replyCount() <= 20);
        assertTrue(guest.connection().output().replyLength() <= 20 * 2100);
        assertTrue(guest.connection().output().eventCount() <= OutputQueue.EVENT_MAX + 128);
    }

    @Test
    @Tag("SEC-064")
    void shouldKeepNothingOfWatchesThatWereReset()
    {
        final TestClient guest = fixture.guestAtHome(5);
        resetWatches(guest, 50);
        final long before = usedMemory();
        resetWatches(guest, 1000);

        assertEquals(0, fixture.store.watchCount());
        assertEquals(0, guest.connection().watchCount());
        assertTrue(usedMemory() - before < 2 * MIB, "bytes=" + (usedMemory() - before));
        resetWatches(guest, 1);
    }

    @Test
    @Tag("SEC-065")
    void shouldNotLetAGuestGiveItsNodesToAnother()
    {
        final TestClient guest = fixture.guestAtHome(5);
        fixture.guestAtHome(6);
        guest.ok("WRITE", "n|");
        final int txId = guest.begin();

        for (final int tx : new int[]{0, txId})
        {
            assertEquals("EPERM", guest.ask(tx, "SET_PERMS", "n|n6|"));
            assertEquals("EPERM", guest.ask(tx, "SET_PERMS", "n|n0|n5|"));
            assertEquals("EACCES", guest.ask(tx, "SET_PERMS", "/local/domain/6|n5|"));
        }

        assertEquals(2, fixture.store.tree().account(5).nodeCount());
    }

    @ParameterizedTest
    @Tag("SEC-066")
    @ValueSource(strings = {"/|", "@introduceDomain|", "@releaseDomain|"})
    void shouldCheckPermissionsOfTheRootAndOfSpecialWatches(final String path)
    {
        final TestClient guest = fixture.guestAtHome(5);

        assertTrue(List.of("EACCES", "EINVAL").contains(guest.ask("WRITE", path + "v")));
        assertTrue(List.of("EACCES", "EINVAL").contains(guest.ask("RM", path)));
        assertTrue(List.of("EACCES", "EINVAL").contains(guest.ask("MKDIR", path)));
        assertEquals("EACCES", guest.ask("SET_PERMS", path + "b5|"));
        assertEquals("EACCES", guest.ask("WRITE", "/new|v"));
    }

    @ParameterizedTest
    @Tag("SEC-067")
    @ValueSource(strings = {"T|", "F|"})
    void shouldBearAFailedRequestAnywhereInATransaction(final String end)
    {
        final String[] failures = {"a b|", "/tool|x", "x".repeat(2100) + "|v", "/local/domain/6/n|v"};
        final TestClient guest = fixture.guestAtHome(5);

        for (int k = 0; k < 12; k++)
        {
            final int txId = guest.begin();
            for (int n = 0; n < 6; n++)
            {
                final String failure = failures[k % failures.length];
                final String reply = guest.ask(txId, "WRITE", n == k / 2 ? failure : "n" + n + "|v");
                assertEquals(n != k / 2, reply.equals("OK|"));
            }
            guest.ok(txId, "TRANSACTION_END", end);
            dom0.ok("CONTROL", "check|");
            guest.ok("RM", "n0|");
        }
    }

    @Test
    @Tag("SEC-068")
    void shouldCountNoNodeOfWhatFailed()
    {
        final TestClient guest = fixture.guestAtHome(5);
        dom0.ok("SET_QUOTA", "5|nodes|10|");
        for (int i = 0; i < 200; i++)
        {
            final int txId = guest.begin();
            guest.ask(txId, "WRITE", "a" + i + "/b/c|" + "v".repeat(random.nextInt(2) * 3000));
            guest.ask(txId, "WRITE", "x/".repeat(random.nextInt(12)) + "y|v");
            guest.ask(txId, "TRANSACTION_END", random.nextBoolean() ? "F|" : "X|");
            guest.ok("RESET_WATCHES", "|");
            assertEquals(1, fixture.store.tree().account(5).nodeCount(), () -> "seed=" + seed);
        }
        dom0.ok("CONTROL", "check|");
    }

    @Test
    @Tag("SEC-069")
    void shouldKeepNothingOfARequestThatIsOver()
    {
        final TestClient guest = fixture.guestAtHome(5);
        final Runnable requests = () ->
        {
            for (int i = 0; i < 20_000; i++)
            {
                guest.ask("WRITE", "n" + i % 10 + '|' + "v".repeat(i % 1500));
                guest.ask("READ", "n" + i % 10 + '|');
                guest.ask("WRITE", "not allowed|");
                guest.ask(guest.begin(), "RESET_WATCHES", "|");
                guest.messages();
            }
        };
        requests.run();
        final long before = usedMemory();
        requests.run();

        assertTrue(usedMemory() - before < 2 * MIB, "bytes=" + (usedMemory() - before));
    }

    @Test
    @Tag("SEC-070")
    void shouldNotCommitRightsOfADomainThatIsAnotherByNow()
    {
        fixture.guestAtHome(5);
        final int txId = dom0.begin();
        dom0.ok(txId, "WRITE", "/for-five|secret");
        dom0.ok(txId, "SET_PERMS", "/for-five|n0|r5|");
        dom0.ok("RELEASE", "5|");
        fixture.existing.remove(5);
        dom0.ask(txId, "TRANSACTION_END", "T|");
        fixture.existing.add(5);

        assertEquals("EACCES", fixture.guestAtHome(5).ask("READ", "/for-five|"));
    }

    @Test
    @Tag("SEC-071")
    void shouldRemoveTreesOfAnyDepthAndWidth()
    {
        dom0.ok("WRITE", "/deep" + "/d".repeat(1000) + "|v");
        dom0.watch("/deep" + "/d".repeat(900), "t");
        dom0.ok("RM", "/deep|");
        assertEquals(1, dom0.events().size());
        for (int i = 0; i < 100_000; i++)
        {
            dom0.ok("WRITE", "/wide/n" + i + '|');
        }
        dom0.ok("RM", "/wide|");
        dom0.ok("CONTROL", "check|");
    }

    @Test
    @Tag("SEC-072")
    void shouldKeepAccountsThatEqualARecountAtEveryStep()
    {
        final TestClient[] guests = {fixture.guestAtHome(5), fixture.guestAtHome(6), fixture.guestAtHome(7)};
        dom0.ok("SET_PERMS", "/local/domain/5|b5|");
        for (int i = 0; i < 600; i++)
        {
            final TestClient guest = guests[random.nextInt(3)];
            guest.ask("WRITE", "/local/domain/" + (5 + random.nextInt(3)) + "/a" +
                random.nextInt(5) + '|' + "v".repeat(random.nextInt(30)));
            guest.ask("RM", "/local/domain/5/a" + random.nextInt(5) + '|');
            if (random.nextInt(20) == 0)
            {
                final int domid = 5 + random.nextInt(3);
                dom0.ok("RELEASE", domid + "|");
                guests[domid - 5] = fixture.guestAtHome(domid);
            }
            assertEquals("OK|", dom0.ask("CONTROL", "check|"), () -> "seed=" + seed);
        }
    }

    @ParameterizedTest
    @Tag("SEC-073")
    @ValueSource(ints = {-1, Integer.MIN_VALUE, 4097, 0x7FFF_FFFF, 0xFFFF_0000})
    void shouldEndAConnectionWhoseLengthCannotBe(final int length)
    {
        final TestClient client = fixture.socket();
        final byte[] message = client.message(0, 2, TestClient.bytes("/tool|"));
        new UnsafeBuffer(message).putInt(12, length);
        client.connection().receive(message, 0, message.length);

        assertEquals(XsConnection.Progress.VIOLATION, client.connection().process(fixture.store));
        assertEquals(List.of(), client.receive());
        dom0.ok("CONTROL", "check|");
    }

    @Test
    @Tag("SEC-074")
    void shouldBoundTheNodesOfATransactionAndCommitAllOrNothing()
    {
        final TestClient guest = fixture.guestAtHome(5);
        dom0.ok("SET_QUOTA", "5|nodes|0|");
        final int txId = guest.begin();
        int made = 0;
        while (guest.ask(txId, "WRITE", "n" + made + "|v").equals("OK|"))
        {
            made++;
        }

        assertEquals(1024, made);
        assertEquals("ENOMEM", guest.commit(txId));
        assertEquals(1, fixture.store.tree().account(5).nodeCount());
    }

    @Test
    @Tag("SEC-076")
    void shouldBearAnySequenceOfConflicts()
    {
        final TestClient[] clients = {fixture.guestAtHome(5), fixture.guestAtHome(6), dom0};
        final int[] open = new int[3];
        dom0.ok("WRITE", "/shared|");
        dom0.ok("SET_PERMS", "/shared|b0|");
        for (int i = 0; i < 5000; i++)
        {
            final int c = random.nextInt(3);
            switch (random.nextInt(4))
            {
                case 0 ->
                {
                    open[c] = open[c] == 0 ? clients[c].begin() : open[c];
                    fixture.turns.advance(Starvation.PASSAGE_NS);           // who was let through is so no more
                }
                case 1 -> clients[c].ask(open[c], "READ", "/shared|");
                case 2 -> clients[c].ask(open[c], "WRITE", "/shared|" + i);
                default ->
                {
                    if (open[c] != 0)
                    {
                        assertTrue(List.of("OK|", "EAGAIN").contains(clients[c].commit(open[c])));
                        open[c] = 0;
                    }
                }
            }
        }
        assertTrue(fixture.store.conflictCount() > 0, () -> "seed=" + seed);
        dom0.ok("CONTROL", "check|");
    }

    @ParameterizedTest
    @Tag("SEC-077")
    @ValueSource(strings = {"", "/", "//", "/local/domain/", "/local/domain/x", "/local/domain", "/a/", "a/", "/a//b",
        "/a|b", "/\u00fc", "/local/domain/5/", "@", "@/", "@releaseDomain/", "@releaseDomain/x", "/local/domain/99999/",
        "/local/domain/-1", ".", "..", "/.."})
    void shouldAnswerEveryOperationOnEveryKindOfPath(final String path)
    {
        final TestClient guest = fixture.guestAtHome(5);
        final String before = list("/");

        for (final XsOp op : XsOp.values())
        {
            for (final String more : List.of("", "|", "|v", "|t|", "|0|", "|r0|", "||", "|t|1|"))
            {
                guest.ask(0, op.number(), TestClient.bytes(path + more));
            }
        }

        guest.messages();
        assertEquals(before, list("/"));
        dom0.ok("CONTROL", "check|");
    }

    @Test
    @Tag("SEC-078")
    void shouldGiveALaterDomainOfTheSameNumberItsWholeQuota()
    {
        for (int round = 0; round < 2000; round++)
        {
            final TestClient guest = fixture.guestAtHome(5);
            guest.ok("WRITE", "a/b/c|v");
            guest.ok("SET_PERMS", "a|n5|r0|");
            guest.ok(guest.begin(), "WRITE", "x|");
            guest.ok("WATCH", "a|t|");
            dom0.ok("SET_PERMS", "/local/domain/5/a/b|n0|");
            dom0.ok("RELEASE", "5|");
            dom0.ask("RM", "/local/domain/5|");
        }
        final TestClient guest = fixture.guestAtHome(5);
        for (int i = 0; i < 999; i++)
        {
            guest.ok("MKDIR", "n" + i + '|');
        }
        assertEquals("ENOSPC", guest.ask("MKDIR", "more|"));
    }

    @Test
    @Tag("SEC-079")
    void shouldAnswerEveryOperationInEveryStateOfATransaction()
    {
        for (final XsOp op : XsOp.values())
        {
            final TestClient guest = fixture.guestAtHome(5);
            final int live = guest.begin();
            final int ended = guest.begin();
            guest.ok(ended, "TRANSACTION_END", "F|");
            final Map<String, Integer> ids = new LinkedHashMap<>(Map.of("live", live, "ended", ended, "never", 4711));

            for (final Map.Entry<String, Integer> id : ids.entrySet())
            {
                for (final String payload : List.of("", "|", "a|", "a|t|", "T|", "F|", "5|", "a|r5|"))
                {
                    final String reply = guest.ask(id.getValue(), op.number(), TestClient.bytes(payload));
                    assertTrue(!reply.isEmpty() || op == XsOp.READ || op == XsOp.DIRECTORY, op + " " + id);
                }
            }
            guest.ok("RESET_WATCHES", "|");
            guest.messages();
            dom0.ok("CONTROL", "check|");
            dom0.ok("RELEASE", "5|");
        }
    }

    @Test
    @Tag("SEC-080")
    void shouldTellAWatcherTheCommitsInTheirOrder()
    {
        final StringBuilder expected = new StringBuilder("/w|t|");
        final StringBuilder told = new StringBuilder();
        fixture.store.commits().add(commit -> commit.paths().stream()
            .filter(path -> path.startsWith("/w/")).forEach(path -> expected.append(path).append("|t|")));
        final TestClient watcher = fixture.socket();
        watcher.ok("WATCH", "/w|t|");
        for (int i = 0; i < 500; i++)
        {
            final int txId = dom0.begin();
            dom0.ok(txId, "WRITE", "/w/a" + i + '|');
            dom0.ok(txId, "WRITE", "/elsewhere|" + i);
            dom0.ok("WRITE", "/w/b" + i + '|');
            dom0.ok(txId, "WRITE", "/w/c" + i + '|');
            dom0.ok(txId, "TRANSACTION_END", "T|");
            watcher.events().forEach(told::append);
        }

        assertTrue(expected.toString().contentEquals(told), () -> "told: " + told.substring(0, 200));
    }

    private void assertNamesNowhere(final int domid)
    {
        Tree.walk("/", fixture.store.tree().root(), (path, node) ->
        {
            assertTrue(!node.permissions().names(domid), () -> path + " names " + domid + ", seed=" + seed);
            return true;
        });
    }

    private void resetWatches(final TestClient guest, final int rounds)
    {
        for (int round = 0; round < rounds; round++)
        {
            for (int i = 0; i < 100; i++)
            {
                guest.ok("WATCH", "r" + round + "/w" + i + "|t|");
            }
            guest.ok("RESET_WATCHES", "|");
            guest.messages();
            guest.events();
        }
    }

    private String list(final String path)
    {
        return dom0.ask("DIRECTORY", path + '|');
    }

    private static long usedMemory()
    {
        System.gc();
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }
}
