package org.skerry.toolstack.config;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What a kernel file is, told by its first bytes and never by its name. Whether it can be booted is found out by
 * whoever boots it.
 */
public enum KernelKind
{
    /** A jar: the kernel of a Java guest. */
    JAR,
    /** An ELF file or a bzImage: Linux, or another kernel for a virtual machine. */
    MACHINE,
    /** Something else, or not to be read. */
    UNKNOWN;

    private static final int HEADER_LENGTH = 0x206;
    private static final int ZIP_MAGIC = 0x04034b50;
    private static final int ELF_MAGIC = 0x464c457f;
    private static final int BZIMAGE_MAGIC_OFFSET = 0x202;
    private static final int BZIMAGE_MAGIC = 0x53726448;

    /**
     * @param file to look into.
     * @return what it is.
     */
    public static KernelKind of(final Path file)
    {
        final ByteBuffer header = ByteBuffer.allocate(HEADER_LENGTH).order(ByteOrder.LITTLE_ENDIAN);
        try (InputStream in = Files.newInputStream(file))
        {
            in.readNBytes(header.array(), 0, HEADER_LENGTH);
        }
        catch (final IOException e)
        {
            return UNKNOWN;
        }
        if (header.getInt(0) == ELF_MAGIC || header.getInt(BZIMAGE_MAGIC_OFFSET) == BZIMAGE_MAGIC)
        {
            return MACHINE;
        }

        return header.getInt(0) == ZIP_MAGIC ? JAR : UNKNOWN;
    }
}
