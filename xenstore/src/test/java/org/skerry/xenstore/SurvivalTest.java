package org.skerry.xenstore;

import java.nio.ByteBuffer;
import java.util.Collections;
import java.util.List;
import java.util.Random;

import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** The process of a store ends at any moment, and the next one goes on with what stands in its memory. */
class SurvivalTest
{
    private static final int LENGTH = SurvivingMemory.LENGTH_MIN;

    private final UnsafeBuffer bytes = new UnsafeBuffer(ByteBuffer.allocateDirect(4 * LENGTH));

    @Test
    void shouldHaveNodesPermissionsAndAccountsAgain()
    {
        final TestStore first = new TestStore(state(bytes));
        final TestClient dom0 = first.socket();
        final TestClient guest = first.guestAtHome(7);
        guest.ok("WRITE", "a/b/c|value");
        guest.ok("SET_PERMS", "a/b|n7|r0|b3|");
        dom0.ok("WRITE", "/gone/with/all|x");
        dom0.ok("RM", "/gone|");
        dom0.ok("SET_PERMS", "@introduceDomain|n0|r7|");
        final int transaction = dom0.begin();
        dom0.ok(transaction, "WRITE", "/t/1|one");
        dom0.ok(transaction, "SET_PERMS", "/t/1|r7|");
        dom0.ok(transaction, "RM", "/local/domain/7/a/b/c|");
        dom0.ok(transaction, "MKDIR", "/local/domain/7/a/b/c/d|");
        assertEquals("OK|", dom0.commit(transaction));
        first.store.state().publish();

        final TestStore next = again(first);

        assertEquals("n7|r0|b3|", next.socket().ask("GET_PERMS", "/local/domain/7/a/b|"));
        assertEquals("d|", next.socket().ask("DIRECTORY", "/local/domain/7/a/b/c|"));
        assertEquals("OK|", next.socket().ask("CONTROL", "check|"));
    }

    @Test
    void shouldForgetWhatATransactionRemovedOnlyWhenItWasCommitted()
    {
        final TestStore first = new TestStore(state(bytes));
        final TestClient dom0 = first.socket();
        final int transaction = dom0.begin();
        dom0.ok("WRITE", "/p|");
        dom0.ok("RM", "/p|");
        dom0.ok(transaction, "RM", "/p|");
        dom0.ok(transaction, "MKDIR", "/p|");
        dom0.ok("WRITE", "/p/q|of another");
        assertEquals("OK|", dom0.commit(transaction));
        assertEquals("", dom0.ask("DIRECTORY", "/p|"));
        first.store.state().publish();

        again(first);
    }

    @Test
    void shouldGiveHigherGenerationsThanAnyBefore()
    {
        final TestStore first = new TestStore(state(bytes));
        first.socket().ok("WRITE", "/d/1|");
        first.store.state().publish();
        final long before = first.store.tree().find("/d").generation();

        final TestStore next = again(first);
        next.socket().ok("WRITE", "/d/2|");

        assertTrue(next.store.tree().find("/d").generation() > before);
    }

    @Test
    void shouldKnowDomainsQuotasFeaturesAndTargetsAgain()
    {
        final TestStore first = new TestStore(state(bytes));
        first.existing.add(9);
        first.socket().ok("SET_FEATURE", "9|2|");
        first.guest(9);
        first.guest(8);
        first.guest(6);
        first.socket().ok("SET_TARGET", "9|8|");
        first.socket().ok("SET_TARGET", "8|6|");
        first.socket().ok("SET_QUOTA", "9|nodes|17|");
        first.socket().ok("SET_QUOTA", "watches|11|");
        first.socket().ok("RELEASE", "6|");
        first.store.state().publish();

        final TestStore next = again(first);

        assertEquals("17|", next.socket().ask("GET_QUOTA", "9|nodes|"));
        assertEquals("T|", next.socket().ask("IS_DOMAIN_INTRODUCED", "8|"));
        assertEquals("F|", next.socket().ask("IS_DOMAIN_INTRODUCED", "6|"));
        assertEquals(Caller.NO_TARGET, next.store.domains().find(8).connection().caller().target());
    }

