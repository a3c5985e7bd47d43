package org.skerry.toolstack.host;

import org.skerry.wire.Errno;
import org.skerry.wire.linux.Netdevice;
import org.skerry.wire.linux.Tun;
import org.skerry.wire.linux.Unistd;

/**
 * The host's end of a virtual interface: a TAP in Domain-0's network, plugged into a bridge. Its file goes to the
 * network domain; the interface vanishes when both have closed it.
 *
 * @param name of the interface.
 * @param fd   ours.
 */
record HostTap(String name, int fd) implements AutoCloseable
{
    /**
     * @param name   of the interface, 1 to 15 bytes.
     * @param bridge that exists.
     * @param mtu    bytes.
     * @return the TAP, up.
     * @throws TapException naming what failed.
     */
    static HostTap open(final String name, final String bridge, final int mtu) throws TapException
    {
        final int fd = Tun.open(name, Tun.IFF_TAP | Tun.IFF_NO_PI);
        if (fd < 0)
        {
            throw new TapException("cannot make the TAP " + name, fd);
        }

        final HostTap tap = new HostTap(name, fd);
        int result = Netdevice.setMtu(name, mtu);
        if (result >= 0)
        {
            result = Netdevice.bridgeAddInterface(bridge, name);
        }
        if (result >= 0)
        {
            result = Netdevice.setUp(name);
        }
        if (result < 0)
        {
            tap.close();
            throw new TapException("cannot plug " + name + " into " + bridge, result);
        }

        return tap;
    }

    /** Unplug it and let go of it. */
    @Override
    public void close()
    {
        Netdevice.setDown(name);
        Unistd.close(fd);
    }

    /** The kernel refused. */
    static final class TapException extends Exception
    {
        private static final long serialVersionUID = 1L;

        TapException(final String what, final int result)
        {
            super(what + ": " + Errno.nameOf(result));
        }
    }
}
