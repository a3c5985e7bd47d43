package org.skerry.perf.xenstore;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;

import org.HdrHistogram.Histogram;
import org.skerry.perf.ring.MeasurementException;
import org.skerry.wire.xs.XsOp;

/** Rows of many: watches, idle clients, nodes, and clients that do not read. */
final class CrowdRows
{
    private static final double P50 = 50;
    private static final double P99 = 99;
    private static final double NS_PER_MS = 1e6;
    private static final int BIG = 10_000;
    private static final int NODES_IN_TRANSACTION = 4000;
    private static final int EVENT_COUNT = 20_000;
    private static final int KIB = 1024;
    private static final int DIRECTORY_COUNT = 100;
    private static final int PER_DIRECTORY = 1000;

    private final double seconds;

    CrowdRows(final double seconds)
    {
        this.seconds = seconds;
    }

    List<Row> rows()
    {
        return List.of(
            new Row("write nobody watches, no watches", server -> writeUnwatched(server, 0, 1)),
            new Row("write nobody watches, 10,000 watches of 1", server -> writeUnwatched(server, BIG, 1)),
            new Row("write nobody watches, 10,000 watches of 1,000", server -> writeUnwatched(server, BIG, 1000)),
            new Row("read, 1,000 idle clients", this::readAmongIdle),
            new Row("rm of 10,000 watched nodes", this::rmWatched),
            new Row("commit of 4,000 nodes", server -> bigCommit(server, false)),
            new Row("commit of 4,000 nodes after another one", server -> bigCommit(server, true)),
            new Row("watcher that never reads", this::lazyWatcher),
            new Row("client that never reads", this::lazyClient),
            new Row("100,000 nodes", this::manyNodes));
    }

    private List<Figure> writeUnwatched(final StoreServer server, final int watches, final int connections)
    {
        final List<StoreLink> watchers = server.connect(connections);

        try (Links links = new Links(server, 1))
        {
            for (int i = 0; i < connections; i++)
            {
                final int watcher = i;
                watchers.get(i).mustAll(XsOp.WATCH, () -> IntStream.range(0, watches / connections)
                    .mapToObj(watch -> "/perf/watched/c" + watcher + "/w" + watch + "|token|").iterator());
            }

            return trip(server, links, XsOp.WRITE, "/perf/trip/a|value");
        }
        finally
        {
            watchers.forEach(StoreLink::close);
        }
    }

    private List<Figure> readAmongIdle(final StoreServer server)
    {
        final List<StoreLink> idle = server.connect(1000);

        try (Links links = new Links(server, 1))
        {
            return trip(server, links, XsOp.READ, "/perf/trip/a|");
        }
        finally
        {
            idle.forEach(StoreLink::close);
        }
    }

    private List<Figure> trip(final StoreServer server, final Links links, final XsOp op, final String payload)
    {
        final Load load = new Load(
            server, links.all(), List.of(new Scripts.Cycle(Scripts.Step.of(op, payload))), 1);
        load.run(seconds / 2);
        final Load.Run run = load.run(seconds);
        return List.of(
            Figure.lower("server CPU, us/op", run.cpuUs()),
            Figure.lower("p50, us", run.percentileUs(P50)),
            Figure.lower("p99, us", run.percentileUs(P99)));
    }

    private List<Figure> rmWatched(final StoreServer server)
    {
        try (Links links = new Links(server, 1); StoreLink watcher = server.connect())
        {
            final String below = "/perf/many/n";
            links.first().mustAll(XsOp.WRITE, () -> numbered(below, "|value"));
            watcher.mustAll(XsOp.WATCH, () -> numbered(below, "|token|"));
            final AtomicBoolean isOver = new AtomicBoolean();
            final Thread drain = Thread.ofPlatform().start(() ->
            {
                while (!isOver.get() && watcher.receive(0))
                {
                    watcher.takeAll();
                }
            });
            final List<Figure> figures =
                stall(server, links.first(), () -> links.first().must(XsOp.RM, "/perf/many|"));
            isOver.set(true);
            links.first().must(XsOp.WRITE, below + "0|");        // the last event lets it end
            join(drain);
            return figures;
        }
    }

