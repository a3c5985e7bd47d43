package org.skerry.xenstore;

import java.io.PrintStream;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

import org.skerry.wire.xs.XsOp;

/**
 * What the store tells its operator. Refusals for a limit are counted, and named in the log the first, second, fourth,
 * eighth ... time, so that a guest can neither be refused unseen nor fill the log. Everything else is off until
 * {@code xenstore-control log +io} turns it on.
 */
final class StoreLog
{
    /** Log switch: every request and its answer. */
    static final String IO = "io";

    /** Log switch: refusals for a limit. */
    static final String QUOTA = "quota";

    /** Log switch: commits refused, and events dropped or told only in part. */
    static final String LOSS = "loss";

    /** What is counted for each domain, beside refusals for a limit. */
    enum Count
    {
        /** Commits refused with EAGAIN. */
        CONFLICTS("conflicts"),
        /** Events equal to one that waited. */
        EVENTS_MERGED("events-merged"),
        /** Events of which only the watched path was told, since too many waited. */
        EVENTS_COLLAPSED("events-collapsed"),
        /** Events that no message could carry. */
        EVENTS_DROPPED("events-dropped");

        private final String text;

        Count(final String text)
        {
            this.text = text;
        }

        /** @return its name in answers and in the log. */
        String text()
        {
            return text;
        }
    }

    private final PrintStream out;
    private final Map<String, Boolean> switches = new TreeMap<>(Map.of(IO, false, QUOTA, true, LOSS, true));
    private final Map<Integer, Map<Quota, Long>> refusalCounts = new HashMap<>();
    private final Map<Integer, Map<Count, Long>> counts = new TreeMap<>();
    private final Map<Count, Long> totals = new EnumMap<>(Count.class);
    private long refusalTotal;
    private boolean isOn = true;

    StoreLog(final PrintStream out)
    {
        this.out = out;
    }

    /** Turn all of it on or off; the switches stay as they are. */
    void turn(final boolean on)
    {
        isOn = on;
    }

    /** @return whether there is such a switch. */
    boolean set(final String name, final boolean on)
    {
        return switches.replace(name, on) != null;
    }

    Map<String, Boolean> switches()
    {
        return switches;
    }

    void print(final String text)
    {
        out.println("xenstore: " + text);
    }

    void refused(final Caller caller, final Quota quota, final int limit)
    {
        refusalTotal++;
        final long count = refusalCounts
            .computeIfAbsent(caller.domid(), domid -> new EnumMap<>(Quota.class)).merge(quota, 1L, Long::sum);

        if (isOn && switches.get(QUOTA) && Long.bitCount(count) == 1)
        {
            print("refused for a limit: domid=" + caller.domid() + ", quota=" + quota.text() + ", limit=" + limit +
                ", times=" + count);
        }
    }

    /** @return how often anybody was refused for a limit. */
    long refusalCount()
    {
        return refusalTotal;
    }

    /** @return how often a domain was refused for a limit. */
    long refusalCount(final int domid, final Quota quota)
    {
        return refusalCounts.getOrDefault(domid, Map.of()).getOrDefault(quota, 0L);
    }

    /**
     * Count something, and name it in the log the first, second, fourth ... time; what is harmless is only counted.
     *
     * @param what is told of it.
     */
    void count(final int domid, final Count count, final String what)
    {
        totals.merge(count, 1L, Long::sum);
        final long times = counts
            .computeIfAbsent(domid, number -> new EnumMap<>(Count.class)).merge(count, 1L, Long::sum);

        if (isOn && count != Count.EVENTS_MERGED && switches.get(LOSS) && Long.bitCount(times) == 1)
        {
            print(count.text() + ": domid=" + domid + ", " + what + ", times=" + times);
        }
    }

    /** @return how often for all domains there were. */
    long count(final Count count)
    {
        return totals.getOrDefault(count, 0L);
    }

    /** @return how often for a domain. */
    long count(final int domid, final Count count)
    {
        return counts.getOrDefault(domid, Map.of()).getOrDefault(count, 0L);
    }

    /** A domain is gone, its counts with it. */
    void forget(final int domid)
    {
        refusalCounts.remove(domid);
        counts.remove(domid);
    }

    void request(final Caller caller, final XsOp op, final int txId, final byte[] payload, final XsReply reply)
    {
        if (isOn && switches.get(IO))
        {
            final String answer = reply instanceof XsReply.Failure(var errno) ? errno.name() : "ok";
            print("domid=" + caller.domid() + " " + op + " tx=" + Integer.toUnsignedString(txId) + " " +
                printable(payload) + " -> " + answer);
        }
    }

    private static String printable(final byte[] payload)
    {
        final StringBuilder text = new StringBuilder(payload.length);

        for (final byte b : payload)
        {
            text.append(b > ' ' && b < 127 ? (char)b : '.');
        }

        return text.toString();
    }
}
