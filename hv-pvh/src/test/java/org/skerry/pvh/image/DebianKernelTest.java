package org.skerry.pvh.image;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.skerry.pvh.image.PvhMachine.Loaded;
import org.skerry.pvh.image.PvhMachine.Spec;

/** Debian's own kernels, where apt can fetch them. */
@Timeout(180)
class DebianKernelTest
{
    private static final int FRAMES = 256 * 256;
    private static final byte[] OUT = {(byte)0xe7, (byte)0xea, (byte)0x90};

    @TempDir
    private Path directory;

    @Test
    void shouldLoadDebians6Dot1PackedWithLz4() throws IOException, InterruptedException, ImageException
    {
        shouldLoad(fetch("6[.]1[.]"), 16);
    }

    @Test
    void shouldLoadDebians6Dot12PackedWithZstd() throws IOException, InterruptedException, ImageException
    {
        shouldLoad(fetch("6[.]12[.]"), 32);
    }

    private static void shouldLoad(final Path file, final int distance) throws IOException, ImageException
    {
        try (Arena arena = Arena.ofConfined(); FileChannel channel = FileChannel.open(file))
        {
            final MemorySegment ram = arena.allocate(FRAMES * 4096L);
            final long start = System.nanoTime();
            try (KernelImage kernel = KernelImage.read(
                channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena)))
            {
                final Loaded loaded =
                    PvhMachine.load(kernel, new Spec(1, 1, 35, FRAMES, "console=hvc0", null, true, 0xea), ram);
                System.out.println(file.getFileName() + ": loaded in " + (System.nanoTime() - start) / 1_000_000 +
                    " ms");
                assertTrue(loaded.entry() > 0x1000000 && loaded.entry() < 0x1002000, "entry " + loaded.entry());
                assertEquals(0x1000000, kernel.segments().getFirst().paddr());
                assertTrue(kernel.segments().size() >= 4);
                assertRewritten(kernel, ram, distance);
            }
        }
    }

    /** Nothing but the two instructions is different from what is in the kernel file. */
    private static void assertRewritten(final KernelImage kernel, final MemorySegment ram, final int distance)
    {
        long first = 0;
        int places = 0;
        for (final ElfFile.Segment segment : kernel.segments())
        {
            final MemorySegment loaded = ram.asSlice(segment.paddr(), segment.content().byteSize());
            long from = 0;
            while (from < loaded.byteSize())
            {
                final long mismatch = MemorySegment.mismatch(
                    loaded, from, loaded.byteSize(), segment.content(), from, loaded.byteSize());
                if (mismatch < 0)
                {
                    break;
                }
                final long place = from + mismatch;
                assertArrayEquals(OUT, loaded.asSlice(place, 3).toArray(JAVA_BYTE));
                assertTrue(places == 0 || place - first == distance);
                first = place;
                places++;
                from = place + 3;
            }
        }
        assertEquals(2, places);
    }

    private Path fetch(final String version) throws IOException, InterruptedException
    {
        final String names = run("apt-cache", "search", "--names-only", "^linux-image-" + version + ".*cloud-amd64");
        final String name = names.lines().map(line -> line.split(" ")[0]).reduce((one, two) -> two).orElse("");
        if (name.isEmpty())
        {
            abort("apt knows no kernel " + version);
        }
        run("apt-get", "download", name);
        try (Stream<Path> files = Files.list(directory))
        {
            final Path archive = files.filter(file -> file.toString().endsWith(".deb")).findFirst().orElse(null);
            if (archive == null)
            {
                abort("apt cannot fetch " + name + ": offline?");
            }
            run("dpkg-deb", "-x", archive.toString(), directory.toString());
        }
        try (Stream<Path> files = Files.list(directory.resolve("boot")))
        {
            return files.filter(file -> file.getFileName().toString().startsWith("vmlinuz")).findFirst().orElseThrow();
        }
    }

    private String run(final String... command) throws InterruptedException
    {
        try
        {
            final Path output = Files.createTempFile(directory, "out", "");
            final Process process = new ProcessBuilder(command).directory(directory.toFile())
                .redirectOutput(output.toFile()).redirectError(ProcessBuilder.Redirect.DISCARD).start();
            if (!process.waitFor(90, TimeUnit.SECONDS))
            {
                process.destroyForcibly();
            }
            return Files.readString(output);
        }
        catch (final IOException ex)
        {
            return abort(command[0] + " is not on this machine: " + ex.getMessage());
        }
    }
}
