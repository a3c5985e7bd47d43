package org.skerry.pvh.image;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * What we need of an ELF executable: the segments that become memory, and the entry that a Xen note names. Both classes
 * are read: Linux is ELF64, the images of the Xen Test Framework are ELF32.
 * <p>Spec: System V ABI, chapters 4 and 5; xen/include/public/elfnote.h.
 */
record ElfFile(List<Segment> segments, long entry)
{
    /**
     * A piece of memory that the image fills.
     *
     * @param paddr      guest physical address, bytes.
     * @param memoryLength bytes of memory; what {@code content} does not cover is zero.
     * @param content    the first bytes, at most memoryLength.
     * @param executable it holds instructions.
     */
    record Segment(long paddr, long memoryLength, MemorySegment content, boolean executable)
    {
        long end()
        {
            return paddr + memoryLength;
        }
    }

    /** The entry in 32-bit mode, without paging, %ebx pointing to hvm_start_info: PVH's. */
    static final int XEN_ELFNOTE_PHYS32_ENTRY = 18;

    private static final int CLASS_OFFSET = 4;
    private static final int DATA_OFFSET = 5;
    private static final int MACHINE_OFFSET = 18;
    private static final int CLASS_64 = 2;
    private static final int CLASS_32 = 1;
    private static final int LITTLE_ENDIAN = 1;
    private static final int MACHINE_386 = 3;
    private static final int MACHINE_X86_64 = 62;
    private static final int PROGRAM_HEADERS_MAX = 128;
    private static final int PT_LOAD = 1;
    private static final int PT_NOTE = 4;
    private static final int PF_X = 1;
    private static final int NOTE_HEADER_LENGTH = 12;
    private static final long PADDR_LIMIT = 1L << 32;

    static boolean isElf(final ImageBytes file)
    {
        return file.has(0, 0x7f, 'E', 'L', 'F');
    }

    static ElfFile read(final ImageBytes file) throws ImageException
    {
        final boolean wide = isClass64(file);
        final long headersOffset = wide ? file.u64(32, "the ELF header") : file.u32(28, "the ELF header");
        final int headerLength = file.u16(wide ? 54 : 42, "the ELF header");
        final int headerCount = file.u16(wide ? 56 : 44, "the ELF header");
        if (headerCount == 0 || headerCount > PROGRAM_HEADERS_MAX || headerLength < (wide ? 56 : 32))
        {
            throw new ImageException(
                "not a bootable kernel: its ELF header names " + headerCount + " program headers of " + headerLength +
                " bytes, not 1 to " + PROGRAM_HEADERS_MAX + " of " + (wide ? 56 : 32) + "; name a vmlinux or vmlinuz");
        }

        final List<Segment> segments = new ArrayList<>();
        long entry = -1;
        for (int i = 0; i < headerCount; i++)
        {
            final String what = "program header " + i;
            final ImageBytes header = new ImageBytes(
                file.slice(headersOffset + (long)i * headerLength, headerLength, what));
            final long type = header.u32(0, what);
            final long offset = wide ? header.u64(8, what) : header.u32(4, what);
            final long fileLength = wide ? header.u64(32, what) : header.u32(16, what);
            final long memoryLength = wide ? header.u64(40, what) : header.u32(20, what);
            if (type == PT_LOAD && memoryLength != 0)
            {
                final long paddr = wide ? header.u64(24, what) : header.u32(12, what);
                final long flags = header.u32(wide ? 4 : 24, what);
                segments.add(segment(file, i, paddr, offset, fileLength, memoryLength, (flags & PF_X) != 0));
            }
            else if (type == PT_NOTE && entry < 0)
            {
                entry = phys32Entry(new ImageBytes(file.slice(offset, fileLength, "the note segment " + i)));
            }
        }
        return checked(segments, entry);
    }

