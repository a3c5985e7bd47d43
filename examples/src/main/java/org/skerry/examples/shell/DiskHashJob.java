package org.skerry.examples.shell;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

import org.skerry.wire.Errno;

/**
 * {@code sha256}: the digest of a whole disk, as {@code sha256sum} of its image prints it. The largest requests that
 * the disk takes, {@link #WINDOW} of them on their way at once, hashed in order.
 */
final class DiskHashJob implements Job
{
    /** Requests in flight. */
    static final int WINDOW = 16;

    private static final int PARTS_PER_TURN = 2;

    private final Terminal terminal;
    private final Disk disk;
    private final MessageDigest digest;
    private final Part[] parts = new Part[WINDOW];
    private long nextSector;
    private long nextRead;
    private long nextHash;
    private int failure;
    private boolean isDone;

    /** One request of the window, used again and again. */
    private final class Part
    {
        private final byte[] bytes = new byte[disk.maxSectors() * Disk.SECTOR_LENGTH];
        private long sector;
        private int sectorCount;
        private boolean isRead;

        void onRead(final int status)
        {
            isRead = true;

            if (status != 0 && failure == 0)
            {
                failure = status;
            }
        }
    }

    DiskHashJob(final Terminal terminal, final Disk disk)
    {
        this.terminal = terminal;
        this.disk = disk;

        try
        {
            digest = MessageDigest.getInstance("SHA-256");
        }
        catch (final NoSuchAlgorithmException exception)
        {
            throw new IllegalStateException("every Java has SHA-256", exception);
        }

        for (int i = 0; i < WINDOW; i++)
        {
            parts[i] = new Part();
        }
    }

    @Override
    public int doWork()
    {
        if (failure != 0)
        {
            terminal.println("sha256: " + disk.name() + ": " + Errno.nameOf(failure));
            isDone = true;
            return 1;
        }

        final int workCount = readAhead() + hash();

        if (failure == 0 && nextHash == nextRead && nextSector == disk.sectorCount())
        {
            terminal.println(HexFormat.of().formatHex(digest.digest()) + "  " + disk.name());
            isDone = true;
        }

        return failure != 0 ? 1 : workCount;
    }

    @Override
    public boolean isDone()
    {
        return isDone;
    }

    private int readAhead()
    {
        int workCount = 0;

        while (nextSector < disk.sectorCount() && nextRead - nextHash < WINDOW)
        {
            final Part part = parts[(int)(nextRead % WINDOW)];
            part.sector = nextSector;
            part.sectorCount = (int)Math.min(disk.maxSectors(), disk.sectorCount() - nextSector);
            part.isRead = false;

            if (!disk.read(part.sector, part.bytes, part.sectorCount, part::onRead))
            {
                failure = disk.isGone() && failure == 0 ? Errno.ENODEV.negative() : failure;
                break;
            }

            nextSector += part.sectorCount;
            nextRead++;
            workCount++;
        }

        return workCount;
    }

    private int hash()
    {
        int workCount = 0;

        while (workCount < PARTS_PER_TURN && nextHash < nextRead && parts[(int)(nextHash % WINDOW)].isRead)
        {
            final Part part = parts[(int)(nextHash % WINDOW)];
            digest.update(part.bytes, 0, part.sectorCount * Disk.SECTOR_LENGTH);
            nextHash++;
            workCount++;
        }

        return workCount;
    }
}
