package org.skerry.xenstore;

import java.nio.ByteBuffer;

import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** The process of a store ends while transactions are open, and the next one goes on with them. */
class TransactionSurvivalTest
{
    private final UnsafeBuffer bytes = new UnsafeBuffer(ByteBuffer.allocateDirect(8 * SurvivingMemory.LENGTH_MIN));
    private TestStore store = new TestStore(StateLog.of(new SurvivingMemory(bytes)));
    private TestClient guest = store.guestAtHome(7);

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 5})
    void shouldGoOnAsIfNothingHadHappened(final int restarts)
    {
        guest.ok("WRITE", "old|1");
        final int id = guest.begin();
        guest.ok(id, "WRITE", "a|one");
        guest.ok(id, "WRITE", "a|two");
        guest.ok(id, "MKDIR", "dir/below|");
        guest.ok(id, "SET_PERMS", "a|n7|r0|");
        guest.ok(id, "RM", "old|");
        assertEquals("ENOENT", guest.ask(id, "READ", "missing|"));
        assertEquals("below|", guest.ask(id, "DIRECTORY", "dir|"));
        guest.ask(id, "DIRECTORY_PART", "dir|0|");
        restart(restarts);

        assertEquals("two", guest.ask(id, "READ", "a|"));
        assertEquals("ENOENT", guest.ask(id, "READ", "old|"));
        assertEquals("1", guest.ask("READ", "old|"));
        guest.ok(id, "WRITE", "dir/below/leaf|x");
        restart(restarts);

        assertEquals("OK|", guest.commit(id));
        assertEquals("two", guest.ask("READ", "a|"));
        assertEquals("n7|r0|", guest.ask("GET_PERMS", "a|"));
        assertEquals("x", guest.ask("READ", "dir/below/leaf|"));
        assertEquals("ENOENT", guest.ask("READ", "old|"));
    }

    @Test
    void shouldNotHaveATransactionAgainThatHasEnded()
    {
        final int committed = guest.begin();
        guest.ok(committed, "WRITE", "a|1");
        assertEquals("OK|", guest.commit(committed));
        final int reset = guest.begin();
        guest.ok(reset, "WRITE", "b|1");
        guest.ok("RESET_WATCHES", "|");
        restart(1);

        assertEquals("ENOENT", guest.commit(committed));
        assertEquals("ENOENT", guest.commit(reset));
        assertEquals(0, guest.connection().transactionCount());
    }

    @Test
    void shouldSeeWhatOthersChangedBeforeTheRestartAtItsEndOnly()
    {
        final int id = readAndWrite();
        store.socket().ok("WRITE", "/local/domain/7/read|2");
        restart(2);

        assertEquals("1", guest.ask(id, "READ", "own|"));
        guest.ok(id, "WRITE", "gone/below|2");
        guest.ok(id, "RM", "own|");
        assertEquals("EAGAIN", guest.commit(id));
        assertEquals("ENOENT", guest.ask("READ", "gone/below|"));
    }

    /** What it read does not hold after the first restart, and what stands there then is not what it read. */
    @Test
    void shouldNotTakeForReadWhatWasOnlyThereAtARestart()
    {
        final int id = readAndWrite();
        store.socket().ok("WRITE", "/local/domain/7/read|2");
        restart(4);

        assertEquals("EAGAIN", guest.commit(id));
    }

    @Test
    void shouldBeCommittedWhenAllHoldsAgain()
    {
        guest.ok("WRITE", "read|1");
        final int id = guest.begin();
        assertEquals("1", guest.ask(id, "READ", "read|"));
        store.socket().ok("WRITE", "/local/domain/7/read|2");
        restart(1);
        guest.ok(id, "WRITE", "own|1");
        store.socket().ok("WRITE", "/local/domain/7/read|1");
        restart(1);

        assertEquals("OK|", guest.commit(id));
        assertEquals("1", guest.ask("READ", "own|"));
    }

    /** After the restart it reads what others changed; that they change it back does not undo that it was read. */
    @Test
    void shouldKeepBothOfTwoAnswersToTheSameRequest()
    {
        guest.ok("WRITE", "read|1");
        final int id = guest.begin();
        guest.ok(id, "WRITE", "own|1");
        assertEquals("1", guest.ask(id, "READ", "read|"));
        final String path = "/local/domain/7/read|";
        store.socket().ok("WRITE", path + "2");
        restart(1);
        assertEquals("2", guest.ask(id, "READ", "read|"));
        store.socket().ok("WRITE", path + "1");
        restart(1);

        assertEquals("EAGAIN", guest.commit(id));
    }

    @Test
    void shouldSeeWhatOthersChangedAfterTheRestart()
    {
        final int id = readAndWrite();
        restart(1);

        store.socket().ok("WRITE", "/local/domain/7/read|2");
        assertEquals("EAGAIN", guest.commit(id));
    }

    @Test
    void shouldHaveATransactionTriedAgainForWhichThereWasNoRoom()
    {
        final int small = guest.begin();
        guest.ok(small, "WRITE", "small|1");
        final TestClient dom0 = store.socket();
        final int large = dom0.begin();

        for (int i = 0; i < 2_000; i++)
        {
            dom0.ok(large, "WRITE", "/large/" + i + "|" + "x".repeat(100));
            store.store.state().publish();
        }

        assertTrue(store.store.state().isOn());
        restart(2);
        final TestClient same = new TestClient(store.store, store.store.clients().get(dom0.connection().number()));
        same.ok(large, "WRITE", "/large/0/below|1");
        assertEquals("EAGAIN", same.commit(large));
        assertEquals("OK|", guest.commit(small));

        final int next = same.begin();
        same.ok(next, "WRITE", "/next|1");                       // there is room again
        restart(1);
        final TestClient again = new TestClient(store.store, store.store.clients().get(dom0.connection().number()));
        assertEquals("OK|", again.commit(next));
    }

    /** As many steps as there is room for: without a share of its own nobody else's step would find any. */
    @Test
    void shouldHaveAGuestUseUpNoOthersRoom()
    {
        final TestClient other = store.guestAtHome(8);
        final int greedy = guest.begin();
        final byte[] value = new byte[1_000];
        final int stepLength =
            new TransactionStep(new XsRequest.Write("/local/domain/7/a", value), XsReply.OK).length();
        final int stepCount = new SurvivingMemory(bytes).transactionRoom() / stepLength;

        for (int i = 0; i < stepCount; i++)
        {
            guest.ok(greedy, "WRITE", "ab".charAt(i % 2) + "|" + "x".repeat(value.length));
            store.store.state().publish();
        }

        final int modest = other.begin();
        other.ok(modest, "WRITE", "a|" + "x".repeat(value.length));
        restart(1);

        assertEquals("OK|", new TestClient(store.store, store.store.domains().find(8).connection()).commit(modest));
        assertEquals("EAGAIN", guest.commit(greedy));
    }

    @Test
    void shouldNotKeepATransactionThatCanOnlyBeAborted()
    {
        store.socket().ok("SET_QUOTA", "7|transaction-nodes|2|");
        final int id = guest.begin();
        guest.ok(id, "WRITE", "a|1");
        guest.ok(id, "WRITE", "b|1");
        assertEquals("ENOSPC", guest.ask(id, "WRITE", "c|1"));
        restart(1);

        assertEquals("EAGAIN", guest.commit(id));
        assertEquals("ENOENT", guest.ask("READ", "a|"));
    }

    /** @return a transaction that has read one node and written another. */
    private int readAndWrite()
    {
        guest.ok("WRITE", "read|1");
        final int id = guest.begin();
        assertEquals("1", guest.ask(id, "READ", "read|"));
        guest.ok(id, "WRITE", "own|1");
        return id;
    }

    /** The process ends, and another goes on; also from a snapshot that it has made itself. */
    private void restart(final int times)
    {
        for (int i = 0; i < times; i++)
        {
            store.store.state().publish();
            final TestStore next = new TestStore(StateLog.of(new SurvivingMemory(bytes)));
            assertEquals(StoreText.of(store.store), StoreText.of(next.store));
            store = next;
            guest = new TestClient(store.store, store.store.domains().find(7).connection());
            guest.connection().output().clear();

            if (i % 2 == 1)
            {
                snapshot();
            }
        }
    }

    /** Write much into one node: a journal is full now and then, and a snapshot is made. */
    private void snapshot()
    {
        final int root = new SurvivingMemory(bytes).root();
        final TestClient dom0 = store.socket();

        for (int i = 0; i < 1_000 && new SurvivingMemory(bytes).root() == root; i++)
        {
            dom0.ok("WRITE", "/much|" + "y".repeat(2_000));
            store.store.state().publish();
        }

        assertFalse(new SurvivingMemory(bytes).root() == root, "no snapshot was made");
        dom0.ok("RM", "/much|");
    }
}
