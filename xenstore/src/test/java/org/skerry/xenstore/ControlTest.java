package org.skerry.xenstore;

import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.skerry.wire.xs.XsWire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** What an operator sees and does through {@code xenstore-control}. */
class ControlTest
{
    private final TestStore fixture = new TestStore();
    private final TestClient dom0 = fixture.socket();
    private TestClient guest;

    @BeforeEach
    void introduce()
    {
        guest = fixture.guestAtHome(5);
    }

    @Test
    void shouldShowWhatADomainHasUnderTheNamesOfItsQuotas()
    {
        guest.ok("WRITE", "a/b|v");
        guest.watch("a", "t");
        guest.begin();
        final List<String> lines = dom0.ask("CONTROL", "quota|5|").lines().map(line -> line.replace(" ", "")).toList();

        assertEquals("Domain5:", lines.get(0));
        assertEquals(List.of("nodes:3", "watches:1", "transactions:1", "outstanding:0", "memory:73"),
            lines.subList(1, 6));
        assertEquals("nodes:0", dom0.ask("CONTROL", "quota|99|").lines().toList().get(1).replace(" ", ""));
    }

    @Test
    void shouldTellASubtreeInOneRequest()
    {
        dom0.ok("WRITE", "/s/a/b|v");
        dom0.ok("WRITE", "/s/c|" + "w".repeat(4078));
        dom0.ok("WRITE", "/s/d|");
        dom0.ok("SET_PERMS", "/s/d|n5|r6|");
        dom0.ok("WRITE", "/sibling|");

        final String large = "1 c|n0|4078|" + "w".repeat(4078);
        assertEquals(List.of("M1 a|n0|0|2 b|n0|1|v", "M" + large, "E1 d|n5,r6|0|"), subtree("/s"));
        assertEquals(List.of("E"), subtree("/s/d"));
        assertEquals("ENOENT", dom0.ask("CONTROL", "subtree|/none|"));
        assertEquals("EINVAL", dom0.ask("CONTROL", "subtree|/s|/s|"));
        assertEquals("EINVAL", dom0.ask("CONTROL", "subtree|s|"));
        assertEquals("EINVAL", dom0.ask("CONTROL", "subtree|/s/|"));
        assertEquals("EACCES", guest.ask("CONTROL", "subtree|/s|"));
    }

    @Test
    void shouldTellASubtreeAsItWasAndOnlyAsFastAsTheClientTakesIt()
    {
        for (int i = 0; i < 100; i++)
        {
            dom0.ok("WRITE", "/s/n" + i + "|" + "v".repeat(4000));
        }

        final TestClient other = fixture.socket();
        other.say("CONTROL", "subtree|/s|");
        fixture.turns.runLater();
        assertTrue(other.connection().output().replyLength() < XsConnection.REPLY_LENGTH_MAX + XsWire.MESSAGE_MAX);
        dom0.ok("RM", "/s|");
        other.say("READ", "/tool|");
        final List<String> parts = new ArrayList<>(other.receive());
        assertTrue(parts.size() < 20, () -> "parts at once: " + parts.size());

        while (!parts.getLast().isEmpty())
        {
            other.connection().process(fixture.store);
            fixture.turns.runLater();
            parts.addAll(other.receive());
        }

        assertEquals(100 + 1, parts.size());                     // and the answer to READ
        assertEquals("E1 n99|n0|4000|" + "v".repeat(4000), parts.get(99));
    }

    private List<String> subtree(final String path)
    {
        dom0.say("CONTROL", "subtree|" + path + '|');
        fixture.turns.runLater();
        return dom0.receive();
    }

    @Test
    void shouldCountWhatWasRefusedInConflictMergedAndDropped()
    {
        dom0.ok("SET_QUOTA", "5|watches|1|");
        guest.watch("a", "t".repeat(4000));
        assertEquals("ENOSPC", guest.ask("WATCH", "b|t|"));
        guest.ok("WRITE", "a/" + "n".repeat(100) + '|');
        dom0.ok("WRITE", "/local/domain/5/a|");
        dom0.ok("WRITE", "/local/domain/5/a|");
        final int txId = guest.begin();
        guest.ask(txId, "READ", "a|");
        guest.ok(txId, "WRITE", "b|");
        guest.ok("WRITE", "a|other");
        assertEquals("EAGAIN", guest.commit(txId));

        assertEquals(1, count("5", "conflicts"));
        assertEquals(1, count("5", "events-merged"));
        assertEquals(1, count("5", "events-dropped"));
        assertEquals(1, count("5", "refused-watches"));
        assertEquals(1, count("", "refused"));
        assertEquals(0, count("6", "conflicts"));
        assertTrue(fixture.logged.toString().contains("conflicts: domid=5, path=/local/domain/5/a, times=1"));
        assertTrue(fixture.logged.toString().contains("events-dropped: domid=5"));
        assertEquals("EINVAL", dom0.ask("CONTROL", "counters|x|"));
    }

    @Test
    void shouldFindAndRemoveWhatDomainsThatAreGoneHaveLeft()
    {
        dom0.ok("WRITE", "/local/domain/0/backend/vbd/5/51712/state|6");
        dom0.ok("WRITE", "/local/domain/0/backend/vbd/7/51712/state|6");
        dom0.ok("WRITE", "/local/domain/7/name|gone");
        dom0.ok("WRITE", "/libxl/7/type|pvh");
        dom0.ok("WRITE", "/libxl/5/type|pvh");
        dom0.ok("WRITE", "/local/domain/0/name|Domain-0");
        dom0.watch("/local/domain/7", "t");
        final String expected = "/libxl/7\n/local/domain/0/backend/vbd/7\n/local/domain/7\n|";
        assertEquals(expected, sorted(dom0.ask("CONTROL", "leftovers|")));
        assertEquals("gone", dom0.ask("READ", "/local/domain/7/name|"));

        assertEquals(expected, sorted(dom0.ask("CONTROL", "leftovers|remove|")));
        assertEquals(List.of("/local/domain/7|t|"), dom0.messages().stream()
            .filter(message -> message.startsWith("WATCH_EVENT")).skip(1)
            .map(message -> message.substring("WATCH_EVENT ".length())).toList());
        assertEquals("|", dom0.ask("CONTROL", "leftovers|"));
        assertEquals("6", dom0.ask("READ", "/local/domain/0/backend/vbd/5/51712/state|"));
        assertEquals("pvh", dom0.ask("READ", "/libxl/5/type|"));
        assertEquals("EINVAL", dom0.ask("CONTROL", "leftovers|all|"));
    }

    @Test
    void shouldReportItsMemoryInOneMessage()
    {
        for (int domid = 10; domid < 200; domid++)
        {
            fixture.guestAtHome(domid);
        }

        final String report = dom0.ask("CONTROL", "memreport|");
        assertTrue(report.length() <= 4096 && report.contains("domain 10: nodes=1"), report);
        assertTrue(report.lines().anyMatch(line -> line.startsWith("heap-used-kb")), report);
    }

    private long count(final String domid, final String name)
    {
        return dom0.ask("CONTROL", "counters|" + (domid.isEmpty() ? "" : domid + '|')).lines()
            .filter(line -> line.startsWith(name + ' '))
            .mapToLong(line -> Long.parseLong(line.substring(line.indexOf(':') + 1).strip())).findFirst().orElse(-1);
    }

    private static String sorted(final String text)
    {
        return String.join("\n", text.substring(0, text.length() - 1).lines().sorted().toList()) + "\n|";
    }
}
