package org.skerry.tests.hostile;

import java.util.concurrent.TimeUnit;

import org.skerry.wire.Domid;
import org.skerry.wire.GrantStatus;
import org.skerry.wire.Hypercalls;
import org.skerry.wire.hypercall.ChannelBoundDecoder;
import org.skerry.wire.hypercall.DomainInfoDecoder;
import org.skerry.wire.hypercall.EvtchnSendEncoder;
import org.skerry.wire.hypercall.GnttabCopyEncoder;
import org.skerry.wire.linux.Eventfd;
import org.skerry.wire.linux.Unistd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Two domains that do nobody any harm, and what they have together: pages that are to stay as they are, a page that is
 * mapped, one that is copied, and a channel. Whatever another domain does, nothing of it may change or stop working.
 */
final class Bystanders implements AutoCloseable
{
    private static final int PERMIT_ACCESS = 1;
    private static final int IN_USE = 24;
    private static final int MAPPED_REF = 8;
    private static final int COPIED_REF = 9;
    private static final int CANARY = 20;
    private static final int CANARY_FRAMES = 40;
    private static final int MAPPED = 10;
    private static final int TARGET = 12;
    private static final long PATIENCE_NS = TimeUnit.SECONDS.toNanos(10);

    private final TestHost host;
    private final RawDomain left;
    private final RawDomain right;
    private final long handle;
    private final long leftPort;
    private final long rightPort;
    private final int leftBell;
    private final Books atFirst;

    Bystanders(final TestHost host)
    {
        this.host = host;
        left = host.newRawDomain();
        right = host.newRawDomain();
        for (final RawDomain domain : new RawDomain[]{left, right})
        {
            for (int i = 0; i < CANARY_FRAMES * Hypercalls.PAGE_SIZE; i += Integer.BYTES)
            {
                domain.memory().putInt(CANARY * Hypercalls.PAGE_SIZE + i, canary(domain, i));
            }
        }
        assertEquals(0, left.moveToWindow(MAPPED, 1, right.domid()));
        left.grant(MAPPED_REF, PERMIT_ACCESS, right.domid(), MAPPED);
        left.grant(COPIED_REF, PERMIT_ACCESS, right.domid(), CANARY);
        handle = right.map(left.domid(), MAPPED_REF, 0).value0();
        leftPort = left.allocUnbound(Domid.DOMID_SELF, right.domid());
        rightPort = right.bindInterdomain(left.domid(), leftPort);
        try (RawDomain.Message bound = left.awaitEvent(ChannelBoundDecoder.TEMPLATE_ID))
        {
            leftBell = Unistd.dup(bound.fds()[1]);
        }
        atFirst = books();
    }

    /** @return a domain that others may aim at. */
    RawDomain target()
    {
        return left;
    }

    /** Nothing of theirs has changed, and everything works. */
    void check(final String circumstances)
    {
        for (final RawDomain domain : new RawDomain[]{left, right})
        {
            for (int i = 0; i < CANARY_FRAMES * Hypercalls.PAGE_SIZE; i += Integer.BYTES)
            {
                if (domain.memory().getInt(CANARY * Hypercalls.PAGE_SIZE + i) != canary(domain, i))
                {
                    throw new AssertionError("a bystander's page has changed: " + circumstances);
                }
            }
        }
        assertEquals(PERMIT_ACCESS | IN_USE, left.grantFlags(MAPPED_REF), circumstances);
        assertEquals(PERMIT_ACCESS, left.grantFlags(COPIED_REF), circumstances);
        assertEquals(GrantStatus.OKAY, copy(), circumstances);
        assertEquals(canary(left, 0), right.memory().getInt(TARGET * Hypercalls.PAGE_SIZE), circumstances);
        Eventfd.drain(leftBell);
        assertEquals(0, right.onPort(EvtchnSendEncoder.TEMPLATE_ID, rightPort), circumstances);
        assertTrue(Eventfd.drain(leftBell) > 0, circumstances);
        assertEquals(atFirst.left(), holdings(left), circumstances);
        assertEquals(atFirst.right(), holdings(right), circumstances);
    }

    /** All books are as they were when only the bystanders were there; what is told in turns has its time. */
    void checkBooks(final String circumstances)
    {
        final long deadline = System.nanoTime() + PATIENCE_NS;
        Books now = books();
        while (!now.equals(atFirst) && System.nanoTime() < deadline)
        {
            now = books();
        }
        assertEquals(atFirst, now, circumstances);
    }

    @Override
    public void close()
    {
        assertEquals(GrantStatus.OKAY, right.unmap(handle));
        assertEquals(0, right.closePort(rightPort));
        assertEquals(0, left.closePort(leftPort));
        assertEquals(0, left.moveFromWindow(MAPPED, 1));
        Unistd.close(leftBell);
        left.close();
        right.close();
    }

    private long copy()
    {
        return right.hypercall(offset -> new GnttabCopyEncoder().wrap(right.ringPage(), offset)
            .op(GnttabCopyEncoder.TEMPLATE_ID).flags(Hypercalls.GNTCOPY_SOURCE_GREF).sourceRefOrFrame(COPIED_REF)
            .sourceDomid(left.domid()).destRefOrFrame(TARGET).destDomid(Domid.DOMID_SELF).length(64)).result();
    }

    private Books books()
    {
        return new Books(host.freeFrames(), TestHost.openFiles(), holdings(left), holdings(right));
    }

    private Holdings holdings(final RawDomain domain)
    {
        final DomainInfoDecoder info = host.info(domain.domid());
        assertEquals(domain.domid(), info.domid());
        return new Holdings(
            info.frameCount(), info.mappedGrants(), info.activeGrants(), info.boundPorts(), info.shutdownReason());
    }

    private static int canary(final RawDomain domain, final int at)
    {
        return domain.domid() * 0x9E37_79B9 + at;
    }

    private record Holdings(long frames, long mappedGrants, long activeGrants, long boundPorts, int shutdownReason)
    {
    }

    private record Books(long freeFrames, int openFiles, Holdings left, Holdings right)
    {
    }
}
