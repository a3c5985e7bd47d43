package org.skerry.xenstore;

import java.util.List;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

class OutputQueueTest
{
    private final TestStore fixture = new TestStore();
    private final TestClient watcher = fixture.socket();
    private final TestClient writer = fixture.socket();

    @BeforeEach
    void watch()
    {
        watcher.watch("/w", "t");
        watcher.watch("/w/deep", "u");
    }

    @Test
    void shouldMergeEqualEventsThatStillWait()
    {
        for (int i = 0; i < 100; i++)
        {
            writer.ok("WRITE", "/w/a|1");
            writer.ok("WRITE", "/w/b|1");
        }

        assertEquals(198, fixture.store.log().count(0, StoreLog.Count.EVENTS_MERGED));
        assertEquals(List.of("/w/a|t|", "/w/b|t|"), watcher.events());
        writer.ok("WRITE", "/w/a|1");
        assertEquals(List.of("/w/a|t|"), watcher.events());
    }

    @Test
    void shouldTellOnceForEachWatchWhenTooManyEventsWait()
    {
        for (int i = 0; i < OutputQueue.EVENT_MAX + 500; i++)
        {
            writer.ok("WRITE", "/w/n" + i + "|1");
        }
        for (int i = 0; i < 500; i++)
        {
            writer.ok("WRITE", "/w/deep/n" + i + "|1");
        }

        final List<String> events = watcher.events();
        assertEquals(OutputQueue.EVENT_MAX + 2, events.size());
        assertEquals("/w|t|", events.get(OutputQueue.EVENT_MAX));
        assertEquals("/w/deep|u|", events.getLast());
    }

    @Test
    void shouldSayE2bigForAReplyThatFitsNoMessage()
    {
        for (int i = 0; i < 1000; i++)
        {
            writer.ok("MKDIR", "/long/child" + i + '|');
        }

        assertEquals("E2BIG", writer.ask("DIRECTORY", "/long|"));
    }

    @Test
    void shouldStopServingAClientThatReadsNoReplies()
    {
        writer.ok("WRITE", "/v|" + "x".repeat(4000));
        final TestClient lazy = fixture.socket();
        for (int i = 0; i < 1000; i++)
        {
            lazy.send(0, 2, TestClient.bytes("/v|"));
        }

        assertTrue(lazy.connection().output().replyLength() < XsConnection.REPLY_LENGTH_MAX + 5000);
        assertEquals(XsConnection.Progress.CLOGGED, lazy.connection().process(fixture.store));
        int received = 0;
        while (!lazy.connection().output().isEmpty())
        {
            received += lazy.receive().size();
            lazy.connection().process(fixture.store);
        }
        assertEquals(1000, received);
    }
}
