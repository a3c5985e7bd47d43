package org.skerry.xenstore;

import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** What an earlier process of the store left: a snapshot, and the records that follow it, put together again. */
final class SavedState
{
    private final Map<Integer, SavedDomain> domains = new TreeMap<>();
    private final Map<Integer, SavedConnection> connections = new TreeMap<>();
    private final Counters counters = new Counters();
    private ThawedTree tree = new ThawedTree(Tree.initial());
    private long generation = 1;
    private int[] limits = {};
    private boolean isTelling;

    /** A domain that was known. Its connection, if it was introduced, has the same number. */
    static final class SavedDomain
    {
        int features;
        int[] limits = {};
        int target = Caller.NO_TARGET;
    }

    Tree tree()
    {
        return tree.freeze();
    }

    void tree(final Tree newTree)
    {
        tree = new ThawedTree(newTree);
    }

    /** @return as high as any number of a change that may have been seen. */
    long generation()
    {
        return generation;
    }

    /** @return of new domains, in the order of the quotas; there may be fewer than there are quotas. */
    int[] limits()
    {
        return limits;
    }

    /** @return whether somebody may not have been told of a change. */
    boolean isTelling()
    {
        return isTelling;
    }

    Map<Integer, SavedDomain> domains()
    {
        return domains;
    }

    /** @return by number; of domains that are introduced, and of sockets. */
    Map<Integer, SavedConnection> connections()
    {
        return connections;
    }

    Counters counters()
    {
        return counters;
    }

    /** Take the steps that stand there. */
    void replay(final RecordReader in)
    {
        while (in.hasMore())
        {
            step(StateRecord.of(in.readByte()), in);
        }
    }

    private void step(final StateRecord kind, final RecordReader in)
    {
        switch (kind)
        {
            case NODE -> node(in.readText(), in.readLong(), in.readValue(), in.readPermissions(), in);
            case GONE -> gone(in.readText(), in.readLong());
            case SUBTREE -> subtree(in.readText(), new TreeReader(in).read(in.readInt()), in);
            case GENERATION -> generation = Math.max(generation, in.readLong());
            case DOMAIN -> domain(in.readInt(), in.readInt(), in.readNumbers());
            case RELEASED -> release(in.readInt());
            case RING -> ring(in.readInt(), in.readInt(), in.readInt(), in.readInt());
            case TARGET -> domains.get(in.readInt()).target = in.readInt();
            case LIMITS -> limits = in.readNumbers();
            case COUNTED -> counters.set(in.readInt(), in.readInt(), in.readLong());
            case CONNECTED -> connections.put(in.readInt(), new SavedConnection());
            case DISCONNECTED -> connections.remove(in.readInt());
            case TELLING -> isTelling = in.readByte() != 0;
            case WATCH, UNWATCH, RESET, TRANSACTION, TRANSACTION_BEGUN, TRANSACTION_STEP, TRANSACTION_END, INPUT, TAKEN,
                REPLY, EVENT, SENT, HELD, BYTES_DROPPED, BROKEN -> step(kind, connections.get(in.readInt()), in);
        }
    }

    private static void step(final StateRecord kind, final SavedConnection connection, final RecordReader in)
    {
        switch (kind)
        {
            case WATCH -> connection.watch(
                new SavedConnection.SavedWatch(in.readText(), in.readText(), in.readInt(), in.readInt()));
            case UNWATCH -> connection.unwatch(in.readText(), in.readText());
            case RESET -> connection.reset();
            case TRANSACTION -> connection.transactions.put(in.readInt(), Optional.empty());
            case TRANSACTION_BEGUN -> connection.beginTransaction(in.readInt());
            case TRANSACTION_STEP -> connection.stepTransaction(in.readInt(), new TransactionStep.Saved(
                in.readByte(), in.readBytes(), in.readByte() != 0, in.readBytes()));
            case TRANSACTION_END -> connection.transactions.remove(in.readInt());
            case INPUT -> connection.input = in.readBytes();
            case TAKEN -> connection.reqCons += in.readInt();
            case REPLY -> connection.reply(in.readBytes());
            case EVENT -> connection.output.add(new OutputQueue.Event(in.readText(), in.readText()));
            case SENT -> connection.sent(in.readInt());
            case HELD -> connection.held = in.readBytes();
            case BYTES_DROPPED -> connection.dropBytes();
            case BROKEN -> connection.isBroken = true;
            case NODE, GONE, SUBTREE, GENERATION, DOMAIN, RELEASED, RING, TARGET, LIMITS, CONNECTED, DISCONNECTED,
                TELLING, COUNTED -> throw new IllegalStateException("not of a connection: " + kind);
        }
    }

    private void node(
        final String path, final long at, final byte[] value, final Permissions permissions, final RecordReader in)
    {
        tree.put(path, in.name(path), value, permissions, at);
        generation = Math.max(generation, at);
    }

    private void subtree(final String path, final Node node, final RecordReader in)
    {
        tree.put(path, in.name(path), node, node.generation());
        generation = Math.max(generation, node.generation());
    }

    private void gone(final String path, final long at)
    {
        tree.remove(path, at);                                   // what is above it may have gone first
        generation = Math.max(generation, at);
    }

    private void domain(final int domid, final int features, final int[] itsLimits)
    {
        final SavedDomain domain = domains.computeIfAbsent(domid, number -> new SavedDomain());
        domain.features = features;
        domain.limits = itsLimits;
    }

    private void release(final int domid)
    {
        domains.remove(domid);
        connections.remove(domid);
        counters.forget(domid);
        domains.values().stream().filter(domain -> domain.target == domid)
            .forEach(domain -> domain.target = Caller.NO_TARGET);
    }

    private void ring(final int domid, final int port, final int rspProd, final int reqCons)
    {
        final SavedConnection connection = connections.computeIfAbsent(domid, number -> new SavedConnection());
        connection.port = port;
        connection.rspProd = rspProd;
        connection.reqCons = reqCons;
        connection.isBroken = false;
    }
}
