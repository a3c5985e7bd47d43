package org.skerry.tests.system;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.skerry.guest.Domain;
import org.skerry.guest.DomainMemory;
import org.skerry.guest.StartInfo;
import org.skerry.guest.event.EventChannel;
import org.skerry.guest.event.EventChannels;
import org.skerry.guest.grant.GrantCopyBatch;
import org.skerry.guest.grant.GrantException;
import org.skerry.guest.grant.GrantMapping;
import org.skerry.guest.grant.GrantPool;
import org.skerry.tests.hostile.RawDomain;
import org.skerry.tests.hostile.TestHost;
import org.skerry.wire.Domid;
import org.skerry.wire.Errno;
import org.skerry.wire.EventChannelPort;
import org.skerry.wire.GrantRef;
import org.skerry.wire.GrantStatus;
import org.skerry.wire.Hypercalls;
import org.skerry.wire.ShutdownReason;
import org.skerry.wire.linux.Eventfd;
import org.skerry.wire.linux.SysSocket;
import org.skerry.wire.linux.Unistd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Honest domains, on the runtime that all processes use, and a real hypervisor between them. */
@Timeout(value = 30, unit = TimeUnit.SECONDS)
class HypervisorSystemTest
{
    private static final int FRAMES = 256;
    private static final long PATIENCE_NS = TimeUnit.SECONDS.toNanos(10);

    private final TestHost host = new TestHost();

    @AfterEach
    void close()
    {
        host.close();
    }

    @Test
    void shouldTellADomainWhatItsBuilderSaid()
    {
        final Domain domain = host.newDomain("näme", FRAMES);

        final StartInfo info = domain.startInfo();
        assertEquals("näme", info.name());
        assertEquals("console=hvc0", info.cmdline());
        assertEquals(FRAMES * 4L, info.memoryKb());
        assertEquals(1, info.vcpus());
        assertEquals(new Domid(1), domain.domid());
        assertEquals(-1, info.storeFrame());
        assertEquals(null, info.consoleDomid());
        assertEquals(FRAMES - RawDomain.FIRST_FREE_FRAME, domain.memory().freeFrameCount());
        assertEquals("näme", host.info(1).name());
    }

    @Test
    void shouldShowAGrantedPageToTheGranteeBothWays() throws GrantException
    {
        final Domain front = host.newDomain("front", FRAMES);
        final Domain back = host.newDomain("back", FRAMES);
        final GrantPool pool = front.grantTable().allocatePool(back.domid(), 4);
        pool.buffer().putLong(3 * 4096, 0x0123);
        final GrantRef ref = pool.grantAccess(3, false);

        try (GrantMapping mapping = back.foreignGrants().map(front.domid(), ref, false))
        {
            assertEquals(0x0123, mapping.buffer().getLong(0));
            mapping.buffer().putLong(4088, 0x4567);
            assertEquals(0x4567, pool.buffer().getLong(3 * 4096 + 4088));
            assertFalse(front.grantTable().endAccess(ref), "it is mapped");
            assertEquals(1, host.info(back.domid().value()).mappedGrants());
        }

        assertTrue(front.grantTable().endAccess(ref));
        assertEquals(0, host.info(back.domid().value()).mappedGrants());
    }

    @Test
    @Tag("SEC-035")
    void shouldGiveFramesBackWhenAPoolIsClosedAndNotBefore() throws GrantException
    {
        final Domain front = host.newDomain("front", FRAMES);
        final Domain back = host.newDomain("back", FRAMES);
        final int free = front.memory().freeFrameCount();
        final GrantPool pool = front.grantTable().allocatePool(back.domid(), 8);
        final GrantRef ref = pool.grantAccess(0, false);
        pool.buffer().putLong(0, 5);
        final GrantMapping mapping = back.foreignGrants().map(front.domid(), ref, false);
        final UnsafeBuffer page = mapping.buffer();
        assertEquals(5, page.getLong(0));
        mapping.close();

        pool.close();

        assertEquals(free, front.memory().freeFrameCount());
        final DomainMemory.Frames frames = front.memory().allocate(free);
        frames.buffer().putLong(0, 77);
        assertEquals(77, frames.buffer().getLong(0));
        assertThrows(GrantException.class, () -> back.foreignGrants().map(front.domid(), ref, false));
    }

