package org.skerry.xenstore;

import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.IntPredicate;

import org.agrona.concurrent.EpochClock;
import org.skerry.wire.Errno;
import org.skerry.wire.xs.XenstorePath;
import org.skerry.wire.xs.XsOp;
import org.skerry.wire.xs.XsWire;
import org.skerry.xenstore.history.History;

/**
 * The store: what nodes there are, who watches them, which domains it serves. All of its nodes hang on the {@link Tree}
 * of this moment, which {@link Commits} keeps. It does no input or output and knows no time; one thread owns it.
 *
 * <p>Spec: docs/misc/xenstore.txt; where that is silent, what C's xenstored does.
 */
final class Store
{
    /** Watches that are removed in one turn: much less than a millisecond. */
    private static final int TURN_WATCHES = 128;

    private final StateLog state;
    private final RecordWriter records;
    private final Map<Integer, XsConnection> clients = new TreeMap<>();
    private final DomainTable domains;
    private final DomainLink.Factory links;
    private final StoreLog log;
    private final Commits commits;
    private final TreeOperations operations;
    private final WatchTable watches = new WatchTable();
    private final WatchPublisher publisher;
    private final ControlCommands control;
    private final Turns turns;
    private final DomainRequests ofDomains;
    private final TransactionRequests inTransactions;
    private Runnable successor;
    private long watchSequence;
    private Watch added;

    /**
     * @param links     reach the rings of domains.
     * @param existence whether there is a domain of a number, when somebody privileged names one.
     * @param clock     says when a change was made.
     * @param turns     say when to go on with what takes long.
     * @param log       is told what an operator may want to know.
     * @param state     keeps what must not be lost; what it has kept is had again.
     * @param past      notes what changed.
     */
    Store(
        final DomainLink.Factory links,
        final IntPredicate existence,
        final EpochClock clock,
        final Turns turns,
        final StoreLog log,
        final StateLog state,
        final History past)
    {
        this.state = state;
        this.records = state.records();
        this.commits = new Commits(clock);
        this.publisher = new WatchPublisher(watches, turns, log, records);
        this.domains = new DomainTable(existence, records);
        this.links = links;
        this.log = log;
        this.turns = turns;
        log.counters().keepIn(records);
        this.operations = new TreeOperations(domains, log);
        this.control = new ControlCommands(this);
        this.ofDomains = new DomainRequests(this, links);
        this.inTransactions = new TransactionRequests(this, operations, turns);
        commits.add(state);
        commits.add(publisher);
        commits.remember(past, turns);
    }

    /**
     * Have what an earlier process left, and keep all that comes.
     *
     * @param turns as of the constructor.
     * @return whether there was something.
     */
    boolean begin(final Turns turns)
    {
        final StateLoader loader = state.load();
        final StoreState all = new StoreState(this, watches, links);

        if (loader != null)
        {
            all.restore(loader.state());
        }

        commits.beginHistory();
        state.begin(loader, all, turns, log);

        if (loader != null)
        {
            all.tellAgain(loader.state());
        }

        return loader != null;
    }

    /** @return keeps what must not be lost. */
    StateLog state()
    {
        return state;
    }

    /** @param task ends this process, whose successor goes on; null: there will be none. */
    void successor(final Runnable task)
    {
        successor = task;
    }

    /** @return whether another process can go on with all that there is. */
    boolean canGoOn()
    {
        return successor != null && state.isOn();
    }

    /** End this process once all that it did is written down. What it has not sent then, its successor sends. */
    void goOnElsewhere()
    {
        state.afterPublishing(successor);
    }

    /** @return of all connections. */
    int openTransactionCount()
    {
        int count = clients.values().stream().mapToInt(XsConnection::transactionCount).sum();

        for (final KnownDomain domain : domains.all())
        {
            count += domain.isIntroduced() ? domain.connection().transactionCount() : 0;
        }

        return count;
    }

    /** @return when to go on with what takes long. */
    Turns turns()
    {
        return turns;
    }

    /** @return where the tree becomes another. */
    Commits commits()
    {
        return commits;
    }

    DomainTable domains()
    {
        return domains;
    }

    /** @return serves what belongs to transactions. */
    TransactionRequests inTransactions()
    {
        return inTransactions;
    }

    StoreLog log()
    {
        return log;
    }

    Tree tree()
    {
        return commits.tree();
    }

    /** @return tells what changed to those who watch. */
    WatchPublisher publisher()
    {
        return publisher;
    }

