package org.skerry.toolstack.host;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;

import org.skerry.toolstack.Patience;
import org.skerry.toolstack.config.ConfigException;
import org.skerry.toolstack.config.DomainConfig;
import org.skerry.toolstack.device.DiskSpec;
import org.skerry.wire.Errno;
import org.skerry.wire.linux.Fcntl;
import org.skerry.wire.linux.SysStat;
import org.skerry.wire.linux.Unistd;

/**
 * Opens disk images for a domain, locked: an image that one domain writes no other domain has. The lock belongs to the
 * open file, so it lasts as long as the backend that the file was handed to holds it.
 */
final class ImageLocks
{
    private static final long PATIENCE_SECONDS = 2;
    private static final long POLL_NS = TimeUnit.MILLISECONDS.toNanos(2);

    private ImageLocks()
    {
    }

    /**
     * @param config of the domain.
     * @param index  of the disk in it.
     * @return the open, locked image; the caller's.
     * @throws ConfigException naming the disk's place in the config and what is wrong with it.
     */
    static int open(final DomainConfig config, final int index)
    {
        return open(config.disks().get(index), problem -> config.problem("disk[" + index + "]", problem));
    }

    /**
     * @param disk    whose image it is.
     * @param problem makes of what is wrong, one line, what is thrown.
     * @return the open, locked image; the caller's.
     */
    static int open(final DiskSpec disk, final Function<String, RuntimeException> problem)
    {
        final int access = disk.writable() ? Fcntl.O_RDWR : Fcntl.O_RDONLY;
        final int fd = Fcntl.open(disk.target(), access | Fcntl.O_CLOEXEC, 0);
        if (fd < 0)
        {
            throw problem.apply("cannot open disk image " + disk.target() + ": " + explain(fd));
        }
        if (!SysStat.isRegularFile(fd) && !SysStat.isBlockDevice(fd))
        {
            Unistd.close(fd);
            throw problem.apply("disk image " + disk.target() + " is neither a file nor a block device");
        }

        final int locked = disk.writable() ? Fcntl.lockExclusive(fd) : Fcntl.lockShared(fd);
        if (locked < 0 && !disk.shareable())
        {
            Unistd.close(fd);
            throw problem.apply(locked == Errno.EAGAIN.negative() || locked == Errno.EACCES.negative() ?
                "disk image " + disk.target() + " is in use by another domain or program" :
                "cannot lock disk image " + disk.target() + ": " + explain(locked));
        }

        return fd;
    }

    /**
     * @param fd of an image, or of what is none.
     * @return another open file of an image that is written, without a lock; else -1: nobody is in anybody's way.
     */
    static int probe(final int fd)
    {
        final boolean isImage = SysStat.isRegularFile(fd) || SysStat.isBlockDevice(fd);
        final boolean isWritten = (Fcntl.fcntl(fd, Fcntl.F_GETFL, 0) & Fcntl.O_RDWR) != 0;

        return isImage && isWritten ?
            Math.max(-1, Fcntl.open("/proc/self/fd/" + fd, Fcntl.O_RDWR | Fcntl.O_CLOEXEC, 0)) : -1;
    }

    /**
     * Wait until nobody holds a lock of the image, for a while.
     *
     * @param probe of {@link #probe}; closed.
     */
    static void awaitFree(final int probe)
    {
        final long deadlineNs = System.nanoTime() + Patience.ns(PATIENCE_SECONDS, TimeUnit.SECONDS);
        while (probe >= 0 && Fcntl.lockExclusive(probe) == Errno.EAGAIN.negative() &&
            deadlineNs - System.nanoTime() > 0)
        {
            LockSupport.parkNanos(POLL_NS);
        }
        Unistd.close(probe);
    }

    private static String explain(final int result)
    {
        if (result == Errno.ENOENT.negative())
        {
            return "no such file";
        }

        return result == Errno.EACCES.negative() || result == Errno.EPERM.negative() ?
            "permission denied" : Errno.nameOf(result);
    }
}
