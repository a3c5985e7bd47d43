package org.skerry.examples.shell;

import org.agrona.concurrent.UnsafeBuffer;
import org.skerry.guest.blkfront.Blkfront;
import org.skerry.guest.blkfront.BlkfrontCompletion;
import org.skerry.wire.Errno;

/** A vbd as the commands use it. */
final class BlkDisk implements Disk
{
    private static final int BLKIF_RSP_EOPNOTSUPP = -2;

    private final Blkfront front;

    BlkDisk(final Blkfront front)
    {
        this.front = front;
    }

    @Override
    public String name()
    {
        return front.name();
    }

    @Override
    public long sectorCount()
    {
        return front.sectorCount();
    }

    @Override
    public boolean isReadOnly()
    {
        return front.isReadOnly();
    }

    @Override
    public String state()
    {
        return front.isConnected() ? "Connected" : front.isGone() ? "Closed" : "waits for its backend";
    }

    @Override
    public boolean isGone()
    {
        return front.isGone();
    }

    @Override
    public int sectorStep()
    {
        return front.sectorSize() / SECTOR_LENGTH;
    }

    @Override
    public int maxSectors()
    {
        return Blkfront.MAX_SECTORS;
    }

    @Override
    public boolean read(final long sector, final byte[] target, final int sectorCount, final Completion completion)
    {
        return front.submitRead(sector, sectorCount, new UnsafeBuffer(target), 0, adapt(completion), 0);
    }

    @Override
    public boolean write(final long sector, final byte[] source, final int sectorCount, final Completion completion)
    {
        return front.submitWrite(sector, sectorCount, new UnsafeBuffer(source), 0, adapt(completion), 0);
    }

    @Override
    public boolean flush(final Completion completion)
    {
        return front.submitFlush(adapt(completion), 0);
    }

    private static BlkfrontCompletion adapt(final Completion completion)
    {
        return (token, status) -> completion.onDone(errnoOf(status));
    }

    private static int errnoOf(final int status)
    {
        return status == 0 ? 0 : status == BLKIF_RSP_EOPNOTSUPP ? Errno.EOPNOTSUPP.negative() : Errno.EIO.negative();
    }
}
