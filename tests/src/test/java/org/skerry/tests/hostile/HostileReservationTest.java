package org.skerry.tests.hostile;

import java.util.concurrent.TimeUnit;

import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.skerry.wire.Hypercalls;
import org.skerry.wire.hypercall.DecreaseReservationEncoder;
import org.skerry.wire.hypercall.MoveFromWindowEncoder;
import org.skerry.wire.hypercall.PopulatePhysmapEncoder;

import static org.junit.jupiter.api.Assertions.assertEquals;

/** Memory that comes and goes: nobody sees what was another's, and the books balance. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class HostileReservationTest
{
    private static final int FRAMES = 64;
    private static final int MAX_FRAMES = 256;
    private static final int TURNS = 500;

    private final TestHost host = new TestHost();
    private final Bystanders bystanders = new Bystanders(host);

    @AfterEach
    void shouldHaveTouchedNobodyElse()
    {
        bystanders.check("after the test");
        bystanders.checkBooks("after the test");
        bystanders.close();
        host.close();
    }

    @Test
    @Tag("SEC-006")
    void shouldBeginWithNothingOfADomainThatIsGone()
    {
        final RawDomain first = host.newRawDomain();
        final int from = RawDomain.FIRST_FREE_FRAME * Hypercalls.PAGE_SIZE;
        final int length = FRAMES * Hypercalls.PAGE_SIZE - from;
        first.memory().setMemory(from, length, (byte)'s');
        end(first);

        final RawDomain next = host.newRawDomain();
        assertEquals(0, populated(next.memory(), from, length), "bytes that are not zero");
        end(next);
    }

    @Test
    @Tag("SEC-020")
    void shouldNeitherGainNorLoseAFrameHoweverOftenTheyComeAndGo()
    {
        final RawDomain domain = host.newGrowingDomain("grows", FRAMES, MAX_FRAMES, 0).attach();
        final long free = host.freeFrames();
        for (int i = 0; i < TURNS; i++)
        {
            assertEquals(10, onFrames(domain, PopulatePhysmapEncoder.TEMPLATE_ID, 100, 10));
            assertEquals(0, onFrames(domain, PopulatePhysmapEncoder.TEMPLATE_ID, 100, 10), "they are there");
            assertEquals(0, domain.moveToWindow(102, 3, 0));
            assertEquals(2, onFrames(domain, DecreaseReservationEncoder.TEMPLATE_ID, 100, 10), "to the window");
            assertEquals(0, onFrames(domain, MoveFromWindowEncoder.TEMPLATE_ID, 102, 3));
            assertEquals(8, onFrames(domain, DecreaseReservationEncoder.TEMPLATE_ID, 102, 10));
            assertEquals(0, onFrames(domain, DecreaseReservationEncoder.TEMPLATE_ID, 102, 10), "they are gone");
        }
        assertEquals(free, host.freeFrames());
        assertEquals(FRAMES, host.info(domain.domid()).frameCount());
        end(domain);
    }

    private static long onFrames(final RawDomain domain, final int op, final long first, final long count)
    {
        return domain.hypercall(offset -> new PopulatePhysmapEncoder().wrap(domain.ringPage(), offset)
            .op(op).firstFrame(first).frameCount(count)).result();
    }

    private static int populated(final UnsafeBuffer memory, final int from, final int length)
    {
        int count = 0;
        for (int i = from; i < from + length; i++)
        {
            count += memory.getByte(i) == 0 ? 0 : 1;
        }

        return count;
    }

    private void end(final RawDomain domain)
    {
        assertEquals(0, host.destroy(domain.domid()));
        domain.close();
    }
}
