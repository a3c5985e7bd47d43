package org.skerry.netback;

import org.agrona.collections.Long2LongHashMap;
import org.skerry.wire.MacAddress;

/**
 * Which station is behind which port, as learned from the frames it sends. Bounded twice: in all, and for each port, so
 * that a guest that invents addresses fills its own share only. An address that is not in the table is flooded, never
 * lost.
 *
 * <p>An address can be pinned to a port: the one that the toolstack gave to a vif. A pinned address is neither aged nor
 * ever learned elsewhere, so no guest can pull another's frames over by claiming its address.
 */
final class MacTable
{
    static final int ENTRY_LIMIT = 4096;
    static final int PORT_ENTRY_LIMIT = 64;
    /** Spec: IEEE 802.1D, the recommended ageing time. */
    static final long AGEING_NS = 300_000_000_000L;
    static final int NO_PORT = -1;

    private static final long PINNED = 0xFFFF_FFFFL;
    private static final long MISSING = -1;
    private static final long NS_PER_SECOND = 1_000_000_000L;

    /** Address -> port in the upper, second of the last frame (or PINNED) in the lower 32 bits. */
    private final Long2LongHashMap entries = new Long2LongHashMap(ENTRY_LIMIT * 2, 0.55f, MISSING);
    private final int[] learnedByPort;
    private final long startNs;

    MacTable(final int portLimit, final long nowNs)
    {
        learnedByPort = new int[portLimit];
        startNs = nowNs;
    }

    /** @return the port behind which the station is, or {@link #NO_PORT}. */
    int portOf(final long mac)
    {
        final long entry = entries.get(mac);
        return entry == MISSING ? NO_PORT : (int)(entry >>> 32);
    }

    /** A station has sent a frame through a port. @return false when it may not: its address is pinned elsewhere. */
    boolean learn(final long mac, final int port, final long nowNs)
    {
        if (MacAddress.isGroup(mac))
        {
            return false;
        }

        final long entry = entries.get(mac);
        final long seen = pack(port, second(nowNs));
        if (entry == seen)
        {
            return true;
        }
        if (entry == MISSING)
        {
            if (learnedByPort[port] < PORT_ENTRY_LIMIT && entries.size() < ENTRY_LIMIT)
            {
                learnedByPort[port]++;
                entries.put(mac, seen);
            }
            return true;
        }

        final int oldPort = (int)(entry >>> 32);
        if ((entry & PINNED) == PINNED)
        {
            return oldPort == port;
        }
        if (oldPort != port)
        {
            if (learnedByPort[port] >= PORT_ENTRY_LIMIT)
            {
                return true;                               // it stays where it was until that entry is too old
            }
            learnedByPort[oldPort]--;
            learnedByPort[port]++;
        }
        entries.put(mac, seen);
        return true;
    }

    /** Give an address to a port for good. @return false when it is pinned to another port already. */
    boolean pin(final long mac, final int port)
    {
        final long entry = entries.get(mac);
        if (entry != MISSING && (entry & PINNED) == PINNED)
        {
            return (int)(entry >>> 32) == port;
        }
        if (entry != MISSING)
        {
            learnedByPort[(int)(entry >>> 32)]--;
        }

        entries.put(mac, pack(port, PINNED));
        return true;
    }

    /** Forget everything behind a port, pinned addresses too. */
    void removePort(final int port)
    {
        final Long2LongHashMap.EntryIterator iterator = entries.entrySet().iterator();
        while (iterator.hasNext())
        {
            iterator.next();
            if ((int)(iterator.getLongValue() >>> 32) == port)
            {
                iterator.remove();
            }
        }
        learnedByPort[port] = 0;
    }

    /** Forget stations that were not heard for too long. Looks at every entry: call it once a minute or so. */
    void age(final long nowNs)
    {
        final long oldest = second(nowNs) - AGEING_NS / NS_PER_SECOND;
        final Long2LongHashMap.EntryIterator iterator = entries.entrySet().iterator();
        while (iterator.hasNext())
        {
            iterator.next();
            final long entry = iterator.getLongValue();
            final long seen = entry & 0xFFFF_FFFFL;
            if (seen != PINNED && seen < oldest)
            {
                learnedByPort[(int)(entry >>> 32)]--;
                iterator.remove();
            }
        }
    }

    int size()
    {
        return entries.size();
    }

    /** Seconds since the table was made: fits 32 bits for 136 years. */
    private long second(final long nowNs)
    {
        return (nowNs - startNs) / NS_PER_SECOND;
    }

    private static long pack(final int port, final long second)
    {
        return (long)port << 32 | second;
    }
}
