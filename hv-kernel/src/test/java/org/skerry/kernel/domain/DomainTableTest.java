package org.skerry.kernel.domain;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.skerry.kernel.OpenFiles;
import org.skerry.kernel.memory.MemoryLedger;
import org.skerry.wire.Errno;
import org.skerry.wire.linux.SysSocket;
import org.skerry.wire.linux.Unistd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;

class DomainTableTest
{
    private final int openBefore = OpenFiles.count();
    private final DomainTable table = new DomainTable();

    @AfterEach
    void shouldLeaveNothingOpen()
    {
        table.all().forEach(KernelDomain::close);
        assertEquals(openBefore, OpenFiles.count());
    }

    @Test
    void shouldNumberUpwardsAndNotUseAgainANumberThatWasJustGivenBack()
    {
        assertEquals(1, add(table.choose(0)).domid());
        final KernelDomain second = add(table.choose(0));
        assertEquals(2, second.domid());

        table.remove(second);
        second.close();

        assertEquals(3, add(table.choose(0)).domid());
    }

    @Test
    void shouldBeginAgainBelowTheServicesWhenAllNumbersWereUsed()
    {
        final KernelDomain first = add(table.choose(0));
        for (int domid = 2; domid <= 32000; domid++)
        {
            assertEquals(domid, table.choose(0));
        }

        assertEquals(2, table.choose(0), "1 is still in use");
        assertSame(first, table.find(1));
    }

    @Test
    void shouldGiveTheNumberThatIsAskedForOnce()
    {
        assertEquals(32001, table.choose(32001));
        add(32001);

        assertEquals(Errno.EEXIST.negative(), table.choose(32001));
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 0x7FF0, 0x7FFF, 0xFFFF, Integer.MAX_VALUE, Integer.MIN_VALUE})
    void shouldRefuseAReservedNumber(final int domid)
    {
        assertEquals(Errno.EINVAL.negative(), table.choose(domid));
        assertNull(table.find(domid));
    }

    @Test
    void shouldListFromANumberOn()
    {
        add(5);
        add(3);

        assertEquals(3, table.firstFrom(0).domid());
        assertEquals(5, table.firstFrom(4).domid());
        assertNull(table.firstFrom(6));
    }

    private KernelDomain add(final int domid)
    {
        final long pair = SysSocket.socketpair(SysSocket.AF_UNIX, SysSocket.SOCK_SEQPACKET);
        Unistd.close(SysSocket.second(pair));
        final KernelDomain domain = KernelDomain.create(
            domid, new KernelDomain.Details("test", "", 8, 8, 1, 1, 10, 1),
            new Connection(SysSocket.first(pair)), new MemoryLedger(8));
        table.add(domain);

        return domain;
    }
}
