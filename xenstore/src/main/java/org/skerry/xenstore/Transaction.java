package org.skerry.xenstore;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

import org.skerry.wire.Errno;
import org.skerry.wire.xs.XenstorePath;

/**
 * An open transaction: the tree as it was when it began, the same tree with its own changes, and the log of what was
 * asked and answered.
 *
 * <p>To commit is to do the log again upon the tree of that moment. When every request is answered as it was, the whole
 * transaction might as well have run just now, all at once: that is what serializable means, so it is committed. Only
 * when an answer differs the client must try again (EAGAIN). A transaction that changed nothing is always good: it ran
 * when it began. When nobody else changed anything meanwhile the new tree is there already, and when nobody changed
 * what a long one asked for, the two trees are merged.
 */
final class Transaction
{
    /** Steps from which on a merge is quicker than to do them again. */
    private static final int MERGED_FROM = 64;

    private final int id;
    private final Tree base;
    private final List<TransactionStep> log = new ArrayList<>();
    private final Set<String> touched = new LinkedHashSet<>();
    private final Set<String> written = new HashSet<>();
    private final Set<String> removed = new HashSet<>();
    private Tree tree;
    private Caller caller;
    private boolean isMergeable = true;
    private TransactionStep newest;
    private long length;
    private long keptLength;
    private boolean isKept = true;
    private Errno failure;
    private boolean isLost;

    /**
     * What a commit came to.
     *
     * @param errno    null for success.
     * @param tree     after it.
     * @param changed  paths, in the order in which the transaction touched them first.
     * @param conflict path of the first request that would be answered otherwise; null for none.
     */
    record Result(Errno errno, Tree tree, List<String> changed, String conflict)
    {
        Result(final Tree tree, final List<String> changed)
        {
            this(null, tree, changed, null);
        }

        static Result refused(final Errno errno, final String conflict)
        {
            return new Result(errno, null, List.of(), conflict);
        }
    }

    Transaction(final int id, final Tree base)
    {
        this.id = id;
        this.base = base;
        this.tree = base;
    }

    /**
     * A transaction that was begun in an earlier process. When all that it did is answered as it was, it might as well
     * have begun just now; else it can only be tried again, as one that is {@link #lost}, but sees what it wrote.
     *
     * @param tree       of this moment.
     * @param saved      what it did.
     * @param operations what requests do.
     * @param caller     whose it is.
     * @param generation number of a change.
     */
    static Transaction again(
        final int id,
        final Tree tree,
        final List<TransactionStep.Saved> saved,
        final TreeOperations operations,
        final Caller caller,
        final long generation)
    {
        final Transaction transaction = new Transaction(id, tree);
        boolean isSame = true;

        for (final TransactionStep.Saved each : saved)
        {
            final TransactionStep step = each.read(caller);

            if (step == null)
            {
                return lost(id, tree);
            }

            isSame &= transaction.repeat(operations, caller, step, generation);
        }

        if (!isSame)
        {
            transaction.lose();
        }

        return transaction;
    }

    /**
     * A transaction that was begun in an earlier process, and what it did there is not known. It can only be tried
     * again, which its end says. What it writes until then is refused nothing: nodes that it made before may be all
     * that lacks.
     *
     * @param tree of this moment.
     */
    static Transaction lost(final int id, final Tree tree)
    {
        final Transaction transaction = new Transaction(id, tree);
        transaction.lose();
        transaction.letGo();
        return transaction;
    }

    private void lose()
    {
        failure = Errno.EAGAIN;
        isLost = true;
    }

    int id()
    {
        return id;
    }

    /** @return paths that it has read or written. */
    int touchedCount()
    {
        return touched.size();
    }

    boolean hasTouched(final String path)
    {
        return touched.contains(path);
    }

    /**
     * @param after the tree once it is committed.
     * @return whether there is a node again that it removed: more may have gone below it than it has written.
     */
    boolean hasMadeAgain(final Tree after)
    {
        for (final String path : removed)
        {
            if (after.find(path) != null)
            {
                return true;
            }
        }

        return false;
    }

    /** @return bytes that the log takes, about. */
    long length()
    {
        return length;
    }

    /** It can only be aborted from now on. */
    void fail()
    {
        failure = failure == null ? Errno.ENOMEM : failure;
    }

    /** @return whether all its steps are written down. */
    boolean isKept()
    {
        return isKept;
    }

    /** Its steps are not written down any more. */
    void letGo()
    {
        isKept = false;
        keptLength = 0;
    }

    /** A step of so many bytes is written down. */
    void kept(final int stepLength)
    {
        keptLength += stepLength;
    }

    /** @return bytes of steps that are written down, about. */
    long keptLength()
    {
        return keptLength;
    }

    /** @return what the last request added to the log; null for nothing. */
    TransactionStep newest()
    {
        return newest;
    }

    /** Write down what it is. */
    void writeTo(final int connection, final RecordWriter out)
    {
        if (!isKept)
        {
            out.transaction(connection, id);
            return;
        }

        out.transactionBegun(connection, id);
        log.forEach(step -> out.transactionStep(connection, id, step));
    }

