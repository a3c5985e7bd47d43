package org.skerry.pvh.image;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * A kernel that can be entered as a PVH guest, unpacked and checked. What it came from is told by its content: a plain
 * ELF file, or Linux's bzImage packed with gzip, LZ4, xz or zstd. Nothing in the file is believed.
 * <p>Spec: xen/docs/misc/pvh.pandoc; Documentation/arch/x86/boot.rst.
 */
public final class KernelImage implements AutoCloseable
{
    private final Arena arena;
    private final ElfFile elf;

    private KernelImage(final Arena arena, final ElfFile elf)
    {
        this.arena = arena;
        this.elf = elf;
    }

    /**
     * Unpack and check a kernel.
     *
     * @param file the whole file, mapped or read; it must stay as it is until the kernel is in the guest's memory.
     * @return the kernel; to be closed by the same thread, which gives back what it was unpacked into.
     * @throws ImageException when it is no kernel, has no PVH entry, is packed in an unknown way, truncated or damaged.
     */
    public static KernelImage read(final MemorySegment file) throws ImageException
    {
        final ImageBytes bytes = new ImageBytes(file);
        final Arena arena = Arena.ofConfined();
        boolean done = false;
        try
        {
            final KernelImage image = new KernelImage(arena, ElfFile.read(elfOf(bytes, arena)));
            done = true;
            return image;
        }
        finally
        {
            if (!done)
            {
                arena.close();
            }
        }
    }

    /** @return guest physical address of the first instruction, in 32-bit mode without paging. */
    public long entry()
    {
        return elf.entry();
    }

    /** Give back what the kernel was unpacked into. */
    @Override
    public void close()
    {
        arena.close();
    }

    List<ElfFile.Segment> segments()
    {
        return elf.segments();
    }

    private static ImageBytes elfOf(final ImageBytes file, final Arena arena) throws ImageException
    {
        if (ElfFile.isElf(file))
        {
            return file;
        }
        if (!BzImage.isBzImage(file))
        {
            throw new ImageException(
                "not a kernel: it is neither an ELF file nor a bzImage; name a vmlinuz or vmlinux, or a Java guest's " +
                "jar, in kernel =");
        }
        final ImageBytes unpacked = new ImageBytes(BzImage.unpack(file, arena));
        if (!ElfFile.isElf(unpacked))
        {
            throw new ImageException(
                "the kernel is damaged: what its bzImage unpacks to is not an ELF file; fetch or build it again");
        }
        return unpacked;
    }
}
