package org.skerry.kernel.domain;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.skerry.kernel.OpenFiles;
import org.skerry.kernel.grant.GrantTable;
import org.skerry.kernel.memory.MemoryLedger;
import org.skerry.wire.linux.SysSocket;
import org.skerry.wire.linux.Unistd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

class KernelDomainTest
{
    private static final KernelDomain.Details DETAILS = new KernelDomain.Details("name", "", 16, 16, 1, 1, 8, 1);
    private static final int GRANTER = 4;
    private static final int GRANTEE = 5;
    private static final int REF = 8;
    private static final int FRAME = 7;
    private static final int MAPPINGS = 10;

    private final int openBefore = OpenFiles.count();
    private final MemoryLedger ledger = new MemoryLedger(64);
    private final KernelDomain granter = KernelDomain.create(GRANTER, DETAILS, connection(), ledger);
    private final KernelDomain grantee = KernelDomain.create(GRANTEE, DETAILS, connection(), ledger);
    private final GrantTable granted = granter.grantTable();

    @BeforeEach
    void grant()
    {
        granted.seed(REF, GRANTEE, FRAME);
    }

    @AfterEach
    void shouldLeaveNothingOpen()
    {
        grantee.close();
        assertFalse(granted.isPinned(FRAME));
        granter.close();
        assertEquals(openBefore, OpenFiles.count());
    }

    @Test
    void shouldLetGoInPartsOfWhatWasMappedBeforeItsRestart()
    {
        map(MAPPINGS);
        assertTrue(grantee.restart(connection()));
        map(1);

        assertEquals(1, grantee.mapTrack().mappedCount(), "the next process begins anew");
        assertFalse(grantee.releaseSome(MAPPINGS - 1));
        assertEquals(2, granted.writers(REF));
        assertTrue(grantee.releaseSome(MAPPINGS));
        assertEquals(1, granted.writers(REF), "what lives is not let go of");
        assertTrue(grantee.releaseSome(MAPPINGS));
        assertEquals(1, granted.writers(REF));
    }

    @Test
    void shouldLetGoOfAllThatAllItsProcessesMappedWhenTheLastIsGone()
    {
        for (int i = 0; i < 3; i++)
        {
            map(MAPPINGS);
            assertTrue(grantee.restart(connection()));
        }
        map(MAPPINGS);
        grantee.abandon();

        for (int left = 3 * MAPPINGS; left > 0; left -= MAPPINGS)
        {
            assertFalse(grantee.releaseSome(MAPPINGS));
            assertEquals(left, granted.writers(REF));
        }
        assertTrue(grantee.releaseSome(MAPPINGS));
        assertFalse(granted.isPinned(FRAME));
    }

    private void map(final int count)
    {
        for (int i = 0; i < count; i++)
        {
            assertEquals(FRAME, granted.pin(REF, GRANTEE, false));
            grantee.mapTrack().add(granted, REF, false);
        }
    }

    private static Connection connection()
    {
        final long pair = SysSocket.socketpair(SysSocket.AF_UNIX, SysSocket.SOCK_SEQPACKET);
        Unistd.close(SysSocket.second(pair));
        return new Connection(SysSocket.first(pair));
    }
}
