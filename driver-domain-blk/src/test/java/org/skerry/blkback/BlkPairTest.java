package org.skerry.blkback;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.skerry.guest.blkfront.Blkfront;
import org.skerry.guest.blkfront.Blkfronts;
import org.skerry.guest.xenbus.BackendBus;
import org.skerry.guest.xenstore.MemoryXenstore;
import org.skerry.guest.xenstore.XenstoreClient;
import org.skerry.wire.Domid;
import org.skerry.wire.linux.Fcntl;

/** Frontend and backend of the block protocol against each other, from the toolstack's nodes to sectors in a file. */
class BlkPairTest
{
    private static final Domid GUEST = new Domid(7);
    private static final Domid DRIVER = new Domid(2);
    private static final String FRONT = "/local/domain/7/device/vbd/51712";
    private static final String BACK = "/local/domain/2/backend/vbd/7/51712";
    private static final String TAG = "vbd/7/51712";
    private static final int SECTOR_COUNT = 8192;

    @TempDir
    Path directory;

    private final MemoryXenstore xenstore = new MemoryXenstore();
    private final XenstoreClient dom0 = xenstore.client(Domid.DOM0);
    private final XenstoreClient guest = xenstore.client(GUEST);
    private final XenstoreClient driver = xenstore.client(DRIVER);
    private final TestHypervisor hypervisor = new TestHypervisor(xenstore::dispatch);
    private final Map<Integer, Blkback> backs = new HashMap<>();
    private final List<String> errors = new ArrayList<>();
    private byte[] content;
    private Path file;
    private BackendBus backendBus;
    private Blkfronts fronts;

    @BeforeEach
    void setUp() throws IOException
    {
        content = new byte[SECTOR_COUNT * 512];
        new Random(42).nextBytes(content);
        file = Files.write(directory.resolve("disk.img"), content);
        makeDevice("w");
        startBackend();
        fronts = new Blkfronts(hypervisor.frontend(), guest, GUEST);
    }

    @AfterEach
    void tearDown()
    {
        fronts.close();
        backendBus.close();
        assertEquals(0, hypervisor.mappedCount);
        assertEquals(0, hypervisor.boundCount);
    }

    @Test
    void shouldConnectAndSayWhatTheDiskIs()
    {
        handOverImage(Fcntl.O_RDWR);
        assertTrue(fronts.awaitConnected(10_000));
        assertEquals("4", dom0.read(FRONT + "/state"));
        assertEquals("4", dom0.read(BACK + "/state"));
        assertEquals("8192", dom0.read(BACK + "/sectors"));
        assertEquals("512", dom0.read(BACK + "/sector-size"));
        assertEquals("0", dom0.read(BACK + "/info"));
        assertEquals("1", dom0.read(BACK + "/feature-persistent"));
        assertEquals("1", dom0.read(BACK + "/feature-flush-cache"));
        assertEquals("2", dom0.read(BACK + "/max-ring-page-order"));
        assertEquals("32", dom0.read(BACK + "/feature-max-indirect-segments"));
        assertEquals("x86_64-abi", dom0.read(FRONT + "/protocol"));
        assertEquals("1", dom0.read(FRONT + "/feature-persistent"));

        final Blkfront disk = fronts.disk("xvda");
        assertEquals(51712, disk.vdev());
        assertEquals(SECTOR_COUNT, disk.sectorCount());
        assertEquals(512, disk.sectorSize());
        assertFalse(disk.isReadOnly());
        assertTrue(disk.hasFlush());
        assertNull(fronts.disk("xvdb"));
        assertEquals(List.of(disk), fronts.disks());
    }

    @Test
    void shouldReadTheWholeDiskAsItIsInTheFile() throws IOException
    {
        final Blkfront disk = connect();
        final byte[] bytes = new byte[content.length];
        disk.read(0, SECTOR_COUNT, new UnsafeBuffer(bytes), 0);
        assertArrayEquals(content, bytes);
        assertEquals(SECTOR_COUNT, backs.get(51712).statistics().sectorsRead);
        assertEquals(0, backs.get(51712).statistics().copiedRequests);
        assertEquals(0, disk.inFlight());
    }

    @Test
    void shouldWriteAndReadAnyRunOfSectors() throws IOException
    {
        final Blkfront disk = connect();
        final Random random = new Random(1);
        for (int i = 0; i < 200; i++)
        {
            final int count = 1 + random.nextInt(300);
            final int sector = random.nextInt(SECTOR_COUNT - count + 1);
            final byte[] bytes = new byte[count * 512 + 7];
            random.nextBytes(bytes);
            disk.write(sector, count, new UnsafeBuffer(bytes), 7);
            System.arraycopy(bytes, 7, content, sector * 512, count * 512);

            final byte[] back = new byte[count * 512 + 3];
            disk.read(sector, count, new UnsafeBuffer(back), 3);
            assertArrayEquals(Arrays.copyOfRange(bytes, 7, bytes.length),
                Arrays.copyOfRange(back, 3, back.length));
        }
        disk.flush();
        assertArrayEquals(content, Files.readAllBytes(file));
        assertEquals(1, backs.get(51712).statistics().flushRequests);
    }

