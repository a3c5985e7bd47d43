package org.skerry.pvh;

import java.nio.ByteBuffer;
import java.util.Random;

import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class GuestMemoryTest
{
    private static final int FRAMES = 1024;
    private static final int PML4 = 0x1000;
    private static final int PDPT = 0x2000;
    private static final int PD = 0x3000;
    private static final int PT = 0x4000;
    private static final int PRESENT = 1;
    private static final int WRITABLE = 2;
    private static final int LARGE = 0x80;

    private final ByteBuffer bytes = BufferUtil.allocateDirectAligned((FRAMES + 2) * 4096, 4096);
    private final UnsafeBuffer all = new UnsafeBuffer(bytes);
    private final UnsafeBuffer ram = new UnsafeBuffer(all, 4096, FRAMES * 4096);
    private final GuestMemory memory = new GuestMemory(ram.addressOffset(), FRAMES);
    private final UnsafeBuffer copy = new UnsafeBuffer(ByteBuffer.allocateDirect(8192));

    @BeforeEach
    void mapTheFirst4MiB()
    {
        ram.putLong(PML4, PDPT | PRESENT | WRITABLE);
        ram.putLong(PDPT, PD | PRESENT | WRITABLE);
        ram.putLong(PD, PT | PRESENT | WRITABLE);
        ram.putLong(PD + 8, 0x20_0000 | LARGE | PRESENT | WRITABLE);
        for (int page = 0; page < 512; page++)
        {
            ram.putLong(PT + page * 8, page << 12 | PRESENT | WRITABLE);
        }
    }

    @Test
    void shouldWalkToPagesOfAllSizes()
    {
        ram.putLong(PDPT + 8, LARGE | PRESENT);             // the second GiB shows the first

        assertEquals(0x7_0123, memory.translate(PML4, 0x7_0123, true));
        assertEquals(0x20_0123, memory.translate(PML4, 0x20_0123, true));
        assertEquals(0x12_3456, memory.translate(PML4, 0x4012_3456, false));
        assertEquals(0x7_0123, memory.translate(PML4 | 0xFFF, 0x7_0123, false), "flags in CR3");
    }

    @Test
    void shouldFindNothingWhereTheTablesShowNothing()
    {
        ram.putLong(PT + 7 * 8, 0);
        ram.putLong(PT + 8 * 8, 8 << 12 | PRESENT);
        ram.putLong(PT + 9 * 8, FRAMES << 12 | PRESENT | WRITABLE);
        ram.putLong(PT + 10 * 8, 0x000F_FFFF_FFFF_F000L | PRESENT | WRITABLE);
        ram.putLong(PD + 16, 0x7FFF_FFFF_F000L | PRESENT | WRITABLE);

        assertEquals(-1, memory.translate(PML4, 0x7000, false), "not present");
        assertEquals(-1, memory.translate(PML4, 0x8000, true), "read-only");
        assertEquals(0x8000, memory.translate(PML4, 0x8000, false));
        assertEquals(-1, memory.translate(PML4, 0x9000, false), "behind the memory");
        assertEquals(-1, memory.translate(PML4, 0xA000, false), "far behind the memory");
        assertEquals(-1, memory.translate(PML4, 0x40_0000, false), "its table is behind the memory");
        assertEquals(-1, memory.translate(PML4, 0x8000_0000_0000L, false), "not canonical");
        assertEquals(-1, memory.translate(PML4, -4096, false), "no entry in the upper half");
        assertEquals(-1, memory.translate(-1L, 0, false), "CR3 behind the memory");
    }

    @Test
    void shouldCopyAcrossPagesThatAreNotNeighbours()
    {
        ram.putLong(PT + 0x20 * 8, 0x50_000 | PRESENT | WRITABLE);
        ram.putLong(PT + 0x21 * 8, 0x40_000 | PRESENT | WRITABLE);
        for (int i = 0; i < 100; i++)
        {
            copy.putByte(i, (byte)(i + 1));
        }

        assertTrue(memory.copyOut(PML4, 0x2_0FF0, copy, 100));
        assertEquals(16, ram.getByte(0x5_0FFF));
        assertEquals(17, ram.getByte(0x4_0000));
        copy.setMemory(0, 100, (byte)0);
        assertTrue(memory.copyIn(PML4, 0x2_0FF0, copy, 100));
        assertEquals(100, copy.getByte(99));
    }

    @Test
    void shouldSayWhenNotAllIsThere()
    {
        ram.putLong(PT + 0x21 * 8, 0x40_000 | PRESENT);
        ram.putLong(PT + 0x22 * 8, 0);

        assertFalse(memory.copyOut(PML4, 0x2_0FF0, copy, 100));
        assertTrue(memory.copyIn(PML4, 0x2_0FF0, copy, 100));
        assertFalse(memory.copyIn(PML4, 0x2_1FF0, copy, 100));
        assertTrue(memory.copyIn(PML4, 0x2_2000, copy, 0));
        assertThrows(IllegalArgumentException.class, () -> memory.addressOf(FRAMES));
    }

    @Test
    void shouldTouchNothingOutsideWhateverTheTablesSay()
    {
        all.setMemory(0, 4096, (byte)0x77);
        all.setMemory((FRAMES + 1) * 4096, 4096, (byte)0x77);
        final Random random = new Random(4711);
        for (int round = 0; round < 2_000; round++)
        {
            for (final int table : new int[]{PML4, PDPT, PD, PT})
            {
                final long entry = random.nextLong() >>> random.nextInt(56);
                ram.putLong(table + random.nextInt(4) * 8, entry | PRESENT | WRITABLE);
            }
            for (int i = 0; i < 8; i++)
            {
                final long virtual = (long)random.nextInt(4) << 39 | (long)random.nextInt(4) << 30 |
                    random.nextInt(4) << 21 | random.nextInt(4) << 12 | random.nextInt(4096);
                memory.copyOut(random.nextInt(8) << 12, virtual, copy, random.nextInt(8192));
            }
        }
        for (int i = 0; i < 4096; i += 8)
        {
            assertEquals(0x7777_7777_7777_7777L, all.getLong(i));
            assertEquals(0x7777_7777_7777_7777L, all.getLong((FRAMES + 1) * 4096 + i));
        }
    }
}
