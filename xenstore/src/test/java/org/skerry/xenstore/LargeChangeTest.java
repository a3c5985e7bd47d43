package org.skerry.xenstore;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** A change that takes long to tell does not keep others waiting, and is told in the same order as a small one. */
class LargeChangeTest
{
    private static final int COUNT = 1000;

    private final TestStore fixture = new TestStore();
    private final TestClient dom0 = fixture.socket();
    private final TestClient watcher = fixture.socket();
    private final TestClient other = fixture.socket();

    @BeforeEach
    void populate()
    {
        for (int i = 0; i < COUNT; i++)
        {
            dom0.ok("WRITE", "/many/n" + i + "|v");
            watcher.watch("/many/n" + i, "t");
        }
        dom0.watch("/many", "own");
        dom0.messages();
    }

    @Test
    void shouldServeOthersWhileItIsTold()
    {
        sendOnly(dom0, 13, "/many|");
        assertEquals(List.of(), dom0.messages());
        assertEquals("ENOENT", askOnly(other, 2, "/many|"));
        final int first = watcher.events().size();
        assertTrue(first > 0 && first < COUNT / 2, "events told at once: " + first);
        assertEquals("OK|", askOnly(other, 4, "/other|t|"));

        finish();
        assertEquals(COUNT - first, watcher.events().size());
        assertEquals(List.of("WATCH_EVENT /many|own|", "RM OK|"), dom0.messages());
    }

    @Test
    void shouldTellLaterChangesLaterAndAnswerThemAtOnce()
    {
        watcher.watch("/later", "later");
        sendOnly(dom0, 13, "/many|");
        assertEquals("OK|", askOnly(other, 11, "/later|v"));
        assertEquals("v", askOnly(other, 2, "/later|"));

        finish();
        final List<String> events = watcher.events();
        assertEquals("/later|later|", events.getLast());
        assertEquals(COUNT + 1, events.size());
    }

    @Test
    void shouldAnswerWhoWatchesAfterTheEventsOfItsChange()
    {
        other.watch("/later", "own");
        other.messages();
        sendOnly(dom0, 13, "/many|");
        sendOnly(other, 11, "/later|v");
        assertEquals(List.of(), other.messages());

        finish();
        assertEquals(List.of("WATCH_EVENT /later|own|", "WRITE OK|"), other.messages());
    }

    @Test
    void shouldHoldWhoMakesMoreChangesThanCanBeTold()
    {
        sendOnly(dom0, 13, "/many|");
        int count = 0;
        while (askOnly(other, 11, "/later" + count + "|v") != null)
        {
            assertTrue(++count <= WatchPublisher.WAITING_MAX);
        }

        assertEquals(WatchPublisher.WAITING_MAX - 2, count);     // the removal and the reply to it wait, too
        finish();
        assertEquals(List.of("OK|"), other.receive());
    }

    @Test
    void shouldServeTheNextRequestOfItsMakerOnlyAfterTheReply()
    {
        sendOnly(dom0, 13, "/many|");
        final byte[] next = dom0.message(0, 2, TestClient.bytes("/tool|"));
        dom0.connection().receive(next, 0, next.length);
        assertEquals(XsConnection.Progress.HELD, dom0.connection().process(fixture.store));

        finish();
        assertEquals(List.of("WATCH_EVENT /many|own|", "RM OK|"), dom0.messages());
        dom0.connection().process(fixture.store);
        assertEquals(List.of("READ "), dom0.messages());
    }

    @Test
    void shouldCommitThousandsOfNodesInTurns()
    {
        final int txId = dom0.begin();
        for (int i = 0; i < COUNT; i++)
        {
            dom0.ok(txId, "WRITE", "/many/n" + i + "|w");
        }
        dom0.messages();
        final byte[] commit = dom0.message(txId, 7, TestClient.bytes("T|"));
        dom0.connection().receive(commit, 0, commit.length);
        dom0.connection().process(fixture.store);

        assertEquals("w", askOnly(other, 2, "/many/n999|"));
        assertTrue(watcher.events().size() < COUNT / 2);
        finish();
        final List<String> messages = dom0.messages();
        assertEquals("TRANSACTION_END OK|", messages.getLast());
        assertEquals(COUNT + 1, messages.size());
    }