    @Test
    void shouldMakePoolsOfAnySize() throws GrantException
    {
        final Domain front = host.newDomain("front", 4000);
        final Domain back = host.newDomain("back", FRAMES);
        final int free = front.memory().freeFrameCount();
        final GrantPool pool = front.grantTable().allocatePool(back.domid(), 2500);
        pool.buffer().putLong(2400 * 4096, 5);
        final GrantRef ref = pool.grantAccess(2400, false);
        try (GrantMapping mapping = back.foreignGrants().map(front.domid(), ref, false))
        {
            assertEquals(5, mapping.buffer().getLong(0));
        }

        pool.close();

        assertEquals(free, front.memory().freeFrameCount());
        assertThrows(IllegalStateException.class, () -> front.grantTable().allocatePool(new Domid(999), 2500));
        assertEquals(free, front.memory().freeFrameCount());
    }

    @Test
    void shouldRefuseToMapWhatLiesInNoWindowOrIsGrantedReadOnly()
    {
        final Domain front = host.newDomain("front", FRAMES);
        final Domain back = host.newDomain("back", FRAMES);
        final GrantRef outside = front.grantTable().grantAccess(back.domid(), front.memory().allocate(1).firstFrame(),
            false);
        final GrantRef readOnly = front.grantTable().allocatePool(back.domid(), 1).grantAccess(0, true);

        assertEquals(GrantStatus.BAD_PAGE, statusOfMap(back, front, outside, false));
        assertEquals(GrantStatus.BAD_PAGE, statusOfMap(back, front, readOnly, true));
        assertEquals(GrantStatus.GENERAL_ERROR, statusOfMap(back, front, readOnly, false));
        assertEquals(GrantStatus.GENERAL_ERROR, statusOfMap(back, front, new GrantRef(400), false));
        assertEquals(GrantStatus.BAD_GNTREF, statusOfMap(back, front, new GrantRef(512), false));
        assertEquals(GrantStatus.BAD_DOMAIN, statusOfMap(back, back, outside, false));
        assertTrue(front.grantTable().endAccess(readOnly), "a refused map leaves no mark");
    }

    @Test
    @Tag("SEC-023")
    void shouldCopyInBatchesLongerThanTheRing()
    {
        final Domain front = host.newDomain("front", FRAMES);
        final Domain back = host.newDomain("back", FRAMES);
        final DomainMemory.Frames source = front.memory().allocate(100);
        final DomainMemory.Frames bounce = back.memory().allocate(100);
        final GrantPool pool = front.grantTable().allocatePool(back.domid(), 1);
        final GrantRef target = pool.grantAccess(0, false);
        final GrantCopyBatch batch = back.foreignGrants().newCopyBatch(600);
        for (int i = 0; i < 100; i++)
        {
            source.buffer().putInt(i * 4096 + 4092, i);
            final GrantRef ref = front.grantTable().grantAccess(back.domid(), source.firstFrame() + i, true);
            batch.addCopyFrom(front.domid().value(), ref.value(), 4092, bounce.firstFrame() + i, 8, 4);
        }
        while (!batch.isFull())
        {
            batch.addCopyTo(bounce.firstFrame() + 99, 8, front.domid().value(), target.value(), 100, 4);
        }

        batch.execute();

        for (int i = 0; i < 600; i++)
        {
            assertEquals(GrantStatus.OKAY, batch.status(i));
        }
        for (int i = 0; i < 100; i++)
        {
            assertEquals(i, bounce.buffer().getInt(i * 4096 + 8));
        }
        assertEquals(99, pool.buffer().getInt(100), "written where the frame is at home");
    }

