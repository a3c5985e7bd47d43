package org.skerry.pvh.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.skerry.pvh.image.ElfBuilder.bzImage;
import static org.skerry.pvh.image.ElfBuilder.elf32;
import static org.skerry.pvh.image.ElfBuilder.elf64;
import static org.skerry.pvh.image.ElfBuilder.tinyKernel;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.GZIPOutputStream;

import io.airlift.compress.zstd.ZstdCompressor;
import net.jpountz.lz4.LZ4Factory;
import org.junit.jupiter.api.Test;
import org.tukaani.xz.FilterOptions;
import org.tukaani.xz.LZMA2Options;
import org.tukaani.xz.X86Options;
import org.tukaani.xz.XZ;
import org.tukaani.xz.XZOutputStream;

class KernelImageTest
{
    private static final long SEED = 20261121;

    @Test
    void shouldReadAnElf64WithAnEightByteNote() throws ImageException
    {
        try (KernelImage kernel = ElfBuilder.read(
            elf64().data(0x300000, 8192, (byte)3).load(0x200000, 4096, (byte)1, (byte)2).note(18, 0x200001, 8).build()))
        {
            assertEquals(0x200001, kernel.entry());
            assertEquals(2, kernel.segments().size());
            assertEquals(0x200000, kernel.segments().get(0).paddr());
            assertTrue(kernel.segments().get(0).executable());
            assertArrayEquals(
                new byte[] {1, 2}, kernel.segments().get(0).content().toArray(ValueLayout.JAVA_BYTE));
            assertEquals(8192, kernel.segments().get(1).memoryLength());
            assertFalse(kernel.segments().get(1).executable());
        }
    }

    @Test
    void shouldReadAnElf32WithAFourByteNote() throws ImageException
    {
        try (KernelImage kernel = ElfBuilder.read(
            elf32().load(0x100000, 4096, (byte)1, (byte)2, (byte)3).note(18, 0x100002, 4).build()))
        {
            assertEquals(0x100002, kernel.entry());
            assertEquals(3, kernel.segments().getFirst().content().byteSize());
        }
    }

    @Test
    void shouldUnpackEachCompressionThatKernelsHave() throws IOException, ImageException
    {
        final byte[] elf = bigKernel();
        for (final byte[] image : new byte[][] {
            bzImage(gzip(elf), elf.length, false), bzImage(xz(elf), elf.length, true),
            bzImage(lz4(elf), elf.length, true), bzImage(zstd(elf), elf.length, true), bzImage(elf, 0, false)})
        {
            try (KernelImage kernel = ElfBuilder.read(image))
            {
                final MemorySegment content = kernel.segments().getLast().content();
                assertEquals(0x100000, kernel.entry());
                assertArrayEquals(
                    Arrays.copyOfRange(elf, elf.length - 100, elf.length),
                    content.asSlice(content.byteSize() - 100).toArray(ValueLayout.JAVA_BYTE));
            }
        }
    }

    @Test
    void shouldRefuseWhatIsNoKernel()
    {
        assertRefused(new byte[0], "not a kernel: it is neither an ELF file nor a bzImage; name a vmlinuz");
        assertRefused(new byte[] {'P', 'K', 3, 4}, "not a kernel");
        assertRefused(new byte[100_000], "not a kernel");
        assertRefused(elf64().machine(183).load(0x100000, 10).build(),
            "for another machine: ELF class 2, data 1, machine 183");
        assertRefused(elf64().build(), "0 program headers");
        assertRefused(elf64().note(18, 0x100000, 8).build(), "nothing to load");
    }

    @Test
    void shouldRefuseAKernelWithoutPvhEntry()
    {
        assertRefused(elf64().load(0x100000, 10).build(),
        "no Xen note PHYS32_ENTRY; name a kernel built with CONFIG_PVH=y");
        assertRefused(elf64().load(0x100000, 10).note(17, 0x100000, 8).build(), "no Xen note PHYS32_ENTRY");
        assertRefused(elf64().load(0x100000, 10).note(18, 0x100000, 6).build(), "PHYS32_ENTRY has 6 bytes");
        assertRefused(elf64().load(0x100000, 10).note(18, 0x10000a, 8).build(),
            "entry 0x10000a is in none of its segments");
        assertRefused(elf64().load(0x100000, 10).note(18, -1, 8).build(), "not below 4 GiB");
    }

    @Test
    void shouldRefuseSegmentsThatLie()
    {
        assertRefused(
            elf64().load(0x100000, 1, new byte[2]).note(18, 0x100000, 8).build(), "puts 0x2 bytes into 0x1 bytes");
        assertRefused(elf64().load(-4096, 1).note(18, 0, 8).build(), "not below 4 GiB");
        assertRefused(elf64().load(0x100000, Long.MAX_VALUE).note(18, 0, 8).build(), "not below 4 GiB");
        assertRefused(
            elf64().load(0x100000, 4097).load(0x101000, 10).note(18, 0x100000, 8).build(), "overlap at 0x101000");
    }

    @Test
    void shouldRefuseEachTruncationOfAKernel() throws IOException
    {
        final byte[] elf = tinyKernel(new byte[50]).build();
        for (int length = 0; length < elf.length; length++)
        {
            assertRefused(Arrays.copyOf(elf, length), length < 4 ? "not a kernel" : "truncated or damaged");
        }
        final byte[] image = bzImage(gzip(elf), elf.length, false);
        for (int length = 0x206; length < image.length; length++)
        {
            assertRefused(Arrays.copyOf(image, length), "truncated or damaged");
        }
    }