    @Test
    void shouldCompleteAsynchronousRequestsWithTheirTokens() throws IOException
    {
        final Blkfront disk = connect();
        final List<Long> completed = new ArrayList<>();
        final UnsafeBuffer buffer = new UnsafeBuffer(new byte[64 * 4096]);
        int submitted = 0;
        while (submitted < 64)
        {
            if (disk.submitRead(
                submitted * 8L, 8, buffer, submitted * 4096, (token, status) -> completed.add(token + status),
                submitted))
            {
                submitted++;
            }
            else
            {
                assertEquals(32, disk.inFlight());
                hypervisor.turn();
            }
        }
        hypervisor.settle();
        assertEquals(64, completed.stream().distinct().count());
        for (int i = 0; i < 64 * 4096; i++)
        {
            assertEquals(content[i], buffer.getByte(i));
        }
    }

    @Test
    void shouldConnectWhenTheImageComesLate()
    {
        hypervisor.settle();
        assertEquals("1", dom0.read(BACK + "/state"));
        handOverImage(Fcntl.O_RDWR);
        assertTrue(fronts.awaitConnected(10_000));
    }

    @Test
    void shouldRefuseToWriteAReadOnlyDisk() throws IOException
    {
        dom0.rm(BACK);
        makeDevice("r");
        handOverImage(Fcntl.O_RDONLY);
        assertTrue(fronts.awaitConnected(10_000));
        final Blkfront disk = fronts.disk("xvda");
        assertTrue(disk.isReadOnly());
        final UnsafeBuffer buffer = new UnsafeBuffer(new byte[512]);
        disk.read(5, 1, buffer, 0);
        assertThrows(IOException.class, () -> disk.write(5, 1, buffer, 0));
        assertArrayEquals(content, Files.readAllBytes(file));
    }

    @Test
    void shouldNotServeForWritingWhatIsOpenForReading()
    {
        handOverImage(Fcntl.O_RDONLY);
        hypervisor.settle();
        assertEquals("6", dom0.read(FRONT + "/state"), "the frontend has followed to the end");
        assertTrue(errors.getFirst().contains("open for reading only"), errors::toString);
    }

    @Test
    void shouldRefuseSectorsThatAreNotOnTheDiskBeforeAnythingHappens() throws IOException
    {
        final Blkfront disk = connect();
        final UnsafeBuffer buffer = new UnsafeBuffer(new byte[512 * 200]);
        assertThrows(IllegalArgumentException.class, () -> disk.read(SECTOR_COUNT - 199, 200, buffer, 0));
        assertThrows(IllegalArgumentException.class, () -> disk.read(-1, 1, buffer, 0));
        assertThrows(IllegalArgumentException.class, () -> disk.read(0, 0, buffer, 0));
        assertThrows(IndexOutOfBoundsException.class, () -> disk.read(0, 200, buffer, 1));
        assertThrows(
            IllegalArgumentException.class, () -> disk.submitWrite(0, 89, buffer, 0, (token, status) -> {}, 0));
        assertThrows(
            IllegalArgumentException.class, () -> disk.submitRead(0, 0, buffer, 0, (token, status) -> {}, 0));
        assertEquals(0, disk.inFlight());
        disk.read(SECTOR_COUNT - 200, 200, buffer, 0);
    }

    @Test
    void shouldEndOnBothSidesWhenTheToolstackUnplugsTheDisk() throws IOException
    {
        final Blkfront disk = connect();
        final UnsafeBuffer buffer = new UnsafeBuffer(new byte[512]);
        disk.read(0, 1, buffer, 0);
        dom0.write(BACK + "/online", "0");
        dom0.write(BACK + "/state", "5");
        hypervisor.settle();
        assertEquals("6", dom0.read(FRONT + "/state"));
        assertEquals("6", dom0.read(BACK + "/state"));
        assertTrue(disk.isGone());
        assertEquals(0, hypervisor.mappedCount);
        assertThrows(IOException.class, () -> disk.read(0, 1, buffer, 0));

        dom0.rm(FRONT);
        dom0.rm(BACK);
        hypervisor.settle();
        assertEquals(List.of(), fronts.disks());
        assertEquals(0, backendBus.deviceCount());
        assertEquals(List.of(), errors);
    }

    @Test
    void shouldKeepRequestsInFlightWhileTheBackendIsAwayAndServeThemWhenItIsBack() throws IOException
    {
        final Blkfront disk = connect();
        final UnsafeBuffer buffer = new UnsafeBuffer(new byte[20 * 4096]);
        new Random(3).nextBytes(buffer.byteArray());
        final List<Integer> statuses = new ArrayList<>();
        for (int i = 0; i < 20; i++)
        {
            assertTrue(disk.submitWrite(i * 8L, 8, buffer, i * 4096, (token, status) -> statuses.add(status), i));
        }
        crashBackend();
        hypervisor.settle();
        assertEquals(List.of(), statuses);
        assertFalse(disk.isConnected());
        assertFalse(disk.isGone());
        assertFalse(disk.submitRead(0, 1, buffer, 0, (token, status) -> {}, 0));

        handOverImage(Fcntl.O_RDWR);
        startBackend();
        hypervisor.settle();
        assertEquals(20, statuses.size());
        assertTrue(statuses.stream().allMatch(status -> status == 0));
        System.arraycopy(buffer.byteArray(), 0, content, 0, 20 * 4096);
        assertArrayEquals(content, Files.readAllBytes(file));
        assertEquals("4", dom0.read(BACK + "/state"));
        assertTrue(disk.isConnected());
    }

