package org.skerry.tests.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.skerry.guest.Domain;
import org.skerry.guest.DomainMemory;
import org.skerry.guest.event.EventChannel;
import org.skerry.guest.grant.GrantException;
import org.skerry.guest.grant.GrantMapping;
import org.skerry.guest.grant.GrantPool;
import org.skerry.tests.hostile.RawDomain;
import org.skerry.tests.hostile.TestHost;
import org.skerry.wire.Domid;
import org.skerry.wire.Errno;
import org.skerry.wire.GrantRef;
import org.skerry.wire.linux.Eventfd;
import org.skerry.wire.linux.Fcntl;
import org.skerry.wire.linux.SysSocket;
import org.skerry.wire.linux.Unistd;

/** A domain whose process died is carried by another, and its peers have lost nothing but their bells. */
@Timeout(value = 30, unit = TimeUnit.SECONDS)
class RestartDomainSystemTest
{
    private static final int FRAMES = 256;
    private static final int BACK = 500;
    private static final int STORE_REF = 1;

    private final TestHost host = new TestHost();
    private final Domain front = host.newDomain("front", FRAMES);
    private final Domain back = TestHost.attach(host.newUnattachedDomain("back", FRAMES, BACK));

    @AfterEach
    void close()
    {
        host.close();
    }

    @Test
    void shouldShowTheNextProcessWhatWasGrantedToItsPredecessor() throws GrantException
    {
        final GrantPool pool = front.grantTable().allocatePool(back.domid(), 1);
        final GrantRef ref = pool.grantAccess(0, false);
        pool.buffer().putLong(0, 7);
        back.foreignGrants().map(front.domid(), ref, false);
        die(back);

        final Domain next = host.restarted(BACK);

        assertEquals(0, host.info(BACK).mappedGrants());
        try (GrantMapping mapping = next.foreignGrants().map(front.domid(), ref, false))
        {
            assertEquals(7, mapping.buffer().getLong(0));
            mapping.buffer().putLong(8, 9);
            assertEquals(9, pool.buffer().getLong(8));
            assertFalse(front.grantTable().endAccess(ref), "it is mapped again");
        }
        assertTrue(front.grantTable().endAccess(ref));
    }

    @Test
    void shouldShowTheNextProcessAReadOnlyWindowForReadingOnly() throws GrantException
    {
        final GrantPool pool = front.grantTable().allocateReadOnlyPool(back.domid(), 1);
        final GrantRef ref = pool.grantAccess(0, true);
        pool.buffer().putLong(0, 7);
        back.foreignGrants().map(front.domid(), ref, true);
        die(back);

        final Domain next = host.restarted(BACK);

        assertThrows(GrantException.class, () -> next.foreignGrants().map(front.domid(), ref, false));
        try (GrantMapping mapping = next.foreignGrants().map(front.domid(), ref, true))
        {
            assertEquals(7, mapping.buffer().getLong(0));
            pool.buffer().putLong(0, 8);
            assertEquals(8, mapping.buffer().getLong(0));
        }
        pool.close();
    }

    @Test
    void shouldTakeBackWhatItsNextProcessCouldNotWrite() throws GrantException
    {
        final GrantPool pool = back.grantTable().allocateReadOnlyPool(front.domid(), 1);
        pool.buffer().putLong(0, 3);
        final int frame = pool.firstFrame();
        final GrantMapping mapping = front.foreignGrants().map(back.domid(), pool.grantAccess(0, true), true);
        die(back);

        final Domain next = host.restarted(BACK);

        assertEquals(3, next.memory().buffer().getLong(frame * 4096), "its own memory is whole");
        assertEquals(0, mapping.buffer().getLong(0), "the grantee looks at nothing");
        mapping.close();
        assertEquals(0, host.info(BACK).activeGrants());
        final GrantPool another = next.grantTable().allocateReadOnlyPool(front.domid(), 1);
        another.buffer().putLong(0, 4);
        try (GrantMapping anew = front.foreignGrants().map(back.domid(), another.grantAccess(0, true), true))
        {
            assertEquals(4, anew.buffer().getLong(0));
        }
    }

    @Test
    void shouldLetTheNextProcessBindThePortThatItsPredecessorHadBound()
    {
        final EventChannel kept = front.eventChannels().allocUnbound(back.domid());
        back.eventChannels().bindInterdomain(front.domid(), kept.port());
        final boolean[] heard = new boolean[2];
        kept.onRemoteClosed(() -> heard[0] = true);
        turnUntil(front, kept::isBound);
        die(back);
        turnUntil(front, () -> heard[0]);
        assertFalse(kept.isBound());
        kept.onEvent(() -> heard[1] = true);

        final EventChannel renewed =
            host.restarted(BACK).eventChannels().bindInterdomain(front.domid(), kept.port());
        turnUntil(front, kept::isBound);
        turnUntil(front, () -> heard[1]);                  // a bell rings once when it is bound
        heard[1] = false;
        renewed.notifyRemote();

        turnUntil(front, () -> heard[1]);
    }

