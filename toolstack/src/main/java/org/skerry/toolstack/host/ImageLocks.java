package org.skerry.toolstack.host;

import java.util.function.Function;

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
