package org.skerry.xenstore;

import java.util.Map;
import java.util.TreeMap;

/** How often what happened to which domain. Of a domain that is gone only what counts for all together is kept. */
final class Counters
{
    /** Number of all domains together, gone ones included. */
    static final int ALL = -1;

    private static final int KIND_COUNT = StoreLog.Count.values().length + Quota.values().length;

    private final Map<Integer, long[]> counts = new TreeMap<>();
    private RecordWriter records = new RecordWriter(null);

    /** @param newRecords outlive the process. */
    void keepIn(final RecordWriter newRecords)
    {
        records = newRecords;
    }

    /** @return number of a count. */
    static int of(final StoreLog.Count count)
    {
        return count.ordinal();
    }

    /** @return number of refusals for a limit. */
    static int of(final Quota quota)
    {
        return StoreLog.Count.values().length + quota.ordinal();
    }

    /** @return how often it happened to the domain, now included. */
    long increment(final int domid, final int what)
    {
        set(ALL, what, count(ALL, what) + 1);
        set(domid, what, count(domid, what) + 1);
        return count(domid, what);
    }

    long count(final int domid, final int what)
    {
        final long[] ofDomain = counts.get(domid);
        return ofDomain == null ? 0 : ofDomain[what];
    }

    /** A domain is gone. */
    void forget(final int domid)
    {
        counts.remove(domid);
    }

    /** Have it as it was. What an earlier version counted and this one does not know is passed over. */
    void set(final int domid, final int what, final long count)
    {
        if (what >= 0 && what < KIND_COUNT)
        {
            counts.computeIfAbsent(domid, number -> new long[KIND_COUNT])[what] = count;
            records.counted(domid, what, count);
        }
    }

    void writeTo(final RecordWriter out)
    {
        counts.forEach((domid, ofDomain) ->
        {
            for (int what = 0; what < KIND_COUNT; what++)
            {
                if (ofDomain[what] > 0)
                {
                    out.counted(domid, what, ofDomain[what]);
                }
            }
        });
    }

    /** Have what others are. */
    void restore(final Counters saved)
    {
        counts.putAll(saved.counts);
    }
}