    @Test
    @Tag("SEC-033")
    void shouldNotLetALengthThatDoesNotFitIntoTheSlotPassForAShorterOne()
    {
        final Domain front = host.newDomain("front", FRAMES);
        final Domain back = host.newDomain("back", FRAMES);
        final GrantRef ref = front.grantTable().grantAccess(
            back.domid(), front.memory().allocate(1).firstFrame(), false);
        final int own = back.memory().allocate(1).firstFrame();
        final GrantCopyBatch batch = back.foreignGrants().newCopyBatch(4);
        batch.addCopyFrom(front.domid().value(), ref.value(), 0, own, 0, 65536 + 4);
        batch.addCopyFrom(front.domid().value(), ref.value(), 65536, own, 0, 4);
        batch.addCopyFrom(front.domid().value(), ref.value(), 0, own, -65536, 4);
        batch.addCopyFrom(front.domid().value(), ref.value(), 0, own, 0, -65532);

        batch.execute();

        for (int i = 0; i < 4; i++)
        {
            assertEquals(GrantStatus.BAD_COPY_ARG, batch.status(i));
        }
    }

    @Test
    void shouldCarryEventsBothWaysAndTellOfTheEnd()
    {
        final Domain front = host.newDomain("front", FRAMES);
        final Domain back = host.newDomain("back", FRAMES);
        final List<String> heard = new ArrayList<>();
        final EventChannel kept = front.eventChannels().allocUnbound(back.domid());
        kept.onEvent(() -> heard.add("front"));
        kept.onRemoteClosed(() -> heard.add("closed"));
        final EventChannel bound = back.eventChannels().bindInterdomain(front.domid(), kept.port());
        bound.onEvent(() -> heard.add("back"));

        turn(front, kept::isBound);
        turn(front, () -> heard.contains("front"));
        turn(back, () -> heard.contains("back"));
        heard.clear();

        kept.notifyRemote();
        turn(back, () -> heard.contains("back"));
        bound.notifyRemote();
        turn(front, () -> heard.contains("front"));
        assertEquals(List.of("back", "front"), heard);

        bound.close();
        turn(front, () -> heard.contains("closed"));
        assertFalse(kept.isBound());
        kept.notifyRemote();
    }

    @Test
    void shouldSayWhyAChannelCannotBeHad()
    {
        final Domain front = host.newDomain("front", FRAMES);
        final Domain back = host.newDomain("back", FRAMES);
        final Domain third = host.newDomain("third", FRAMES);
        final EventChannel kept = front.eventChannels().allocUnbound(back.domid());

        assertEquals(Errno.EINVAL, errnoOfBind(third, front.domid(), kept.port()));
        assertEquals(Errno.EINVAL, errnoOfBind(back, front.domid(), new EventChannelPort(99)));
        assertEquals(Errno.ESRCH, errnoOfBind(back, new Domid(999), kept.port()));
        assertEquals(Errno.ESRCH, assertThrows(EventChannels.EventChannelException.class,
            () -> front.eventChannels().allocUnbound(new Domid(999))).errno());
        for (int i = 1; i < TestHost.MAX_PORTS; i++)
        {
            front.eventChannels().allocUnbound(back.domid());
        }
        assertEquals(Errno.ENOSPC, assertThrows(EventChannels.EventChannelException.class,
            () -> front.eventChannels().allocUnbound(back.domid())).errno());
    }

    @Test
    void shouldNotTellAPortOfThePeerThatItHadInAnEarlierLife()
    {
        final Domain front = host.newDomain("front", FRAMES);
        final Domain back = host.newDomain("back", FRAMES);
        final List<String> heard = new ArrayList<>();
        final EventChannel first = front.eventChannels().allocUnbound(back.domid());
        final EventChannel bound = back.eventChannels().bindInterdomain(front.domid(), first.port());
        bound.close();
        first.close();

        final EventChannel second = front.eventChannels().allocUnbound(back.domid());
        assertEquals(first.port(), second.port());
        second.onEvent(() -> heard.add("event"));
        second.onRemoteClosed(() -> heard.add("closed"));
        front.loop().poll(0);
        front.loop().poll(0);

        assertFalse(second.isBound());
        assertEquals(List.of(), heard);
    }

