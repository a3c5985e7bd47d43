package org.skerry.xenstore;

import java.util.List;

import org.skerry.wire.Errno;

/** What is asked of a store in transactions: that they begin and end, and everything in between. */
final class TransactionRequests
{
    private final Store store;
    private final TreeOperations operations;
    private final Starvation starvation;
    private final KeptTransactions kept;

    /**
     * @param store      that is asked; nothing of it is used yet but its state.
     * @param operations what requests do.
     * @param turns      say for how long others wait.
     */
    TransactionRequests(final Store store, final TreeOperations operations, final Turns turns)
    {
        this.store = store;
        this.operations = operations;
        this.starvation = new Starvation(turns);
        this.kept = new KeptTransactions(store.records(), store.state().transactionRoom());
    }

    /** @return sees to it that retries come to an end. */
    Starvation starvation()
    {
        return starvation;
    }

    /** @param outer the one that the request names; transactions do not nest. */
    XsReply start(final XsConnection connection, final Transaction outer) throws XsException
    {
        XsException.check(outer == null, Errno.EBUSY);
        store.checkLimit(connection.caller(), Quota.TRANSACTIONS, connection.transactionCount() + 1);
        final Transaction transaction = connection.beginTransaction(store.tree());
        starvation.onBegin(connection, transaction);
        return XsReply.text(Integer.toUnsignedString(transaction.id()));
    }

    /** Serve a request on the tree, from the transaction's own point of view. */
    XsReply step(
        final XsConnection connection, final Transaction transaction, final XsRequest.OnTree request)
        throws XsException
    {
        final Caller caller = connection.caller();
        final int nodes = store.domains().limit(caller, Quota.TRANSACTION_NODES);
        final int memory = store.domains().limit(caller, Quota.MEMORY);

        if (nodes > 0 && !transaction.hasTouched(request.path()) && transaction.touchedCount() >= nodes)
        {
            fail(connection, transaction);
            store.log().refused(caller, Quota.TRANSACTION_NODES, nodes);
            throw XsException.of(Errno.ENOSPC);
        }
        if (memory > 0 && connection.transactionLength() > memory)
        {
            fail(connection, transaction);
            store.log().refused(caller, Quota.MEMORY, memory);
            throw XsException.of(Errno.ENOMEM);
        }

        final XsReply reply = transaction.apply(operations, caller, request, store.commits().nextGeneration());
        kept.onStep(connection, transaction);
        return reply;
    }

    private void fail(final XsConnection connection, final Transaction transaction)
    {
        transaction.fail();
        kept.letGo(connection, transaction);
    }

    /** Commit, or abort. */
    XsReply end(
        final XsConnection connection, final Transaction transaction, final boolean isCommit) throws XsException
    {
        XsException.check(transaction != null, Errno.ENOENT);
        connection.endTransaction(transaction);
        starvation.onEnd(transaction);
        kept.onEnd(transaction);

        if (!isCommit)
        {
            return XsReply.OK;
        }

        final Transaction.Result result =
            transaction.commit(operations, connection.caller(), store.tree(), store.commits().nextGeneration());

        if (result.errno() != null)
        {
            if (result.errno() == Errno.EAGAIN)
            {
                connection.conflictsInARow(connection.conflictsInARow() + 1);
                store.log().count(connection.caller().domid(), StoreLog.Count.CONFLICTS, "path=" + result.conflict());
            }

            throw XsException.of(result.errno());
        }

        connection.conflictsInARow(0);

        if (transaction.hasMadeAgain(result.tree()))
        {
            store.commits().commit(connection.caller(), result.tree(), result.changed());
        }
        else
        {
            store.commits().commitPaths(connection.caller(), result.tree(), result.changed());
        }

        return XsReply.OK;
    }

    /** All transactions of a connection are no more. */
    void endAll(final XsConnection connection)
    {
        connection.transactions().forEach(starvation::onEnd);
        connection.transactions().forEach(kept::onEnd);
        connection.endAllTransactions();
    }

    /**
     * Go on with a transaction of an earlier process.
     *
     * @param steps what it did; null when that is not known.
     */
    void restore(final XsConnection connection, final int id, final List<TransactionStep.Saved> steps)
    {
        final long generation = store.commits().nextGeneration();
        final Transaction transaction = steps == null ? Transaction.lost(id, store.tree()) :
            Transaction.again(id, store.tree(), steps, operations, connection.caller(), generation);
        connection.addTransaction(transaction);
        kept.restored(transaction);
    }
}