    @Test
    void shouldHearWhatWasRungBeforeThePeerKnewOfIt()
    {
        final EventChannel kept = front.eventChannels().allocUnbound(back.domid());
        final EventChannel bound = back.eventChannels().bindInterdomain(front.domid(), kept.port());
        final int[] heard = new int[1];
        bound.onEvent(() -> heard[0]++);
        turnUntil(back, () -> heard[0] == 1);              // a bell rings once when it is bound

        kept.notifyRemote();                               // its event that it is bound was not read yet
        assertFalse(kept.isBound());
        turnUntil(front, kept::isBound);

        turnUntil(back, () -> heard[0] == 2);
    }

    @Test
    void shouldKeepItsMemoryAndEndWhatItGranted() throws GrantException
    {
        final GrantPool unused = back.grantTable().allocatePool(front.domid(), 1);
        final GrantPool used = back.grantTable().allocatePool(front.domid(), 1);
        final GrantRef unusedRef = unused.grantAccess(0, false);
        used.buffer().putLong(0, 3);
        final GrantMapping mapping = front.foreignGrants().map(back.domid(), used.grantAccess(0, false), false);
        final DomainMemory.Frames kept = back.memory().allocate(1);
        kept.buffer().putLong(0, 11);
        die(back);

        final Domain next = host.restarted(BACK);

        assertEquals(back.domid(), next.domid());
        assertEquals(11, next.memory().buffer().getLong(kept.firstFrame() * 4096));
        assertEquals(3, mapping.buffer().getLong(0), "what is in use stays");
        assertThrows(GrantException.class, () -> front.foreignGrants().map(back.domid(), unusedRef, false));
        mapping.close();
    }

    @Test
    void shouldConnectToItsServicesAnew()
    {
        final Domain store = TestHost.attach(host.newUnattachedDomain("store", FRAMES, 501));
        final Domain client = TestHost.attach(connected(502, store.domid()));
        store.eventChannels().bindInterdomain(client.domid(), client.startInfo().storePort());
        die(client);

        final long pair = SysSocket.socketpair(SysSocket.AF_UNIX, SysSocket.SOCK_SEQPACKET);
        assertEquals(0, host.restart(502, SysSocket.first(pair)));
        assertTrue(host.connectService(502, store.domid().value(), STORE_REF) > 0);
        final Domain next = Domain.attach(SysSocket.second(pair));
        next.onHypervisorGone(() -> {});

        assertEquals(store.domid(), next.startInfo().storeDomid());
        assertEquals(client.startInfo().storeFrame(), next.startInfo().storeFrame());
        store.eventChannels().bindInterdomain(next.domid(), next.startInfo().storePort());
        Unistd.close(SysSocket.first(pair));
    }

    @Test
    void shouldCutOffAProcessThatLives()
    {
        final boolean[] isCutOff = new boolean[1];
        back.onHypervisorGone(() -> isCutOff[0] = true);

        final Domain next = host.restarted(BACK);

        turnUntil(back, () -> isCutOff[0]);
        assertEquals(BACK, next.domid().value());
        assertEquals(1, host.info(BACK).attached());
    }

    @Test
    void shouldLeakNothingHoweverOften()
    {
        die(back);
        Domain last = host.restarted(BACK);
        die(last);
        final int before = TestHost.openFiles();
        for (int i = 0; i < 20; i++)
        {
            last = host.restarted(BACK);
            die(last);
        }
        // the runtime of each dead process still holds connection, memory, two bells and its loop's wake-up
        assertEquals(before + 20 * 5, TestHost.openFiles());
    }

    @Test
    void shouldSayWhatCannotBeRestarted()
    {
        final int bell = Eventfd.create();
        assertEquals(Errno.ESRCH.negative(), host.restart(999, bell));
        assertEquals(Errno.EINVAL.negative(), host.restart(0, bell));
        assertEquals(Errno.EBADF.negative(), host.restart(BACK));
        assertEquals(1, host.info(BACK).attached(), "a refused restart cuts nothing off");
        Unistd.close(bell);
    }

    @Test
    void shouldRefuseAConnectionThatCannotBeHeard()
    {
        final int nothing = Fcntl.open("/dev/null", Fcntl.O_RDWR | Fcntl.O_CLOEXEC, 0);
        final long freeFrames = host.freeFrames();

        assertEquals(Errno.EPERM.negative(), host.createDomain("deaf", FRAMES, 700, nothing));
        assertEquals(Errno.EPERM.negative(), host.restart(BACK, nothing));

        assertEquals(Errno.ESRCH.negative(), host.destroy(700), "nothing is left of it");
        assertEquals(freeFrames, host.freeFrames());
        assertEquals(BACK, host.restarted(BACK).domid().value(), "another connection will do");
        Unistd.close(nothing);
    }

    private void die(final Domain domain)
    {
        SysSocket.shutdown(domain.connection().fd(), SysSocket.SHUT_RDWR);
        assertEquals(domain.domid().value(), host.awaitExit()[0]);
    }

    private RawDomain connected(final int domid, final Domid store)
    {
        final RawDomain unattached = host.newUnattachedDomain("client", FRAMES, domid);
        assertTrue(host.connectService(domid, store.value(), STORE_REF) > 0);

        return unattached;
    }

    private static void turnUntil(final Domain domain, final BooleanSupplier done)
    {
        while (!done.getAsBoolean())
        {
            domain.loop().poll(100);                       // the test's time limit ends this
        }
    }
}
