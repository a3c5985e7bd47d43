package org.skerry.blkback;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.skerry.guest.blkfront.BlkfrontHost;
import org.skerry.guest.blkfront.Blkfronts;
import org.skerry.guest.xenbus.BackendBus;
import org.skerry.guest.xenstore.MemoryXenstore;
import org.skerry.guest.xenstore.XenstoreClient;
import org.skerry.wire.Blkif;
import org.skerry.wire.Domid;
import org.skerry.wire.blkif.BlkifRequestEncoder;
import org.skerry.wire.blkif.BlkifRequestSegmentEncoder;
import org.skerry.wire.linux.Fcntl;

/** A frontend that says any state at any moment, with requests in its ring, and means none of it. */
@Timeout(60)
class BlkFlipTest
{
    private static final Domid GUEST = new Domid(7);
    private static final Domid DRIVER = new Domid(2);
    private static final String FRONT = "/local/domain/7/device/vbd/51712";
    private static final String BACK = "/local/domain/2/backend/vbd/7/51712";
    private static final int SECTOR_COUNT = 256;
    private static final int PAGES = 4;
    private static final int CHANNELS = 3;
    private static final int FLIPS = 100_000;
    private static final int STATES = 10;

    @TempDir
    Path directory;

    private final MemoryXenstore xenstore = new MemoryXenstore();
    private final XenstoreClient dom0 = xenstore.client(Domid.DOM0);
    private final XenstoreClient guest = xenstore.client(GUEST);
    private final TestHypervisor hypervisor = new TestHypervisor(xenstore::dispatch);
    private final BlkfrontHost host = hypervisor.frontend();
    private final BlkfrontHost.Pages pages = host.allocatePages(DRIVER, PAGES);
    private final UnsafeBuffer ring = new UnsafeBuffer(pages.buffer(), 0, 4096);
    private final int[] refs = new int[PAGES];
    private final List<BlkfrontHost.Channel> channels = new ArrayList<>();
    private final List<Blkback> backs = new ArrayList<>();
    private final BlkifRequestEncoder request = new BlkifRequestEncoder();
    private final BlkifRequestSegmentEncoder segment = new BlkifRequestSegmentEncoder();
    private byte[] content;
    private int connections;
    private long served;

    @BeforeEach
    void setUp() throws IOException
    {
        content = new byte[SECTOR_COUNT * Blkif.SECTOR_LENGTH];
        new Random(42).nextBytes(content);
        final Path file = Files.write(directory.resolve("disk.img"), content);
        Map.of("backend", BACK, "backend-id", "2", "state", "1", "protocol", Blkif.PROTOCOL_X86_64)
            .forEach((key, value) -> dom0.write(FRONT + "/" + key, value));
        Map.of("frontend", FRONT, "frontend-id", "7", "online", "1", "state", "1", "mode", "r")
            .forEach((key, value) -> dom0.write(BACK + "/" + key, value));
        hypervisor.images.put("vbd/7/51712", Fcntl.open(file.toString(), Fcntl.O_RDONLY, 0));
        for (int i = 0; i < PAGES; i++)
        {
            refs[i] = pages.grant(i);
        }
        for (int i = 0; i < CHANNELS; i++)
        {
            channels.add(host.allocateChannel(DRIVER, () -> false, () -> {}));
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2})
    @Tag("SEC-086")
    void shouldSurviveAnyStateAtAnyMomentWhileRequestsFly(final long seed) throws IOException
    {
        final Random random = new Random(seed);
        final BackendBus bus = startBackend();
        for (int i = 0; i < FLIPS; i++)
        {
            flip(random);
            if (random.nextInt(3) > 0)
            {
                submit(random);
            }
            for (int turns = random.nextInt(4); turns > 0; turns--)
            {
                hypervisor.turn();
            }
            count();
        }
        assertTrue(connections > FLIPS / 1000, "connections=" + connections);
        assertTrue(served > FLIPS / 100, "served=" + served);

        guest.write(FRONT + "/state", "6");
        hypervisor.settle();
        assertEquals(0, hypervisor.mappedCount);
        assertEquals(0, hypervisor.boundCount);
        shouldServeAnHonestFrontend();
        bus.close();
    }

    @Test
    void shouldServeAnHonestFrontendWithTheSameBackend() throws IOException
    {
        final BackendBus bus = startBackend();
        shouldServeAnHonestFrontend();
        bus.close();
        assertEquals(0, hypervisor.mappedCount);
    }

    private void shouldServeAnHonestFrontend() throws IOException
    {
        dom0.write(FRONT + "/state", "1");
        hypervisor.settle();
        try (Blkfronts fronts = new Blkfronts(host, guest, GUEST))
        {
            assertTrue(fronts.awaitConnected(10_000), xenstore::toString);
            final byte[] bytes = new byte[content.length];
            fronts.disk("xvda").read(0, SECTOR_COUNT, new UnsafeBuffer(bytes), 0);
            assertArrayEquals(content, bytes);
        }
        guest.write(FRONT + "/state", "6");
        hypervisor.settle();
    }

    private BackendBus startBackend()
    {
        return new BackendBus(
            xenstore.client(DRIVER), DRIVER, "vbd",
            device ->
            {
                backs.add(new Blkback(device, hypervisor.backend()));
                return backs.getLast();
            },
            why -> {});
    }

    private void flip(final Random random)
    {
        if (random.nextInt(4) == 0)
        {
            guest.write(FRONT + "/ring-ref", Integer.toString(random.nextInt(8) > 0 ? refs[0] : random.nextInt()));
            guest.write(FRONT + "/event-channel", Integer.toString(
                random.nextInt(8) > 0 ? channels.get(random.nextInt(CHANNELS)).port() : random.nextInt(5000)));
            guest.write(FRONT + "/feature-persistent", random.nextBoolean() ? "1" : "0");
        }
        final int state = random.nextInt(3) > 0 ? 3 + random.nextInt(2) : random.nextInt(STATES);
        guest.write(FRONT + "/state", random.nextInt(100) > 0 ? Integer.toString(state) : "nonsense");
    }

    /** Requests behind the last response, most of them such as one may ask; now and then an index that cannot be. */
    private void submit(final Random random)
    {
        final int rspProd = ring.getInt(8);
        final int reqProd = ring.getInt(0);
        final int count = random.nextInt(4);
        for (int i = 0; i < count; i++)
        {
            final int slot = 64 + (reqProd + i & 31) * Blkif.REQUEST_LENGTH;
            request.wrap(ring, slot).operation((short)random.nextInt(6)).nrSegments((short)random.nextInt(3))
                .reqId(random.nextLong()).sectorNumber(random.nextInt(SECTOR_COUNT));
            for (int j = 0; j < 2; j++)
            {
                segment.wrap(ring, slot + Blkif.segmentOffset(j)).gref(refs[1 + random.nextInt(PAGES - 1)])
                    .firstSect((short)random.nextInt(9)).lastSect((short)random.nextInt(9));
            }
        }
        ring.putIntRelease(0, random.nextInt(200) == 0 ? random.nextInt() :
            reqProd - rspProd + count > 32 || reqProd - rspProd < 0 ? rspProd : reqProd + count);
        channels.get(random.nextInt(CHANNELS)).notifyRemote();
    }

    private void count()
    {
        if (!backs.isEmpty() && backs.getLast().isConnected())
        {
            connections++;
            served += backs.getLast().statistics().readRequests;
        }
    }
}
