package org.skerry.pvh.image;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes small ELF executables, right or wrong.
 */
final class ElfBuilder
{
    private record Header(int type, int flags, long paddr, long memoryLength, byte[] content)
    {
    }

    private final boolean wide;
    private final List<Header> headers = new ArrayList<>();
    private int machine;

    private ElfBuilder(final boolean wide, final int machine)
    {
        this.wide = wide;
        this.machine = machine;
    }

    static ElfBuilder elf64()
    {
        return new ElfBuilder(true, 62);
    }

    static ElfBuilder elf32()
    {
        return new ElfBuilder(false, 3);
    }

    /** A kernel of one page of code at 1 MiB, entered at its first byte. */
    static ElfBuilder tinyKernel(final byte... code)
    {
        return elf64().load(0x100000, 4096, code).note(18, 0x100000, 8);
    }

    ElfBuilder machine(final int number)
    {
        machine = number;
        return this;
    }

    ElfBuilder load(final long paddr, final long memoryLength, final byte... content)
    {
        headers.add(new Header(1, 5, paddr, memoryLength, content));
        return this;
    }

    ElfBuilder data(final long paddr, final long memoryLength, final byte... content)
    {
        headers.add(new Header(1, 6, paddr, memoryLength, content));
        return this;
    }

    /** A note segment in which another note comes first. */
    ElfBuilder note(final int type, final long value, final int descLength)
    {
        final ByteBuffer notes = ByteBuffer.allocate(64).order(ByteOrder.LITTLE_ENDIAN);
        notes.putInt(6).putInt(3).putInt(6).put("Linux\0\0\0".getBytes(StandardCharsets.US_ASCII)).putInt(0x112233);
        notes.putInt(4).putInt(descLength).putInt(type).put("Xen\0".getBytes(StandardCharsets.US_ASCII));
        notes.putLong(value);
        final byte[] content = new byte[notes.position() - 8 + (descLength + 3 & ~3)];
        System.arraycopy(notes.array(), 0, content, 0, content.length);
        headers.add(new Header(4, 4, 0, content.length, content));
        return this;
    }

    byte[] build()
    {
        final int elfHeaderLength = wide ? 64 : 52;
        final int headerLength = wide ? 56 : 32;
        int offset = elfHeaderLength + headers.size() * headerLength;
        int length = offset;
        for (final Header header : headers)
        {
            length += header.content.length;
        }
        final ByteBuffer elf = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
        elf.put(0, new byte[] {0x7f, 'E', 'L', 'F', (byte)(wide ? 2 : 1), 1, 1});
        elf.putShort(16, (short)2).putShort(18, (short)machine).putInt(20, 1);
        elf.putInt(wide ? 32 : 28, elfHeaderLength);
        elf.putShort(wide ? 54 : 42, (short)headerLength).putShort(wide ? 56 : 44, (short)headers.size());
        int at = elfHeaderLength;
        for (final Header header : headers)
        {
            if (wide)
            {
                elf.putInt(at, header.type).putInt(at + 4, header.flags).putLong(at + 8, offset)
                    .putLong(at + 16, header.paddr).putLong(at + 24, header.paddr)
                    .putLong(at + 32, header.content.length).putLong(at + 40, header.memoryLength);
            }
            else
            {
                elf.putInt(at, header.type).putInt(at + 4, offset).putInt(at + 8, (int)header.paddr)
                    .putInt(at + 12, (int)header.paddr).putInt(at + 16, header.content.length)
                    .putInt(at + 20, (int)header.memoryLength).putInt(at + 24, header.flags);
            }
            elf.put(offset, header.content);
            offset += header.content.length;
            at += headerLength;
        }
        return elf.array();
    }

    /** A bzImage with a payload that is packed already, and the length behind it that is given. */
    static byte[] bzImage(final byte[] packed, final int unpackedLength, final boolean withLength)
    {
        final int setupLength = 1024;
        final int payloadLength = packed.length + (withLength ? 4 : 0);
        final ByteBuffer image = ByteBuffer.allocate(setupLength + 16 + payloadLength).order(ByteOrder.LITTLE_ENDIAN);
        image.put(0x1f1, (byte)1).putShort(0x1fe, (short)0xaa55).put(0x202, "HdrS".getBytes(StandardCharsets.US_ASCII));
        image.putShort(0x206, (short)0x20f).putInt(0x248, 16).putInt(0x24c, payloadLength);
        image.put(setupLength + 16, packed);
        if (withLength)
        {
            image.putInt(setupLength + 16 + packed.length, unpackedLength);
        }
        return image.array();
    }

    static KernelImage read(final byte[] file) throws ImageException
    {
        return KernelImage.read(MemorySegment.ofArray(file));
    }
}
