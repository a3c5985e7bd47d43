package org.skerry.netback;

import org.agrona.concurrent.NanoClock;
import org.agrona.concurrent.UnsafeBuffer;
import org.skerry.wire.MacAddress;

/**
 * An Ethernet switch for the vifs that name it. It learns behind which port a station is from the frames that the
 * station sends; what it does not know goes to all ports but the one it came from. Stations change ports and ports come
 * and go at any time.
 *
 * <p>Not forwarded are frames whose source cannot be one (a group address, or an address pinned to another port) and
 * frames to the group 01:80:c2:00:00:0x, which by IEEE 802.1D stay on their link. One owner thread; allocates only when
 * a port is added or removed.
 */
final class LearningSwitch
{
    static final int PORT_LIMIT = 1024;

    private static final long LINK_LOCAL_GROUP = 0x0180C2000000L;
    private static final long AGEING_INTERVAL_NS = 30_000_000_000L;

    private final String name;
    private final NanoClock clock;
    private final MacTable macTable;
    /** By port number; null where a number is free. */
    private final Port[] ports = new Port[PORT_LIMIT];
    private int portEnd;
    private int portCount;
    private long nextAgeingNs;

    private long forwardedCount;
    private long floodedCount;
    private long refusedCount;

    LearningSwitch(final String name, final NanoClock clock)
    {
        this.name = name;
        this.clock = clock;
        final long nowNs = clock.nanoTime();
        macTable = new MacTable(PORT_LIMIT, nowNs);
        nextAgeingNs = nowNs + AGEING_INTERVAL_NS;
    }

    String name()
    {
        return name;
    }

    /**
     * Plug a port in.
     *
     * @param port lets frames out.
     * @return its number, or {@link MacTable#NO_PORT} when all are in use.
     */
    int addPort(final Port port)
    {
        for (int i = 0; i < PORT_LIMIT; i++)
        {
            if (ports[i] == null)
            {
                ports[i] = port;
                portEnd = Math.max(portEnd, i + 1);
                portCount++;
                return i;
            }
        }

        return MacTable.NO_PORT;
    }

    /** Pull a port out. The stations behind it are forgotten. */
    void removePort(final int number)
    {
        if (ports[number] == null)
        {
            throw new IllegalStateException("no such port: switch=" + name + ", port=" + number);
        }

        ports[number] = null;
        portCount--;
        macTable.removePort(number);
        while (portEnd > 0 && ports[portEnd - 1] == null)
        {
            portEnd--;
        }
    }

    /**
     * Say that a station is behind a port and nowhere else.
     *
     * @return false when it has been said of another port.
     */
    boolean pin(final long mac, final int number)
    {
        return macTable.pin(mac, number);
    }

    /**
     * A frame came in.
     *
     * @param from   number of the port it came through.
     * @param buffer memory of our own.
     * @param offset of its first byte.
     * @param length in bytes, at least an Ethernet header.
     * @return whether somebody took it. A frame for a station behind the same port is nobody's.
     */
    boolean forward(final int from, final UnsafeBuffer buffer, final int offset, final int length)
    {
        assert length >= EthernetFrame.HEADER_LENGTH;
        final long nowNs = clock.nanoTime();
        final long to = EthernetFrame.destination(buffer, offset);

        if ((to & ~0xFL) == LINK_LOCAL_GROUP || !macTable.learn(EthernetFrame.source(buffer, offset), from, nowNs))
        {
            refusedCount++;
            return false;
        }
        if (nowNs - nextAgeingNs >= 0)
        {
            nextAgeingNs = nowNs + AGEING_INTERVAL_NS;
            macTable.age(nowNs);
        }

        final int port = MacAddress.isGroup(to) ? MacTable.NO_PORT : macTable.portOf(to);
        if (port != MacTable.NO_PORT)
        {
            forwardedCount++;
            return port != from && ports[port].deliver(buffer, offset, length);
        }

        floodedCount++;
        return flood(from, buffer, offset, length);
    }

    int portCount()
    {
        return portCount;
    }

    MacTable macTable()
    {
        return macTable;
    }

    /** @return frames whose receiver was known. */
    long forwardedCount()
    {
        return forwardedCount;
    }

    /** @return frames that went to all ports. */
    long floodedCount()
    {
        return floodedCount;
    }

    /** @return frames with an impossible or a foreign source, or to a group of the link. */
    long refusedCount()
    {
        return refusedCount;
    }

    private boolean flood(final int from, final UnsafeBuffer buffer, final int offset, final int length)
    {
        boolean isTaken = false;
        for (int i = 0; i < portEnd; i++)
        {
            final Port port = ports[i];
            if (i != from && port != null)
            {
                isTaken |= port.deliver(buffer, offset, length);
            }
        }

        return isTaken;
    }
}
