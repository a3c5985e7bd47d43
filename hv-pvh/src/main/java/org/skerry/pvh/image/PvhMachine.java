package org.skerry.pvh.image;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Lays out the memory of a PVH guest, so that its kernel can be entered:
 * <pre>
 * 0                  grant table, console and store page        reserved
 * firstFreeFrame     low memory                                 RAM
 * 0xa0000            a hole that no memory map shows
 *   0xe0000            ACPI tables
 *   0xe1000            start_info, module list, memory map
 *   0xe2000            command line
 * 0x100000           the kernel where it wants to be            RAM
 *   end - ramdisk      the ramdisk
 * 0xfee00000         the local APIC                             reserved
 * </pre>
 * What the kernel reads before its first hypercall lies in the hole, so that no kernel can want the same place.
 * <p>Spec: xen/docs/misc/pvh.pandoc, xen/include/public/arch-x86/hvm/start_info.h.
 */
public final class PvhMachine
{
    /** The most memory, MiB: up to where the machine's own addresses begin. */
    public static final int MEMORY_MIB_MAX = 3900;
    /** The most vCPUs. */
    public static final int VCPUS_MAX = 4;
    /** The longest command line, bytes: Linux cuts what is longer, without a word. */
    public static final int CMDLINE_LENGTH_MAX = 2047;

    private static final ValueLayout.OfInt U32 = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong U64 = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private static final long PAGE_SIZE = 4096;
    private static final long MIB = 1 << 20;
    private static final long HOLE_START = 0xa0000;
    private static final long HOLE_END = 0x100000;
    private static final int LOW_MEMORY_FRAMES_MIN = 16;
    private static final long LOCAL_APIC_PADDR = 0xfee00000L;

    private static final long START_INFO_PADDR = AcpiTables.PADDR + AcpiTables.LENGTH;
    private static final long MODULE_LIST_PADDR = START_INFO_PADDR + 0x40;
    private static final long MEMORY_MAP_PADDR = START_INFO_PADDR + 0x80;
    private static final long CMDLINE_PADDR = START_INFO_PADDR + PAGE_SIZE;
    private static final int START_INFO_MAGIC = 0x336ec578;
    private static final int MEMORY_MAP_ENTRY_LENGTH = 24;
    private static final int TYPE_RAM = 1;
    private static final int TYPE_RESERVED = 2;

    private final Spec spec;
    private final MemorySegment ram;
    private final long ramEnd;

    private PvhMachine(final Spec spec, final MemorySegment ram)
    {
        this.spec = spec;
        this.ram = ram;
        ramEnd = spec.frameCount * PAGE_SIZE;
    }

    /**
     * What machine it shall be.
     *
     * @param vcpus             1 to {@link #VCPUS_MAX}.
     * @param domid             of the guest.
     * @param firstFreeFrame    the first frame that is the guest's to use; those below hold pages that it shares.
     * @param frameCount        frames of memory.
     * @param cmdline           of the kernel.
     * @param ramdisk           or null.
     * @param rewriteHypercalls whether vmcall and vmmcall become an out, since KVM does not hand them to us.
     * @param hypercallPort     the port of that out, 0 to 255, not 0x7e: KVM handles that one in a way of its own.
     */
    public record Spec(
        int vcpus, int domid, int firstFreeFrame, int frameCount, String cmdline, MemorySegment ramdisk,
        boolean rewriteHypercalls, int hypercallPort)
    {
        private static final int PORT_OF_KVM = 0x7e;

        public Spec
        {
            if (firstFreeFrame < 0 || frameCount <= 0 || hypercallPort < 0 || hypercallPort > 0xff ||
                hypercallPort == PORT_OF_KVM)
            {
                throw new IllegalArgumentException(
                    "not a machine: firstFreeFrame=" + firstFreeFrame + ", frameCount=" + frameCount +
                    ", hypercallPort=" + hypercallPort);
            }
        }
    }

    /**
     * How to enter the kernel.
     *
     * @param entry     guest physical address of the first instruction.
     * @param startInfo guest physical address of hvm_start_info, for %ebx.
     */
    public record Loaded(long entry, long startInfo)
    {
    }

    /**
     * Fill a guest's memory.
     *
     * @param kernel to be entered.
     * @param spec   what machine it shall be.
     * @param ram    the guest's memory from address 0 on; at least as long as the frames of spec. It may be half
     *               written when the load fails.
     * @return how to enter the kernel.
     * @throws ImageException when the kernel or the ramdisk do not fit, or the hypercalls cannot be rewritten for sure.
     */
    public static Loaded load(final KernelImage kernel, final Spec spec, final MemorySegment ram) throws ImageException
    {
        checkShape(spec);
        final PvhMachine machine = new PvhMachine(spec, ram.asSlice(0, spec.frameCount * PAGE_SIZE));
        machine.loadKernel(kernel.segments());
        final long ramdisk = machine.loadRamdisk(kernel.segments().getLast().end());
        AcpiTables.write(ram, spec.vcpus);
        machine.writeCmdline();
        machine.writeStartInfo(ramdisk);
        if (spec.rewriteHypercalls)
        {
            HypercallSites.rewrite(machine.ram, kernel.segments(), spec.hypercallPort);
        }
        return new Loaded(kernel.entry(), START_INFO_PADDR);
    }

