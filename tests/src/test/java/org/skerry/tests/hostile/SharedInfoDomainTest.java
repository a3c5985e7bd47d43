package org.skerry.tests.hostile;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.skerry.wire.Domid;
import org.skerry.wire.Errno;
import org.skerry.wire.Hypercalls;
import org.skerry.wire.Virq;
import org.skerry.wire.hypercall.ChannelBoundDecoder;
import org.skerry.wire.hypercall.EvtchnSendEncoder;
import org.skerry.wire.hypercall.EvtchnUnmaskEncoder;
import org.skerry.wire.hypercall.SetSingleshotTimerEncoder;
import org.skerry.wire.linux.Eventfd;
import org.skerry.wire.linux.Poll;
import org.skerry.wire.linux.SysMman;
import org.skerry.wire.linux.Unistd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** A domain with a page of pending and mask bits, as a Linux guest has; honest first, then not. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class SharedInfoDomainTest
{
    private static final int FRAME = 20;
    private static final int PENDING = FRAME * Hypercalls.PAGE_SIZE + 2048;
    private static final int MASK = FRAME * Hypercalls.PAGE_SIZE + 2560;
    private static final int UPCALL_PENDING = FRAME * Hypercalls.PAGE_SIZE;
    private static final int PENDING_SEL = UPCALL_PENDING + 8;
    private static final int PATIENCE_MS = 10_000;

    private final TestHost host = new TestHost();
    private final RawDomain domain = host.newRawDomain();
    private final RawDomain other = host.newRawDomain();
    private final UnsafeBuffer memory = domain.memory();
    private final UnsafeBuffer pollfd = new UnsafeBuffer(
        SysMman.mmap(0, 4096, SysMman.PROT_READ | SysMman.PROT_WRITE,
            SysMman.MAP_PRIVATE | SysMman.MAP_ANONYMOUS, -1, 0), 4096);
    private int upcall = -1;

    @AfterEach
    void shouldStillServeTheOthers()
    {
        assertTrue(other.allocUnbound(Domid.DOMID_SELF, 0) > 0);
        Unistd.close(upcall);
        domain.close();
        other.close();
        host.close();
    }

    @Test
    void shouldMakeAnUpcallOfAPeersEvent()
    {
        register();
        final long port = domain.allocUnbound(Domid.DOMID_SELF, other.domid());
        final long remote = other.bindInterdomain(domain.domid(), port);
        assertEquals(1L << port, take(), "a channel rings once when it is bound");

        assertEquals(0, other.onPort(EvtchnSendEncoder.TEMPLATE_ID, remote));

        assertEquals(1L << port, take());
    }

    @Test
    void shouldMakeUpcallsOfWhatWasBoundBefore()
    {
        final long port = domain.allocUnbound(Domid.DOMID_SELF, other.domid());
        other.bindInterdomain(domain.domid(), port);
        final long ipi = port(domain.bindIpi(0));
        final long timer = port(domain.bindVirq(Virq.TIMER, 0));
        register();
        assertEquals(1L << port, take());

        domain.onPort(EvtchnSendEncoder.TEMPLATE_ID, ipi);
        assertEquals(1L << ipi, take());
        domain.hypercall(offset -> new SetSingleshotTimerEncoder().wrap(domain.ringPage(), offset)
            .op(SetSingleshotTimerEncoder.TEMPLATE_ID).vcpu(0)
            .deadlineNs(System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(20)));
        assertEquals(1L << timer, take());
    }

    @Test
    void shouldHoldBackWhatIsMaskedUntilItIsUnmasked()
    {
        register();
        final long ipi = port(domain.bindIpi(0));
        memory.putLongVolatile(MASK, 1L << ipi);

        domain.onPort(EvtchnSendEncoder.TEMPLATE_ID, ipi);
        while (memory.getLongVolatile(PENDING) == 0)
        {
            Thread.onSpinWait();
        }
        assertEquals(0, domain.onPort(EvtchnUnmaskEncoder.TEMPLATE_ID, 99) + Errno.EINVAL.number());
        assertEquals(0, Eventfd.drain(upcall));
        assertEquals(0, domain.onPort(EvtchnUnmaskEncoder.TEMPLATE_ID, ipi));

        assertEquals(0, memory.getLongVolatile(MASK));
        assertEquals(1L << ipi, take());
    }

    @Test
    void shouldKeepEventsForADomainThatIsPaused()
    {
        register();
        final long port = domain.allocUnbound(Domid.DOMID_SELF, other.domid());
        final long remote = other.bindInterdomain(domain.domid(), port);
        take();
        assertEquals(0, host.pause(domain.domid()));

        other.onPort(EvtchnSendEncoder.TEMPLATE_ID, remote);
        other.allocUnbound(Domid.DOMID_SELF, 0);
        assertEquals(0, memory.getLongVolatile(PENDING));

        assertEquals(0, host.unpause(domain.domid()));
        assertEquals(1L << port, take());
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 3, 64, 0x7FFF_FFFFL, 0x8000_0000L, 0xFFFF_FFFFL})
    void shouldRefuseAFrameThatIsSpokenForOrNone(final long frame)
    {
        assertEquals(Errno.EINVAL.negative(), domain.registerSharedInfo(frame).result());
        assertEquals(Errno.EINVAL.negative(), domain.onPort(EvtchnUnmaskEncoder.TEMPLATE_ID,
            domain.allocUnbound(Domid.DOMID_SELF, 0)));
    }

    @Test
    void shouldRefuseAFrameThatOthersSeeAndLetItBeSeenByNobodyAfterwards()
    {
        assertEquals(0, domain.moveToWindow(FRAME, 1, other.domid()));
        assertEquals(Errno.EBUSY.negative(), domain.registerSharedInfo(FRAME).result());
        assertEquals(0, domain.moveFromWindow(FRAME, 1));
        register();

        assertEquals(Errno.EINVAL.negative(), domain.moveToWindow(FRAME, 1, other.domid()));
        assertEquals(Errno.EINVAL.negative(), domain.moveToWindow(FRAME - 3, 10, other.domid()));
        assertEquals(0, domain.moveToWindow(FRAME - 1, 1, other.domid()));
        assertEquals(Errno.EEXIST.negative(), domain.registerSharedInfo(FRAME + 1).result());
    }

    @Test
    @Tag("SEC-041")
    void shouldServeOthersWhateverTheOwnerWritesAndHoweverOftenItIsRung()
    {
        register();
        final int ipi = domain.bindIpi(0).fds()[0];
        final AtomicBoolean isOver = new AtomicBoolean();
        final Thread spoiler = Thread.ofPlatform().daemon().start(() ->
        {
            while (!isOver.get())
            {
                memory.setMemory(FRAME * Hypercalls.PAGE_SIZE, Hypercalls.PAGE_SIZE, (byte)0xFF);
                Eventfd.signal(ipi);
                memory.setMemory(FRAME * Hypercalls.PAGE_SIZE, Hypercalls.PAGE_SIZE, (byte)0);
                Eventfd.signal(ipi);
            }
        });
        for (int i = 0; i < 500; i++)
        {
            assertEquals(0, other.closePort(other.allocUnbound(Domid.DOMID_SELF, 0)));
        }
        isOver.set(true);
        join(spoiler);
        Unistd.close(ipi);
    }

    @Test
    void shouldLeaveNothingOpenWhenTheDomainDies()
    {
        final int before = TestHost.openFiles();
        final RawDomain third = host.newRawDomain();
        third.registerSharedInfo(FRAME).close();
        third.bindIpi(0).close();
        third.bindVirq(Virq.TIMER, 0).close();
        third.bindInterdomain(domain.domid(), domain.allocUnbound(Domid.DOMID_SELF, third.domid()));
        final int domid = third.domid();

        third.close();

        assertEquals(domid, host.awaitExit()[0]);
        assertEquals(0, host.destroy(domid));
        domain.awaitEvent(ChannelBoundDecoder.TEMPLATE_ID).close();
        assertEquals(before, TestHost.openFiles());
    }

    private void register()
    {
        final RawDomain.Message answer = domain.registerSharedInfo(FRAME);
        assertEquals(0, answer.result());
        upcall = answer.fds()[0];
    }

    /** What a guest does on an upcall; answers the first word of pending bits. */
    private long take()
    {
        Poll.set(pollfd.addressOffset(), 0, upcall, Poll.POLLIN);
        assertEquals(1, Poll.poll(pollfd.addressOffset(), 1, PATIENCE_MS), "no upcall");
        Eventfd.drain(upcall);
        assertEquals(1, memory.getByteVolatile(UPCALL_PENDING));
        memory.putByteVolatile(UPCALL_PENDING, (byte)0);
        assertEquals(1, memory.getAndSetLong(PENDING_SEL, 0));

        return memory.getAndSetLong(PENDING, 0);
    }

    private static long port(final RawDomain.Message answer)
    {
        try (answer)
        {
            return answer.result();
        }
    }

    private static void join(final Thread thread)
    {
        try
        {
            thread.join();
        }
        catch (final InterruptedException e)
        {
            throw new AssertionError(e);
        }
    }
}
