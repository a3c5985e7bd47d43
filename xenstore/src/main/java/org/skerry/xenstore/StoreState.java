package org.skerry.xenstore;

import org.skerry.wire.xs.XenstorePath;

/** All that a store must not lose: it is written down as a whole, and had again. */
final class StoreState implements StateSource
{
    private final Store store;
    private final WatchTable watches;
    private final DomainLink.Factory links;

    StoreState(final Store store, final WatchTable watches, final DomainLink.Factory links)
    {
        this.store = store;
        this.watches = watches;
        this.links = links;
    }

    @Override
    public Tree tree()
    {
        return store.tree();
    }

    @Override
    public void writeState(final RecordWriter out)
    {
        out.generation(store.commits().generation());
        out.limits(store.domains());
        store.log().counters().writeTo(out);

        for (final KnownDomain domain : store.domains().all())
        {
            out.domain(domain);

            if (domain.isIntroduced())
            {
                domain.link().writeTo(out);
                domain.connection().writeTo(out);

                if (domain.connection().caller().target() != Caller.NO_TARGET)
                {
                    out.target(domain.domid(), domain.connection().caller().target());
                }
            }
        }

        for (final XsConnection client : store.clients().values())
        {
            out.connected(client.number());
            client.writeTo(out);
        }

        out.telling(store.publisher().isBusy());
        out.node(XenstorePath.INTRODUCE_DOMAIN, tree().introduceDomain());
        out.node(XenstorePath.RELEASE_DOMAIN, tree().releaseDomain());
    }

    /** Have it again; nothing is written down, and nobody is told. */
    void restore(final SavedState saved)
    {
        store.commits().restore(saved.tree(), saved.generation());
        store.domains().restore(saved);
        store.log().counters().restore(saved.counters());
        saved.connections().forEach(this::restore);
        saved.domains().forEach((domid, domain) ->
        {
            if (domain.target != Caller.NO_TARGET)
            {
                store.domains().find(domid).connection().target(domain.target);
            }
        });
        saved.connections().forEach((number, connection) -> connection.transactions.forEach((id, steps) ->
            store.inTransactions().restore(connection(number), id, steps.orElse(null))));
    }

    private void restore(final int number, final SavedConnection saved)
    {
        final XsConnection connection;

        if (number >= StateRecord.FIRST_SOCKET)
        {
            connection = SocketConnection.newConnection(number, store);
            store.clients().put(number, connection);
        }
        else
        {
            final KnownDomain domain = store.domains().find(number);
            domain.introduced(links.adopt(domain, saved));
            connection = domain.connection();
        }

        connection.restore(saved);

        for (final SavedConnection.SavedWatch each : saved.watches.values())
        {
            final Watch watch = new Watch(
                connection, each.path(), each.token(), each.prefixLength(), each.depth(), store.nextWatchSequence());
            connection.addWatch(watch);
            watches.add(watch);
        }
    }

    /**
     * When changes were being told we do not know to whom they were: everybody may hear more than there is to hear.
     * Replies that waited for that follow.
     */
    void tellAgain(final SavedState saved)
    {
        saved.connections().forEach((number, connection) -> tellAgain(number, connection, saved.isTelling()));

        if (saved.isTelling())
        {
            store.state().records().telling(false);
        }
    }

    private void tellAgain(final int number, final SavedConnection saved, final boolean isTelling)
    {
        final XsConnection connection = connection(number);
        connection.transactions().forEach(transaction -> transaction.sayWhenLost(number, store.records()));

        if (isTelling)
        {
            connection.watches().forEach(watch -> connection.event(watch, watch.path()));
        }
        if (saved.held != null)
        {
            connection.output().addReply(saved.held);
        }
    }

    private XsConnection connection(final int number)
    {
        return number >= StateRecord.FIRST_SOCKET ?
            store.clients().get(number) : store.domains().find(number).connection();
    }
}
