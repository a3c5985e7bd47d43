package org.skerry.xenstore;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** The n-th works, the n+1-th fails. */
class QuotaTest
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
    void shouldAllowAThousandNodes()
    {
        for (int i = 0; i < 998; i++)
        {
            guest.ok("WRITE", "n" + i + '|');
        }
        assertEquals("ENOSPC", guest.ask("WRITE", "two/more|"));
        assertEquals("ENOENT", guest.ask("READ", "two|"));
        guest.ok("MKDIR", "last|");
        assertEquals("ENOSPC", guest.ask("MKDIR", "more|"));
        guest.ok("WRITE", "last|v");
        guest.ok("RM", "n0|");
        guest.ok("MKDIR", "more|");
        dom0.ok("WRITE", "/local/domain/5/by-dom0|");
        dom0.ok("CONTROL", "check|");
        assertEquals(2, fixture.store.log().refusalCount(5, Quota.NODES));
        assertTrue(fixture.logged.toString().contains("domid=5, quota=nodes, limit=1000, times=2"));
    }

    @Test
    void shouldAllow128Watches()
    {
        for (int i = 0; i < 128; i++)
        {
            guest.watch("n" + i, "t");
        }

        assertEquals("ENOSPC", guest.ask("WATCH", "more|t|"));
        guest.ok("UNWATCH", "n0|t|");
        guest.watch("more", "t");
    }

    @Test
    void shouldAllowTenTransactions()
    {
        int txId = 0;
        for (int i = 0; i < 10; i++)
        {
            txId = guest.begin();
        }

        assertEquals("ENOSPC", guest.ask("TRANSACTION_START", "|"));
        guest.ok(txId, "TRANSACTION_END", "F|");
        guest.begin();
    }

    @Test
    void shouldAllow1024NodesInATransaction()
    {
        final int txId = guest.begin();
        for (int i = 0; i < 1024; i++)
        {
            assertEquals("ENOENT", guest.ask(txId, "READ", "n" + i + '|'));
        }

        assertEquals("ENOENT", guest.ask(txId, "READ", "n5|"));
        assertEquals("ENOSPC", guest.ask(txId, "READ", "more|"));
        assertEquals("ENOMEM", guest.commit(txId));
    }

    @Test
    void shouldBoundTheLogOfATransaction()
    {
        final int txId = guest.begin();
        final String value = "v".repeat(2000);
        int count = 0;
        String reply = "OK|";
        while (reply.equals("OK|"))
        {
            reply = guest.ask(txId, "WRITE", (count++ % 2 == 0 ? "a|" : "b|") + value);
        }

        assertEquals("ENOMEM", reply);
        assertTrue(count > 1000 && count < 2000, "count=" + count);
        guest.ok("WRITE", "a|" + value);
    }

    @Test
    void shouldAllow2048BytesForANode()
    {
        guest.ok("WRITE", "n|" + "v".repeat(2048 - 16 - 8));
        assertEquals("ENOSPC", guest.ask("WRITE", "n|" + "v".repeat(2048 - 16 - 7)));
        assertEquals("ENOSPC", guest.ask("SET_PERMS", "n|n5|r0|"));
        assertEquals("ENOSPC", guest.ask("WRITE", "m|" + "v".repeat(2048 - 16 - 7)));
        dom0.ok("WRITE", "/local/domain/5/n|" + "v".repeat(4000));
    }

    @Test
    void shouldNotCountNamesOfChildrenInTheSizeOfANode()
    {
        for (int i = 0; i < 900; i++)
        {
            guest.ok("MKDIR", "one-directory/child" + i + '|');
        }
    }

    @Test
    void shouldAllowFivePermissions()
    {
        guest.ok("WRITE", "n|");
        guest.ok("SET_PERMS", "n|n5|r1|r2|r3|r4|");
        assertEquals("ENOSPC", guest.ask("SET_PERMS", "n|n5|r1|r2|r3|r4|r6|"));
        dom0.ok("SET_PERMS", "/local/domain/5/n|n5|r1|r2|r3|r4|r6|");
    }

    @Test
    void shouldAllowPathsOf2048Bytes()
    {
        guest.ok("WRITE", "p".repeat(2048) + '|');
        assertEquals("EINVAL", guest.ask("WRITE", "p".repeat(2049) + '|'));
        assertEquals("EINVAL", guest.ask("WATCH", "p".repeat(2049) + "|t|"));
        dom0.ok("WRITE", '/' + "p".repeat(3500) + '|');
    }

    @Test
    void shouldBoundTheMemoryOfAllNodesTogether()
    {
        dom0.ok("SET_QUOTA", "5|memory|10000|");
        dom0.ok("SET_QUOTA", "5|soft-memory|5000|");
        int count = 0;
        String reply = "OK|";
        while (reply.equals("OK|"))
        {
            reply = guest.ask("WRITE", "n" + count++ + '|' + "v".repeat(976));
        }

        assertEquals("ENOMEM", reply);
        assertEquals(10, count);
        guest.ok("WRITE", "n0|");
        guest.ok("WRITE", "n9|");
        assertTrue(fixture.store.log().refusalCount(5, Quota.SOFT_MEMORY) > 0);
    }

    @Test
    void shouldTakeZeroForNoLimitAndChangeTheLimitsOfOneDomainOnly()
    {
        dom0.ok("SET_QUOTA", "5|watches|0|");
        dom0.ok("SET_QUOTA", "watches|1|");
        for (int i = 0; i < 200; i++)
        {
            guest.watch("n" + i, "t");
        }

        final TestClient later = fixture.guestAtHome(6);
        later.watch("a", "t");
        assertEquals("ENOSPC", later.ask("WATCH", "b|t|"));
        assertEquals("0|", dom0.ask("GET_QUOTA", "5|watches|"));
        assertEquals("1|", dom0.ask("GET_QUOTA", "6|watches|"));
    }

    @Test
    void shouldNotLimitThePrivileged()
    {
        for (int i = 0; i < 1500; i++)
        {
            dom0.ok("WRITE", "/many/n" + i + '|');
        }
        for (int i = 0; i < 50; i++)
        {
            dom0.begin();
        }
    }

    @Test
    void shouldServeNoMoreRequestsThanTheGuestTakesReplies()
    {
        for (int i = 0; i < 50; i++)
        {
            guest.send(0, 2, TestClient.bytes("n|"));
        }

        assertEquals(20, guest.connection().output().replyCount());
        assertEquals(20, guest.receive().size());
        assertEquals(XsConnection.Progress.CLOGGED, guest.connection().process(fixture.store));
        assertEquals(20, guest.receive().size());
        assertEquals(XsConnection.Progress.IDLE, guest.connection().process(fixture.store));
        assertEquals(10, guest.receive().size());
    }
}