    private static void checkShape(final Spec spec) throws ImageException
    {
        final long ramEnd = spec.frameCount * PAGE_SIZE;
        if (spec.vcpus < 1 || spec.vcpus > VCPUS_MAX)
        {
            throw new ImageException(
                "a PVH guest cannot have " + spec.vcpus + " vCPUs; set vcpus = 1 to " + VCPUS_MAX);
        }
        if (ramEnd > MEMORY_MIB_MAX * MIB)
        {
            throw new ImageException(
                "a PVH guest cannot have " + mib(ramEnd) + " MiB of memory yet; set memory = " + MEMORY_MIB_MAX +
                " or less");
        }
        if (ramEnd <= HOLE_END)
        {
            throw new ImageException("the memory is too small for any kernel: it ends at 0x" +
                Long.toHexString(ramEnd) + "; raise memory = to 128 or more");
        }
        if (spec.firstFreeFrame > HOLE_START / PAGE_SIZE - LOW_MEMORY_FRAMES_MIN)
        {
            throw new ImageException(
                "no low memory is left for the kernel: the grant table takes " + spec.firstFreeFrame +
                " frames; set max_grant_frames = 64 or less");
        }
    }

    private void loadKernel(final List<ElfFile.Segment> segments) throws ImageException
    {
        for (final ElfFile.Segment segment : segments)
        {
            final boolean low =
                segment.paddr() >= spec.firstFreeFrame * PAGE_SIZE && segment.end() <= HOLE_START;
            if (!low && segment.paddr() < HOLE_END)
            {
                throw new ImageException(
                    "the kernel wants to be at 0x" + Long.toHexString(segment.paddr()) +
                    ", where a PVH guest has no memory; name one that is linked to 1 MiB or higher");
            }
            if (!low && segment.end() > ramEnd)
            {
                throw new ImageException(
                    "the memory is too small for the kernel: it needs " + mib(segments.getLast().end()) +
                    " MiB to be loaded, the guest has " + ramEnd / MIB + "; raise memory = well above that");
            }
        }
        for (final ElfFile.Segment segment : segments)
        {
            final long contentLength = segment.content().byteSize();
            MemorySegment.copy(segment.content(), 0, ram, segment.paddr(), contentLength);
            ram.asSlice(segment.paddr() + contentLength, segment.memoryLength() - contentLength).fill((byte)0);
        }
    }

    /** @return where the ramdisk is: as high as it can be, out of the way of what the kernel unpacks; or 0. */
    private long loadRamdisk(final long kernelEnd) throws ImageException
    {
        final long length = spec.ramdisk == null ? 0 : spec.ramdisk.byteSize();
        if (length == 0)
        {
            return 0;
        }
        final long lowest = Math.max(kernelEnd, HOLE_END) + PAGE_SIZE - 1 & -PAGE_SIZE;
        final long paddr = ramEnd - length & -PAGE_SIZE;
        if (length > ramEnd || paddr < lowest)
        {
            throw new ImageException(
                "the ramdisk is too big for the memory: it has " + mib(length) + " MiB, the kernel ends at " +
                mib(lowest) + " MiB, the guest has " + ramEnd / MIB + "; raise memory = well above " +
                mib(lowest + length));
        }
        MemorySegment.copy(spec.ramdisk, 0, ram, paddr, length);
        return paddr;
    }

    private void writeCmdline() throws ImageException
    {
        final byte[] text = spec.cmdline.getBytes(StandardCharsets.UTF_8);
        if (text.length > CMDLINE_LENGTH_MAX)
        {
            throw new ImageException(
                "the kernel's command line is too long: it has " + text.length + " bytes, Linux takes " +
                CMDLINE_LENGTH_MAX + "; shorten extra = or cmdline =");
        }
        MemorySegment.copy(text, 0, ram, JAVA_BYTE, CMDLINE_PADDR, text.length);
        ram.asSlice(CMDLINE_PADDR + text.length, PAGE_SIZE - text.length).fill((byte)0);
    }

    private void writeStartInfo(final long ramdisk)
    {
        ram.asSlice(START_INFO_PADDR, PAGE_SIZE).fill((byte)0);
        if (ramdisk != 0)
        {
            ram.set(U64, MODULE_LIST_PADDR, ramdisk);
            ram.set(U64, MODULE_LIST_PADDR + 8, spec.ramdisk.byteSize());
        }
        final long lowMemory = spec.firstFreeFrame * PAGE_SIZE;
        int entries = 0;
        if (lowMemory > 0)
        {
            writeMapEntry(entries++, 0, lowMemory, TYPE_RESERVED);
        }
        writeMapEntry(entries++, lowMemory, HOLE_START, TYPE_RAM);
        writeMapEntry(entries++, HOLE_END, ramEnd, TYPE_RAM);
        writeMapEntry(entries++, LOCAL_APIC_PADDR, LOCAL_APIC_PADDR + PAGE_SIZE, TYPE_RESERVED);

        ram.set(U32, START_INFO_PADDR, START_INFO_MAGIC);
        ram.set(U32, START_INFO_PADDR + 4, 1);
        ram.set(U32, START_INFO_PADDR + 12, ramdisk == 0 ? 0 : 1);
        ram.set(U64, START_INFO_PADDR + 16, ramdisk == 0 ? 0 : MODULE_LIST_PADDR);
        ram.set(U64, START_INFO_PADDR + 24, CMDLINE_PADDR);
        ram.set(U64, START_INFO_PADDR + 32, AcpiTables.PADDR);
        ram.set(U64, START_INFO_PADDR + 40, MEMORY_MAP_PADDR);
        ram.set(U32, START_INFO_PADDR + 48, entries);
    }

    private void writeMapEntry(final int index, final long start, final long end, final int type)
    {
        final long entry = MEMORY_MAP_PADDR + (long)index * MEMORY_MAP_ENTRY_LENGTH;
        ram.set(U64, entry, start);
        ram.set(U64, entry + 8, end - start);
        ram.set(U32, entry + 16, type);
    }

    private static long mib(final long length)
    {
        return (length + MIB - 1) / MIB;
    }
}
