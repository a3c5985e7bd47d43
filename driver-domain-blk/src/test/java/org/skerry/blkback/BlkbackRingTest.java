package org.skerry.blkback;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.skerry.wire.Blkif.BLKIF_OP_DISCARD;
import static org.skerry.wire.Blkif.BLKIF_OP_FLUSH_DISKCACHE;
import static org.skerry.wire.Blkif.BLKIF_OP_READ;
import static org.skerry.wire.Blkif.BLKIF_OP_WRITE;
import static org.skerry.wire.Blkif.BLKIF_OP_WRITE_BARRIER;
import static org.skerry.wire.Blkif.BLKIF_RSP_EOPNOTSUPP;
import static org.skerry.wire.Blkif.BLKIF_RSP_ERROR;
import static org.skerry.wire.Blkif.BLKIF_RSP_OKAY;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.skerry.wire.Blkif;
import org.skerry.wire.blkif.BlkifRequestDiscardEncoder;
import org.skerry.wire.blkif.BlkifResponseDecoder;
import org.skerry.wire.linux.Fcntl;
import org.skerry.wire.linux.SysMman;
import org.skerry.wire.linux.Unistd;
import org.skerry.wire.ring.RingLayout;

class BlkbackRingTest
{
    private static final int SECTOR_COUNT = 4096;
    private static final int DATA_REF = 100;
    private static final int DATA_FRAMES = 33;

    @TempDir
    Path directory;

    private final TestGuest guest = new TestGuest(1 + DATA_FRAMES, -3);
    private byte[] content;
    private Path file;
    private DiskImage image;
    private BlkbackRing ring;
    private int bellCount;

    @BeforeEach
    void setUp() throws IOException
    {
        content = new byte[SECTOR_COUNT * 512];
        new Random(42).nextBytes(content);
        file = Files.write(directory.resolve("disk.img"), content);
        for (int i = 0; i < DATA_FRAMES; i++)
        {
            guest.grant(DATA_REF + i, 1 + i);
        }
        serveWith(true, false);
    }