    /** Write down that what it did is not known. */
    void sayWhenLost(final int connection, final RecordWriter out)
    {
        if (!isKept)
        {
            out.transaction(connection, id);
        }
    }

    /**
     * @param request    what it asks for.
     * @param generation number of this change.
     * @return the answer, from the transaction's own point of view.
     */
    XsReply apply(
        final TreeOperations operations, final Caller caller, final XsRequest.OnTree request, final long generation)
    {
        final TreeOperations.Outcome outcome = run(operations, caller, request, generation);
        final XsReply reply = isLost && request instanceof XsRequest.Writing ? XsReply.OK : outcome.reply();
        newest = record(new TransactionStep(request, reply), outcome.changed() != null);
        return reply;
    }

    /** @return whether a step is answered as it was. It stays as it was, whatever it is answered now. */
    private boolean repeat(
        final TreeOperations operations, final Caller caller, final TransactionStep step, final long generation)
    {
        final TreeOperations.Outcome outcome = run(operations, caller, step.request(), generation);
        record(step, outcome.changed() != null);
        kept(step.length());
        return outcome.reply().isSameObservation(step.reply());
    }

    private TreeOperations.Outcome run(
        final TreeOperations operations, final Caller by, final XsRequest.OnTree request, final long generation)
    {
        final TreeOperations.Outcome outcome = operations.apply(by, tree, request, generation);
        tree = outcome.tree();
        touched.add(request.path());
        isMergeable &= (by == caller || caller == null) && isMergeable(request);
        caller = by;

        if (outcome.changed() != null)
        {
            written.add(outcome.changed());
        }
        if (request instanceof XsRequest.Rm)
        {
            removed.add(request.path());                         // at the commit it may be there to be removed
        }

        return outcome;
    }

    /**
     * @param operations what requests do.
     * @param by         who commits.
     * @param live       the tree of this moment.
     * @param generation number of this change.
     */
    Result commit(final TreeOperations operations, final Caller by, final Tree live, final long generation)
    {
        if (failure != null)
        {
            return Result.refused(failure, "(begun before a restart)");
        }
        if (written.isEmpty())
        {
            return new Result(live, List.of());
        }
        if (live == base)
        {
            return new Result(tree, inOrderOfTouch(written));
        }

        final Tree merged = log.size() >= MERGED_FROM && isMergeable && by == caller ?
            new TreeMerge(base, live, tree, generation).merge(by, touched) : null;

        if (merged != null)
        {
            return new Result(merged, inOrderOfTouch(written));
        }

        final Set<String> writtenNow = new HashSet<>();
        Tree replayed = live;

        for (final TransactionStep step : log)
        {
            final TreeOperations.Outcome outcome = operations.apply(by, replayed, step.request(), generation);

            if (!outcome.reply().isSameObservation(step.reply()))
            {
                return Result.refused(reason(outcome.reply()), step.request().path());
            }

            if (outcome.changed() != null)
            {
                writtenNow.add(outcome.changed());
            }

            replayed = outcome.tree();
        }

        return new Result(replayed, inOrderOfTouch(writtenNow));
    }

    /** Who may be named in permissions changes with the domains that there are. */
    private static boolean isMergeable(final XsRequest.OnTree request)
    {
        final String path = request.path();
        return !(request instanceof XsRequest.SetPerms) && !XenstorePath.isSpecial(path) &&
            !path.equals(XenstorePath.ROOT);
    }

    /** What others did may have used up a limit: trying again would not help. */
    private static Errno reason(final XsReply reply)
    {
        return reply instanceof XsReply.Failure(var errno) && (errno == Errno.ENOSPC || errno == Errno.ENOMEM) ?
            errno : Errno.EAGAIN;
    }

    private List<String> inOrderOfTouch(final Set<String> changed)
    {
        if (changed.size() == touched.size())
        {
            return List.copyOf(touched);
        }

        final List<String> paths = new ArrayList<>(changed.size());

        for (final String path : touched)
        {
            if (changed.contains(path))
            {
                paths.add(path);
            }
        }

        return paths;
    }

    /** Asking the same again, and being answered the same, adds nothing; nor does writing over what one wrote. */
    private TransactionStep record(final TransactionStep step, final boolean isChange)
    {
        final TransactionStep last = log.isEmpty() ? null : log.getLast();

        if (last != null && last.request().equals(step.request()) && last.reply().isSameObservation(step.reply()))
        {
            return null;
        }
        if (isChange && last != null && last.reply() == XsReply.OK && isOverwritten(last.request(), step.request()))
        {
            length -= log.removeLast().length();
        }

        log.add(step);
        length += step.length();
        return step;
    }

    private static boolean isOverwritten(final XsRequest.OnTree earlier, final XsRequest.OnTree later)
    {
        return earlier instanceof XsRequest.Write && later instanceof XsRequest.Write &&
            earlier.path().equals(later.path());
    }
}
