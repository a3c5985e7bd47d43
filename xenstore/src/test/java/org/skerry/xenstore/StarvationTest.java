package org.skerry.xenstore;

import java.util.List;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertEquals;

class StarvationTest
{
    private static final int WRITE = 11;

    private final TestStore fixture = new TestStore();
    private final TestClient dom0 = fixture.socket();
    private TestClient guest;
    private TestClient other;

    @BeforeEach
    void introduce()
    {
        guest = fixture.guestAtHome(5);
        other = fixture.guestAtHome(6);
        dom0.ok("WRITE", "/shared|");
        dom0.ok("SET_PERMS", "/shared|b0|");
    }

    @Test
    void shouldLetThroughWhoConflictedTooOftenAndServeTheOthersAfterwards()
    {
        starve(guest, other);
        final int txId = read(guest);
        other.send(0, WRITE, TestClient.bytes("/shared|theirs"));
        assertEquals(List.of(), other.receive());
        assertEquals("", dom0.ask("DIRECTORY", "/shared|"));

        assertEquals("OK|", guest.commit(txId));
        resume(other);
        assertEquals("theirs", dom0.ask("READ", "/shared|"));
        assertEquals(1, fixture.store.starvation().passageCount());
        assertEquals(0, guest.connection().conflictsInARow());
    }

    @Test
    void shouldHoldUpOthersForAWhileOnly()
    {
        starve(guest, other);
        read(guest);
        other.send(0, WRITE, TestClient.bytes("/shared|theirs"));
        fixture.turns.advance(Starvation.PASSAGE_NS - 1);
        other.connection().process(fixture.store);
        assertEquals(List.of(), other.receive());

        fixture.turns.advance(1);
        resume(other);
    }

    @Test
    void shouldLetAGuestThroughATenthOfTheTimeAtMost()
    {
        starve(guest, other);
        read(guest);
        fixture.turns.advance(Starvation.PASSAGE_NS);
        read(guest);
        other.ok("WRITE", "/shared|1");
        fixture.turns.advance(9 * Starvation.PASSAGE_NS);
        read(guest);
        other.send(0, WRITE, TestClient.bytes("/shared|2"));

        assertEquals(List.of(), other.receive());
        assertEquals(2, fixture.store.starvation().passageCount());
    }

    @Test
    void shouldHoldUpThePrivilegedForThePrivilegedOnly()
    {
        starve(guest, other);
        read(guest);
        dom0.ok("WRITE", "/shared|1");
        fixture.turns.advance(10 * Starvation.PASSAGE_NS);

        starve(dom0, other);
        read(dom0);
        final TestClient toolstack = fixture.socket();
        toolstack.send(0, WRITE, TestClient.bytes("/shared|2"));
        assertEquals(List.of(), toolstack.receive());
    }

    @Test
    void shouldHoldUpNobodyForAClientThatIsGone()
    {
        starve(guest, other);
        read(guest);
        fixture.store.disconnected(guest.connection());

        other.ok("WRITE", "/shared|1");
    }

    @Test
    void shouldLetOthersReadAndWorkInTransactionsMeanwhile()
    {
        final int theirs = other.begin();
        starve(guest, other);
        final int txId = read(guest);
        other.ok(theirs, "WRITE", "mine|1");
        other.ask("READ", "/shared|");
        other.watch("/shared", "t");
        other.send(theirs, 7, TestClient.bytes("T|"));
        assertEquals(List.of(), other.receive());
        guest.ok(txId, "TRANSACTION_END", "F|");

        resume(other);
        assertEquals("1", other.ask("READ", "mine|"));
    }

    private void starve(final TestClient victim, final TestClient writer)
    {
        for (int i = 0; i < Starvation.PATIENCE; i++)
        {
            final int txId = read(victim);
            writer.ok("WRITE", "/shared|" + i + victim.connection().caller().domid());
            assertEquals("EAGAIN", victim.commit(txId));
        }
    }

    private static int read(final TestClient client)
    {
        final int txId = client.begin();
        client.ask(txId, "READ", "/shared|");
        client.ok(txId, "WRITE", "result|1");
        return txId;
    }

    private void resume(final TestClient client)
    {
        client.connection().process(fixture.store);
        assertEquals(List.of("OK|"), client.receive());
    }
}
