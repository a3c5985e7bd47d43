package org.skerry.toolstack.host;

import java.util.ArrayList;
import java.util.List;

import org.skerry.toolstack.RunDirectory;
import org.skerry.toolstack.device.VifDefaults;
import org.skerry.wire.Errno;
import org.skerry.wire.linux.Netdevice;

/**
 * The Linux bridges that interfaces are plugged into. The default bridge is made when it is missing and removed when
 * the host goes down; all others are their owner's.
 */
final class HostBridges
{
    private final List<String> made = new ArrayList<>();

    /**
     * @param bridge as a config names it.
     * @return null when there is that bridge, or why there is not.
     */
    synchronized String require(final String bridge)
    {
        if (Netdevice.exists(bridge))
        {
            return null;
        }
        if (RunDirectory.ownUid() != 0)
        {
            return "bridge=" + bridge + " needs root; use switch=NAME";
        }
        if (!bridge.equals(VifDefaults.BRIDGE.bridge()))
        {
            return "there is no bridge " + bridge + " (ip link add " + bridge + " type bridge)";
        }

        int result = Netdevice.bridgeCreate(bridge);
        if (result >= 0)
        {
            made.add(bridge);
            result = Netdevice.setUp(bridge);
        }

        return result < 0 ? "cannot make the bridge " + bridge + ": " + Errno.nameOf(result) : null;
    }

    /** Remove what we made. */
    synchronized void close()
    {
        for (final String bridge : made)
        {
            Netdevice.setDown(bridge);
            Netdevice.bridgeDelete(bridge);
        }
        made.clear();
    }
}
