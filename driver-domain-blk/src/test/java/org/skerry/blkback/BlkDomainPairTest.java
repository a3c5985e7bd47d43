package org.skerry.blkback;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import org.agrona.concurrent.Agent;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.skerry.guest.Domain;
import org.skerry.guest.blkfront.Blkfront;
import org.skerry.guest.blkfront.Blkfronts;
import org.skerry.guest.hypercall.HypervisorConnection;
import org.skerry.guest.xenbus.BackendBus;
import org.skerry.guest.xenstore.MemoryXenstore;
import org.skerry.guest.xenstore.XenstoreClient;
import org.skerry.kernel.Hypervisor;
import org.skerry.kernel.domain.KernelDomain;
import org.skerry.wire.Domid;
import org.skerry.wire.EventChannelPort;
import org.skerry.wire.hypercall.CreateDomainEncoder;
import org.skerry.wire.hypercall.DestroyDomainEncoder;
import org.skerry.wire.hypercall.GiveCapabilityEncoder;
import org.skerry.wire.linux.Fcntl;
import org.skerry.wire.linux.SysSocket;
import org.skerry.wire.linux.Unistd;

/**
 * Both halves of the block protocol in two domains of a real hypervisor: its grants, windows, copies, event channels
 * and capabilities. Only the processes are missing: all domains are in this one, and xenstore is in memory.
 */
@Timeout(60)
class BlkDomainPairTest
{
    private static final int SECTOR_COUNT = 8192;
    private static final int GUEST_FRAMES = 1024;
    private static final int DRIVER_FRAMES = 256;

    @TempDir
    Path directory;

    private final MemoryXenstore xenstore = new MemoryXenstore();
    private final XenstoreClient dom0Store = xenstore.client(Domid.DOM0);
    private final BlkbackAgent agent = new BlkbackAgent();
    private final Agent otherDomains = new OtherDomains();
    private Thread hypervisor;
    private int dom0Fd;
    private Domain dom0;
    private Domain driver;
    private Domain guest;
    private String front;
    private String back;
    private byte[] content;
    private Path file;
    private BackendBus backendBus;
    private Blkback backDevice;
    private XenstoreClient guestStore;
    private Blkfronts fronts;
    private int freeFrames;

    @BeforeEach
    void setUp() throws IOException
    {
        content = new byte[SECTOR_COUNT * 512];
        new Random(42).nextBytes(content);
        file = Files.write(directory.resolve("disk.img"), content);

        final long pair = SysSocket.socketpair(SysSocket.AF_UNIX, SysSocket.SOCK_SEQPACKET | SysSocket.SOCK_CLOEXEC);
        final KernelDomain.Details details = new KernelDomain.Details("Domain-0", "", 64, 64, 4, 16, 64, 1);
        hypervisor = Thread.ofPlatform().daemon().name("hypervisor").start(
            () -> new Hypervisor(65536, SysSocket.first(pair), details).run());
        dom0Fd = SysSocket.second(pair);
        dom0 = attach(dom0Fd);
        driver = create("driver-blk", DRIVER_FRAMES);
        guest = create("guest", GUEST_FRAMES);
        freeFrames = guest.memory().freeFrameCount();
        front = "/local/domain/" + guest.domid() + "/device/vbd/51712";
        back = "/local/domain/" + driver.domid() + "/backend/vbd/" + guest.domid() + "/51712";
        giveImage();
        makeDevice();

        driver.loop().addAgent(agent);
        guest.loop().addAgent(otherDomains);
        backendBus = new BackendBus(
            xenstore.client(driver.domid()), driver.domid(), "vbd",
            device -> backDevice = new Blkback(device, new DomainBlkbackHost(driver, agent)));
        guestStore = xenstore.client(guest.domid());
        fronts = new Blkfronts(guest, guestStore);
    }

