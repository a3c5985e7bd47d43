package org.skerry.perf.xenstore;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;

import org.skerry.wire.xs.XsOp;

/** Rows of single requests and of transactions: what a trip costs. */
final class TripRows
{
    private static final Scripts.Step READ = Scripts.Step.of(XsOp.READ, "/perf/trip/a|");
    private static final Scripts.Step WRITE = Scripts.Step.of(XsOp.WRITE, "/perf/trip/a|value");
    private static final Scripts.Step WRITE_LEAF = Scripts.Step.of(XsOp.WRITE, "/perf/trip/leaf|value");
    private static final Scripts.Step RM_LEAF = Scripts.Step.of(XsOp.RM, "/perf/trip/leaf|");
    private static final double P50 = 50;
    private static final double P99 = 99;
    private static final double P99_9 = 99.9;

    private final double seconds;

    /** @param seconds of each measurement; half as much goes before it. */
    TripRows(final double seconds)
    {
        this.seconds = seconds;
    }

    List<Row> rows()
    {
        final IntFunction<Script> reader = client -> new Scripts.Cycle(READ);
        final IntFunction<Script> writer = client -> new Scripts.Cycle(WRITE);
        final IntFunction<Script> mixer = client -> new Scripts.Cycle(READ, WRITE, WRITE_LEAF, RM_LEAF);

        return List.of(
            trips("read, 1 client", 1, 1, reader),
            trips("write, 1 client", 1, 1, writer),
            trips("write and rm of a leaf, 1 client", 1, 1, client -> new Scripts.Cycle(WRITE_LEAF, RM_LEAF)),
            trips("read, 1 client, depth 16", 1, 16, reader),
            trips("mix, 1 client, depth 16", 1, 16, mixer),
            trips("read, 4 clients", 4, 1, reader),
            trips("read, 16 clients", 16, 1, reader),
            trips("mix, 16 clients", 16, 1, mixer),
            new Row("mix, 16 clients, half load", server -> halfLoad(server, mixer)),
            new Row("mix, 16 clients, half load, 100,000 nodes", server -> halfLoadOnFullStore(server)),
            transactions("transactions, own nodes, 1 client", 1, client -> Scripts.readsAndWrites("/perf/own0")),
            transactions(
                "transactions, own nodes, 16 clients", 16, client -> Scripts.readsAndWrites("/perf/own" + client)),
            transactions("transactions, same nodes, 16 clients", 16, client -> Scripts.readsAndWrites("/perf/own0")),
            transactions("transactions, new leaves in one directory, 16 clients", 16,
                client -> Scripts.newLeaves("/perf/shared", client)));
    }

    private Row trips(final String name, final int clients, final int depth, final IntFunction<Script> script)
    {
        return new Row(name, server ->
        {
            try (Links links = new Links(server, clients))
            {
                final Load.Run run = warmed(load(server, links, depth, script));
                return List.of(
                    Figure.lower("server CPU, us/op", run.cpuUs()),
                    Figure.lower("p50, us", run.percentileUs(P50)),
                    Figure.lower("p99, us", run.percentileUs(P99)),
                    Figure.higher("ops/s", run.unitsPerS()));
            }
        });
    }

    private List<Figure> halfLoad(final StoreServer server, final IntFunction<Script> script)
    {
        try (Links links = new Links(server, 16))
        {
            final double full = warmed(load(server, links, 1, script)).unitsPerS();
            final Load.Run run = load(server, links, 1, script).pacedAt(full / 2).run(seconds * 2);
            return List.of(
                Figure.lower("p50, us", run.percentileUs(P50)),
                Figure.lower("p99, us", run.percentileUs(P99)),
                Figure.lower("p99.9, us", run.percentileUs(P99_9)));
        }
    }

    /** The clients change nodes all over a store that is full. */
    private List<Figure> halfLoadOnFullStore(final StoreServer server)
    {
        try (Links links = new Links(server, 1))
        {
            CrowdRows.fill(links.first());
            return halfLoad(server, client -> new Script()
            {
                private int next = client;

                @Override
                public void begin(final StoreLink link)
                {
                    next = (next * 16_807 & Integer.MAX_VALUE) + 1;
                    final String path = "/perf/many/d" + next % 100 + "/n" + (next >>> 8) % 1000 + '|';
                    link.put(next / 100 % 2 == 0 ? XsOp.READ : XsOp.WRITE, 0,
                        StoreLink.bytes(next / 100 % 2 == 0 ? path : path + "another value..."));
                }

                @Override
                public boolean onReply(final StoreLink link)
                {
                    return true;
                }
            });
        }
    }

    private Row transactions(
        final String name, final int clients, final IntFunction<Scripts.InTransaction> script)
    {
        return new Row(name, server ->
        {
            try (Links links = new Links(server, clients))
            {
                final List<Scripts.InTransaction> scripts = new ArrayList<>();

                for (int i = 0; i < clients; i++)
                {
                    scripts.add(script.apply(i));
                }

                final Load load = new Load(server, links.all(), scripts, 1);
                load.run(seconds / 2);
                final long attempts = scripts.stream().mapToLong(Scripts.InTransaction::attemptCount).sum();
                final long conflicts = scripts.stream().mapToLong(Scripts.InTransaction::conflictCount).sum();
                final Load.Run run = load.run(seconds);
                final long attempted =
                    scripts.stream().mapToLong(Scripts.InTransaction::attemptCount).sum() - attempts;
                final long conflicted =
                    scripts.stream().mapToLong(Scripts.InTransaction::conflictCount).sum() - conflicts;

                return List.of(
                    Figure.lower("server CPU, us/commit", run.cpuUs()),
                    Figure.higher("commits/s", run.unitsPerS()),
                    Figure.lower("EAGAIN, %", 100.0 * conflicted / attempted),
                    Figure.lower("p99, us", run.percentileUs(P99)));
            }
        });
    }

    private Load.Run warmed(final Load load)
    {
        load.run(seconds / 2);
        return load.run(seconds);
    }

    private static Load load(
        final StoreServer server, final Links links, final int depth, final IntFunction<Script> script)
    {
        final List<Script> scripts = new ArrayList<>();

        for (int i = 0; i < links.all().size(); i++)
        {
            scripts.add(script.apply(i));
        }

        return new Load(server, links.all(), scripts, depth);
    }
}
