package org.skerry.netback;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.agrona.concurrent.SystemNanoClock;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.skerry.guest.Domain;
import org.skerry.guest.NetworkNamespace;
import org.skerry.guest.hypercall.HypervisorConnection;
import org.skerry.guest.netfront.Netfront;
import org.skerry.guest.xenbus.BackendBus;
import org.skerry.guest.xenbus.FrontendBus;
import org.skerry.guest.xenstore.MemoryXenstore;
import org.skerry.guest.xenstore.XenstoreClient;
import org.skerry.kernel.Hypervisor;
import org.skerry.kernel.domain.KernelDomain;
import org.skerry.wire.Domid;
import org.skerry.wire.hypercall.CreateDomainEncoder;
import org.skerry.wire.hypercall.DestroyDomainEncoder;
import org.skerry.wire.hypercall.GiveCapabilityEncoder;
import org.skerry.wire.linux.SysSocket;
import org.skerry.wire.linux.Unistd;

/**
 * Both halves of the network protocol in domains of a real hypervisor: its grants, windows, copies, event channels and
 * capabilities. Only the processes are missing: all domains are in this one, and xenstore is in memory.
 */
@Timeout(value = 90, unit = TimeUnit.SECONDS)
class NetDomainPairTest
{
    private static final long PATIENCE_NS = 30_000_000_000L;
    private static final long BROADCAST = 0xFFFF_FFFF_FFFFL;

    private final MemoryXenstore xenstore = new MemoryXenstore();
    private final XenstoreClient dom0Store = xenstore.client(Domid.DOM0);
    private final List<Guest> guests = new ArrayList<>();
    private Thread hypervisor;
    private int dom0Fd;
    private Domain dom0;
    private Domain driver;
    private BackendBus backendBus;

    /** A guest with one vif. */
    private final class Guest
    {
        private final Domain domain = create("guest", 512);
        private final XenstoreClient store = xenstore.client(domain.domid());
        private final int freeFrames = domain.memory().freeFrameCount();
        private final long mac = 0x00163E000000L + domain.domid().value();
        private final String front = "/local/domain/" + domain.domid() + "/device/vif/0";
        private final String back = "/local/domain/" + driver.domid() + "/backend/vif/" + domain.domid() + "/0";
        private final List<byte[]> frames = new ArrayList<>();
        private Netfront netfront;

        private Guest(final String where, final String name)
        {
            plug(where, name);
            new FrontendBus(store, domain.domid(), "vif", device ->
            {
                netfront = Netfront.probe(device, domain);
                netfront.onFrame((buffer, offset, length) ->
                {
                    final byte[] frame = new byte[length];
                    buffer.getBytes(offset, frame);
                    frames.add(frame);
                });
                domain.loop().addAgent(netfront);
                return netfront;
            });
            guests.add(this);
        }

        private void plug(final String where, final String name)
        {
            final String macText = String.format("00:16:3e:00:00:%02x", domain.domid().value());
            write(front, "backend", back, "backend-id", driver.domid().toString(), "mac", macText, "state", "1");
            write(back, "frontend", front, "frontend-id", domain.domid().toString(), "online", "1", "mac", macText,
                where, name, "state", "1");
        }

        private boolean hasCarrier()
        {
            return netfront != null && netfront.hasCarrier();
        }

        private byte[] send(final long destination, final int length, final Random random)
        {
            final byte[] bytes = new byte[length];
            random.nextBytes(bytes);
            final UnsafeBuffer frame = new UnsafeBuffer(bytes);
            frame.putLong(0, destination << 16, ByteOrder.BIG_ENDIAN);
            frame.putShort(6, (short)(mac >>> 32), ByteOrder.BIG_ENDIAN);
            frame.putInt(8, (int)mac, ByteOrder.BIG_ENDIAN);
            return netfront.send(frame, 0, length) ? bytes : null;
        }
    }

    @BeforeEach
    void setUp()
    {
        final long pair = SysSocket.socketpair(SysSocket.AF_UNIX, SysSocket.SOCK_SEQPACKET | SysSocket.SOCK_CLOEXEC);
        final KernelDomain.Details details = new KernelDomain.Details("Domain-0", "", 64, 64, 4, 16, 64, 1);
        hypervisor = Thread.ofPlatform().daemon().name("hypervisor").start(
            () -> new Hypervisor(65536, SysSocket.first(pair), details).run());
        dom0Fd = SysSocket.second(pair);
        dom0 = attach(dom0Fd);
        driver = create("driver-net", 512);
        backendBus = new NetDriverDomain(driver, SystemNanoClock.INSTANCE).serve(xenstore.client(driver.domid()));
    }

    @AfterEach
    void tearDown() throws InterruptedException
    {
        SysSocket.shutdown(dom0Fd, SysSocket.SHUT_RDWR);
        hypervisor.join();
    }

    @Test
    void shouldCarryFramesBetweenTwoGuestsThroughGrantsOfTheHypervisor()
    {
        final Guest left = new Guest("switch", "lan");
        final Guest right = new Guest("switch", "lan");
        runUntil(() -> left.hasCarrier() && right.hasCarrier());

        final Random random = new Random(7);
        final List<byte[]> sent = new ArrayList<>();
        left.send(BROADCAST, 60, random);
        runUntil(() -> right.frames.size() == 1);
        right.frames.clear();
        while (sent.size() < 2000)
        {
            final byte[] frame = left.send(right.mac, 14 + random.nextInt(1501), random);
            if (frame != null)
            {
                sent.add(frame);
            }
            if (frame == null || sent.size() % 30 == 0)
            {
                runUntil(() -> right.frames.size() == sent.size());
            }
        }
        runUntil(() -> right.frames.size() == sent.size());
        for (int i = 0; i < sent.size(); i++)
        {
            assertArrayEquals(sent.get(i), right.frames.get(i));
        }
        assertEquals(0, left.frames.size());
    }