    @Test
    void shouldRefuseOtherCompressionsByName()
    {
        assertRefused(bzImage(new byte[] {'B', 'Z', 'h', '9'}, 1, true),
        "compressed with bzip2, which is not supported");
        assertRefused(bzImage(new byte[] {0x5d, 0, 0, 0}, 1, true), "compressed with lzma");
        assertRefused(bzImage(new byte[] {(byte)0x89, 'L', 'Z', 'O'}, 1, true), "compressed with LZO");
        assertRefused(bzImage(new byte[] {1, 2, 3, 4}, 1, true),
            "compression is unknown: it begins with the bytes [1, 2, 3, 4]");
        assertRefused(bzImage(new byte[0], 1, false), "compression is unknown");
    }

    @Test
    void shouldRefuseALengthThatLies() throws IOException
    {
        final byte[] elf = bigKernel();
        for (final byte[] packed : new byte[][] {xz(elf), lz4(elf), zstd(elf)})
        {
            assertRefused(bzImage(packed, elf.length - 1, true), "the kernel is damaged: unpacking its");
            assertRefused(bzImage(packed, elf.length + 1, true), "the kernel is damaged: unpacking its");
            assertRefused(bzImage(packed, 1, true), "the kernel is damaged: unpacking its");
            assertRefused(bzImage(packed, 0, true), "it says that it has 0 bytes unpacked");
            assertRefused(bzImage(packed, -1, true), "it says that it has 4294967295 bytes unpacked");
        }
        assertRefused(bzImage(gzip(new byte[1000]), 0, false), "unpacks to is not an ELF file");
    }

    @Test
    void shouldRefuseOrReadWhateverHostsAreGiven() throws IOException
    {
        final Random random = new Random(SEED);
        final byte[] elf = tinyKernel(new byte[300]).build();
        final byte[][] images = {
            elf, elf32().load(0x100000, 4096, new byte[20]).note(18, 0x100000, 4).build(),
            bzImage(gzip(elf), elf.length, false), bzImage(xz(elf), elf.length, true), bzImage(lz4(elf), elf.length,
            true),
            bzImage(zstd(elf), elf.length, true)};
        int refused = 0;
        for (int round = 0; round < 20_000; round++)
        {
            final byte[] image = images[round % images.length].clone();
            final int from = image.length > 1024 && random.nextInt(4) > 0 ? 1024 : 0;
            for (int i = random.nextInt(6); i >= 0; i--)
            {
                image[from +
                random.nextInt(image.length - from)] = (byte)(random.nextInt(3) == 0 ? -1 : random.nextInt());
            }
            try
            {
                ElfBuilder.read(image).close();
            }
            catch (final ImageException ex)
            {
                assertFalse(ex.getMessage().contains("\n"), ex.getMessage());
                refused++;
            }
        }
        assertTrue(refused > 5_000, "refused: " + refused);
    }

    private static void assertRefused(final byte[] file, final String why)
    {
        final ImageException ex = assertThrows(ImageException.class, () -> ElfBuilder.read(file));
        assertTrue(ex.getMessage().contains(why), ex.getMessage());
        assertTrue(ex.getMessage().contains("; name ") || ex.getMessage().contains("; fetch or build"),
            ex.getMessage());
        assertFalse(ex.getMessage().contains("\n"), ex.getMessage());
    }

    /** More than one LZ4 block long, with something to find and something to leave. */
    private static byte[] bigKernel()
    {
        final Random random = new Random(SEED);
        final byte[] content = new byte[9 << 20];
        int at = 0;
        while (at < content.length)
        {
            final int length = Math.min(content.length - at, 1 + random.nextInt(4000));
            if (at > 0 && random.nextBoolean())
            {
                System.arraycopy(content, random.nextInt(at), content, at, Math.min(length, at / 2));
            }
            else
            {
                for (int i = 0; i < length; i++)
                {
                    content[at + i] = (byte)(random.nextGaussian() * 20);
                }
            }
            at += length;
        }
        return elf64().note(18, 0x100000, 8).load(0x100000, content.length, content).build();
    }

    private static byte[] gzip(final byte[] content) throws IOException
    {
        final ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (OutputStream out = new GZIPOutputStream(packed))
        {
            out.write(content);
        }
        return packed.toByteArray();
    }

    /** As the kernel's build does it. */
    private static byte[] xz(final byte[] content) throws IOException
    {
        final ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (OutputStream out = new XZOutputStream(
            packed, new FilterOptions[] {new X86Options(), new LZMA2Options(2)}, XZ.CHECK_CRC32))
        {
            out.write(content);
        }
        return packed.toByteArray();
    }

    private static byte[] lz4(final byte[] content)
    {
        final ByteBuffer packed = ByteBuffer.allocate(content.length + content.length / 100 + 1024)
            .order(ByteOrder.LITTLE_ENDIAN).putInt(0x184c2102);
        for (int at = 0; at < content.length; at += 8 << 20)
        {
            final byte[] block = LZ4Factory.safeInstance().fastCompressor()
                .compress(content, at, Math.min(8 << 20, content.length - at));
            packed.putInt(block.length).put(block);
        }
        return Arrays.copyOf(packed.array(), packed.position());
    }

    private static byte[] zstd(final byte[] content)
    {
        final ZstdCompressor compressor = new ZstdCompressor();
        final byte[] packed = new byte[compressor.maxCompressedLength(content.length)];
        return Arrays.copyOf(packed, compressor.compress(content, 0, content.length, packed, 0, packed.length));
    }
}