    @AfterEach
    void tearDown()
    {
        ring.close();
        image.close();
        assertEquals(0, guest.mappedCount);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldReadEverySegmentToItsPlace(final boolean isPersistent)
    {
        serveWith(isPersistent, false);
        guest.request(BLKIF_OP_READ, 3, 0x1122334455667788L, 100)
            .segment(0, DATA_REF, 0, 7).segment(1, DATA_REF + 2, 3, 3).segment(2, DATA_REF + 1, 1, 6).push();
        assertEquals(BLKIF_RSP_OKAY, serveOne(0x1122334455667788L, BLKIF_OP_READ));
        assertArrayEquals(disk(100, 8), frame(0, 0, 8));
        assertArrayEquals(disk(108, 1), frame(2, 3, 1));
        assertArrayEquals(disk(109, 6), frame(1, 1, 6));
        assertArrayEquals(new byte[3 * 512], frame(2, 0, 3), "outside of the segment nothing is touched");
        assertEquals(isPersistent ? 0 : 1, ring.statistics().copiedRequests);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldWriteEverySegmentToItsPlace(final boolean isPersistent) throws IOException
    {
        serveWith(isPersistent, false);
        final byte[] data = new byte[DATA_FRAMES * 4096];
        new Random(7).nextBytes(data);
        guest.memory.putBytes(4096, data);
        guest.request(BLKIF_OP_WRITE, 11, 1, SECTOR_COUNT - 81).segment(0, DATA_REF + 20, 7, 7);
        for (int i = 1; i < 11; i++)
        {
            guest.segment(i, DATA_REF + i, 0, 7);
        }
        guest.push();
        assertEquals(BLKIF_RSP_OKAY, serveOne(1, BLKIF_OP_WRITE));

        System.arraycopy(data, 20 * 4096 + 7 * 512, content, (SECTOR_COUNT - 81) * 512, 512);
        System.arraycopy(data, 4096, content, (SECTOR_COUNT - 80) * 512, 10 * 4096);
        assertArrayEquals(content, Files.readAllBytes(file));
        assertEquals(81, ring.statistics().sectorsWritten);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldReadAndWriteSegmentsThatStandInAPageOfTheirOwn(final boolean isPersistent) throws IOException
    {
        serveWith(isPersistent, false);
        final int segments = 1 + 32;
        for (int i = 0; i < 32; i++)
        {
            guest.indirectSegment(segments, i, DATA_REF + 31 - i, i % 8, 7);
        }
        guest.indirect(BLKIF_OP_READ, 32, 5, 64, DATA_REF + 32).push();
        assertEquals(BLKIF_RSP_OKAY, serveOne(5, BLKIF_OP_READ), "the response names the inner operation");
        int sector = 64;
        for (int i = 0; i < 32; i++)
        {
            assertArrayEquals(disk(sector, 8 - i % 8), frame(31 - i, i % 8, 8 - i % 8));
            sector += 8 - i % 8;
        }

        guest.memory.setMemory(4096, 32 * 4096, (byte)0x77);
        guest.indirect(BLKIF_OP_WRITE, 32, 6, 1000, DATA_REF + 32).push();
        assertEquals(BLKIF_RSP_OKAY, serveOne(6, BLKIF_OP_WRITE));
        Arrays.fill(content, 1000 * 512, (1000 + sector - 64) * 512, (byte)0x77);
        assertArrayEquals(content, Files.readAllBytes(file));
    }

    @ParameterizedTest
    @CsvSource({"0, 0, 132", "33, 0, 132", "65535, 1, 132", "4, 5, 132", "4, 6, 132", "4, 0, 99", "4, 1, -1"})
    @Tag("SEC-085")
    void shouldRefuseIndirectRequestsThatCannotBe(final int count, final int operation, final int ref)
        throws IOException
    {
        for (int i = 0; i < 33; i++)
        {
            guest.indirectSegment(33, i, DATA_REF, 0, 7);
        }
        guest.indirect(operation, count, 3, 0, ref).push();
        assertEquals(BLKIF_RSP_ERROR, serveOne(3, operation));
        guest.indirectSegment(33, 1, DATA_REF, 3, 8).indirect(BLKIF_OP_WRITE, 2, 4, 0, DATA_REF + 32).push();
        assertEquals(BLKIF_RSP_ERROR, serveOne(4, BLKIF_OP_WRITE));
        assertArrayEquals(content, Files.readAllBytes(file));
    }

    @Test
    void shouldHoldARequestUntilItsPagesAreMoved()
    {
        guest.onTheWay.add(DATA_REF + 1);
        guest.onTheWay.add(DATA_REF + 2);
        guest.request(BLKIF_OP_READ, 3, 1, 10).segment(0, DATA_REF, 0, 7).segment(1, DATA_REF + 1, 0, 7)
            .segment(2, DATA_REF + 2, 0, 7).push();
        guest.request(BLKIF_OP_READ, 1, 2, 50).segment(0, DATA_REF + 3, 0, 7).push();
        ring.onEvent();
        assertEquals(0, ring.serve(32));
        assertNull(guest.response(), "nor is what came later answered before it");
        assertEquals(3, guest.mapCalls, "all are asked for at once");
        guest.onTheWay.clear();
        guest.moved.remove().run();
        assertEquals(2, ring.serve(32));
        assertEquals(1, guest.response().reqId());
        assertEquals(2, guest.response().reqId());
        assertArrayEquals(disk(18, 8), frame(1, 0, 8));
        assertEquals(0, ring.statistics().copiedRequests);
    }

    @Test
    void shouldCopyWhatIsNeverMoved()
    {
        guest.onTheWay.add(DATA_REF);
        guest.request(BLKIF_OP_READ, 1, 1, 10).segment(0, DATA_REF, 0, 7).push();
        ring.onEvent();
        ring.serve(32);
        while (!guest.moved.isEmpty())
        {
            guest.moved.remove().run();
            ring.serve(32);
        }
        assertEquals(BLKIF_RSP_OKAY, guest.response().status());
        assertArrayEquals(disk(10, 8), frame(0, 0, 8));
        assertEquals(1, ring.statistics().copiedRequests);
    }

    @Test
    void shouldMapAPersistentGrantOnce()
    {
        for (int i = 0; i < 100; i++)
        {
            guest.request(BLKIF_OP_READ, 1, i, i).segment(0, DATA_REF + i % 4, 0, 7).push();
            assertEquals(BLKIF_RSP_OKAY, serveOne(i, BLKIF_OP_READ));
        }
        assertEquals(4, guest.mapCalls);
        assertEquals(4, ring.persistentGrantCount());
        assertEquals(0, guest.copyCount);
    }

    @Test
    void shouldCopyAPageThatCannotBeMapped()
    {
        guest.unmappable.add(DATA_REF + 1);
        for (int i = 0; i < 3; i++)
        {
            guest.request(BLKIF_OP_READ, 2, i, 10).segment(0, DATA_REF, 0, 7).segment(1, DATA_REF + 1, 0, 7).push();
            assertEquals(BLKIF_RSP_OKAY, serveOne(i, BLKIF_OP_READ));
            assertArrayEquals(disk(18, 8), frame(1, 0, 8));
        }
        assertEquals(2, guest.mapCalls, "asked once");
        assertEquals(3, ring.statistics().copiedRequests);
    }

    @Test
    void shouldKeepNoMoreGrantsMappedThanAgreed()
    {
        for (int i = 0; i < PersistentGrants.MAX_GRANTS + 50; i++)
        {
            guest.grant(1000 + i, 1 + i % DATA_FRAMES);
            guest.request(BLKIF_OP_READ, 1, i, i).segment(0, 1000 + i, 0, 7).push();
            assertEquals(BLKIF_RSP_OKAY, serveOne(i, BLKIF_OP_READ));
            assertArrayEquals(disk(i, 8), frame(i % DATA_FRAMES, 0, 8));
        }
        assertEquals(PersistentGrants.MAX_GRANTS, guest.mappedCount);
        assertEquals(50, ring.statistics().copiedRequests);
    }

    @Test
    void shouldFlushAndServeBarriers() throws IOException
    {
        guest.request(BLKIF_OP_FLUSH_DISKCACHE, 0, 5, 0).push();
        assertEquals(BLKIF_RSP_OKAY, serveOne(5, BLKIF_OP_FLUSH_DISKCACHE));
        guest.request(BLKIF_OP_WRITE_BARRIER, 0, 6, 0).push();
        assertEquals(BLKIF_RSP_OKAY, serveOne(6, BLKIF_OP_WRITE_BARRIER));

        guest.memory.setMemory(4096, 512, (byte)0x5A);
        guest.request(BLKIF_OP_WRITE_BARRIER, 1, 7, 77).segment(0, DATA_REF, 0, 0).push();
        assertEquals(BLKIF_RSP_OKAY, serveOne(7, BLKIF_OP_WRITE_BARRIER));
        Arrays.fill(content, 77 * 512, 78 * 512, (byte)0x5A);
        assertArrayEquals(content, Files.readAllBytes(file));
    }

    @Test
    void shouldAnswerAnErrorToEveryFlushWhenTheKernelCouldNotWrite()
    {
        final int fd = SysMman.memfdCreate("disk", 0);
        assertEquals(0, Unistd.ftruncate(fd, SECTOR_COUNT * 512));
        final DiskImage failing = new DiskImage(fd, false);
        Unistd.close(fd);                                   // fdatasync answers EBADF
        assertTrue(failing.flush() < 0);
        assertTrue(failing.flush() < 0);
    }

    @Test
    void shouldDiscardWhatLiesInsideTheDisk() throws IOException
    {
        discard(16, 8);
        assertEquals(BLKIF_RSP_OKAY, serveOne(9, BLKIF_OP_DISCARD));
        Arrays.fill(content, 16 * 512, 24 * 512, (byte)0);
        assertArrayEquals(content, Files.readAllBytes(file));

        for (final long[] range : new long[][]{{0, 0}, {0, SECTOR_COUNT + 1}, {SECTOR_COUNT, 1}, {-1, 1}, {0, -1},
            {1, Long.MAX_VALUE}, {Long.MAX_VALUE, 1}, {SECTOR_COUNT - 1, 2}})
        {
            discard(range[0], range[1]);
            assertEquals(BLKIF_RSP_ERROR, serveOne(9, BLKIF_OP_DISCARD), () -> Arrays.toString(range));
        }
        assertArrayEquals(content, Files.readAllBytes(file));
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 7, 99, 128, 255})
    void shouldSayThatItDoesNotHaveAnOperation(final int operation)
    {
        guest.request(operation, 1, -1, 0).segment(0, DATA_REF, 0, 7).push();
        assertEquals(BLKIF_RSP_EOPNOTSUPP, serveOne(-1, operation));
        assertEquals(1, ring.statistics().unknownRequests);
    }

    @ParameterizedTest
    @CsvSource({"0", "12", "13", "128", "255"})
    @Tag("SEC-085")
    void shouldRefuseNumbersOfSegmentsThatDoNotFit(final int segmentCount) throws IOException
    {
        for (final int operation : new int[]{BLKIF_OP_READ, BLKIF_OP_WRITE})
        {
            guest.request(operation, segmentCount, 3, 0);
            for (int i = 0; i < 11; i++)
            {
                guest.segment(i, DATA_REF, 0, 0);
            }
            guest.push();
            assertEquals(BLKIF_RSP_ERROR, serveOne(3, operation));
        }
        assertArrayEquals(content, Files.readAllBytes(file));
        assertEquals(0, guest.mapCalls);
    }

    @ParameterizedTest
    @CsvSource({"1, 0", "7, 6", "0, 8", "8, 8", "0, 255", "255, 255", "200, 100"})
    @Tag("SEC-085")
    void shouldRefuseSegmentsThatLeaveThePage(final int firstSect, final int lastSect) throws IOException
    {
        guest.request(BLKIF_OP_WRITE, 2, 3, 0).segment(0, DATA_REF, 0, 7).segment(1, DATA_REF, firstSect, lastSect)
            .push();
        assertEquals(BLKIF_RSP_ERROR, serveOne(3, BLKIF_OP_WRITE));
        assertArrayEquals(content, Files.readAllBytes(file));
        assertEquals(1, ring.statistics().refusedRequests);
    }

    @ParameterizedTest
    @ValueSource(longs = {SECTOR_COUNT - 7, SECTOR_COUNT, SECTOR_COUNT + 1, Long.MAX_VALUE, Long.MAX_VALUE - 7,
        Long.MIN_VALUE, -1, -8, 1L << 54, (1L << 55) + 1})
    @Tag("SEC-091")
    void shouldRefuseSectorsBeyondTheDisk(final long sector) throws IOException
    {
        for (final int operation : new int[]{BLKIF_OP_READ, BLKIF_OP_WRITE, BLKIF_OP_WRITE_BARRIER})
        {
            guest.request(operation, 1, 3, sector).segment(0, DATA_REF, 0, 7).push();
            assertEquals(BLKIF_RSP_ERROR, serveOne(3, operation));
        }
        assertArrayEquals(content, Files.readAllBytes(file));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @Tag("SEC-022")
    @Tag("SEC-087")
    void shouldAnswerAnErrorForAGrantThatIsNone(final boolean isPersistent) throws IOException
    {
        serveWith(isPersistent, false);
        for (final int ref : new int[]{0, 99, -1, Integer.MAX_VALUE, Integer.MIN_VALUE})
        {
            guest.request(BLKIF_OP_WRITE, 2, 3, 0).segment(0, DATA_REF, 0, 7).segment(1, ref, 0, 7).push();
            assertEquals(BLKIF_RSP_ERROR, serveOne(3, BLKIF_OP_WRITE));
            guest.request(BLKIF_OP_READ, 1, 4, 0).segment(0, ref, 0, 7).push();
            assertEquals(BLKIF_RSP_ERROR, serveOne(4, BLKIF_OP_READ));
        }
        assertArrayEquals(content, Files.readAllBytes(file));
    }

    @Test
    void shouldRefuseToChangeAReadOnlyDisk() throws IOException
    {
        serveWith(true, true);
        guest.request(BLKIF_OP_WRITE, 1, 1, 0).segment(0, DATA_REF, 0, 7).push();
        assertEquals(BLKIF_RSP_ERROR, serveOne(1, BLKIF_OP_WRITE));
        guest.request(BLKIF_OP_WRITE_BARRIER, 1, 2, 0).segment(0, DATA_REF, 0, 7).push();
        assertEquals(BLKIF_RSP_ERROR, serveOne(2, BLKIF_OP_WRITE_BARRIER));
        discard(0, 8);
        assertEquals(BLKIF_RSP_ERROR, serveOne(9, BLKIF_OP_DISCARD));
        guest.request(BLKIF_OP_FLUSH_DISKCACHE, 0, 3, 0).push();
        assertEquals(BLKIF_RSP_OKAY, serveOne(3, BLKIF_OP_FLUSH_DISKCACHE));
        guest.request(BLKIF_OP_READ, 1, 4, 0).segment(0, DATA_REF, 0, 7).push();
        assertEquals(BLKIF_RSP_OKAY, serveOne(4, BLKIF_OP_READ));
        assertArrayEquals(content, Files.readAllBytes(file));
    }

    @Test
    void shouldAnswerAnErrorWhenTheFileHasBecomeShorter() throws IOException
    {
        try (RandomAccessFile shortened = new RandomAccessFile(file.toFile(), "rw"))
        {
            shortened.setLength(512 * 100);
        }
        guest.request(BLKIF_OP_READ, 1, 4, 96).segment(0, DATA_REF, 0, 7).push();
        assertEquals(BLKIF_RSP_ERROR, serveOne(4, BLKIF_OP_READ));
        assertEquals(1, ring.statistics().failedRequests);
    }

    @Test
    @Tag("SEC-082")
    @Tag("SEC-083")
    void shouldUseItsCopyWhenTheFrontendChangesTheRequestUnderIt() throws IOException
    {
        guest.request(BLKIF_OP_WRITE, 1, 3, 8).segment(0, DATA_REF, 0, 7);
        final int slot = guest.slot();
        guest.onMap = () -> guest.ringPage.setMemory(slot, 112, (byte)0xFF);
        guest.push();
        assertEquals(BLKIF_RSP_OKAY, serveOne(3, BLKIF_OP_WRITE));
        Arrays.fill(content, 8 * 512, 16 * 512, (byte)0);
        assertArrayEquals(content, Files.readAllBytes(file));
    }

    @Test
    @Tag("SEC-081")
    void shouldReportViolationWhenReqProdIsBeyondTheRing()
    {
        for (final int lie : new int[]{33, 1000, Integer.MIN_VALUE, -1})
        {
            guest.ringPage.putInt(RingLayout.REQ_PROD_OFFSET, -3 + lie);
            assertEquals(BlkbackRing.PROTOCOL_VIOLATION, ring.serve(32));
        }
        assertNull(guest.response());
    }

    @Test
    void shouldServeNoMoreThanItsLimitAtOnce()
    {
        for (int i = 0; i < 32; i++)
        {
            guest.request(BLKIF_OP_READ, 1, i, i).segment(0, DATA_REF, 0, 7);
        }
        guest.push();
        assertEquals(5, ring.serve(5));
        assertEquals(5, guest.front.unconsumedResponses());
        assertEquals(20, ring.serve(20));
        assertEquals(7, ring.serve(20));
        assertEquals(0, ring.serve(20));
    }

    @Test
    void shouldSleepUntilTheBellAndRingOnlyWhenAsked()
    {
        assertEquals(0, ring.serve(32));
        guest.request(BLKIF_OP_READ, 1, 1, 1).segment(0, DATA_REF, 0, 7);
        assertTrue(guest.push());
        assertEquals(0, ring.serve(32), "nobody has told it yet");
        ring.onEvent();
        guest.request(BLKIF_OP_READ, 1, 2, 2).segment(0, DATA_REF, 0, 7);
        guest.push();
        assertEquals(2, ring.serve(32));
        assertEquals(1, bellCount, "the front asked for one bell");
        assertEquals(0, ring.serve(32), "a bell without a request costs a look");
        assertNotNull(guest.response());
        assertNotNull(guest.response());
        assertNull(guest.response());
    }

    @Test
    void shouldGoOnWhereItsPredecessorStopped() throws IOException
    {
        for (int i = 0; i < 6; i++)
        {
            guest.memory.setMemory(4096 * (1 + i), 512, (byte)i);
            guest.request(BLKIF_OP_WRITE, 1, i, i).segment(0, DATA_REF + i, 0, 0);
            Arrays.fill(content, i * 512, (i + 1) * 512, (byte)i);
        }
        guest.push();
        ring.serve(2);
        ring.close();
        serveWith(true, false);
        ring.serve(32);
        for (int i = 0; i < 6; i++)
        {
            assertEquals(i, guest.response().reqId());
        }
        assertNull(guest.response());
        assertArrayEquals(content, Files.readAllBytes(file));
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void shouldAnswerEveryRequestOfRandomBytesAndNeverThrow(final long seed)
    {
        ring.close();
        image.close();
        final int fd = SysMman.memfdCreate("disk", 0);
        assertEquals(0, Unistd.ftruncate(fd, SECTOR_COUNT * 512));
        image = new DiskImage(fd, false);
        ring = new BlkbackRing(guest.ringPage, image, guest, seed % 2 == 0, () -> bellCount++);
        final Random random = new Random(seed);
        final byte[] bytes = new byte[112];
        for (int round = 0; round < 2000; round++)
        {
            final int count = 1 + random.nextInt(32);
            final long[] ids = new long[count];
            for (int i = 0; i < count; i++)
            {
                random.nextBytes(bytes);
                bytes[0] = (byte)(random.nextInt(8) == 0 ? bytes[0] : random.nextInt(7));
                bytes[1] = (byte)(random.nextInt(4) == 0 ? bytes[1] : random.nextInt(13));
                final int slot = guest.front.claimRequest();
                guest.ringPage.putBytes(slot, bytes);
                ids[i] = guest.ringPage.getLong(slot + 8);
                if (random.nextBoolean())
                {
                    guest.ringPage.putLong(slot + 16, random.nextInt(SECTOR_COUNT + 8));
                    for (int s = 0; s < 11; s++)
                    {
                        final long ref = DATA_REF + random.nextInt(DATA_FRAMES + 1);
                        guest.ringPage.putLong(slot + 24 + 8 * s, ref | (long)random.nextInt(9) << 40);
                    }
                }
            }
            guest.push();
            ring.onEvent();
            assertEquals(count, ring.serve(32), "seed=" + seed);
            for (final long id : ids)
            {
                assertEquals(id, guest.response().reqId(), "seed=" + seed);
            }
        }
        assertTrue(ring.statistics().writeRequests > 100 && ring.statistics().refusedRequests > 100);
    }

    @Test
    @Tag("SEC-084")
    void shouldSayNothingInAResponseBeyondItsFields()
    {
        guest.request(BLKIF_OP_FLUSH_DISKCACHE, 0, 7, 0);
        final int slot = guest.slot();
        final byte[] before = new byte[Blkif.RING_LAYOUT.slotLength()];
        guest.ringPage.setMemory(slot + 24, before.length - 24, (byte)0x5A);
        guest.ringPage.getBytes(slot, before);
        guest.push();
        assertEquals(BLKIF_RSP_OKAY, serveOne(7, BLKIF_OP_FLUSH_DISKCACHE));

        for (int at = 0; at < before.length; at++)
        {
            final boolean isField = at <= 8 || at == 10 || at == 11;        // id, operation, status
            final byte now = guest.ringPage.getByte(slot + at);
            assertTrue(isField || now == before[at] || now == 0, "at=" + at + ", byte=" + now);
        }
    }

    private void serveWith(final boolean isPersistent, final boolean isReadOnly)
    {
        if (image != null)
        {
            ring.close();
            image.close();
        }
        image = new DiskImage(Fcntl.open(file.toString(), Fcntl.O_RDWR, 0), isReadOnly);
        assertEquals(SECTOR_COUNT, image.sectorCount());
        ring = new BlkbackRing(guest.ringPage, image, guest, isPersistent, () -> bellCount++);
    }

    private int serveOne(final long id, final int operation)
    {
        ring.onEvent();
        assertEquals(1, ring.serve(32));
        final BlkifResponseDecoder response = guest.response();
        assertEquals(id, response.reqId());
        assertEquals(operation, response.operation());
        return response.status();
    }

    private void discard(final long sector, final long count)
    {
        guest.request(BLKIF_OP_DISCARD, 0, 9, sector);
        new BlkifRequestDiscardEncoder().wrap(guest.ringPage, guest.slot()).nrSectors(count);
        guest.push();
    }

    private byte[] disk(final int sector, final int count)
    {
        return Arrays.copyOfRange(content, sector * 512, (sector + count) * 512);
    }

    private byte[] frame(final int index, final int sector, final int count)
    {
        final byte[] bytes = new byte[count * 512];
        guest.memory.getBytes(4096 * (1 + index) + sector * 512, bytes);
        return bytes;
    }
}
