package org.skerry.wire.linux;

import java.nio.charset.StandardCharsets;

/**
 * {@code net/if.h} and {@code linux/sockios.h}: network interfaces and bridges of the calling thread's network
 * namespace, by {@code ioctl} on a short-lived socket. Changes need CAP_NET_ADMIN there (-EPERM).
 *
 * <p>A name is 1 to 15 bytes; any other is -EINVAL, one that does not exist -ENODEV.
 */
public final class Netdevice
{
    public static final int IFF_UP = 0x01;
    public static final int IFF_RUNNING = 0x40;
    public static final int IFF_PROMISC = 0x100;

    /** Bytes of a hardware address. */
    public static final int ETH_ALEN = 6;

    static final int IFNAMSIZ = 16;
    static final int IFR_UNION_OFFSET = 16;

    private static final int EINVAL = 22;

    private static final int IFREQ_LENGTH = 40;
    private static final int SOCKADDR_DATA_OFFSET = 2;
    private static final int SIN_ADDR_OFFSET = 4;
    private static final short ARPHRD_ETHER = 1;

    private static final int SIOCGIFFLAGS = 0x8913;
    private static final int SIOCSIFFLAGS = 0x8914;
    private static final int SIOCSIFADDR = 0x8916;
    private static final int SIOCSIFNETMASK = 0x891C;
    private static final int SIOCGIFMTU = 0x8921;
    private static final int SIOCSIFMTU = 0x8922;
    private static final int SIOCSIFHWADDR = 0x8924;
    private static final int SIOCGIFHWADDR = 0x8927;
    private static final int SIOCGIFINDEX = 0x8933;
    private static final int SIOCBRADDBR = 0x89A0;
    private static final int SIOCBRDELBR = 0x89A1;
    private static final int SIOCBRADDIF = 0x89A2;
    private static final int SIOCBRDELIF = 0x89A3;

    private Netdevice()
    {
    }

    /** @return the address of a zeroed {@code ifreq} of this name in the thread's scratch memory, or -EINVAL. */
    static long ifreq(final String name)
    {
        final byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
        if (bytes.length == 0 || bytes.length >= IFNAMSIZ)
        {
            return -EINVAL;
        }
        final long ifreq = Syscall.scratch();
        Memory.clear(ifreq, IFREQ_LENGTH);
        Memory.putBytes(ifreq, bytes);
        return ifreq;
    }

    /**
     * @return 0 or the negative errno; -EEXIST when the name is taken, -ENOPKG or -EINVAL when the kernel has no
     *         bridges.
     */
    public static int bridgeCreate(final String bridge)
    {
        final long ifreq = ifreq(bridge);
        return ifreq < 0 ? (int)ifreq : request(SIOCBRADDBR, ifreq);
    }

    /**
     * @return 0 or the negative errno; -EBUSY while it is up, -EPERM when it is no bridge. Its interfaces stay.
     */
    public static int bridgeDelete(final String bridge)
    {
        final long ifreq = ifreq(bridge);
        return ifreq < 0 ? (int)ifreq : request(SIOCBRDELBR, ifreq);
    }

    /** @return 0 or the negative errno; -EBUSY when the interface is in a bridge already. */
    public static int bridgeAddInterface(final String bridge, final String name)
    {
        return bridgeInterface(SIOCBRADDIF, bridge, name);
    }

    /** @return 0 or the negative errno; -EINVAL when the interface is not in this bridge. */
    public static int bridgeRemoveInterface(final String bridge, final String name)
    {
        return bridgeInterface(SIOCBRDELIF, bridge, name);
    }

    private static int bridgeInterface(final int request, final String bridge, final String name)
    {
        final int index = index(name);
        if (index < 0)
        {
            return index;
        }
        final long ifreq = ifreq(bridge);
        if (ifreq < 0)
        {
            return (int)ifreq;
        }
        Memory.putInt(ifreq + IFR_UNION_OFFSET, index);
        return request(request, ifreq);
    }

    /** @return true when an interface has this name. */
    public static boolean exists(final String name)
    {
        return index(name) > 0;
    }

    /** @return the interface's index, 1 or more, or the negative errno. */
    public static int index(final String name)
    {
        return read(SIOCGIFINDEX, name);
    }

    /** @return {@code IFF_*}, 0 or more, or the negative errno. */
    public static int flags(final String name)
    {
        final int flags = read(SIOCGIFFLAGS, name);
        return flags < 0 ? flags : flags & 0xFFFF;
    }

