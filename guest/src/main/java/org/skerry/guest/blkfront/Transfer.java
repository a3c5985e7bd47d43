package org.skerry.guest.blkfront;

import static org.skerry.wire.Blkif.BLKIF_RSP_OKAY;

import java.io.IOException;
import org.skerry.wire.Blkif;

/** A read, write or flush that waits: cut into requests, as many of them in flight as there is room for. */
final class Transfer implements BlkfrontCompletion
{
    /** Puts one piece into the ring. */
    @FunctionalInterface
    interface Submission
    {
        /**
         * @param sector     first one of the piece.
         * @param count      of sectors.
         * @param position   of the piece in the caller's buffer, in bytes.
         * @param completion for the request.
         * @return false when there is no room now.
         */
        boolean submit(long sector, int count, int position, BlkfrontCompletion completion);
    }

    private final Blkfront disk;
    private final long firstSector;
    private final int sectorCount;
    private final boolean isFlush;
    private int pending;
    private int failure = BLKIF_RSP_OKAY;
    private long failedSector;

    private Transfer(final Blkfront disk, final long firstSector, final int sectorCount, final boolean isFlush)
    {
        this.disk = disk;
        this.firstSector = firstSector;
        this.sectorCount = sectorCount;
        this.isFlush = isFlush;
    }

    static Transfer ofSectors(final Blkfront disk, final long firstSector, final int sectorCount)
    {
        if (sectorCount < 1 || sectorCount > Integer.MAX_VALUE >> Blkif.SECTOR_SHIFT)
        {
            throw new IllegalArgumentException("not a number of sectors: count=" + sectorCount);
        }
        return new Transfer(disk, firstSector, sectorCount, false);
    }

    static Transfer ofFlush(final Blkfront disk)
    {
        return new Transfer(disk, 0, 1, true);
    }

    @Override
    public void onComplete(final long token, final int status)
    {
        pending--;
        if (status != BLKIF_RSP_OKAY && failure == BLKIF_RSP_OKAY)
        {
            failure = status;
            failedSector = token;
        }
    }

    void run(final Submission submission) throws IOException
    {
        int done = 0;
        while (pending > 0 || done < sectorCount && failure == BLKIF_RSP_OKAY)
        {
            if (disk.isGone() && pending == 0)
            {
                throw new IOException(disk.name() + ": the disk is gone");
            }
            if (disk.isConnected() && !isFlush && pending == 0)
            {
                disk.requireSectors(firstSector, sectorCount);
            }
            final int count = Math.min(sectorCount - done, Blkfront.MAX_SECTORS);
            if (count > 0 && failure == BLKIF_RSP_OKAY)
            {
                pending++;
                if (submission.submit(firstSector + done, count, done << Blkif.SECTOR_SHIFT, this))
                {
                    done += count;
                    continue;
                }
                pending--;
            }
            disk.poll();
        }
        if (failure != BLKIF_RSP_OKAY)
        {
            throw new IOException(
                disk.name() + ": the backend failed: sector=" + failedSector + ", status=" + failure);
        }
    }
}
