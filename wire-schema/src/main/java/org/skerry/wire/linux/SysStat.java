package org.skerry.wire.linux;

/** {@code sys/stat.h}: what kind of file a number stands for. */
public final class SysStat
{
    public static final int S_IFMT = 0xF000;
    public static final int S_IFSOCK = 0xC000;
    public static final int S_IFREG = 0x8000;
    public static final int S_IFBLK = 0x6000;
    public static final int S_IFDIR = 0x4000;
    public static final int S_IFCHR = 0x2000;
    public static final int S_IFIFO = 0x1000;

    private static final int ST_DEV_OFFSET = 0;
    private static final int ST_INO_OFFSET = 8;
    private static final int ST_MODE_OFFSET = 24;
    private static final int ST_UID_OFFSET = 28;
    private static final int ST_RDEV_OFFSET = 40;
    private static final int ST_SIZE_OFFSET = 48;
    private static final int ST_BLOCKS_OFFSET = 64;

    private SysStat()
    {
    }

    /** @return 0 or the negative errno. */
    public static int fchmod(final int fd, final int mode)
    {
        return (int)Syscall.call(SyscallNumbers.SYS_FCHMOD, fd, mode);
    }

    /** @return {@code st_mode}: type and permissions, or the negative errno. */
    public static int mode(final int fd)
    {
        return (int)field(fd, ST_MODE_OFFSET, Integer.BYTES);
    }

    /** @return the owner's user id, or the negative errno. */
    public static int owner(final int fd)
    {
        return (int)field(fd, ST_UID_OFFSET, Integer.BYTES);
    }

    /** @return the inode number, or the negative errno. */
    public static long inode(final int fd)
    {
        return field(fd, ST_INO_OFFSET, Long.BYTES);
    }

    /** @return the device that holds the file, as {@code dev_t}, or the negative errno. */
    public static long device(final int fd)
    {
        return field(fd, ST_DEV_OFFSET, Long.BYTES);
    }

    /** @return the device that the file is, as {@code dev_t}, 0 for what is no device, or the negative errno. */
    public static long deviceId(final int fd)
    {
        return field(fd, ST_RDEV_OFFSET, Long.BYTES);
    }

    /**
     * For a block device {@code ioctl(BLKGETSIZE64)}, for everything else {@code st_size}.
     *
     * @return bytes, or the negative errno.
     */
    public static long fileSize(final int fd)
    {
        final int mode = mode(fd);
        if (mode < 0)
        {
            return mode;
        }
        if ((mode & S_IFMT) == S_IFBLK)
        {
            final long size = Syscall.scratch();
            final long result = Ioctl.ioctl(fd, Ioctl.BLKGETSIZE64, size);
            return result < 0 ? result : Memory.getLong(size);
        }
        return field(fd, ST_SIZE_OFFSET, Long.BYTES);
    }

    /** @return {@code st_blocks}: what the file takes, in units of 512 bytes, or the negative errno. */
    public static long blocks(final int fd)
    {
        return field(fd, ST_BLOCKS_OFFSET, Long.BYTES);
    }

    /** @return true for an open block device; false for everything else, also for a number that is not open. */
    public static boolean isBlockDevice(final int fd)
    {
        return isOfType(fd, S_IFBLK);
    }

    /** @return true for an open regular file; false for everything else, also for a number that is not open. */
    public static boolean isRegularFile(final int fd)
    {
        return isOfType(fd, S_IFREG);
    }

    /** @return true for an open socket; false for everything else, also for a number that is not open. */
    public static boolean isSocket(final int fd)
    {
        return isOfType(fd, S_IFSOCK);
    }

    private static boolean isOfType(final int fd, final int type)
    {
        final int mode = mode(fd);
        return mode >= 0 && (mode & S_IFMT) == type;
    }

    private static long field(final int fd, final int offset, final int length)
    {
        final long stat = Syscall.scratch();
        final long result = Syscall.call(SyscallNumbers.SYS_FSTAT, fd, stat);
        if (result < 0)
        {
            return result;
        }
        return length == Integer.BYTES ? Memory.getInt(stat + offset) & 0xFFFF_FFFFL : Memory.getLong(stat + offset);
    }
}