    @Test
    void shouldPrepareStorePageAndPortBeforeTheFirstInstruction() throws GrantException
    {
        final Domain store = host.newDomain("xenstore", FRAMES);
        final RawDomain built = host.newUnattachedDomain("guest", FRAMES, 0);
        final long port = host.connectService(2, store.domid().value(), 1);
        assertTrue(port > 0);
        final GrantMapping page =
            store.foreignGrants().map(new Domid(2), GrantRef.RESERVED_XENSTORE, false);
        page.buffer().putLong(0, 0xCAFE);
        final EventChannel bell =
            store.eventChannels().bindInterdomain(new Domid(2), new EventChannelPort((int)port));

        final Domain guest = TestHost.attach(built);

        final StartInfo info = guest.startInfo();
        assertEquals(store.domid(), info.storeDomid());
        assertEquals(port, info.storePort().value());
        final UnsafeBuffer own = new UnsafeBuffer(guest.memory().addressOf(info.storeFrame()), 4096);
        assertEquals(0xCAFE, own.getLong(0));
        own.putLong(8, 0xBEEF);
        assertEquals(0xBEEF, page.buffer().getLong(8));

        final boolean[] rung = new boolean[1];
        final EventChannel storeChannel = guest.eventChannels().adopt(info.storePort());
        assertTrue(storeChannel.isBound(), "the service came first");
        storeChannel.onEvent(() -> rung[0] = true);
        bell.notifyRemote();
        turn(guest, () -> rung[0]);
    }

    @Test
    void shouldHandOverADescriptorByName()
    {
        final RawDomain built = host.newUnattachedDomain("driver", FRAMES, 0);
        final int early = Eventfd.create();
        final int late = Eventfd.create();
        assertEquals(0, host.give(1, "listen", early));
        final Domain driver = TestHost.attach(built);
        final List<String> heard = new ArrayList<>();
        driver.capabilities().onCapability(heard::add);

        final int listen = driver.capabilities().take("listen");
        assertEquals(0, host.give(1, "vbd/3/51712", late));
        turn(driver, () -> heard.contains("vbd/3/51712"));
        final int image = driver.capabilities().take("vbd/3/51712");

        Eventfd.signal(early);
        assertEquals(1, Eventfd.drain(listen));
        Eventfd.signal(late);
        assertEquals(1, Eventfd.drain(image));
        assertEquals(-1, driver.capabilities().take("vbd/3/51712"));
        Unistd.close(early);
        Unistd.close(late);
    }

    @Test
    void shouldLetGoOfEverythingThatADomainHeldWhenItDies() throws GrantException
    {
        final Domain front = host.newDomain("front", FRAMES);
        final Domain back = host.newDomain("back", FRAMES);
        final GrantPool pool = front.grantTable().allocatePool(back.domid(), 1);
        final GrantRef ref = pool.grantAccess(0, false);
        back.foreignGrants().map(front.domid(), ref, false);
        final EventChannel kept = front.eventChannels().allocUnbound(back.domid());
        back.eventChannels().bindInterdomain(front.domid(), kept.port());
        final boolean[] closed = new boolean[1];
        kept.onRemoteClosed(() -> closed[0] = true);

        SysSocket.shutdown(back.connection().fd(), SysSocket.SHUT_RDWR);

        turn(front, () -> closed[0]);
        final int[] exit = host.awaitExit();
        assertEquals(back.domid().value(), exit[0]);
        assertEquals(ShutdownReason.CRASH.code(), exit[1]);
        assertTrue(front.grantTable().endAccess(ref));
        assertEquals(0, host.info(back.domid().value()).boundPorts());
        assertEquals(ShutdownReason.CRASH.code(), host.info(back.domid().value()).shutdownReason());
    }

    @Test
    void shouldNotShowALaterDomainOfTheSameNumberThePagesOfTheEarlierOne() throws GrantException
    {
        final Domain reader = host.newDomain("reader", FRAMES);
        final Domain first = TestHost.attach(host.newUnattachedDomain("service", FRAMES, 500));
        final GrantPool old = first.grantTable().allocatePool(reader.domid(), 1);
        old.buffer().putLong(0, 1);
        final GrantMapping stale = reader.foreignGrants().map(first.domid(), old.grantAccess(0, false), false);
        assertEquals(0, host.destroy(500));

        final Domain second = TestHost.attach(host.newUnattachedDomain("service", FRAMES, 500));
        final GrantPool pool = second.grantTable().allocatePool(reader.domid(), 1);
        pool.buffer().putLong(0, 2);
        final GrantMapping fresh = reader.foreignGrants().map(second.domid(), pool.grantAccess(0, false), false);

        assertEquals(2, fresh.buffer().getLong(0));
        assertEquals(1, stale.buffer().getLong(0), "what was mapped stays until it is let go of");
        stale.close();
        assertEquals(2, fresh.buffer().getLong(0));
        fresh.close();
    }

