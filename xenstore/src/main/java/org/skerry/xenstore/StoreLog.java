package org.skerry.xenstore;

import java.io.PrintStream;
import java.util.Arrays;
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
    private final Counters counters = new Counters();
    private boolean isOn = true;

    StoreLog(final PrintStream out)
    {
        this.out = out;
    }

    /** @return what it counted. */
    Counters counters()
    {
        return counters;
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
        final long count = counters.increment(caller.domid(), Counters.of(quota));

        if (isOn && switches.get(QUOTA) && Long.bitCount(count) == 1)
        {
            print("refused for a limit: domid=" + caller.domid() + ", quota=" + quota.text() + ", limit=" + limit +
                ", times=" + count);
        }
    }

    /** @return how often anybody was refused for a limit. */
    long refusalCount()
    {
        return Arrays.stream(Quota.values()).mapToLong(quota -> refusalCount(Counters.ALL, quota)).sum();
    }

    /** @return how often a domain was refused for a limit. */
    long refusalCount(final int domid, final Quota quota)
    {
        return counters.count(domid, Counters.of(quota));
    }

    /**
     * Count something, and name it in the log the first, second, fourth ... time; what is harmless is only counted.
     *
     * @param what is told of it.
     */
    void count(final int domid, final Count count, final String what)
    {
        final long times = counters.increment(domid, Counters.of(count));

        if (isOn && count != Count.EVENTS_MERGED && switches.get(LOSS) && Long.bitCount(times) == 1)
        {
            print(count.text() + ": domid=" + domid + ", " + what + ", times=" + times);
        }
    }

    /** @return how often for all domains there were. */
    long count(final Count count)
    {
        return counters.count(Counters.ALL, Counters.of(count));
    }

    /** @return how often for a domain. */
    long count(final int domid, final Count count)
    {
        return counters.count(domid, Counters.of(count));
    }

    /** A domain is gone, its counts with it. */
    void forget(final int domid)
    {
        counters.forget(domid);
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
