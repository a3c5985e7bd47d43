package org.skerry.wire.linux;

import java.nio.charset.StandardCharsets;

/**
 * {@code linux/if_tun.h}: a network interface whose cable is a file. It stays in the network namespace in which it was
 * made, wherever its file goes, and vanishes with the last number of the file unless it is persistent.
 */
public final class Tun
{
    public static final int IFF_TUN = 0x0001;
    /** Ethernet frames. */
    public static final int IFF_TAP = 0x0002;
    public static final int IFF_MULTI_QUEUE = 0x0100;
    /** No header of tun's own before each frame. */
    public static final int IFF_NO_PI = 0x1000;
    /** A {@code virtio_net_hdr} before each frame. */
    public static final int IFF_VNET_HDR = 0x4000;

    /** For {@link #setOffload}: the reader of the file takes frames without a checksum. */
    public static final int TUN_F_CSUM = 0x01;
    public static final int TUN_F_TSO4 = 0x02;
    public static final int TUN_F_TSO6 = 0x04;
    public static final int TUN_F_TSO_ECN = 0x08;

    private static final long TUNSETIFF = 0x4004_54CAL;
    private static final long TUNSETPERSIST = 0x4004_54CBL;
    private static final long TUNSETOWNER = 0x4004_54CCL;
    private static final long TUNSETOFFLOAD = 0x4004_54D0L;
    private static final long TUNGETIFF = 0x8004_54D2L;
    private static final long TUNSETVNETHDRSZ = 0x4004_54D8L;

    private Tun()
    {
    }

    /**
     * Makes an interface, or opens a persistent one that nobody holds ({@code ioctl(TUNSETIFF)} on /dev/net/tun).
     *
     * @param name  1 to 15 bytes; {@code %d} in it becomes the first free number, see {@link #name}.
     * @param flags {@code IFF_*}.
     * @return the new number, non-blocking and closed on exec, or the negative errno; -EPERM without CAP_NET_ADMIN,
     *         -EBUSY when somebody holds it, -EINVAL when the name is too long or belongs to another kind of
     *         interface.
     */
    public static int open(final String name, final int flags)
    {
        final int fd = Fcntl.open("/dev/net/tun", Fcntl.O_RDWR | Fcntl.O_CLOEXEC | Fcntl.O_NONBLOCK, 0);
        if (fd < 0)
        {
            return fd;
        }
        final long ifreq = Netdevice.ifreq(name);
        int result = (int)ifreq;
        if (ifreq > 0)
        {
            Memory.putShort(ifreq + Netdevice.IFR_UNION_OFFSET, (short)flags);
            result = Ioctl.ioctl(fd, TUNSETIFF, ifreq);
        }
        if (result < 0)
        {
            Unistd.close(fd);
            return result;
        }
        return fd;
    }

    /** @return the interface's name ({@code ioctl(TUNGETIFF)}), or null when the file is none. */
    public static String name(final int fd)
    {
        final long ifreq = Syscall.scratch();
        if (Ioctl.ioctl(fd, TUNGETIFF, ifreq) < 0)
        {
            return null;
        }
        final byte[] name = new byte[Netdevice.IFNAMSIZ];
        int length = 0;
        while (length < name.length && Memory.getByte(ifreq + length) != 0)
        {
            name[length] = Memory.getByte(ifreq + length);
            length++;
        }
        return new String(name, 0, length, StandardCharsets.UTF_8);
    }

    /**
     * Whether the interface stays when nobody holds its file.
     *
     * @return 0 or the negative errno.
     */
    public static int setPersistent(final int fd, final boolean persistent)
    {
        return Ioctl.ioctl(fd, TUNSETPERSIST, persistent ? 1 : 0);
    }

    /**
     * Who may open a persistent interface without CAP_NET_ADMIN.
     *
     * @return 0 or the negative errno.
     */
    public static int setOwner(final int fd, final int uid)
    {
        return Ioctl.ioctl(fd, TUNSETOWNER, uid);
    }

    /**
     * What the reader of the file takes off the kernel's hands.
     *
     * @param features {@code TUN_F_*}; segmentation needs {@link #TUN_F_CSUM}.
     * @return 0 or the negative errno.
     */
    public static int setOffload(final int fd, final int features)
    {
        return Ioctl.ioctl(fd, TUNSETOFFLOAD, features);
    }

    /**
     * @param length of the header that {@link #IFF_VNET_HDR} puts before each frame: 10 or 12 bytes.
     * @return 0 or the negative errno.
     */
    public static int setVnetHeaderLength(final int fd, final int length)
    {
        final long value = Syscall.scratch();
        Memory.putInt(value, length);
        return Ioctl.ioctl(fd, TUNSETVNETHDRSZ, value);
    }
}
