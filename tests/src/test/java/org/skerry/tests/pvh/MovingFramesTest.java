package org.skerry.tests.pvh;

import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.skerry.guest.Domain;
import org.skerry.guest.grant.GrantException;
import org.skerry.guest.grant.GrantMapping;
import org.skerry.pvh.KvmException;
import org.skerry.tests.hostile.RawSyscall;
import org.skerry.tests.hostile.TestHost;
import org.skerry.wire.GrantRef;
import org.skerry.wire.GrantStatus;
import org.skerry.wire.ShutdownReason;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.skerry.tests.pvh.GuestCode.DATA;

/** Frames of a guest move into a grantee's window and home while both its vCPUs write them. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class MovingFramesTest
{
    private static final int MOVES = 100;
    private static final int FRAME = 0x16_0000;
    private static final int WORD_OF_0 = FRAME;
    private static final int WORD_OF_1 = FRAME + 2048;
    private static final int COUNT_OF_0 = DATA + 0x100;
    private static final int COUNT_OF_1 = DATA + 0x200;
    private static final int IS_OVER = DATA + 0x300;
    private static final int IS_1_DONE = DATA + 0x400;
    private static final int GRANT_REF = 9;
    private static final int SYS_MSEAL = 462;

    private final TestHost host = new TestHost(2);

    @AfterEach
    void close()
    {
        host.close();
    }

    @Test
    void shouldLoseNoWrite() throws KvmException, GrantException
    {
        final Domain backend = host.newDomain("backend", 64);
        try (TinyGuest guest = new TinyGuest(host, 2))
        {
            startWriting(guest, backend);
            int moved = 0;
            while (moved < MOVES)
            {
                final GrantMapping mapping = map(guest, backend);
                assertTrue(mapping.buffer().getIntVolatile(0) > 0, "the backend sees what the guest writes");
                mapping.close();
                guest.runUntil(() ->
                {
                    backend.loop().poll(0);
                    return guest.domain().frameMover().awayCount() == 0;
                });
                moved++;
            }
            guest.memory().putIntVolatile(IS_OVER, 1);

            assertEquals(ShutdownReason.POWEROFF, guest.runToEnd(), guest.why());
            assertEquals(guest.memory().getInt(COUNT_OF_0), guest.memory().getInt(WORD_OF_0), "writes of vCPU 0");
            assertEquals(guest.memory().getInt(COUNT_OF_1), guest.memory().getInt(WORD_OF_1), "writes of vCPU 1");
        }
    }

    @Test
    void shouldEndAGuestThatCannotBeShownItsFrame() throws KvmException
    {
        final Domain backend = host.newDomain("backend", 64);
        try (TinyGuest guest = new TinyGuest(host, 2))
        {
            startWriting(guest, backend);
            final long sealed = new RawSyscall().call(
                SYS_MSEAL, guest.memory().addressOffset() + FRAME, 1 << 12, 0, 0, 0, 0);
            assumeTrue(sealed == 0, () -> "SKIPPED, no mapping can be sealed here: " + sealed);
            assertEquals(GrantStatus.EAGAIN, assertThrows(GrantException.class,
                () -> backend.foreignGrants().map(guest.domain().domid(), new GrantRef(GRANT_REF), false)).status());

            assertEquals(ShutdownReason.CRASH, guest.runToEnd());
            assertTrue(guest.why().contains("moved, but cannot be mapped: frames=" + (FRAME >>> 12)), guest.why());
            final int count = guest.memory().getIntVolatile(COUNT_OF_0);
            guest.domain().loop().poll(10);
            assertEquals(count, guest.memory().getIntVolatile(COUNT_OF_0), "it goes on");
        }
    }

    /** Both vCPUs write, and the frame is granted to the backend. */
    private static void startWriting(final TinyGuest guest, final Domain backend) throws KvmException
    {
        guest.guest().serveGrants();
        guest.start(writers());
        guest.runUntil(() -> guest.memory().getIntVolatile(COUNT_OF_0) > 0 &&
            guest.memory().getIntVolatile(COUNT_OF_1) > 0);
        final int table = guest.domain().startInfo().grantTableFrame() << 12;
        guest.memory().putInt(table + GRANT_REF * 8 + 4, FRAME >>> 12);
        guest.memory().putIntRelease(table + GRANT_REF * 8, 1 | backend.domid().value() << 16);
    }

    private static GrantMapping map(final TinyGuest guest, final Domain backend) throws GrantException
    {
        final GrantMapping[] mapping = {null};
        guest.runUntil(() ->
        {
            backend.loop().poll(0);
            try
            {
                mapping[0] = backend.foreignGrants().map(guest.domain().domid(), new GrantRef(GRANT_REF), false);
                return true;
            }
            catch (final GrantException e)
            {
                assertEquals(GrantStatus.EAGAIN, e.status());
                return false;
            }
        });

        return mapping[0];
    }

    /** Each counts a word in the frame that moves, and one that does not, by plain increments. */
    private static GuestCode writers()
    {
        return new GuestCode()
            .enableLapic().startOther("other")
            .label("writes of 0").count(WORD_OF_0).count(COUNT_OF_0)
            .jumpUnless(IS_OVER, 1, "writes of 0")
            .awaitAt(IS_1_DONE, 1)
            .powerOff()
            .label("other")
            .label("writes of 1").count(WORD_OF_1).count(COUNT_OF_1)
            .jumpUnless(IS_OVER, 1, "writes of 1")
            .store(IS_1_DONE, 1)
            .label("end").bytes(0xF4).jump("end");
    }
}