    @AfterEach
    void tearDown() throws InterruptedException
    {
        SysSocket.shutdown(dom0Fd, SysSocket.SHUT_RDWR);
        hypervisor.join();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldReadAndWriteThroughGrantsOfTheHypervisor(final boolean isPersistent) throws IOException
    {
        if (!isPersistent)
        {
            xenstore.deny(front + "/feature-persistent");
        }
        assertTrue(fronts.awaitConnected(20_000), xenstore::toString);
        final Blkfront disk = fronts.disk("xvda");
        final UnsafeBuffer buffer = new UnsafeBuffer(new byte[content.length]);
        disk.read(0, SECTOR_COUNT, buffer, 0);
        assertArrayEquals(content, buffer.byteArray());

        final Random random = new Random(5);
        for (int i = 0; i < 50; i++)
        {
            final int count = 1 + random.nextInt(100);
            final int sector = random.nextInt(SECTOR_COUNT - count);
            final byte[] bytes = new byte[count * 512];
            random.nextBytes(bytes);
            disk.write(sector, count, new UnsafeBuffer(bytes), 0);
            System.arraycopy(bytes, 0, content, sector * 512, bytes.length);
        }
        disk.flush();
        assertArrayEquals(content, Files.readAllBytes(file));
        assertEquals(isPersistent, backDevice.statistics().copiedRequests == 0);
    }

    @Test
    @Tag("SEC-088")
    void shouldGiveEverythingBackWhenTheDiskIsUnplugged() throws IOException
    {
        assertTrue(fronts.awaitConnected(20_000), xenstore::toString);
        final Blkfront disk = fronts.disk("xvda");
        disk.read(0, 88, new UnsafeBuffer(new byte[88 * 512]), 0);
        assertTrue(guest.memory().freeFrameCount() < freeFrames);

        dom0Store.write(back + "/online", "0");
        dom0Store.write(back + "/state", "5");
        while (guest.memory().freeFrameCount() < freeFrames)
        {
            guest.loop().poll(0);
        }
        assertEquals("6", dom0Store.read(back + "/state"));
        assertEquals("6", dom0Store.read(front + "/state"));
        assertThrows(IOException.class, () -> disk.read(0, 1, new UnsafeBuffer(new byte[512]), 0));
    }

    @Test
    @Tag("SEC-041")
    @Tag("SEC-048")
    void shouldReadBesideBellsThatBringNothingInBothDirections() throws IOException
    {
        assertTrue(fronts.awaitConnected(20_000), xenstore::toString);
        driver.loop().addAgent(new Noise(driver, 1));
        guest.loop().addAgent(new Noise(guest, 1));
        final UnsafeBuffer buffer = new UnsafeBuffer(new byte[content.length]);

        fronts.disk("xvda").read(0, SECTOR_COUNT, buffer, 0);

        assertArrayEquals(content, buffer.byteArray());
    }

    @Test
    void shouldTellTheGuestThatItsBackendIsAway()
    {
        assertTrue(fronts.awaitConnected(20_000), xenstore::toString);
        final Blkfront disk = fronts.disk("xvda");
        guest.loop().removeAgent(otherDomains);
        destroy(driver);
        while (disk.isConnected())
        {
            guest.loop().poll(1000);
        }
        assertFalse(disk.isGone());
        assertFalse(disk.submitRead(0, 1, new UnsafeBuffer(new byte[512]), 0, (token, status) -> {}, 0));
    }

    @Test
    @Tag("SEC-088")
    void shouldGoOnWhenTheGuestDiesWithRequestsInFlight()
    {
        assertTrue(fronts.awaitConnected(20_000), xenstore::toString);
        final Blkfront disk = fronts.disk("xvda");
        final UnsafeBuffer buffer = new UnsafeBuffer(new byte[32 * 4096]);
        for (int i = 0; i < 32; i++)
        {
            disk.submitWrite(i * 8L, 8, buffer, i * 4096, (token, status) -> {}, i);
        }
        destroy(guest);
        guestStore.close();
        for (int i = 0; i < 100; i++)
        {
            driver.loop().poll(0);
        }
        dom0Store.rm("/local/domain/" + guest.domid());
        dom0Store.rm(back);
        xenstore.dispatch();
        assertEquals(0, backendBus.deviceCount());
        assertEquals(0, agent.doWork());
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

    private void destroy(final Domain domain)
    {
        final HypervisorConnection connection = dom0.connection();
        final DestroyDomainEncoder destroy = new DestroyDomainEncoder()
            .wrapAndApplyHeader(connection.out(), 0, connection.headerOut()).domid(domain.domid().value());
        assertEquals(0, connection.call(destroy.encodedLength()));
    }

    private void giveImage()
    {
        final HypervisorConnection connection = dom0.connection();
        final int fd = Fcntl.open(file.toString(), Fcntl.O_RDWR, 0);
        final GiveCapabilityEncoder give = new GiveCapabilityEncoder()
            .wrapAndApplyHeader(connection.out(), 0, connection.headerOut()).domid(driver.domid().value())
            .tag("vbd/" + guest.domid() + "/51712");
        assertEquals(0, connection.call(give.encodedLength(), fd));
        Unistd.close(fd);
        driver.loop().poll(-1);
    }

    private void makeDevice()
    {
        final String guestId = guest.domid().toString();
        final String driverId = driver.domid().toString();
        Map.of("backend", back, "backend-id", driverId, "state", "1")
            .forEach((key, value) -> dom0Store.write(front + "/" + key, value));
        Map.of("frontend", front, "frontend-id", guestId, "online", "1", "state", "1", "mode", "w")
            .forEach((key, value) -> dom0Store.write(back + "/" + key, value));
    }

    /** Rings the other end of a port at every turn. */
    private record Noise(Domain domain, int port) implements Agent
    {
        @Override
        public int doWork()
        {
            domain.eventChannels().send(new EventChannelPort(port));
            return 0;
        }

        @Override
        public String roleName()
        {
            return "noise";
        }
    }

    /** Lets the driver domain and xenstore have their turns while the guest waits. */
    private final class OtherDomains implements Agent
    {
        @Override
        public int doWork()
        {
            xenstore.dispatch();
            driver.loop().poll(0);
            return 1;
        }

        @Override
        public String roleName()
        {
            return "other-domains";
        }
    }
}