    @Test
    @Tag("SEC-035")
    void shouldShowNothingToALaterGranteeOfTheSameNumber() throws GrantException
    {
        final Domain front = host.newDomain("front", FRAMES);
        final Domain first = TestHost.attach(host.newUnattachedDomain("back", FRAMES, 500));
        final GrantPool pool = front.grantTable().allocatePool(first.domid(), 1);
        final GrantRef ref = pool.grantAccess(0, false);
        pool.buffer().putLong(0, 1);
        first.foreignGrants().map(front.domid(), ref, false);
        assertEquals(0, host.destroy(500));

        final Domain second = TestHost.attach(host.newUnattachedDomain("back", FRAMES, 500));

        assertEquals(GrantStatus.BAD_PAGE, statusOfMap(second, front, ref, false));
        assertTrue(front.grantTable().endAccess(ref));
        final GrantPool renewed = front.grantTable().allocatePool(second.domid(), 1);
        renewed.buffer().putLong(0, 2);
        final GrantRef renewedRef = renewed.grantAccess(0, false);
        assertEquals(2, second.foreignGrants().map(front.domid(), renewedRef, false).buffer().getLong(0));
        pool.close();
    }

    @Test
    void shouldNeverPromiseMoreMemoryThanTheHostHas()
    {
        final long free = host.freeFrames();
        assertEquals(TestHost.TOTAL_FRAMES - TestHost.DOM0_FRAMES, free);
        final long pair = SysSocket.socketpair(SysSocket.AF_UNIX, SysSocket.SOCK_SEQPACKET);

        assertEquals(Errno.ENOMEM.negative(), host.createDomain("big", free + 1, 0, SysSocket.first(pair)));
        assertEquals(1, host.createDomain("all", free, 0, SysSocket.first(pair)));
        assertEquals(0, host.freeFrames());
        assertEquals(Errno.ENOMEM.negative(), host.createDomain("more", 8, 0, SysSocket.first(pair)));
        assertEquals(0, host.destroy(1));
        assertEquals(free, host.freeFrames());
        assertEquals(2, host.createDomain("again", free, 0, SysSocket.first(pair)));
        Unistd.close(SysSocket.first(pair));
        Unistd.close(SysSocket.second(pair));
    }

    @Test
    void shouldListDomainsByNumber()
    {
        host.newUnattachedDomain("b", 16, 40);
        host.newUnattachedDomain("a", 16, 30);

        assertEquals(0, host.info(0).domid());
        assertEquals("a", host.info(1).name());
        assertEquals(40, host.info(31).domid());
        assertEquals(0, host.info(31).attached());
        assertEquals(Hypercalls.STILL_RUNNING, host.info(31).shutdownReason());
        assertEquals(Errno.ESRCH.negative(), host.info(41).result());
        assertEquals(Errno.ESRCH.negative(), host.info(0xFFFF).result());
    }

    private static void turn(final Domain domain, final BooleanSupplier done)
    {
        final long deadline = System.nanoTime() + PATIENCE_NS;
        while (!done.getAsBoolean())
        {
            assertTrue(System.nanoTime() < deadline, "nothing happened");
            domain.loop().poll(100);
        }
    }

    private static int statusOfMap(
        final Domain grantee, final Domain granter, final GrantRef ref, final boolean isReadOnly)
    {
        return assertThrows(GrantException.class,
            () -> grantee.foreignGrants().map(granter.domid(), ref, isReadOnly)).status();
    }

    private static Errno errnoOfBind(final Domain domain, final Domid remote, final EventChannelPort port)
    {
        return assertThrows(EventChannels.EventChannelException.class,
            () -> domain.eventChannels().bindInterdomain(remote, port)).errno();
    }
}
