package org.skerry.examples.net;

import java.util.ArrayList;
import java.util.List;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.skerry.wire.MacAddress;

/**
 * Which hardware address belongs to which IPv4 address on this link, and the packets that wait for the answer. Both are
 * bounded: when the table is full, the entry that was confirmed longest ago makes room.
 *
 * <p>An entry is asked for up to three times, a second apart, before its packets are given up. One that was confirmed
 * more than a minute ago goes on serving while it is asked for again, so a living station is never waited for.
 */
final class ArpTable
{
    static final int ENTRY_LIMIT = 128;
    static final int WAITING_FRAME_LIMIT = 16;
    static final long UNKNOWN = -1;
    static final long RETRY_NS = 1_000_000_000L;
    static final int TRY_LIMIT = 3;
    static final long FRESH_NS = 60_000_000_000L;

    /** Sends what the table wants sent. */
    interface Link
    {
        void requestAddress(int address);

        void sendTo(long mac, UnsafeBuffer frame, int length);

        void giveUp(UnsafeBuffer frame, int length);
    }

    private static final class Entry
    {
        int address;
        long mac = UNKNOWN;
        long confirmedNs;
        /** Requests without an answer so far. */
        int tryCount;
        /** When the next request is due; meaningful only while tryCount is not 0. */
        long deadlineNs;

        boolean isFree()
        {
            return address == 0;
        }
    }

    private static final class WaitingFrame
    {
        final UnsafeBuffer buffer;
        /** Whose hardware address it waits for; 0 when the place is free. */
        int nextHop;
        int length;

        WaitingFrame(final int capacity)
        {
            buffer = new UnsafeBuffer(new byte[capacity]);
        }
    }

    private final Link link;
    private final Entry[] entries = new Entry[ENTRY_LIMIT];
    private final WaitingFrame[] waitingFrames = new WaitingFrame[WAITING_FRAME_LIMIT];
    private long nextDeadlineNs = Long.MAX_VALUE;

    /**
     * @param link          sends requests and released frames.
     * @param frameCapacity bytes of the longest frame.
     */
    ArpTable(final Link link, final int frameCapacity)
    {
        this.link = link;
        for (int i = 0; i < ENTRY_LIMIT; i++)
        {
            entries[i] = new Entry();
        }
        for (int i = 0; i < WAITING_FRAME_LIMIT; i++)
        {
            waitingFrames[i] = new WaitingFrame(frameCapacity);
        }
    }

    /**
     * Where does a frame for this station go? Asks the link when nobody knows.
     *
     * @return the hardware address, or {@link #UNKNOWN}; then the caller may let the frame {@link #await}.
     */
    long resolve(final int address, final long nowNs)
    {
        Entry entry = find(address);
        if (entry == null)
        {
            entry = claim(address, nowNs);
        }

        if (entry.tryCount == 0 && (entry.mac == UNKNOWN || nowNs - entry.confirmedNs >= FRESH_NS))
        {
            request(entry, nowNs);
        }

        return entry.mac;
    }

    /** Keep a copy of a frame until the next hop is known. @return false when all places are taken. */
    boolean await(final int nextHop, final DirectBuffer frame, final int length)
    {
        for (final WaitingFrame waiting : waitingFrames)
        {
            if (waiting.nextHop == 0)
            {
                waiting.nextHop = nextHop;
                waiting.length = length;
                waiting.buffer.putBytes(0, frame, 0, length);
                return true;
            }
        }

        return false;
    }

    /**
     * A station has said its hardware address.
     *
     * @param isForUs whether it spoke to us. What we only overhear updates an entry, but makes none: nobody fills our
     *                table by shouting.
     */
    void learn(final int address, final long mac, final boolean isForUs, final long nowNs)
    {
        Entry entry = find(address);
        if (entry == null)
        {
            if (!isForUs)
            {
                return;
            }
            entry = claim(address, nowNs);
        }

        entry.mac = mac;
        entry.confirmedNs = nowNs;
        entry.tryCount = 0;
        release(address, mac);
    }

