package org.skerry.toolstack.host;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

import org.skerry.toolstack.device.VifSpec;
import org.skerry.wire.Domid;
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

    /** @return of the TAP of an interface that goes to a bridge. */
    static String nameOf(final Domid domid, final VifSpec vif)
    {
        return vif.vifname() != null ? vif.vifname() : "vif" + domid + "." + vif.devid();
    }

    /** @return bytes that the domain has sent through the TAP of that name; 0 when it is gone. */
    static long sentBytes(final String name)
    {
        return statistic(name, "rx_bytes");                // what leaves the domain arrives at the machine
    }

    /** @return bytes that the domain has received through the TAP of that name; 0 when it is gone. */
    static long receivedBytes(final String name)
    {
        return statistic(name, "tx_bytes");
    }

    /** Unplug it and let go of it. */
    @Override
    public void close()
    {
        Netdevice.setDown(name);
        Unistd.close(fd);
    }

    private static long statistic(final String name, final String which)
    {
        try
        {
            return Long.parseLong(
                Files.readAllLines(Path.of("/sys/class/net", name, "statistics", which)).getFirst());
        }
        catch (final IOException e)
        {
            return 0;
        }
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
