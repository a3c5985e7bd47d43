package org.skerry.xenstore;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

import org.skerry.wire.xs.XsOp;

/**
 * Sees to it that whoever retries a transaction gets it committed. After {@link #PATIENCE} conflicts in a row the next
 * transaction of a client is let through: until it ends, others who would change something wait, for
 * {@link #PASSAGE_NS} at most. For a guest only guests wait, and it is let through a tenth of the time at most, so that
 * nobody can use this to hold up others.
 */
final class Starvation
{
    /** Conflicts in a row that a client has to bear. */
    static final int PATIENCE = 4;

    /** Longest time that others wait for one transaction. */
    static final long PASSAGE_NS = TimeUnit.MILLISECONDS.toNanos(50);

    private static final int PAUSE_FACTOR = 9;

    private final Turns turns;
    private final Set<XsConnection> waiting = new LinkedHashSet<>();
    private XsConnection passing;
    private Transaction passage;
    private long nextGuestPassageNs;
    private long passageCount;

    Starvation(final Turns turns)
    {
        this.turns = turns;
        this.nextGuestPassageNs = turns.nanoTime();
    }

    /** @return transactions that were let through. */
    long passageCount()
    {
        return passageCount;
    }

    /** A client begins a transaction. */
    void onBegin(final XsConnection connection, final Transaction transaction)
    {
        final boolean isPrivileged = connection.caller().isPrivileged();

        if (passing == null && connection.conflictsInARow() >= PATIENCE &&
            (isPrivileged || turns.nanoTime() - nextGuestPassageNs >= 0))
        {
            passing = connection;
            passage = transaction;
            passageCount++;
            turns.after(PASSAGE_NS, () -> onEnd(transaction));
        }
    }

    /** A transaction has come to its end, whichever. */
    void onEnd(final Transaction transaction)
    {
        if (passage != transaction)
        {
            return;
        }
        if (!passing.caller().isPrivileged())
        {
            nextGuestPassageNs = turns.nanoTime() + PAUSE_FACTOR * PASSAGE_NS;
        }

        passing = null;
        passage = null;
        final List<XsConnection> released = List.copyOf(waiting);
        waiting.clear();
        released.forEach(XsConnection::wake);
    }

    /** @return whether a request has to wait; if so, its connection is woken when it may be served. */
    boolean mustWait(final XsConnection connection, final int opNumber, final int txId)
    {
        if (passing == null || passing == connection || !mayChange(connection, opNumber, txId) ||
            connection.caller().isPrivileged() && !passing.caller().isPrivileged())
        {
            return false;
        }

        waiting.add(connection);
        return true;
    }

    /** A change inside of a transaction changes nothing for others until its end. */
    private static boolean mayChange(final XsConnection connection, final int opNumber, final int txId)
    {
        final XsOp op = XsOp.ofNumber(opNumber);
        final boolean isInside = txId != 0 && connection.transaction(txId) != null;

        return op != null && switch (op)
        {
            case WRITE, MKDIR, RM, SET_PERMS -> !isInside;
            case TRANSACTION_END, RELEASE -> true;
            case CONTROL, DIRECTORY, READ, GET_PERMS, WATCH, UNWATCH, TRANSACTION_START, INTRODUCE, GET_DOMAIN_PATH,
                WATCH_EVENT, ERROR, IS_DOMAIN_INTRODUCED, RESUME, SET_TARGET, RESTRICT, RESET_WATCHES, DIRECTORY_PART,
                GET_FEATURE, SET_FEATURE, GET_QUOTA, SET_QUOTA -> false;
        };
    }
}
