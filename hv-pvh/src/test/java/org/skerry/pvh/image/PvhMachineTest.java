package org.skerry.pvh.image;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.skerry.pvh.image.ElfBuilder.elf64;
import static org.skerry.pvh.image.ElfBuilder.tinyKernel;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;

import org.junit.jupiter.api.Test;
import org.skerry.pvh.image.PvhMachine.Loaded;
import org.skerry.pvh.image.PvhMachine.Spec;

class PvhMachineTest
{
    private static final int FRAMES = 4 * 256;
    private static final int FIRST_FREE = 35;
    private static final int PORT = 0xea;
    private static final byte[] STUBS = stubs(16, 0, false);

    private final MemorySegment ram = MemorySegment.ofArray(new byte[FRAMES * 4096]);

    @Test
    void shouldTellTheKernelWhereEverythingIs() throws ImageException
    {
        final MemorySegment ramdisk = MemorySegment.ofArray(filled(5000, (byte)7));
        final Loaded loaded = load(tinyKernel((byte)1), new Spec(2, 3, FIRST_FREE, FRAMES, "console=hvc0", ramdisk,
            false, PORT));

        assertEquals(0x100000, loaded.entry());
        final long info = loaded.startInfo();
        assertEquals(0x336ec578, ram.get(JAVA_INT_UNALIGNED, info));
        assertEquals(1, ram.get(JAVA_INT_UNALIGNED, info + 4));
        assertEquals(0, ram.get(JAVA_INT_UNALIGNED, info + 8));
        assertEquals(1, ram.get(JAVA_INT_UNALIGNED, info + 12));
        assertEquals("console=hvc0", ram.getString(ram.get(JAVA_LONG_UNALIGNED, info + 24)));
        assertEquals("RSD PTR ", new String(
            ram.asSlice(ram.get(JAVA_LONG_UNALIGNED, info + 32), 8).toArray(JAVA_BYTE),
            StandardCharsets.US_ASCII));

        final long modules = ram.get(JAVA_LONG_UNALIGNED, info + 16);
        final long paddr = ram.get(JAVA_LONG_UNALIGNED, modules);
        assertEquals(FRAMES * 4096L - 8192, paddr);
        assertEquals(5000, ram.get(JAVA_LONG_UNALIGNED, modules + 8));
        assertArrayEquals(ramdisk.toArray(JAVA_BYTE), ram.asSlice(paddr, 5000).toArray(JAVA_BYTE));
    }

    @Test
    void shouldDeclareWhatIsSharedReservedAndTheHoleNotAtAll() throws ImageException
    {
        final long info = load(tinyKernel((byte)1), spec(false)).startInfo();
        final long map = ram.get(JAVA_LONG_UNALIGNED, info + 40);
        assertEquals(4, ram.get(JAVA_INT_UNALIGNED, info + 48));
        assertMapEntry(map, 0, FIRST_FREE * 4096L, 2);
        assertMapEntry(map + 24, FIRST_FREE * 4096L, 0xa0000 - FIRST_FREE * 4096L, 1);
        assertMapEntry(map + 48, 0x100000, FRAMES * 4096L - 0x100000, 1);
        assertMapEntry(map + 72, 0xfee00000L, 4096, 2);
        assertEquals(0, ram.get(JAVA_INT_UNALIGNED, info + 12));
        assertEquals(0, ram.get(JAVA_LONG_UNALIGNED, info + 16));
    }

    @Test
    void shouldLoadEachSegmentAndZeroTheRest() throws ImageException
    {
        ram.fill((byte)0x55);
        load(elf64().load(0x100000, 4096, (byte)1, (byte)2).data(0x30000, 10, (byte)3).note(18, 0x100000, 8),
            spec(false));
        assertEquals(1, ram.get(JAVA_BYTE, 0x100000));
        assertEquals(2, ram.get(JAVA_BYTE, 0x100001));
        assertEquals(4094, zeros(0x100002));
        assertEquals(3, ram.get(JAVA_BYTE, 0x30000));
        assertEquals(9, zeros(0x30001));
        assertEquals(0x55, ram.get(JAVA_BYTE, FIRST_FREE * 4096L - 1));
    }

