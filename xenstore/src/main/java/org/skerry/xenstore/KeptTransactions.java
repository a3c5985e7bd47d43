package org.skerry.xenstore;

/**
 * Has open transactions outlive the process: what each was asked and answered is written down step by step. There is
 * some room for all together, and of that a share for each guest; a transaction that finds none is not kept, and would
 * end with EAGAIN after a restart.
 */
final class KeptTransactions
{
    /** One part in so many of the room is the most that the transactions of one guest may take. */
    static final int GUEST_PARTS = 16;

    private final RecordWriter records;
    private final long room;
    private long length;

    /**
     * @param records outlive the process.
     * @param room    bytes for the steps of all transactions, which a snapshot writes in one piece.
     */
    KeptTransactions(final RecordWriter records, final long room)
    {
        this.records = records;
        this.room = room;
    }

    /** A transaction has taken a step, or has not: {@link Transaction#newest}. */
    void onStep(final XsConnection connection, final Transaction transaction)
    {
        final TransactionStep step = transaction.newest();

        if (step == null || !transaction.isKept())
        {
            return;
        }
        if (!hasRoom(connection, step.length()))
        {
            letGo(connection, transaction);
            return;
        }

        length += step.length();
        transaction.kept(step.length());
        records.transactionStep(connection.number(), transaction.id(), step);
    }

    private boolean hasRoom(final XsConnection connection, final int stepLength)
    {
        if (length + stepLength > room)
        {
            return false;
        }
        if (connection.caller().isPrivileged())
        {
            return true;
        }

        long guestLength = stepLength;

        for (final Transaction each : connection.transactions())
        {
            guestLength += each.keptLength();
        }

        return guestLength <= room / GUEST_PARTS;
    }

    /** A transaction is there again, with steps that are written down already. */
    void restored(final Transaction transaction)
    {
        length += transaction.keptLength();
    }

    /** A transaction is not to be kept any more. */
    void letGo(final XsConnection connection, final Transaction transaction)
    {
        onEnd(transaction);
        transaction.letGo();
        records.transaction(connection.number(), transaction.id());
    }

    /** A transaction is at its end, whichever. */
    void onEnd(final Transaction transaction)
    {
        length -= transaction.keptLength();
    }
}
