package org.skerry.tests.system;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.skerry.kernel.domain.Allowance;
import org.skerry.tests.hostile.RawDomain;
import org.skerry.tests.hostile.TestHost;
import org.skerry.wire.Domid;
import org.skerry.wire.Errno;
import org.skerry.wire.hypercall.EvtchnSendEncoder;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

/** A domain that asks for too much in a short while is not heard for a moment; others are, and nothing is lost. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class AllowanceSystemTest
{
    private static final long MESSAGES = Allowance.SAVINGS_NS / Allowance.MESSAGE_NS;

    private final AtomicLong nowNs = new AtomicLong(1);
    private final TestHost host = new TestHost(1, nowNs::get);
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

        nowNs.addAndGet(Allowance.MESSAGE_NS);
        assertEquals(Errno.ENOENT.negative(), next.get(10, TimeUnit.SECONDS));
        final CompletableFuture<Long> afterThat = CompletableFuture.supplyAsync(() -> bindIpi(domain));
        assertThrows(TimeoutException.class, () -> afterThat.get(100, TimeUnit.MILLISECONDS));
        nowNs.addAndGet(Allowance.MESSAGE_NS);
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