    @Test
    void shouldAskAgainWhenTheBackendBeginsAnew() throws IOException
    {
        final Blkfront disk = connect();
        final UnsafeBuffer buffer = new UnsafeBuffer(new byte[8 * 4096]);
        final List<Integer> statuses = new ArrayList<>();
        for (int i = 0; i < 8; i++)
        {
            disk.submitRead(i * 8L, 8, buffer, i * 4096, (token, status) -> statuses.add(status), i);
        }
        crashBackend();
        dom0.write(BACK + "/state", "1");
        hypervisor.settle();
        handOverImage(Fcntl.O_RDWR);
        dom0.write(BACK + "/state", "2");
        hypervisor.settle();
        startBackend();
        hypervisor.settle();
        assertEquals("4", dom0.read(BACK + "/state"));
        assertTrue(disk.isConnected());
        assertEquals(List.of(0, 0, 0, 0, 0, 0, 0, 0), statuses);
        for (int i = 0; i < 8 * 4096; i++)
        {
            assertEquals(content[i], buffer.getByte(i));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"ring-ref", "event-channel", "protocol"})
    void shouldSurviveAFrontendWhoseNodesAreNonsense(final String key)
    {
        handOverImage(Fcntl.O_RDWR);
        fronts.close();
        xenstore.dispatch();
        for (final String nonsense : List.of("-1", "99999999999", "x", "", "4096000"))
        {
            guest.write(FRONT + "/ring-ref", key.equals("ring-ref") ? nonsense : "8");
            guest.write(FRONT + "/event-channel", key.equals("event-channel") ? nonsense : "3");
            guest.write(FRONT + "/protocol", key.equals("protocol") ? nonsense : "x86_64-abi");
            guest.write(FRONT + "/state", "3");
            hypervisor.settle();
            assertEquals("5", dom0.read(BACK + "/state"), nonsense);
            assertNotNull(dom0.read("/local/domain/2/error/backend/vbd/7/51712/error"));
            guest.write(FRONT + "/state", "6");
            hypervisor.settle();
            assertEquals("6", dom0.read(BACK + "/state"));
            guest.write(FRONT + "/state", "1");
            hypervisor.settle();
            assertEquals("2", dom0.read(BACK + "/state"), "it may try again");
        }
        assertEquals(0, hypervisor.mappedCount);
    }

    @Test
    @Tag("SEC-081")
    void shouldEndADeviceThatBreaksTheProtocolAndServeTheOthers() throws IOException
    {
        final Blkfront disk = connect();
        final UnsafeBuffer buffer = new UnsafeBuffer(new byte[512]);
        disk.read(0, 1, buffer, 0);
        hypervisor.ringPages().forEach(page -> page.putInt(0, 0x7000_0000));
        disk.submitRead(1, 1, buffer, 0, (token, status) -> {}, 0);
        hypervisor.ringPages().forEach(page -> page.putInt(0, 0x7000_0000));
        hypervisor.settle();
        assertTrue(errors.getFirst().contains("broke the protocol"), errors::toString);
        assertEquals(0, hypervisor.mappedCount);
        assertTrue(disk.isGone());
    }

    private Blkfront connect()
    {
        handOverImage(Fcntl.O_RDWR);
        assertTrue(fronts.awaitConnected(10_000), xenstore::toString);
        hypervisor.settle();
        return fronts.disk("xvda");
    }

    private void handOverImage(final int flags)
    {
        hypervisor.images.put(TAG, Fcntl.open(file.toString(), flags, 0));
        backs.values().forEach(Blkback::onImage);
    }

    private void startBackend()
    {
        backendBus = new BackendBus(
            driver, DRIVER, "vbd",
            device ->
            {
                final Blkback back = new Blkback(device, hypervisor.backend());
                backs.put(device.id(), back);
                return back;
            },
            errors::add);
    }

    /** As by kill -9: the nodes stand as they were. */
    private void crashBackend()
    {
        final String state = dom0.read(BACK + "/state");
        backendBus.close();
        dom0.write(BACK + "/state", state);
        backs.clear();
        xenstore.dispatch();
    }

    private void makeDevice(final String mode)
    {
        dom0.inTransaction(
            transaction ->
            {
                Map.of("backend", BACK, "backend-id", "2", "state", "1", "virtual-device", "51712")
                    .forEach((key, value) -> transaction.write(FRONT + "/" + key, value));
                Map.of("frontend", FRONT, "frontend-id", "7", "online", "1", "state", "1", "mode", mode,
                    "params", "/images/disk.img", "device-type", "disk", "removable", "0")
                    .forEach((key, value) -> transaction.write(BACK + "/" + key, value));
                return null;
            });
    }
}
