package org.skerry.xenstore;

import java.util.Locale;

import org.skerry.wire.xs.XsWire;

/** Texts in which the store tells an operator how it is; each fits a message. */
final class StoreReports
{
    private static final int KIB = 1024;

    private final Store store;

    StoreReports(final Store store)
    {
        this.store = store;
    }

    /** @return memory, and the domains that have most of the store. */
    String memory()
    {
        final Runtime runtime = Runtime.getRuntime();
        final Tree tree = store.tree();
        final StringBuilder text = new StringBuilder();
        line(text, "heap-used-kb", (runtime.totalMemory() - runtime.freeMemory()) / KIB);
        line(text, "heap-committed-kb", runtime.totalMemory() / KIB);
        line(text, "heap-max-kb", runtime.maxMemory() / KIB);
        line(text, "nodes", tree.root().nodeCount());
        line(text, "node-bytes", tree.root().accountedTotal());
        line(text, "watches", store.watchCount());
        tree.accounts().forEach((domid, account) ->
        {
            final String owner = String.format(Locale.ROOT, "domain %d: nodes=%d, bytes=%d%n",
                domid, account.nodeCount(), account.length());

            if (text.length() + owner.length() < XsWire.PAYLOAD_MAX)
            {
                text.append(owner);
            }
        });
        return text.toString();
    }

    /** @return what a domain has, under the names of the quotas, as C tells it. */
    String usage(final int domid)
    {
        final Tree.Account account = store.tree().account(domid);
        final KnownDomain domain = store.domains().find(domid);
        final XsConnection connection = domain != null && domain.isIntroduced() ? domain.connection() : null;
        final StringBuilder text = new StringBuilder("Domain " + domid + ":\n");
        line(text, Quota.NODES.text(), account.nodeCount());
        line(text, Quota.WATCHES.text(), connection == null ? 0 : connection.watchCount());
        line(text, Quota.TRANSACTIONS.text(), connection == null ? 0 : connection.transactionCount());
        line(text, Quota.OUTSTANDING.text(), connection == null ? 0 : connection.output().replyCount());
        line(text, Quota.MEMORY.text(), account.length());
        return text.toString();
    }

    /** @return what was refused, in conflict, merged or dropped, for a domain. */
    String counters(final int domid)
    {
        final StringBuilder text = new StringBuilder("Domain " + domid + ":\n");

        for (final StoreLog.Count count : StoreLog.Count.values())
        {
            line(text, count.text(), store.log().count(domid, count));
        }

        for (final Quota quota : Quota.values())
        {
            line(text, "refused-" + quota.text(), store.log().refusalCount(domid, quota));
        }

        return text.toString();
    }

    /** @return the same for all domains together. */
    String counters()
    {
        final StringBuilder text = new StringBuilder("All domains:\n");

        for (final StoreLog.Count count : StoreLog.Count.values())
        {
            line(text, count.text(), store.log().count(count));
        }

        line(text, "refused", store.log().refusalCount());
        line(text, "let-through", store.starvation().passageCount());
        return text.toString();
    }

    private static void line(final StringBuilder text, final String name, final long value)
    {
        text.append(String.format(Locale.ROOT, "%-25s: %8d%n", name, value));
    }
}
