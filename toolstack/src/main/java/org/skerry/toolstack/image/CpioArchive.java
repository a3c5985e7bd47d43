package org.skerry.toolstack.image;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/**
 * Writes an archive that Linux unpacks as its initial ram disk. All files belong to root, whoever writes it.
 * <p>Spec: Documentation/driver-api/early-userspace/buffer-format.rst (newc).
 */
public final class CpioArchive implements AutoCloseable
{
    private static final int DIRECTORY = 0040000;
    private static final int FILE = 0100000;
    private static final int LINK = 0120000;
    private static final int CHARACTER_DEVICE = 0020000;
    private static final int ALIGNMENT = 4;
    private static final int BLOCK_LENGTH = 512;
    private static final int NAME_HEADER_LENGTH = 110;

    private final OutputStream out;
    private int inode;
    private long position;

    /**
     * @param out where it is written to; stays open.
     */
    public CpioArchive(final OutputStream out)
    {
        this.out = out;
    }

    /**
     * @param name path without a leading slash; its directory was added before.
     * @throws IOException as the stream throws.
     */
    public void directory(final String name) throws IOException
    {
        add(name, DIRECTORY | 0755, 0, 0, new byte[0]);
    }

    /**
     * @param name    path without a leading slash.
     * @param mode    permission bits.
     * @param content of the file.
     * @throws IOException as the stream throws.
     */
    public void file(final String name, final int mode, final byte[] content) throws IOException
    {
        add(name, FILE | mode, 0, 0, content);
    }

    /**
     * @param name   path without a leading slash.
     * @param target of the symbolic link.
     * @throws IOException as the stream throws.
     */
    public void link(final String name, final String target) throws IOException
    {
        add(name, LINK | 0777, 0, 0, target.getBytes(StandardCharsets.UTF_8));
    }

    /**
     * @param name  path without a leading slash.
     * @param major number of the character device.
     * @param minor number of the character device.
     * @throws IOException as the stream throws.
     */
    public void device(final String name, final int major, final int minor) throws IOException
    {
        add(name, CHARACTER_DEVICE | 0600, major, minor, new byte[0]);
    }

    /** Ends the archive: another may follow in the same stream. */
    @Override
    public void close() throws IOException
    {
        inode = -1;
        add("TRAILER!!!", 0, 0, 0, new byte[0]);
        pad(BLOCK_LENGTH);
        out.flush();
    }

    private void add(final String name, final int mode, final int major, final int minor, final byte[] content)
        throws IOException
    {
        final byte[] nameBytes = name.getBytes(StandardCharsets.UTF_8);
        final int[] fields = {
            ++inode, mode, 0, 0, 1, 0, content.length, 0, 0, major, minor, nameBytes.length + 1, 0};
        final StringBuilder header = new StringBuilder(NAME_HEADER_LENGTH).append("070701");
        for (final int field : fields)
        {
            header.append(String.format("%08X", field));
        }
        write(header.toString().getBytes(StandardCharsets.US_ASCII));
        write(nameBytes);
        write(new byte[1]);
        pad(ALIGNMENT);
        write(content);
        pad(ALIGNMENT);
    }

    private void write(final byte[] bytes) throws IOException
    {
        out.write(bytes);
        position += bytes.length;
    }

    private void pad(final int alignment) throws IOException
    {
        write(new byte[(int)(-position & alignment - 1)]);
    }
}