    @Test
    void shouldCommitThousandsOfNodesAfterOthersUnlessTheyMeet()
    {
        final int merged = dom0.begin();
        final int inConflict = dom0.begin();
        assertEquals("OK|", askOnly(other, 11, "/mine/theirs|x"));
        for (final int txId : List.of(merged, inConflict))
        {
            for (int i = 0; i < COUNT; i++)
            {
                dom0.ok(txId, "WRITE", "/many/m" + i + "|" + txId);
            }
        }
        assertEquals("ENOENT", dom0.ask(inConflict, "READ", "/mine/theirs|"));

        assertEquals("OK|", dom0.commit(merged));
        assertEquals("EAGAIN", dom0.commit(inConflict));
        assertEquals("x", dom0.ask("READ", "/mine/theirs|"));
        assertEquals(Integer.toString(merged), dom0.ask("READ", "/many/m" + (COUNT - 1) + '|'));
        assertEquals("OK|", dom0.ask("CONTROL", "check|"));
    }

    @Test
    void shouldForgetTheReplyToAClientThatIsGone()
    {
        sendOnly(dom0, 13, "/many|");
        fixture.store.disconnected(dom0.connection());
        dom0.connection().dropBytes();

        finish();
        assertEquals(List.of(), dom0.messages());
        assertEquals(COUNT, watcher.events().size());
    }

    @Test
    void shouldBearWatchesThatComeAndGoWhileItIsTold()
    {
        sendOnly(dom0, 13, "/many|");
        final List<String> events = new ArrayList<>(watcher.events());
        askOnly(watcher, 21, "|");
        assertEquals("OK|", askOnly(other, 4, "/many/n3|t|"));

        finish();
        assertEquals(List.of(), watcher.events());
        assertTrue(events.size() < COUNT);
    }

    @Test
    void shouldServeOthersWhileOneAsksForVeryMuch()
    {
        fixture.turns.lookNs(300_000);
        final ByteArrayOutputStream pipeline = new ByteArrayOutputStream();
        for (int i = 0; i < COUNT; i++)
        {
            pipeline.writeBytes(dom0.message(0, 2, TestClient.bytes("/many/n" + i + '|')));
        }
        dom0.connection().receive(pipeline.toByteArray(), 0, pipeline.size());

        assertEquals(XsConnection.Progress.HELD, dom0.connection().process(fixture.store));
        final int first = dom0.messages().size();
        assertEquals(XsConnection.Progress.HELD, dom0.connection().process(fixture.store));
        assertEquals(List.of(), dom0.messages());
        assertTrue(first >= 16 && first < COUNT / 5, "answered at once: " + first);
        assertEquals("v", askOnly(other, 2, "/many/n5|"));

        int count = first;
        for (int turns = 0; count < COUNT && turns < COUNT; turns++)
        {
            fixture.turns.runLater();
            dom0.connection().process(fixture.store);
            count += dom0.messages().size();
        }
        assertEquals(COUNT, count);
    }

    @Test
    void shouldServeOthersWhileTheWatchesOfOneAreRemoved()
    {
        assertEquals("OK|", askOnly(watcher, 21, "|"));
        assertTrue(fixture.store.watchCount() > COUNT / 2);
        sendOnly(dom0, 11, "/many/n999|w");
        assertEquals(List.of(), watcher.events());
        watcher.watch("/many/n998", "t");
        sendOnly(dom0, 11, "/many/n998|w");
        assertEquals(List.of("/many/n998|t|"), watcher.events());

        fixture.store.disconnected(watcher.connection());
        for (int turns = 0; fixture.store.watchCount() > 1 && turns < COUNT; turns++)
        {
            fixture.turns.runLater();
        }
        assertEquals(1, fixture.store.watchCount());             // the one of Domain-0
    }

    private void sendOnly(final TestClient client, final int op, final String payload)
    {
        final byte[] message = client.message(0, op, TestClient.bytes(payload));
        client.connection().receive(message, 0, message.length);
        client.connection().process(fixture.store);
    }

    private String askOnly(final TestClient client, final int op, final String payload)
    {
        sendOnly(client, op, payload);
        final List<String> replies = client.receive();
        return replies.isEmpty() ? null : replies.getFirst();
    }

    private void finish()
    {
        while (fixture.store.publisher().isBusy())
        {
            fixture.store.publisher().turn();
        }
    }
}