    int watchCount()
    {
        return watches.size();
    }

    /** @return where what must outlive the process is written. */
    RecordWriter records()
    {
        return records;
    }

    /** @return commits that were refused with EAGAIN. */
    long conflictCount()
    {
        return log.count(StoreLog.Count.CONFLICTS);
    }

    /** @return sees to it that retries come to an end. */
    Starvation starvation()
    {
        return inTransactions.starvation();
    }

    /**
     * Serve one request: its reply, and before it the events that it causes the caller itself, go to the caller's
     * queue.
     *
     * @param connection who asks.
     * @param number     of the operation, as it came.
     * @param reqId      comes back.
     * @param txId       comes back; names a transaction of the connection, 0 for none.
     * @param payload    as it came, at most 4096 bytes; the store's from now on.
     */
    void handle(
        final XsConnection connection, final int number, final int reqId, final int txId, final byte[] payload)
    {
        final XsOp op = XsOp.ofNumber(number);
        final Tree before = tree();
        XsReply reply;

        try
        {
            reply = answer(connection, op, txId, payload);
        }
        catch (final XsException e)
        {
            reply = new XsReply.Failure(e.errno());
        }

        if (reply instanceof XsReply.Parts(var rest))
        {
            connection.replyInParts(new PartedReply(connection, op, reqId, rest, turns));
        }
        else if (tree() != before && publisher.mustWait(connection))
        {
            publisher.afterwards(connection.hold(op, reqId, txId, reply));
        }
        else
        {
            connection.reply(op, reqId, txId, reply);
        }

        if (added != null)
        {
            connection.event(added, added.path());               // the first event follows the reply to WATCH
            added = null;
        }

        log.request(connection.caller(), op, txId, payload, reply);
    }

    /** A client of the socket is connected. */
    void connected(final XsConnection connection)
    {
        clients.put(connection.number(), connection);
        records.connected(connection.number());
    }

    /** @return clients of the socket, by number. */
    Map<Integer, XsConnection> clients()
    {
        return clients;
    }

    /** A client of the socket is gone, with its watches and transactions and all that waits for it. */
    void disconnected(final XsConnection connection)
    {
        forget(connection);
        clients.remove(connection.number());
        records.disconnected(connection.number());
    }

    /** A domain broke the protocol: nothing of it is left but its nodes, until it begins anew. */
    void broken(final XsConnection connection)
    {
        forget(connection);
        records.broken(connection.number());
    }

    private XsReply answer(final XsConnection connection, final XsOp op, final int txId, final byte[] payload)
        throws XsException
    {
        if (op == null || op == XsOp.WATCH_EVENT || op == XsOp.ERROR || op == XsOp.RESTRICT)
        {
            throw XsException.of(Errno.ENOSYS);
        }

        final Caller caller = connection.caller();
        XsException.check(caller.isPrivileged() || !isPrivileged(op), Errno.EACCES);
        final boolean isOutside = txId == 0 || op == XsOp.WATCH || op == XsOp.UNWATCH;
        final Transaction transaction = isOutside ? null : connection.transaction(txId);
        XsException.check(isOutside || transaction != null, Errno.ENOENT);

        final RequestDecoder decoder = new RequestDecoder(
            caller,
            domains.limit(caller, Quota.PATH_MAX),
            (domains.features(caller) & XsWire.FEATURE_WATCH_DEPTH) != 0);

        return switch (decoder.decode(op, payload))
        {
            case XsRequest.OnTree request -> transaction == null ?
                outside(caller, request) : inTransactions.step(connection, transaction, request);
            case XsRequest.AddWatch request -> addWatch(connection, request);
            case XsRequest.Unwatch(var path, var token) -> unwatch(connection, path, token);
            case XsRequest.ResetWatches _ -> resetWatches(connection);
            case XsRequest.TransactionStart _ -> inTransactions.start(connection, transaction);
            case XsRequest.TransactionEnd(var isCommit) -> inTransactions.end(connection, transaction, isCommit);
            case XsRequest.Introduce(var domid, var port) -> ofDomains.introduce(domid, port);
            case XsRequest.Release(var domid) -> ofDomains.release(caller, domid);
            case XsRequest.Resume(var domid) -> ofDomains.resume(domid);
            case XsRequest.SetTarget(var domid, var target) -> ofDomains.setTarget(domid, target);
            case XsRequest.GetDomainPath(var domid) -> XsReply.text(XenstorePath.home(domid));
            case XsRequest.IsDomainIntroduced(var domid) -> ofDomains.isIntroduced(domid);
            case XsRequest.GetFeature(var domid) -> ofDomains.getFeature(caller, domid);
            case XsRequest.SetFeature(var domid, var features) -> ofDomains.setFeature(domid, features);
            case XsRequest.GetQuota(var domid, var name) -> control.getQuota(domid, name);
            case XsRequest.SetQuota(var domid, var name, var value) -> control.setQuota(domid, name, value);
            case XsRequest.Control(var command, var parameters) -> control.execute(caller, command, parameters);
        };
    }