    private static Iterator<String> numbered(final String prefix, final String suffix)
    {
        return IntStream.range(0, BIG).mapToObj(i -> prefix + i + suffix).iterator();
    }

    /** @param isBehind whether something else was committed since the transaction began. */
    private List<Figure> bigCommit(final StoreServer server, final boolean isBehind)
    {
        try (Links links = new Links(server, 1))
        {
            final StoreLink link = links.first();
            final int txId = begin(link);

            for (int i = 0; i < NODES_IN_TRANSACTION; i++)
            {
                if (!link.ask(XsOp.WRITE, txId, StoreLink.bytes("/perf/big/n" + i + "|value")))
                {
                    throw new MeasurementException("refused in a transaction: " + link.text());
                }
            }
            if (isBehind)
            {
                link.must(XsOp.WRITE, "/perf/trip/a|other");
            }

            return stall(server, link, () ->
            {
                if (!link.ask(XsOp.TRANSACTION_END, txId, StoreLink.bytes("T|")))
                {
                    throw new MeasurementException("commit refused: " + link.text());
                }
            });
        }
    }

    private static int begin(final StoreLink link)
    {
        link.ask(XsOp.TRANSACTION_START, 0, StoreLink.bytes("|"));
        return link.number();
    }

    /** Make 100,000 nodes. */
    static void fill(final StoreLink link)
    {
        for (int i = 0; i < DIRECTORY_COUNT; i++)
        {
            final String directory = "/perf/many/d" + i + "/n";
            link.mustAll(XsOp.WRITE, () -> IntStream.range(0, PER_DIRECTORY)
                .mapToObj(node -> directory + node + "|sixteen bytes...").iterator());
        }
    }

    /** Ask for the children of each directory. @return nodes found. */
    private static int list(final StoreLink link)
    {
        int count = 0;

        for (final String directory : children(link, "/perf/many"))
        {
            count += children(link, "/perf/many/" + directory).size();
        }

        return count;
    }

    private static List<String> children(final StoreLink link, final String path)
    {
        if (link.ask(XsOp.DIRECTORY, path + '|'))
        {
            return List.of(link.text().split("\0"));
        }

        final StringBuilder names = new StringBuilder();

        while (link.ask(XsOp.DIRECTORY_PART, path + '|' + names.length() + '|'))
        {
            final String part = link.text();
            final String text = part.substring(part.indexOf('\0') + 1);

            if (text.endsWith("\0\0") || text.length() == 1)
            {
                return List.of(names.append(text).toString().split("\0"));
            }

            names.append(text);
        }

        throw new MeasurementException("cannot list: path=" + path + ", " + link.text());
    }

    /** How long a client that reads all the time waits while another does something big. */
    private static List<Figure> stall(final StoreServer server, final StoreLink link, final Runnable something)
    {
        final AtomicBoolean isOver = new AtomicBoolean();
        final Histogram latencies = new Histogram(60_000_000_000L, 3);
        final Thread reader = Thread.ofPlatform().start(() ->
        {
            try (StoreLink other = server.connect())
            {
                while (!isOver.get())
                {
                    final long startNs = System.nanoTime();
                    other.must(XsOp.READ, "/perf/trip/a|");
                    latencies.recordValue(System.nanoTime() - startNs);
                }
            }
        });

        for (int i = 0; i < 1000; i++)
        {
            link.must(XsOp.READ, "/perf/trip/a|");
        }

        final long startCpuNs = server.cpuNs();
        final long startNs = System.nanoTime();
        something.run();
        final long elapsedNs = System.nanoTime() - startNs;
        final long cpuNs = server.cpuNs() - startCpuNs;

        for (int i = 0; i < 1000; i++)
        {
            link.must(XsOp.READ, "/perf/trip/a|");
        }

        isOver.set(true);
        join(reader);
        return List.of(
            Figure.lower("it takes, ms", elapsedNs / NS_PER_MS),
            Figure.lower("server CPU, ms", cpuNs / NS_PER_MS),
            Figure.lower("another client waits at most, ms", latencies.getMaxValue() / NS_PER_MS));
    }