    /** @return 0 or the negative errno. */
    public static int setUp(final String name)
    {
        return changeFlags(name, 0, IFF_UP);
    }

    /** @return 0 or the negative errno. */
    public static int setDown(final String name)
    {
        return changeFlags(name, IFF_UP, 0);
    }

    private static int changeFlags(final String name, final int clear, final int set)
    {
        final int flags = flags(name);
        if (flags < 0)
        {
            return flags;
        }
        final long ifreq = ifreq(name);
        Memory.putShort(ifreq + IFR_UNION_OFFSET, (short)(flags & ~clear | set));
        return request(SIOCSIFFLAGS, ifreq);
    }

    /** @return the largest payload of a frame in bytes, or the negative errno. */
    public static int mtu(final String name)
    {
        return read(SIOCGIFMTU, name);
    }

    /** @return 0 or the negative errno. */
    public static int setMtu(final String name, final int mtu)
    {
        final long ifreq = ifreq(name);
        if (ifreq < 0)
        {
            return (int)ifreq;
        }
        Memory.putInt(ifreq + IFR_UNION_OFFSET, mtu);
        return request(SIOCSIFMTU, ifreq);
    }

    /**
     * @param address filled with {@value #ETH_ALEN} bytes.
     * @return 0 or the negative errno.
     */
    public static int hardwareAddress(final String name, final byte[] address)
    {
        final long ifreq = ifreq(name);
        final int result = ifreq < 0 ? (int)ifreq : request(SIOCGIFHWADDR, ifreq);
        for (int i = 0; result == 0 && i < ETH_ALEN; i++)
        {
            address[i] = Memory.getByte(ifreq + IFR_UNION_OFFSET + SOCKADDR_DATA_OFFSET + i);
        }
        return result;
    }

    /**
     * @param address {@value #ETH_ALEN} bytes, not a multicast address (-EADDRNOTAVAIL).
     * @return 0 or the negative errno.
     */
    public static int setHardwareAddress(final String name, final byte[] address)
    {
        final long ifreq = ifreq(name);
        if (ifreq < 0 || address.length != ETH_ALEN)
        {
            return -EINVAL;
        }
        Memory.putShort(ifreq + IFR_UNION_OFFSET, ARPHRD_ETHER);
        Memory.putBytes(ifreq + IFR_UNION_OFFSET + SOCKADDR_DATA_OFFSET, address);
        return request(SIOCSIFHWADDR, ifreq);
    }

    /**
     * Gives an interface its IPv4 address.
     *
     * @param address      big-endian as written: 10.0.0.1 is 0x0A000001.
     * @param prefixLength 0 to 32.
     * @return 0 or the negative errno.
     */
    public static int setAddress(final String name, final int address, final int prefixLength)
    {
        if (prefixLength < 0 || prefixLength > Integer.SIZE)
        {
            return -EINVAL;
        }
        final int result = setSocketAddress(SIOCSIFADDR, name, address);
        final int mask = prefixLength == 0 ? 0 : -1 << Integer.SIZE - prefixLength;
        return result < 0 ? result : setSocketAddress(SIOCSIFNETMASK, name, mask);
    }

    private static int setSocketAddress(final int request, final String name, final int address)
    {
        final long ifreq = ifreq(name);
        if (ifreq < 0)
        {
            return (int)ifreq;
        }
        Memory.putShort(ifreq + IFR_UNION_OFFSET, (short)SysSocket.AF_INET);
        Memory.putInt(ifreq + IFR_UNION_OFFSET + SIN_ADDR_OFFSET, Integer.reverseBytes(address));
        return request(request, ifreq);
    }

    private static int read(final int request, final String name)
    {
        final long ifreq = ifreq(name);
        if (ifreq < 0)
        {
            return (int)ifreq;
        }
        final int result = request(request, ifreq);
        return result < 0 ? result : Memory.getInt(ifreq + IFR_UNION_OFFSET);
    }

    /** Making and closing the socket leaves the scratch memory, and so the ifreq, as it is. */
    private static int request(final int request, final long ifreq)
    {
        final int socket = SysSocket.socket(SysSocket.AF_INET, SysSocket.SOCK_DGRAM, 0);
        if (socket < 0)
        {
            return socket;
        }
        final int result = Ioctl.ioctl(socket, request, ifreq);
        Unistd.close(socket);
        return result;
    }
}
