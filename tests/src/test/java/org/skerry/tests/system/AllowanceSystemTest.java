package org.skerry.tests.system;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.skerry.kernel.domain.Allowance;
import org.skerry.kernel.domain.WorkPrice;
import org.skerry.tests.hostile.RawDomain;
import org.skerry.tests.hostile.TestHost;
import org.skerry.wire.Domid;
import org.skerry.wire.Errno;
import org.skerry.wire.ShutdownReason;
import org.skerry.wire.hypercall.ConsoleIoWriteEncoder;
import org.skerry.wire.hypercall.EvtchnSendEncoder;
import org.skerry.wire.hypercall.SchedShutdownEncoder;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

/** A domain that asks for too much in a short while is not heard for a moment; others are, and nothing is lost. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class AllowanceSystemTest
{
    private static final long MESSAGES = Allowance.SAVINGS_NS / Allowance.MESSAGE_NS;

    private static final int WORK = 60;
    private static final long WORK_STEP_NS = 1_500;
    private static final int LONG = 300;

    private final AtomicLong nowNs = new AtomicLong(1);
    private final AtomicLong stepNs = new AtomicLong();
    private final TestHost host = new TestHost(1, () -> nowNs.addAndGet(stepNs.get()));
    private final RawDomain domain = host.newRawDomain();
    private final RawDomain other = host.newRawDomain();

    @AfterEach
    void close()
    {
        domain.close();
        other.close();
        host.close();
    }

    @Test
    void shouldNotReadMoreMessagesThanADomainHasSavedFor() throws Exception
    {
        for (int i = 1; i < MESSAGES; i++)                       // its first was to attach
        {
            assertEquals(Errno.ENOENT.negative(), bindIpi(domain));
        }

        final CompletableFuture<Long> next = CompletableFuture.supplyAsync(() -> bindIpi(domain));
        assertThrows(TimeoutException.class, () -> next.get(100, TimeUnit.MILLISECONDS));
        for (int i = 0; i < 2 * MESSAGES; i++)
        {
            assertEquals(0, host.info(domain.domid()).paused(), "Domain-0 is heard always");
        }
        assertEquals(Errno.ENOENT.negative(), bindIpi(other));

        nowNs.addAndGet(Allowance.ENOUGH_NS - 1);
        assertThrows(TimeoutException.class, () -> next.get(100, TimeUnit.MILLISECONDS));
        nowNs.addAndGet(1);
        assertEquals(Errno.ENOENT.negative(), next.get(10, TimeUnit.SECONDS));
        for (int i = 1; i < Allowance.ENOUGH_NS / Allowance.MESSAGE_NS; i++)
        {
            assertEquals(Errno.ENOENT.negative(), bindIpi(domain));
        }
        final CompletableFuture<Long> afterThat = CompletableFuture.supplyAsync(() -> bindIpi(domain));
        assertThrows(TimeoutException.class, () -> afterThat.get(100, TimeUnit.MILLISECONDS));
        nowNs.addAndGet(Allowance.ENOUGH_NS);
        assertEquals(Errno.ENOENT.negative(), afterThat.get(10, TimeUnit.SECONDS));
    }

    @Test
    void shouldServeAllHypercallsOfADomainThatHasToWait() throws Exception
    {
        final long port;
        try (RawDomain.Message bound = domain.bindIpi(0))
        {
            port = bound.result();
        }
        final int count = (int)(3 * Allowance.SAVINGS_NS / Allowance.SYSTEM_CALL_NS);
        final CompletableFuture<Integer> served = CompletableFuture.supplyAsync(() -> ring(port, count));
        assertThrows(TimeoutException.class, () -> served.get(200, TimeUnit.MILLISECONDS));
        assertEquals(1, other.allocUnbound(Domid.DOMID_SELF, 0));

        while (!served.isDone())
        {
            nowNs.addAndGet(Allowance.SAVINGS_NS / 10);
            assertEquals(0, host.info(domain.domid()).paused());
        }

        assertEquals(count, served.get());
    }

    @Test
    void shouldNotServeOneWhoAsksAgainAndAgainWhileAnotherAsks() throws Exception
    {
        stepNs.set(WORK_STEP_NS);
        final CompletableFuture<Void> asked = CompletableFuture.runAsync(() ->
        {
            for (int i = 0; i < LONG; i++)
            {
                work(domain);
                work(domain);
                assertEquals(0, other.querySize(Domid.DOMID_SELF).result());
            }
        });
        assertThrows(TimeoutException.class, () -> asked.get(1, TimeUnit.SECONDS));
        assertEquals(0, other.querySize(Domid.DOMID_SELF).result());

        stepNs.set(0);
        while (!asked.isDone())
        {
            nowNs.addAndGet(Allowance.ENOUGH_NS);
            assertEquals(0, host.info(domain.domid()).paused());
        }
        asked.get();
    }

    @Test
    @Timeout(30)
    void shouldServeOneWhoServesOthersHoweverOftenHeAsks()
    {
        try (RawDomain backend = host.newRawDomain(16, WorkPrice.SERVING_MAPTRACK_FRAMES))
        {
            stepNs.set(WORK_STEP_NS);
            for (int i = 0; i < LONG; i++)
            {
                work(backend);
                work(backend);
                assertEquals(0, other.querySize(Domid.DOMID_SELF).result());
            }
        }
    }

    @Test
    void shouldServeOneWhoAsksAlone()
    {
        stepNs.set(WORK_STEP_NS);
        for (int i = 0; i < 2 * LONG; i++)
        {
            work(domain);
        }
        for (int i = 0; i < LONG; i++)
        {
            work(domain);
            assertEquals(0, other.querySize(Domid.DOMID_SELF).result(), "both in turns");
        }
    }

    @Test
    void shouldTellWhyADomainEndsThatHasToWait()
    {
        for (int i = 1; i < MESSAGES; i++)
        {
            bindIpi(domain);
        }
        domain.submit(offset -> new SchedShutdownEncoder().wrap(domain.ringPage(), offset)
            .op(SchedShutdownEncoder.TEMPLATE_ID).reason(ShutdownReason.POWEROFF.code()));
        domain.close();

        final int[] exit = host.awaitExit();
        assertEquals(domain.domid(), exit[0]);
        assertEquals(ShutdownReason.POWEROFF.code(), exit[1]);
    }

    @Test
    void shouldTellOfTheEndOfADomainThatHasToWait()
    {
        for (int i = 1; i < MESSAGES; i++)
        {
            bindIpi(domain);
        }
        domain.close();

        assertEquals(domain.domid(), host.awaitExit()[0]);
        assertEquals(0, host.destroy(domain.domid()));
    }

    /** Each of them has the hypervisor look at its clock, which goes on then. */
    private static void work(final RawDomain from)
    {
        from.hypercalls(WORK, (index, offset) -> new ConsoleIoWriteEncoder().wrap(from.ringPage(), offset)
            .op(ConsoleIoWriteEncoder.TEMPLATE_ID).length(1));
    }

    private int ring(final long port, final int count)
    {
        int answers = 0;
        for (int i = 0; i < count; i++)
        {
            answers += domain.onPort(EvtchnSendEncoder.TEMPLATE_ID, port) == 0 ? 1 : 0;
        }

        return answers;
    }

    private static long bindIpi(final RawDomain from)
    {
        try (RawDomain.Message answer = from.bindIpi(1000))
        {
            return answer.result();
        }
    }
}