    private static boolean isPrivileged(final XsOp op)
    {
        return switch (op)
        {
            case CONTROL, INTRODUCE, RELEASE, IS_DOMAIN_INTRODUCED, RESUME, SET_TARGET, SET_FEATURE, GET_QUOTA,
                SET_QUOTA -> true;
            case DIRECTORY, READ, GET_PERMS, WATCH, UNWATCH, TRANSACTION_START, TRANSACTION_END, GET_DOMAIN_PATH,
                WRITE, MKDIR, RM, SET_PERMS, WATCH_EVENT, ERROR, RESTRICT, RESET_WATCHES, DIRECTORY_PART,
                GET_FEATURE -> false;
        };
    }

    private XsReply outside(final Caller caller, final XsRequest.OnTree request)
    {
        final TreeOperations.Outcome outcome =
            operations.apply(caller, tree(), request, commits.nextGeneration());

        if (outcome.changed() != null)
        {
            commits.commitPaths(caller, outcome.tree(), List.of(outcome.changed()));
        }

        return outcome.reply();
    }

    private XsReply addWatch(final XsConnection connection, final XsRequest.AddWatch request) throws XsException
    {
        XsException.check(connection.watch(request.path(), request.token()) == null, Errno.EEXIST);
        checkLimit(connection.caller(), Quota.WATCHES, connection.watchCount() + 1);

        final Watch watch = new Watch(connection, request.path(), request.token(), request.prefixLength(),
            request.depth(), nextWatchSequence());
        connection.addWatch(watch);
        watches.add(watch);
        records.watch(connection.number(), watch);
        added = watch;
        return XsReply.OK;
    }

    /** @return higher than any before. */
    long nextWatchSequence()
    {
        return ++watchSequence;
    }

    private XsReply unwatch(final XsConnection connection, final String path, final String token) throws XsException
    {
        final Watch watch = connection.watch(path, token);
        XsException.check(watch != null, Errno.ENOENT);
        connection.removeWatch(watch);
        watches.remove(watch);
        records.unwatch(connection.number(), watch);
        return XsReply.OK;
    }

    private XsReply resetWatches(final XsConnection connection)
    {
        removeWatches(connection.endWatches().iterator());
        inTransactions.endAll(connection);
        records.reset(connection.number());
        return XsReply.OK;
    }

    /** Those who had them are not told any more; that they still are in the table is nobody's business. */
    private void removeWatches(final Iterator<Watch> ended)
    {
        for (int i = 0; i < TURN_WATCHES && ended.hasNext(); i++)
        {
            watches.remove(ended.next());
        }
        if (ended.hasNext())
        {
            turns.later(() -> removeWatches(ended));
        }
    }

    /** A domain begins anew on its ring: nothing of before counts. */
    void restart(final KnownDomain domain)
    {
        forget(domain.connection());
        domain.link().reset();
    }

    /** A connection has no watches, transactions and bytes on their way any more. */
    void forget(final XsConnection connection)
    {
        resetWatches(connection);
        connection.dropBytes();
    }

    /** Remove nodes with all below them, as one step. */
    void remove(final Caller by, final List<String> paths)
    {
        final long generation = commits.nextGeneration();
        Tree tree = tree();

        for (final String path : paths)
        {
            tree = TreeOperations.remove(tree, path, tree.find(path), generation);
        }

        commits.commit(by, tree, paths);
    }

    /** @throws XsException ENOSPC when a caller may not have so many. */
    void checkLimit(final Caller caller, final Quota quota, final int wanted) throws XsException
    {
        final int limit = domains.limit(caller, quota);

        if (limit > 0 && wanted > limit)
        {
            log.refused(caller, quota, limit);
            throw XsException.of(Errno.ENOSPC);
        }
    }
}
