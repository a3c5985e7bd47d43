package org.skerry.pvh.image;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Linux's boot image: a real-mode part that we do not need, then the kernel proper as a compressed ELF file, the last
 * four bytes of which say how long it is unpacked.
 * <p>Spec: Documentation/arch/x86/boot.rst, protocol 2.08 and later.
 */
final class BzImage
{
    /** Longer than any kernel that a distribution ships; a lie about the length costs no more than this. */
    static final long UNPACKED_LENGTH_MAX = 256L << 20;

    private static final int SETUP_SECTORS_OFFSET = 0x1f1;
    private static final int SETUP_SECTORS_DEFAULT = 4;
    private static final int BOOT_FLAG_OFFSET = 0x1fe;
    private static final int MAGIC_OFFSET = 0x202;
    private static final int VERSION_OFFSET = 0x206;
    private static final int VERSION_WITH_PAYLOAD = 0x208;
    private static final int PAYLOAD_OFFSET_OFFSET = 0x248;
    private static final int PAYLOAD_LENGTH_OFFSET = 0x24c;
    private static final int SECTOR_LENGTH = 512;
    private static final int LENGTH_LENGTH = 4;

    private BzImage()
    {
    }

    static boolean isBzImage(final ImageBytes file)
    {
        return file.has(BOOT_FLAG_OFFSET, 0x55, 0xaa) && file.has(MAGIC_OFFSET, 'H', 'd', 'r', 'S');
    }

    /**
     * Unpack the kernel proper.
     *
     * @param file  a bzImage.
     * @param arena what the unpacked kernel lives in.
     * @return an ELF file, or whatever else was packed.
     */
    static MemorySegment unpack(final ImageBytes file, final Arena arena) throws ImageException
    {
        final String what = "the boot header";
        final int version = file.u16(VERSION_OFFSET, what);
        if (version < VERSION_WITH_PAYLOAD)
        {
            throw new ImageException(
                "the kernel is too old: its boot protocol is " + (version >> 8) + "." + (version & 0xff) +
                ", PVH came much later; name a kernel built with CONFIG_PVH=y");
        }
        final int setupSectors = file.u8(SETUP_SECTORS_OFFSET, what);
        final long payloadOffset = file.u32(PAYLOAD_OFFSET_OFFSET, what) +
            (long)((setupSectors == 0 ? SETUP_SECTORS_DEFAULT : setupSectors) + 1) * SECTOR_LENGTH;
        final MemorySegment payload =
            file.slice(payloadOffset, file.u32(PAYLOAD_LENGTH_OFFSET, what), "the compressed kernel");
        final ImageBytes packed = new ImageBytes(payload);
        if (ElfFile.isElf(packed))
        {
            return payload;
        }

        final Compression compression = Compression.of(packed);
        final long unpackedLength = packed.u32(packed.length() - LENGTH_LENGTH, "the unpacked length");
        if (unpackedLength == 0 || unpackedLength > UNPACKED_LENGTH_MAX)
        {
            throw new ImageException(
                "the kernel is damaged: it says that it has " + unpackedLength + " bytes unpacked, not 1 to " +
                UNPACKED_LENGTH_MAX + "; fetch or build the kernel again");
        }
        final MemorySegment unpacked = arena.allocate(unpackedLength);
        compression.unpack(payload, unpacked);
        return unpacked;
    }
}
