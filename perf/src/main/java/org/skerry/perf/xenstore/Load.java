package org.skerry.perf.xenstore;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.List;

import org.HdrHistogram.Histogram;
import org.agrona.concurrent.UnsafeBuffer;
import org.skerry.perf.ring.MeasurementException;
import org.skerry.wire.linux.SysEpoll;
import org.skerry.wire.linux.SysSocket;
import org.skerry.wire.linux.Unistd;

/** Clients in one thread, each on its connection, each doing its script as fast as the server answers. */
final class Load
{
    private static final int EVENTS_MAX = 64;
    private static final long NS_PER_S = 1_000_000_000L;
    private static final long GRACE_NS = 2 * NS_PER_S;

    private final StoreServer server;
    private final List<StoreLink> links;
    private final List<? extends Script> scripts;
    private final int depth;
    private final ArrayDeque<Long>[] begun;
    private final Histogram latencies = new Histogram(60 * NS_PER_S, 3);
    private double unitsPerS;
    private long unitCount;
    private long unitLimit;
    private boolean isEnding;

    /**
     * What a run came to.
     *
     * @param unitCount units of work.
     * @param elapsedNs wall time.
     * @param cpuNs     of the server.
     * @param latencies of units, ns.
     */
    record Run(long unitCount, long elapsedNs, long cpuNs, Histogram latencies)
    {
        double cpuUs()
        {
            return cpuNs / 1e3 / Math.max(1, unitCount);
        }

        double percentileUs(final double percentile)
        {
            return latencies.getValueAtPercentile(percentile) / 1e3;
        }

        double unitsPerS()
        {
            return unitCount * 1e9 / elapsedNs;
        }
    }

    /**
     * @param links   one for each script.
     * @param scripts what the clients do.
     * @param depth   units under way on each connection.
     */
    Load(final StoreServer server, final List<StoreLink> links, final List<? extends Script> scripts, final int depth)
    {
        this.server = server;
        this.links = links;
        this.scripts = scripts;
        this.depth = depth;
        this.begun = queues(links.size());
    }

    @SuppressWarnings({"unchecked", "rawtypes"})
    private static ArrayDeque<Long>[] queues(final int count)
    {
        final ArrayDeque<Long>[] queues = new ArrayDeque[count];

        for (int i = 0; i < count; i++)
        {
            queues[i] = new ArrayDeque<>();
        }

        return queues;
    }

    /** Hold back: begin so many units a second, spread over the clients. */
    Load pacedAt(final double newUnitsPerS)
    {
        unitsPerS = newUnitsPerS;
        return this;
    }

    /** Work for so long. Units begun are ended. */
    Run run(final double seconds)
    {
        return run(seconds, Long.MAX_VALUE);
    }

    /** Work for so long, or for so many units. */
    Run run(final double seconds, final long limit)
    {
        final int epoll = SysEpoll.create();
        final UnsafeBuffer events =
            new UnsafeBuffer(ByteBuffer.allocateDirect(EVENTS_MAX * SysEpoll.EPOLL_EVENT_LENGTH));

        for (int i = 0; i < links.size(); i++)
        {
            SysEpoll.add(epoll, links.get(i).fd(), SysEpoll.EPOLLIN, i);
        }

        try
        {
            latencies.reset();
            unitCount = 0;
            unitLimit = limit;
            isEnding = false;
            final long startCpuNs = server.cpuNs();
            final long startNs = System.nanoTime();
            work(epoll, events, startNs, (long)(seconds * NS_PER_S));
            return new Run(unitCount, System.nanoTime() - startNs, server.cpuNs() - startCpuNs, latencies.copy());
        }
        finally
        {
            Unistd.close(epoll);
        }
    }

    private void work(final int epoll, final UnsafeBuffer events, final long startNs, final long lengthNs)
    {
        if (unitsPerS == 0)
        {
            for (int i = 0; i < links.size(); i++)
            {
                for (int j = 0; j < depth; j++)
                {
                    begin(i);
                }

                links.get(i).flush();
            }
        }

        long paced = 0;

        while (true)
        {
            final long nowNs = System.nanoTime();
            isEnding |= nowNs - startNs > lengthNs;

            if (isEnding && (isQuiet() || nowNs - startNs > lengthNs + GRACE_NS))
            {
                return;                                          // a server may have stopped to answer
            }
            if (unitsPerS > 0 && !isEnding)
            {
                paced = beginDue(paced, (long)((nowNs - startNs) * unitsPerS / NS_PER_S));
            }

            final int ready = SysEpoll.waitFor(epoll, events.addressOffset(), EVENTS_MAX, unitsPerS > 0 ? 1 : 1000);

            for (int i = 0; i < ready; i++)
            {
                onReadable((int)SysEpoll.data(events.addressOffset(), i));
            }
        }
    }

    private long beginDue(final long begunCount, final long dueCount)
    {
        long paced = begunCount;

        for (int i = 0; i < links.size() && paced < dueCount; i++)
        {
            if (begun[i].isEmpty())
            {
                begin(i);
                links.get(i).flush();
                paced++;
            }
        }

        return Math.max(paced, dueCount - links.size());         // what cannot be begun in time is not caught up with
    }

    private boolean isQuiet()
    {
        for (final ArrayDeque<Long> queue : begun)
        {
            if (!queue.isEmpty())
            {
                return false;
            }
        }

        return true;
    }

    private void begin(final int index)
    {
        begun[index].add(System.nanoTime());
        scripts.get(index).begin(links.get(index));
    }

    private void onReadable(final int index)
    {
        final StoreLink link = links.get(index);

        if (!link.receive(SysSocket.MSG_DONTWAIT))
        {
            throw new MeasurementException("the server hung up");
        }

        while (link.next())
        {
            if (!link.isEvent() && scripts.get(index).onReply(link))
            {
                latencies.recordValue(System.nanoTime() - begun[index].remove());
                unitCount++;
                isEnding |= unitCount >= unitLimit;

                if (!isEnding && unitsPerS == 0)
                {
                    begin(index);
                }
            }
        }

        link.flush();
    }
}