    private static void join(final Thread thread)
    {
        try
        {
            thread.join();
        }
        catch (final InterruptedException e)
        {
            Thread.currentThread().interrupt();
        }
    }

    private List<Figure> lazyWatcher(final StoreServer server)
    {
        try (Links links = new Links(server, 1); StoreLink watcher = server.connect())
        {
            final StoreLink link = links.first();
            watcher.must(XsOp.WATCH, "/perf/lazy|" + "t".repeat(64) + '|');
            final long rssKb = server.rssKb();
            final Scripts.Step[] steps = new Scripts.Step[EVENT_COUNT];

            for (int i = 0; i < EVENT_COUNT; i++)
            {
                steps[i] = Scripts.Step.of(XsOp.WRITE, "/perf/lazy/n" + i + "|value");
            }

            final Load load = new Load(server, List.of(link), List.of(new Scripts.Cycle(steps)), 1);
            final Load.Run first = load.run(seconds * 4, EVENT_COUNT / 10);
            final Load.Run most = load.run(seconds * 4, EVENT_COUNT * 8L / 10);
            final Load.Run last = load.run(seconds * 4, EVENT_COUNT / 10);
            return List.of(
                Figure.lower("server CPU of the first writes, us/op", first.cpuUs()),
                Figure.lower("server CPU of the last writes, us/op", last.cpuUs()),
                Figure.higher("writes served",
                    (double)first.unitCount() + most.unitCount() + last.unitCount()),
                Figure.lower("memory, MiB", (server.rssKb() - rssKb) / (double)KIB));
        }
    }

    private List<Figure> lazyClient(final StoreServer server)
    {
        try (Links links = new Links(server, 1); StoreLink lazy = server.connect())
        {
            links.first().must(XsOp.WRITE, "/perf/trip/large|" + "v".repeat(2000));
            final long rssKb = server.rssKb();
            final byte[] payload = StoreLink.bytes("/perf/trip/large|");
            int taken = -100;
            final long endNs = System.nanoTime() + (long)(seconds * 1e9);

            while (System.nanoTime() - endNs < 0)
            {
                if (lazy.tryFlush())
                {
                    taken += 100;

                    for (int i = 0; i < 100; i++)
                    {
                        lazy.put(XsOp.READ, 0, payload);
                    }
                }

                links.first().must(XsOp.READ, "/perf/trip/a|");
            }

            return List.of(
                Figure.lower("memory, MiB", (server.rssKb() - rssKb) / (double)KIB),
                Figure.lower("requests taken", taken));
        }
    }

    private List<Figure> manyNodes(final StoreServer server)
    {
        try (Links links = new Links(server, 1))
        {
            final StoreLink link = links.first();
            final long rssKb = server.rssKb();

            fill(link);
            final long startNs = System.nanoTime();
            final int listed = list(link);
            final double listMs = (System.nanoTime() - startNs) / NS_PER_MS;
            final double bytes = (server.rssKb() - rssKb) * (double)KIB / DIRECTORY_COUNT / PER_DIRECTORY;
            final List<Figure> figures = new ArrayList<>();
            figures.add(Figure.lower("memory, bytes/node", bytes));
            figures.add(Figure.lower("list all, us/node", listMs * 1e3 / listed));
            figures.addAll(trip(server, links, XsOp.WRITE, "/perf/many/d50/n500|value"));
            figures.addAll(stall(server, link, () -> link.must(XsOp.RM, "/perf/many|")));
            return List.copyOf(figures);
        }
    }
}