    @Test
    void shouldTellWatchersOfAnEarlierProcess()
    {
        final TestStore first = new TestStore(state(bytes));
        final TestClient guest = first.guestAtHome(7);
        guest.watch("device", "token");
        guest.watch("gone", "token");
        guest.ok("UNWATCH", "gone|token|");
        first.store.state().publish();

        final TestStore next = again(first);
        final TestClient same = new TestClient(next.store, next.store.domains().find(7).connection());
        same.receive();
        same.events();
        next.socket().ok("WRITE", "/local/domain/7/device/x|1");

        assertEquals(List.of("device/x|token|"), same.events());
    }

    @Test
    void shouldServeWhatWaitedForItsTurnInAnEarlierProcess()
    {
        final TestStore first = new TestStore(state(bytes));
        final TestClient dom0 = first.socket();
        first.turns.lookNs(2_000_000);
        for (int i = 0; i < 100; i++)
        {
            final byte[] write = dom0.message(0, 11, TestClient.bytes("/w/" + i + "|v"));
            dom0.connection().receive(write, 0, write.length);
        }
        assertEquals(XsConnection.Progress.HELD, dom0.connection().process(first.store));
        assertTrue(first.store.tree().find("/w").children().size() < 50);
        first.store.state().publish();

        final TestStore next = again(first);
        final TestClient same = next.silent(next.store.clients().get(dom0.connection().number()));
        assertEquals(XsConnection.Progress.IDLE, same.connection().process(next.store));

        assertEquals(100, next.store.tree().find("/w").children().size());
        assertEquals(Collections.nCopies(100, "WRITE OK|"), same.rawMessages());
    }

    @Test
    void shouldAnswerALiveUpdateOnlyFromTheNextProcess()
    {
        final TestStore first = new TestStore(state(bytes));
        final TestClient dom0 = first.socket();
        assertEquals("What this store has would not outlive its process.|", dom0.ask("CONTROL", "live-update|-s|"));
        final boolean[] isEnded = new boolean[1];
        first.store.successor(() -> isEnded[0] = true);
        assertEquals("OK|", dom0.ask("CONTROL", "live-update|-f|/new/one|"));
        final int open = dom0.begin();
        assertEquals("BUSY|", dom0.ask("CONTROL", "live-update|-s|-t|60|"));
        assertEquals("OK|", dom0.ask(open, "TRANSACTION_END", "F|"));

        dom0.say("CONTROL", "live-update|-s|-t|60|");
        assertFalse(isEnded[0]);
        first.store.state().publish();
        assertTrue(isEnded[0]);

        final TestStore next = new TestStore(state(bytes));
        assertEquals(List.of("CONTROL OK|"),
            next.silent(next.store.clients().get(dom0.connection().number())).rawMessages());
    }

    @Test
    void shouldGoOnCounting()
    {
        final TestStore first = new TestStore(state(bytes));
        final TestClient dom0 = first.socket();
        first.guestAtHome(7);
        dom0.ok("SET_QUOTA", "7|watches|1|");
        final TestClient guest = first.silent(first.store.domains().find(7).connection());
        guest.watch("a", "t");
        assertEquals("ENOSPC", guest.ask("WATCH", "b|t|"));
        dom0.ok("WRITE", "/local/domain/7/a|");
        dom0.ok("WRITE", "/local/domain/7/a|");
        first.guestAtHome(8).watch("a", "t");
        dom0.ok("WRITE", "/local/domain/8/a|");
        dom0.ok("WRITE", "/local/domain/8/a|");
        dom0.ok("RELEASE", "8|");
        first.store.state().publish();
        final String counted = dom0.ask("CONTROL", "counters|7|");
        final String all = dom0.ask("CONTROL", "counters|");

        final TestStore next = again(again(first));

        assertEquals(1, next.store.log().refusalCount(7, Quota.WATCHES));
        assertEquals(1, next.store.log().count(7, StoreLog.Count.EVENTS_MERGED));
        assertEquals(0, next.store.log().count(8, StoreLog.Count.EVENTS_MERGED));
        assertEquals(counted, next.socket().ask("CONTROL", "counters|7|"));
        assertEquals(all, next.socket().ask("CONTROL", "counters|"));
    }

