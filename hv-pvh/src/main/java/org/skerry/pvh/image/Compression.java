package org.skerry.pvh.image;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.zip.GZIPInputStream;

import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.io.DirectBufferInputStream;
import org.tukaani.xz.SingleXZInputStream;

/**
 * How a kernel is packed, told by its first bytes.
 */
enum Compression
{
    /** RFC 1952. */
    GZIP(true, "gzip", 0x1f, 0x8b)
    {
        @Override
        void inflate(final MemorySegment packed, final MemorySegment unpacked) throws IOException
        {
            // The length at the end is gzip's own: it belongs to the stream.
            copy(new GZIPInputStream(streamOf(packed), STREAM_BUFFER_LENGTH), unpacked);
        }
    },

    /** The xz format, with its x86 filter. */
    XZ(true, "xz", 0xfd, '7', 'z', 'X', 'Z', 0)
    {
        @Override
        void inflate(final MemorySegment packed, final MemorySegment unpacked) throws IOException
        {
            final int memoryLimitKb = (int)Math.min(Integer.MAX_VALUE, Runtime.getRuntime().maxMemory() / 1280);
            copy(new SingleXZInputStream(streamOf(withoutLength(packed)), memoryLimitKb), unpacked);
        }
    },

    /** LZ4's legacy frame, the one that the kernel build makes. */
    LZ4(true, "LZ4", 0x02, 0x21, 0x4c, 0x18)
    {
        @Override
        void inflate(final MemorySegment packed, final MemorySegment unpacked) throws IOException
        {
            Lz4Legacy.unpack(withoutLength(packed), unpacked);
        }
    },

    /** RFC 8878. */
    ZSTD(true, "zstd", 0x28, 0xb5, 0x2f, 0xfd)
    {
        @Override
        void inflate(final MemorySegment packed, final MemorySegment unpacked) throws IOException
        {
            ZstdFrames.unpack(withoutLength(packed), unpacked);
        }
    },

    /** Known, and not unpacked. */
    BZIP2(false, "bzip2", 'B', 'Z', 'h'),

    /** Known, and not unpacked. */
    LZMA(false, "lzma", 0x5d, 0, 0),

    /** Known, and not unpacked. */
    LZO(false, "LZO", 0x89, 'L', 'Z', 'O');

    private static final int STREAM_BUFFER_LENGTH = 64 * 1024;
    private static final int LENGTH_LENGTH = 4;

    private final boolean known;
    private final String label;
    private final int[] magic;

    Compression(final boolean known, final String label, final int... magic)
    {
        this.known = known;
        this.label = label;
        this.magic = magic;
    }

    /** @return what packed these bytes, one that we can unpack. */
    static Compression of(final ImageBytes packed) throws ImageException
    {
        for (final Compression compression : values())
        {
            if (packed.has(0, compression.magic))
            {
                if (compression.known)
                {
                    return compression;
                }
                throw new ImageException(
                    "the kernel is compressed with " + compression.label +
                    ", which is not supported; name one packed " +
                    "with gzip, LZ4, xz or zstd, or its vmlinux (linux/scripts/extract-vmlinux)");
            }
        }
        final byte[] start = packed.slice(0, Math.min(4, packed.length()), "the compressed kernel")
            .toArray(ValueLayout.JAVA_BYTE);
        throw new ImageException(
            "the kernel's compression is unknown: it begins with the bytes " + Arrays.toString(start) +
            "; name one packed with gzip, LZ4, xz or zstd, or its vmlinux (linux/scripts/extract-vmlinux)");
    }

    /**
     * Fill the whole of a memory with what was packed.
     *
     * @param packed   the stream, and the length that Linux puts behind it.
     * @param unpacked exactly as long as that length says.
     * @throws ImageException when the stream is damaged, or is shorter or longer than it says.
     */
    final void unpack(final MemorySegment packed, final MemorySegment unpacked) throws ImageException
    {
        try
        {
            inflate(packed, unpacked);
        }
        catch (final IOException | RuntimeException ex)
        {
            // Whatever a decoder stumbles over: a bad stream, or one that ends too early or too late.
            throw new ImageException(
                "the kernel is damaged: unpacking its " + label + " data of " + packed.byteSize() + " bytes failed (" +
                (ex.getMessage() == null ? ex.getClass().getSimpleName() : ex.getMessage()) +
                "); fetch or build the kernel again", ex);
        }
    }

    void inflate(final MemorySegment packed, final MemorySegment unpacked) throws IOException
    {
        throw new IllegalStateException("not unpacked: " + label);
    }

    private static MemorySegment withoutLength(final MemorySegment packed)
    {
        return packed.asSlice(0, packed.byteSize() - LENGTH_LENGTH);
    }

    private static InputStream streamOf(final MemorySegment packed)
    {
        return new DirectBufferInputStream(new UnsafeBuffer(packed.asByteBuffer()));
    }

    private static void copy(final InputStream in, final MemorySegment unpacked) throws IOException
    {
        final byte[] buffer = new byte[STREAM_BUFFER_LENGTH];
        long offset = 0;
        while (true)
        {
            final int length = in.read(buffer);
            if (length < 0)
            {
                break;
            }
            if (length > unpacked.byteSize() - offset)
            {
                throw new IOException("more than the " + unpacked.byteSize() + " bytes that it says");
            }
            MemorySegment.copy(MemorySegment.ofArray(buffer), 0, unpacked, offset, length);
            offset += length;
        }
        if (offset != unpacked.byteSize())
        {
            throw new EOFException(offset + " bytes, not the " + unpacked.byteSize() + " that it says");
        }
    }
}