    @Test
    void shouldRefuseWhatDoesNotFit()
    {
        assertRefused(
            tinyKernel().load(0x200000, 3 << 20), spec(false),
            "too small for the kernel: it needs 5 MiB to be loaded, the guest has 4; raise memory =");
        assertRefused(
            tinyKernel(), new Spec(1, 1, FIRST_FREE, FRAMES, "", MemorySegment.ofArray(new byte[3 << 20]), false, PORT),
            "the ramdisk is too big for the memory: it has 3 MiB, the kernel ends at 2 MiB, the guest has 4; raise");
        assertRefused(
            tinyKernel(), new Spec(1, 1, FIRST_FREE, FRAMES, "", MemorySegment.ofArray(new byte[5 << 20]), false, PORT),
            "the ramdisk is too big for the memory");
        assertRefused(
            tinyKernel(), new Spec(1, 1, FIRST_FREE, 256, "", null, false, PORT),
            "the memory is too small for any kernel");
        assertRefused(
            tinyKernel(), new Spec(1, 1, 145, FRAMES, "", null, false, PORT), "set max_grant_frames = 64 or less");
        assertRefused(
            tinyKernel(), new Spec(1, 1, FIRST_FREE, FRAMES, "x".repeat(2048), null, false, PORT),
            "2048 bytes, Linux takes 2047");
        assertRefused(tinyKernel(), new Spec(5, 1, FIRST_FREE, FRAMES, "", null, false, PORT), "set vcpus = 1 to 4");
        for (final long paddr : new long[] {0, FIRST_FREE * 4096 - 1, 0x9ffff, 0xa0000, 0xe0000, 0xfffff})
        {
            assertRefused(
                elf64().load(paddr, 2).note(18, paddr, 8), spec(false), "where a PVH guest has no memory; name one");
        }
    }

    @Test
    void shouldRefuseMoreMemoryThanLiesBelowTheLocalApic()
    {
        assertRefused(
            tinyKernel(), new Spec(1, 1, FIRST_FREE, 3901 * 256, "", null, false, PORT), "set memory = 3900 or less");
    }

    @Test
    void shouldRewriteTheOnePairOfHypercallsOfEitherForm() throws ImageException
    {
        for (final byte[] code : new byte[][] {STUBS, stubs(16, 0, true), stubs(32, 4, false), stubs(32, 4, true)})
        {
            ram.fill((byte)0);
            load(tinyKernel(code), spec(true));
            final int site = 64 + (code[64] == (byte)0xf3 ? 4 : 0);
            final int distance = site == 64 ? 16 : 32;
            assertArrayEquals(
                new byte[] {(byte)0xe7, (byte)PORT, (byte)0x90}, ram.asSlice(0x100000 + site, 3).toArray(JAVA_BYTE));
            assertArrayEquals(
                new byte[] {(byte)0xe7, (byte)PORT, (byte)0x90},
                ram.asSlice(0x100000 + site + distance, 3).toArray(JAVA_BYTE));
        }
    }

    @Test
    void shouldLeaveOtherBytesThatLookLikeAHypercallAlone() throws ImageException
    {
        final byte[] code = Arrays.copyOf(STUBS, 512);
        System.arraycopy(new byte[] {0x0f, 0x01, (byte)0xd9, 0x48}, 0, code, 256, 4);
        System.arraycopy(new byte[] {0x0f, 0x01, (byte)0xc1, (byte)0xc3}, 0, code, 273, 4);
        System.arraycopy(new byte[] {0x0f, 0x01, (byte)0xd9, (byte)0xe9}, 0, code, 384, 4);
        load(tinyKernel(code), spec(true));
        assertEquals((byte)0xd9, ram.get(JAVA_BYTE, 0x100000 + 258));
        assertEquals((byte)0xc1, ram.get(JAVA_BYTE, 0x100000 + 275));
        assertEquals((byte)0xd9, ram.get(JAVA_BYTE, 0x100000 + 386));
        assertEquals((byte)0x90, ram.get(JAVA_BYTE, 0x100000 + 66));
    }

    @Test
    void shouldRewriteNothingWhereTheHostHandsHypercallsOut() throws ImageException
    {
        load(tinyKernel(STUBS), spec(false));
        assertArrayEquals(STUBS, ram.asSlice(0x100000, STUBS.length).toArray(JAVA_BYTE));
    }

    @Test
    void shouldLeaveAKernelWithoutHypercallInstructionsAsItIs() throws ImageException
    {
        load(tinyKernel((byte)0xf4, (byte)0xeb, (byte)0xfd), spec(true));
        assertEquals((byte)0xf4, ram.get(JAVA_BYTE, 0x100000));
    }

