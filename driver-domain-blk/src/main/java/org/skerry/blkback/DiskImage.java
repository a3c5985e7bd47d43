package org.skerry.blkback;

import org.skerry.wire.Blkif;
import org.skerry.wire.Errno;
import org.skerry.wire.linux.Fcntl;
import org.skerry.wire.linux.SysStat;
import org.skerry.wire.linux.Unistd;

/**
 * An open file or block device that is somebody's disk: its sectors are the file's bytes in order (a raw image). Calls
 * answer 0 or a negative errno and return when the kernel has taken or given all bytes. It is read and written through
 * the page cache, so a write lasts a loss of power only after {@link #flush()}.
 */
final class DiskImage implements AutoCloseable
{
    private static final int O_ACCMODE = 3;

    private final int fd;
    private final long sectorCount;
    private final boolean isReadOnly;
    private boolean hasUnflushed = true;        // what an earlier process wrote may still be in the page cache
    private int flushFailure;
    private boolean isClosed;

    /**
     * Take over an open file.
     *
     * @param fd         of a regular file or a block device; closed with this image.
     * @param isReadOnly refuse to write even where the file would allow it.
     */
    DiskImage(final int fd, final boolean isReadOnly)
    {
        final long length = SysStat.fileSize(fd);
        this.fd = fd;
        this.sectorCount = length < 0 ? 0 : length >> Blkif.SECTOR_SHIFT;
        this.isReadOnly = isReadOnly || (Fcntl.fcntl(fd, Fcntl.F_GETFL, 0) & O_ACCMODE) != Fcntl.O_RDWR;
    }

    /** @return whole sectors of 512 bytes when the image was opened; 0 when the file has no length. */
    long sectorCount()
    {
        return sectorCount;
    }

    /** @return true when every write is refused. */
    boolean isReadOnly()
    {
        return isReadOnly;
    }

    /**
     * @param address of memory to fill.
     * @param length  in bytes.
     * @param offset  in the file, in bytes.
     * @return 0 when all bytes are there, -EIO when the file has become shorter, or another negative errno.
     */
    int read(final long address, final int length, final long offset)
    {
        int done = 0;
        while (done < length)
        {
            final long result = Unistd.pread(fd, address + done, length - done, offset + done);
            if (result <= 0)
            {
                if (result == Errno.EINTR.negative())
                {
                    continue;
                }
                return result == 0 ? Errno.EIO.negative() : (int)result;
            }
            done += (int)result;
        }

        return 0;
    }

    /**
     * @param address of the bytes.
     * @param length  in bytes.
     * @param offset  in the file, in bytes.
     * @return 0 when all bytes are written, or a negative errno.
     */
    int write(final long address, final int length, final long offset)
    {
        hasUnflushed = true;
        int done = 0;
        while (done < length)
        {
            final long result = Unistd.pwrite(fd, address + done, length - done, offset + done);
            if (result <= 0)
            {
                if (result == Errno.EINTR.negative())
                {
                    continue;
                }
                return result == 0 ? Errno.EIO.negative() : (int)result;
            }
            done += (int)result;
        }

        return 0;
    }

    /**
     * Make all writes so far last a loss of power. Costs nothing when there was none since the last time. Once it has
     * failed it fails for ever: Linux drops the pages that it could not write and would say next time that all is well.
     *
     * @return 0, or a negative errno.
     */
    int flush()
    {
        if (hasUnflushed && flushFailure == 0)
        {
            final int result = Unistd.fdatasync(fd);
            flushFailure = Math.min(result, 0);
            hasUnflushed = result < 0;
        }

        return flushFailure;
    }

    /**
     * Give the space of some bytes back to the file system; they read as zeros then.
     *
     * @param offset in the file, in bytes.
     * @param length in bytes, 1 or more.
     * @return 0, -EOPNOTSUPP when the file system cannot, or another negative errno.
     */
    int discard(final long offset, final long length)
    {
        hasUnflushed = true;
        return Fcntl.fallocate(fd, Fcntl.FALLOC_FL_PUNCH_HOLE | Fcntl.FALLOC_FL_KEEP_SIZE, offset, length);
    }

    @Override
    public void close()
    {
        if (!isClosed)
        {
            isClosed = true;
            Unistd.close(fd);
        }
    }
}
