package org.skerry.tests.sim;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.function.Consumer;
import java.util.function.Predicate;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.skerry.kernel.domain.KernelDomain;
import org.skerry.toolstack.device.DeviceNodes;
import org.skerry.wire.GrantFlags;
import org.skerry.wire.hypercall.ChannelClosedDecoder;
import org.skerry.wire.hypercall.MessageHeaderDecoder;
import org.skerry.wire.linux.Eventfd;
import org.skerry.wire.linux.SysSocket;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** The simulation notices what it is there to notice. */
class LawsSim
{
    private static final int IN_USE = GrantFlags.GTF_READING | GrantFlags.GTF_WRITING;
    private static final int STEPS = 600;
    private static final int QUIET_STEPS = 4_000;
    private static final int UNTOLD_STEPS = 500;
    private static final int DESTROYED = 900;
    private static final int TEMPLATE_ID_OFFSET = 2;

    @TempDir
    Path directory;

    private long countdown = QUIET_STEPS;
    private boolean isDone;

    @Test
    void shouldNoticeAGrantThatIsNeverLetGo() throws IOException
    {
        assertNoticed("users of grant", machine -> once(machine, domain ->
        {
            for (int ref = 8; ref < domain.grantTable().entryCount(); ref++)
            {
                if (domain.grantTable().pin(ref, domain.grantTable().word(ref) >>> Short.SIZE, true) > 0)
                {
                    return true;
                }
            }
            return false;
        }));
    }

    @Test
    void shouldNoticeAStatusBitThatIsLeftBehind() throws IOException
    {
        assertNoticed("status bits", machine -> once(machine, domain ->
        {
            for (int ref = 8; ref < domain.grantTable().entryCount(); ref++)
            {
                if (domain.grantTable().writers(ref) > 0)
                {
                    final long offset = KernelDomain.GRANT_TABLE_FRAME * 4096L + ref * GrantFlags.ENTRY_LENGTH;
                    domain.memory().file().segment().set(JAVA_INT, offset, domain.grantTable().word(ref) & ~IN_USE);
                    return true;
                }
            }
            return false;
        }));
    }

    @Test
    void shouldNoticeMemoryThatNobodyHas() throws IOException
    {
        assertNoticed("frames promised", machine -> once(machine, domain -> machine.hypervisor().ledger().claim(1)));
    }

    @Test
    void shouldNoticeFramesThatMoveWhileTheyAreMapped() throws IOException
    {
        assertNoticed("not in its window", machine -> once(machine, domain ->
        {
            for (int frame = 0; frame < domain.memory().length(); frame++)
            {
                if (domain.grantTable().isPinned(frame))
                {
                    domain.memory().moveFromWindow(frame, 1);
                    return true;
                }
            }
            return false;
        }));
    }

    @Test
    void shouldNoticeALostBell() throws IOException
    {
        assertNoticed("", machine -> machine.onStep(() ->
        {
            for (final KernelDomain domain : machine.hypervisor().domains().all())
            {
                for (int port = 2; port < 5 && countdown-- < 0 && machine.random().nextInt(4) == 0; port++)
                {
                    Eventfd.drain(domain.ports().bell(port));
                }
            }
        }));
    }

    @Test
    void shouldNoticeAWindowForADomainThatIsNoMore() throws IOException
    {
        assertNoticed("a window for nobody", machine -> once(machine, domain ->
            domain.memory().moveToWindow(domain.memory().length() - 1, 1, DESTROYED, false) == 0));
    }

    @Test
    void shouldNoticeThatTheEndOfAPeerIsNotTold() throws IOException
    {
        assertNoticed("was not told that its backend is gone", machine -> machine.onStep(() ->
        {
            for (final Actor actor : machine.actors())
            {
                if (actor instanceof final Guest guest && guest.isBooted())
                {
                    isDone |= guest.disk().isConnected();
                    dropChannelClosed(guest.domain().connection().fd());
                }
            }
            for (final Actor actor : machine.actors())
            {
                if (isDone && actor instanceof final DriverActor driver && driver.kind().equals(DeviceNodes.VBD))
                {
                    driver.kill();
                    machine.dom0().sleep(UNTOLD_STEPS);     // nobody else says so either
                }
            }
        }));
    }

    private static void dropChannelClosed(final int fd)
    {
        try (Arena arena = Arena.ofConfined())
        {
            final MemorySegment header = arena.allocate(MessageHeaderDecoder.ENCODED_LENGTH);
            final long length = SysSocket.recv(
                fd, header.address(), header.byteSize(), SysSocket.MSG_PEEK | SysSocket.MSG_DONTWAIT);
            if (length == header.byteSize() && header.get(JAVA_SHORT, TEMPLATE_ID_OFFSET) ==
                ChannelClosedDecoder.TEMPLATE_ID)
            {
                SysSocket.recv(fd, header.address(), header.byteSize(), SysSocket.MSG_DONTWAIT);
            }
        }
    }

    /** Do something wrong with one honest domain, once it is possible. */
    private void once(final Machine machine, final Predicate<KernelDomain> trouble)
    {
        machine.onStep(() ->
        {
            for (final KernelDomain domain : machine.hypervisor().domains().all())
            {
                if (countdown-- < 0 && !isDone && machine.isHonest(domain.domid()))
                {
                    isDone = trouble.test(domain);
                }
            }
        });
    }

    private void assertNoticed(final String what, final Consumer<Machine> trouble) throws IOException
    {
        try (Machine machine = new Machine(1, directory))
        {
            trouble.accept(machine);
            final AssertionError noticed = assertThrows(AssertionError.class, () -> machine.run(STEPS));
            assertTrue(noticed.getMessage().contains(what), noticed::toString);
        }
    }
}