    @Test
    void shouldRefuseAnythingButOnePairOfHypercalls()
    {
        final byte[] twice = Arrays.copyOf(STUBS, 512);
        System.arraycopy(STUBS, 64, twice, 256, 32);
        assertRefused(tinyKernel(twice), spec(true),
            "vmcall at 0x100050, 0x100110, vmmcall at 0x100040, 0x100100, not exactly one");
        final byte[] apart = Arrays.copyOf(STUBS, 512);
        System.arraycopy(STUBS, 80, apart, 256, 16);
        Arrays.fill(apart, 80, 96, (byte)0);
        assertRefused(tinyKernel(apart), spec(true),
            "vmcall at 0x100100, vmmcall at 0x100040, not exactly one of each side by side");
        final byte[] alone = Arrays.copyOf(STUBS, 80);
        assertRefused(tinyKernel(alone), spec(true), "vmcall at no place, vmmcall at 0x100040");
        assertRefused(
            tinyKernel((byte)0x90, (byte)0x0f, (byte)0x01, (byte)0xc1), spec(true),
            "vmcall at no place, vmmcall at no place");
    }

    @Test
    void shouldNeverWriteOutsideTheMemoryThatItIsGiven() throws ImageException
    {
        final Random random = new Random(3);
        final byte[] elf = elf64().load(0x100000, 4096, STUBS).data(0x180000, 100, (byte)1).note(18, 0x100000,
            8).build();
        final byte[] all = new byte[(FRAMES + 2) * 4096];
        final MemorySegment guarded = MemorySegment.ofArray(all);
        int loads = 0;
        for (int round = 0; round < 5_000; round++)
        {
            Arrays.fill(all, 0, 4096, (byte)0x55);
            Arrays.fill(all, all.length - 4096, all.length, (byte)0x55);
            final byte[] lying = elf.clone();
            for (int i = random.nextInt(4); i >= 0; i--)
            {
                lying[16 + random.nextInt(230)] = (byte)(random.nextInt(3) == 0 ? -1 : random.nextInt());
            }
            try (KernelImage kernel = ElfBuilder.read(lying))
            {
                PvhMachine.load(kernel, spec(true), guarded.asSlice(4096));
                loads++;
            }
            catch (final ImageException ex)
            {
                assertTrue(ex.getMessage().indexOf('\n') < 0);
            }
            for (int i = 0; i < 4096; i++)
            {
                assertEquals(0x55, all[i]);
                assertEquals(0x55, all[all.length - 1 - i]);
            }
        }
        assertTrue(loads > 50 && loads < 4_950, "loads: " + loads);
    }

    private Loaded load(final ElfBuilder elf, final Spec spec) throws ImageException
    {
        try (KernelImage kernel = ElfBuilder.read(elf.build()))
        {
            return PvhMachine.load(kernel, spec, ram);
        }
    }

    private void assertRefused(final ElfBuilder elf, final Spec spec, final String why)
    {
        final ImageException ex = assertThrows(ImageException.class, () -> load(elf, spec));
        assertTrue(ex.getMessage().contains(why), ex.getMessage());
        assertTrue(ex.getMessage().matches("[^\n]+; (name|raise|set|shorten) [^\n]+"), ex.getMessage());
    }

    private void assertMapEntry(final long entry, final long start, final long length, final int type)
    {
        assertEquals(start, ram.get(JAVA_LONG_UNALIGNED, entry));
        assertEquals(length, ram.get(JAVA_LONG_UNALIGNED, entry + 8));
        assertEquals(type, ram.get(JAVA_LONG_UNALIGNED, entry + 16));
    }

    private int zeros(final long from)
    {
        int count = 0;
        while (ram.get(JAVA_BYTE, from + count) == 0)
        {
            count++;
        }
        return count;
    }

    private static Spec spec(final boolean rewrite)
    {
        return new Spec(1, 1, FIRST_FREE, FRAMES, "", null, rewrite, PORT);
    }

    private static byte[] filled(final int length, final byte value)
    {
        final byte[] bytes = new byte[length];
        Arrays.fill(bytes, value);
        return bytes;
    }

    /** Linux's two routines: vmmcall and vmcall, each followed by a jmp or a ret, after an endbr64 in newer ones. */
    private static byte[] stubs(final int distance, final int endbrLength, final boolean ret)
    {
        final byte[] code = new byte[128];
        for (int i = 0; i < 2; i++)
        {
            final int routine = 64 + i * distance;
            if (endbrLength > 0)
            {
                System.arraycopy(new byte[] {(byte)0xf3, 0x0f, 0x1e, (byte)0xfa}, 0, code, routine, endbrLength);
            }
            System.arraycopy(
                new byte[] {0x0f, 0x01, (byte)(i == 0 ? 0xd9 : 0xc1), (byte)(ret ? 0xc3 : 0xe9)}, 0,
                code, routine + endbrLength, 4);
        }
        return code;
    }
}