    /** Ask again, or give up, where it is time. @return how many entries were looked at. */
    int onTime(final long nowNs)
    {
        if (nextDeadlineNs == Long.MAX_VALUE || nowNs - nextDeadlineNs < 0)
        {
            return 0;
        }

        int workCount = 0;
        nextDeadlineNs = Long.MAX_VALUE;
        for (final Entry entry : entries)
        {
            if (entry.tryCount == 0)
            {
                continue;
            }
            if (nowNs - entry.deadlineNs >= 0)
            {
                workCount++;
                if (entry.tryCount >= TRY_LIMIT)
                {
                    forget(entry);
                    continue;
                }
                request(entry, nowNs);
            }
            nextDeadlineNs = Math.min(nextDeadlineNs, entry.deadlineNs);
        }

        return workCount;
    }

    /** @return when {@link #onTime} has something to do, or {@link Long#MAX_VALUE}. */
    long nextDeadlineNs()
    {
        return nextDeadlineNs;
    }

    /** Forget everything: the station has moved to another network. */
    void clear()
    {
        for (final Entry entry : entries)
        {
            entry.address = 0;
            entry.mac = UNKNOWN;
            entry.tryCount = 0;
        }
        for (final WaitingFrame waiting : waitingFrames)
        {
            waiting.nextHop = 0;
        }
        nextDeadlineNs = Long.MAX_VALUE;
    }

    /** @return the known stations, for display. */
    List<ArpEntry> entries(final long nowNs)
    {
        final List<ArpEntry> known = new ArrayList<>();
        for (final Entry entry : entries)
        {
            if (!entry.isFree() && entry.mac != UNKNOWN)
            {
                known.add(new ArpEntry(
                    new Ipv4Address(entry.address), new MacAddress(entry.mac), nowNs - entry.confirmedNs));
            }
        }

        return known;
    }

    private Entry find(final int address)
    {
        for (final Entry entry : entries)
        {
            if (entry.address == address)
            {
                return entry;
            }
        }

        return null;
    }

    private Entry claim(final int address, final long nowNs)
    {
        Entry chosen = null;
        for (final Entry entry : entries)
        {
            if (entry.isFree())
            {
                chosen = entry;
                break;
            }
            if (chosen == null || entry.confirmedNs - chosen.confirmedNs < 0)
            {
                chosen = entry;
            }
        }

        discard(chosen);
        chosen.address = address;
        chosen.confirmedNs = nowNs;
        return chosen;
    }

    /** Make room. Nobody is told of the frames: we are in the midst of sending another. */
    private void discard(final Entry entry)
    {
        for (final WaitingFrame waiting : waitingFrames)
        {
            if (!entry.isFree() && waiting.nextHop == entry.address)
            {
                waiting.nextHop = 0;
            }
        }
        entry.address = 0;
        entry.mac = UNKNOWN;
        entry.tryCount = 0;
    }

    private void request(final Entry entry, final long nowNs)
    {
        entry.tryCount++;
        entry.deadlineNs = nowNs + RETRY_NS;
        nextDeadlineNs = Math.min(nextDeadlineNs, entry.deadlineNs);
        link.requestAddress(entry.address);
    }

    private void forget(final Entry entry)
    {
        final int address = entry.address;
        entry.address = 0;
        entry.mac = UNKNOWN;
        entry.tryCount = 0;

        for (final WaitingFrame waiting : waitingFrames)
        {
            if (address != 0 && waiting.nextHop == address)
            {
                waiting.nextHop = 0;
                link.giveUp(waiting.buffer, waiting.length);
            }
        }
    }

    private void release(final int address, final long mac)
    {
        for (final WaitingFrame waiting : waitingFrames)
        {
            if (waiting.nextHop == address)
            {
                waiting.nextHop = 0;
                link.sendTo(mac, waiting.buffer, waiting.length);
            }
        }
    }
}