    @Test
    void shouldHaveASubtreeAskedForAgainOfWhichNotAllWasTold()
    {
        final TestStore first = new TestStore(state(bytes));
        final TestClient client = first.socket();

        for (int i = 0; i < 50; i++)
        {
            client.ok("WRITE", "/s/n" + i + "|" + "v".repeat(4000));
        }

        client.say("CONTROL", "subtree|/s|");
        first.turns.runLater();
        final int partCount = client.receive().size();
        first.store.state().publish();
        assertTrue(partCount > 0 && partCount < 50, () -> "parts: " + partCount);

        final TestStore next = new TestStore(state(bytes));
        final TestClient same = next.silent(next.store.clients().get(client.connection().number()));

        assertEquals(List.of("ERROR EAGAIN|"), same.rawMessages());
        assertEquals("EINVAL", same.ask("CONTROL", "subtree|s|"));
    }

    @Test
    void shouldTellEverybodyWhenSomebodyMayNotHaveBeenTold()
    {
        final TestStore first = new TestStore(state(bytes));
        final TestClient watcher = first.socket();
        for (int i = 0; i < 3 * WatchPublisher.TURN_STEPS; i++)
        {
            watcher.watch("/many/" + i, "t");
        }
        final TestClient writer = first.socket();
        for (int i = 0; i < 3 * WatchPublisher.TURN_STEPS; i++)
        {
            writer.ok("WRITE", "/many/" + i + "|");
        }
        watcher.events();
        writer.watch("/other", "w");
        first.store.state().publish();
        final byte[] rm = writer.message(0, 13, TestClient.bytes("/many|"));
        writer.connection().receive(rm, 0, rm.length);
        writer.connection().process(first.store);
        assertTrue(first.store.publisher().isBusy());
        first.store.state().publish();

        final TestStore next = new TestStore(state(bytes));
        final TestClient same = new TestClient(next.store, next.store.clients().get(watcher.connection().number()));
        final TestClient writerNow = new TestClient(next.store, next.store.clients().get(writer.connection().number()));

        assertEquals(3 * WatchPublisher.TURN_STEPS, same.events().size());
        assertEquals(
            List.of("WATCH_EVENT /other|w|", "RM OK|"), writerNow.rawMessages().stream().toList());
        assertFalse(next.store.publisher().isBusy());
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void shouldBeEqualAfterWhateverHappened(final long seed)
    {
        final Random random = new Random(seed);
        TestStore store = new TestStore(state(bytes));
        final RandomWork work = new RandomWork(random);

        for (int i = 0; i < 30; i++)
        {
            final int count = random.nextInt(400);

            for (int j = 0; j < count; j++)
            {
                work.step(store);

                if (random.nextInt(3) == 0)
                {
                    store.store.state().publish();
                }
            }

            store.store.state().publish();
            assertTrue(store.store.state().isOn(), () -> "given up, seed=" + seed);
            store = again(store);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {11, 12, 13})
    void shouldBeBeforeOrAfterAGroupWhereverItIsCut(final long seed)
    {
        final Random random = new Random(seed);
        final TestStore store = new TestStore(state(bytes));
        final RandomWork work = new RandomWork(random);
        final byte[] before = new byte[bytes.capacity()];
        final byte[] after = new byte[bytes.capacity()];

        for (int i = 0; i < 12; i++)
        {
            for (int j = random.nextInt(20); j >= 0; j--)
            {
                work.step(store);
                store.store.state().publish();
            }

            final String textBefore = StoreText.of(store.store);
            bytes.getBytes(0, before);
            work.step(store);
            store.store.state().publish();
            bytes.getBytes(0, after);
            cut(before, after, textBefore, StoreText.of(store.store));
        }
    }

    /** Put bytes of one memory behind those of another, at each place where they differ. */
    private static void cut(
        final byte[] before, final byte[] after, final String textBefore, final String textAfter)
    {
        final UnsafeBuffer memory = new UnsafeBuffer(ByteBuffer.allocateDirect(before.length));
        memory.putBytes(0, before);

        for (int i = 0; i < before.length; i++)
        {
            if (before[i] != after[i])
            {
                memory.putByte(i, after[i]);
                final byte[] now = new byte[before.length];
                memory.getBytes(0, now);
                final String text = StoreText.of(new TestStore(state(memory)).store);
                assertTrue(text.equals(textBefore) || text.equals(textAfter), "between, at " + i);
                memory.putBytes(0, now);
            }
        }

        assertEquals(textAfter, StoreText.of(new TestStore(state(memory)).store));
    }

    @Test
    void shouldGoOnWithoutMemoryWhenTheStateHasNoRoom()
    {
        final TestStore store = new TestStore(state(bytes));
        final TestClient dom0 = store.socket();
        final String value = "x".repeat(3000);

        for (int i = 0; i < 400; i++)
        {
            dom0.ok("WRITE", "/big/" + i + "|" + value);
            store.store.state().publish();
        }

        assertFalse(store.store.state().isOn());
        assertTrue(store.logged.toString().contains("does not survive"), store.logged.toString());
        assertEquals("tool|", new TestStore(state(bytes)).socket().ask("DIRECTORY", "/|"));
    }

    @Test
    void shouldHaveALargeSubtreeAgainWithAllItsOwners()
    {
        final TestStore first = new TestStore(state(bytes));
        first.guestAtHome(7);
        final TestClient dom0 = first.socket();
        dom0.ok("WRITE", "/there|before");
        final int id = dom0.begin();

        for (int i = 0; i < 100; i++)
        {
            dom0.ok(id, "WRITE", "/new/" + i % 7 + "/" + i + "|value " + i);
            dom0.ok(id, "SET_PERMS", "/new/" + i % 7 + "/" + i + "|n" + i % 2 * 7 + "|r" + i % 3 + "|");
        }

        dom0.ok(id, "WRITE", "/there/too|");
        assertEquals("OK|", dom0.commit(id));
        first.store.state().publish();

        final TestStore next = again(first);
        assertEquals("value 99", next.socket().ask("READ", "/new/1/99|"));
        assertEquals("OK|", next.socket().ask("CONTROL", "check|"));
        next.socket().ok("RM", "/new|");
        assertEquals("OK|", next.socket().ask("CONTROL", "check|"));
    }

    @Test
    void shouldMakeASnapshotOfAChangeThatNoJournalHolds()
    {
        final TestStore store = new TestStore(state(bytes));
        final TestClient dom0 = store.socket();
        final int id = dom0.begin();

        for (int i = 0; i < 100; i++)
        {
            dom0.ok(id, "WRITE", "/big/" + i + "|" + "x".repeat(1000));
        }

        assertEquals("OK|", dom0.commit(id));
        store.store.state().publish();

        again(store);
    }

    /** The process ends, and another goes on: it has the same. */
    private TestStore again(final TestStore store)
    {
        final TestStore next = new TestStore(state(bytes));
        assertEquals(StoreText.of(store.store), StoreText.of(next.store));
        return next;
    }

    private static StateLog state(final UnsafeBuffer buffer)
    {
        return StateLog.of(new SurvivingMemory(buffer));
    }
}