    @Test
    void shouldGiveEverythingBackWhenTheVifIsUnplugged()
    {
        final Guest guest = new Guest("switch", "lan");
        final int driverFrames = driver.memory().freeFrameCount();
        runUntil(guest::hasCarrier);
        assertTrue(guest.domain.memory().freeFrameCount() < guest.freeFrames);
        assertTrue(driver.memory().freeFrameCount() < driverFrames);

        write(guest.back, "online", "0", "state", "5");
        runUntil(() -> "6".equals(dom0Store.read(guest.back + "/state")) &&
            "6".equals(dom0Store.read(guest.front + "/state")));
        assertFalse(guest.hasCarrier());
        assertEquals(driverFrames, driver.memory().freeFrameCount());
        runUntil(() -> guest.domain.memory().freeFrameCount() == guest.freeFrames);
    }

    @Test
    void shouldServeTheOthersWhenAGuestDies()
    {
        final Guest left = new Guest("switch", "lan");
        final Guest right = new Guest("switch", "lan");
        final Guest third = new Guest("switch", "lan");
        runUntil(() -> left.hasCarrier() && right.hasCarrier() && third.hasCarrier());

        final Random random = new Random(7);
        for (int i = 0; i < 20; i++)
        {
            right.send(BROADCAST, 60, random);
        }
        destroy(right);
        for (int i = 0; i < 200; i++)
        {
            left.send(BROADCAST, 1514, random);
            turn();
        }
        dom0Store.rm("/local/domain/" + right.domain.domid());
        dom0Store.rm(right.back);
        left.send(third.mac, 60, random);
        runUntil(() -> third.frames.size() >= 200);
        runUntil(() -> backendBus.deviceCount() == 2);
    }

    @Test
    void shouldTakeATapAsACapabilityAndCarryStockPing() throws Exception
    {
        final String reason = NetworkNamespace.whyNot("ping");
        assumeTrue(reason == null, reason);

        NetworkNamespace.inNew(() ->
        {
            final Guest guest = new Guest("bridge", "xenbr0");
            runUntil(() -> "2".equals(dom0Store.read(guest.back + "/state")));
            final int tap = NetworkNamespace.openTap("vif1.0", TapSystemTest.HOST_ADDRESS, 24);
            giveCapability("vif/" + guest.domain.domid() + "/0", tap);
            Unistd.close(tap);
            runUntil(guest::hasCarrier);
            guest.netfront.onFrame(
                (buffer, offset, length) -> TapSystemTest.answer(guest.netfront, buffer, offset, length));

            final Process ping = NetworkNamespace.start(
                "ping", "-n", "-c", "10", "-i", "0.02", "-W", "5", "10.9.0.2");
            runUntil(() -> !ping.isAlive());
            final String output = NetworkNamespace.outputOf(ping);
            assertEquals(0, ping.exitValue(), output);
            assertTrue(output.contains("10 packets transmitted, 10 received, 0% packet loss"), output);
        });
    }

    private void runUntil(final BooleanSupplier isDone)
    {
        final long startNs = System.nanoTime();
        while (!isDone.getAsBoolean())
        {
            assertTrue(System.nanoTime() - startNs < PATIENCE_NS, () -> "nothing comes:\n" + xenstore);
            turn();
        }
    }

    private void turn()
    {
        xenstore.dispatch();
        driver.loop().poll(0);
        for (final Guest guest : guests)
        {
            guest.domain.loop().poll(0);
        }
    }

    private Domain attach(final int fd)
    {
        final Domain domain = Domain.attach(fd);
        domain.onHypervisorGone(() -> {});
        return domain;
    }

    private Domain create(final String name, final int frameCount)
    {
        final long pair = SysSocket.socketpair(SysSocket.AF_UNIX, SysSocket.SOCK_SEQPACKET | SysSocket.SOCK_CLOEXEC);
        final HypervisorConnection connection = dom0.connection();
        final CreateDomainEncoder create = new CreateDomainEncoder()
            .wrapAndApplyHeader(connection.out(), 0, connection.headerOut())
            .frameCount(frameCount).maxFrames(frameCount).grantTableFrameCount(4).maxMaptrackFrames(16)
            .maxPorts(64).vcpus(1).domid(0).name(name).cmdline("");
        final long domid = connection.call(create.encodedLength(), SysSocket.first(pair));
        Unistd.close(SysSocket.first(pair));
        assertTrue(domid > 0);

        return attach(SysSocket.second(pair));
    }

    private void destroy(final Guest guest)
    {
        guests.remove(guest);
        guest.store.close();
        final HypervisorConnection connection = dom0.connection();
        final DestroyDomainEncoder destroy = new DestroyDomainEncoder()
            .wrapAndApplyHeader(connection.out(), 0, connection.headerOut()).domid(guest.domain.domid().value());
        assertEquals(0, connection.call(destroy.encodedLength()));
    }

    private void giveCapability(final String tag, final int fd)
    {
        final HypervisorConnection connection = dom0.connection();
        final GiveCapabilityEncoder give = new GiveCapabilityEncoder()
            .wrapAndApplyHeader(connection.out(), 0, connection.headerOut()).domid(driver.domid().value()).tag(tag);
        assertEquals(0, connection.call(give.encodedLength(), fd));
    }

    private void write(final String directory, final String... keysAndValues)
    {
        for (int i = 0; i < keysAndValues.length; i += 2)
        {
            dom0Store.write(directory + "/" + keysAndValues[i], keysAndValues[i + 1]);
        }
    }
}