    private static boolean isClass64(final ImageBytes file) throws ImageException
    {
        final int elfClass = file.u8(CLASS_OFFSET, "the ELF header");
        final int data = file.u8(DATA_OFFSET, "the ELF header");
        final int machine = file.u16(MACHINE_OFFSET, "the ELF header");
        if (elfClass != CLASS_64 && elfClass != CLASS_32 || data != LITTLE_ENDIAN ||
            machine != MACHINE_X86_64 && machine != MACHINE_386)
        {
            throw new ImageException(
                "the kernel is for another machine: ELF class " + elfClass + ", data " + data + ", machine " + machine +
                ", not x86 (machine " + MACHINE_X86_64 + "); name a kernel for amd64");
        }
        return elfClass == CLASS_64;
    }

    private static Segment segment(
        final ImageBytes file,
        final int index,
        final long paddr,
        final long offset,
        final long fileLength,
        final long memoryLength,
        final boolean executable) throws ImageException
    {
        if (paddr < 0 || paddr >= PADDR_LIMIT || memoryLength < 0 || memoryLength > PADDR_LIMIT - paddr ||
            fileLength < 0 || fileLength > memoryLength)
        {
            throw new ImageException(
                "the kernel is damaged: segment " + index + " puts 0x" + Long.toHexString(fileLength) +
                " bytes into 0x" + Long.toHexString(memoryLength) + " bytes at 0x" + Long.toHexString(paddr) +
                ", which are not below 4 GiB; fetch or build the kernel again");
        }
        return new Segment(
            paddr, memoryLength, file.slice(offset, fileLength, "segment " + index), executable);
    }

    /** @return the entry, or -1 when these notes do not have it. */
    private static long phys32Entry(final ImageBytes notes) throws ImageException
    {
        long offset = 0;
        while (offset + NOTE_HEADER_LENGTH <= notes.length())
        {
            final long nameLength = notes.u32(offset, "a note");
            final long descLength = notes.u32(offset + 4, "a note");
            final long type = notes.u32(offset + 8, "a note");
            final long name = offset + NOTE_HEADER_LENGTH;
            final long desc = name + padded(nameLength);
            if (type == XEN_ELFNOTE_PHYS32_ENTRY && nameLength == 4 && notes.has(name, 'X', 'e', 'n', 0))
            {
                return entry(notes, desc, descLength);
            }
            offset = desc + padded(descLength);
        }
        return -1;
    }

    private static long entry(final ImageBytes notes, final long desc, final long length) throws ImageException
    {
        if (length != 4 && length != 8)
        {
            throw new ImageException(
                "the kernel's PVH note is damaged: PHYS32_ENTRY has " + length +
                " bytes, not 4 or 8; fetch or build the kernel again");
        }
        final long entry = length == 4 ? notes.u32(desc, "the PVH note") : notes.u64(desc, "the PVH note");
        if (entry < 0)
        {
            throw new ImageException(
                "the kernel's PVH note is damaged: the entry 0x" + Long.toHexString(entry) +
                " is not below 4 GiB; fetch or build the kernel again");
        }
        return entry;
    }

    private static ElfFile checked(final List<Segment> segments, final long entry) throws ImageException
    {
        if (segments.isEmpty())
        {
            throw new ImageException(
                "not a bootable kernel: the ELF file has nothing to load (no PT_LOAD); name a vmlinux or vmlinuz");
        }
        if (entry < 0)
        {
            throw new ImageException(
                "the kernel cannot boot as a PVH guest: it has no Xen note PHYS32_ENTRY; name a kernel built with " +
                "CONFIG_PVH=y (Debian's cloud kernels are), or a Java guest's jar");
        }
        segments.sort(Comparator.comparingLong(Segment::paddr));
        boolean inside = false;
        for (int i = 0; i < segments.size(); i++)
        {
            final Segment segment = segments.get(i);
            if (i > 0 && segments.get(i - 1).end() > segment.paddr())
            {
                throw new ImageException(
                    "the kernel is damaged: two segments overlap at 0x" + Long.toHexString(segment.paddr()) +
                    "; fetch or build the kernel again");
            }
            inside |= entry >= segment.paddr() && entry < segment.end();
        }
        if (!inside)
        {
            throw new ImageException(
                "the kernel is damaged: its PVH entry 0x" + Long.toHexString(entry) +
                " is in none of its segments; fetch or build the kernel again");
        }
        return new ElfFile(List.copyOf(segments), entry);
    }

    private static long padded(final long length)
    {
        return length + 3 & ~3L;
    }
}
