package org.skerry.xenstore;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Puts together again what an earlier process left in {@link SurvivingMemory}. */
final class StateLoader
{
    private final SurvivingMemory memory;
    private final RecordReader in;
    private final SavedState state = new SavedState();
    private final List<Consumer<RecordWriter>> unsaid = new ArrayList<>();
    private long snapshotSequence;
    private long nextSequence;
    private int journal = -1;
    private int offset;
    private boolean isSpread;

    private StateLoader(final SurvivingMemory memory)
    {
        this.memory = memory;
        this.in = new RecordReader(memory.buffer());
    }

    /** @return what is there, or null for nothing. */
    static StateLoader load(final SurvivingMemory memory)
    {
        if (!memory.isInUse())
        {
            return null;
        }

        final StateLoader loader = new StateLoader(memory);
        loader.readSnapshot();
        loader.readJournals();
        loader.readCalls();
        return loader;
    }

    SavedState state()
    {
        return state;
    }

    /** @return sequence of the next group. */
    long nextSequence()
    {
        return nextSequence;
    }

    /** @return where it goes; -1: a new journal is to be begun. */
    int journal()
    {
        return journal;
    }

    /** @return its place there. */
    int offset()
    {
        return offset;
    }

    /** @return whether the other journal is needed, too. */
    boolean isSpread()
    {
        return isSpread;
    }

    /** What system calls did last is in the state, and is to be said by the next group. */
    void say(final RecordWriter out)
    {
        unsaid.forEach(record -> record.accept(out));
    }

    private void readSnapshot()
    {
        final int start = memory.snapshot(memory.root());
        final int length = memory.sealedLength(start, memory.snapshotEnd(memory.root()));

        if (length < 0)
        {
            throw new IllegalStateException("the snapshot that counts is broken: root=" + memory.root());
        }

        final int tree = start + memory.buffer().getInt(start + SurvivingMemory.GROUP_HEADER_LENGTH);
        in.over(tree, start + length);
        state.tree(new TreeReader(in).read());
        in.over(start + SurvivingMemory.SNAPSHOT_HEADER_LENGTH, tree);
        state.replay(in);
        snapshotSequence = memory.sequence(start);
        nextSequence = snapshotSequence + 1;
    }

    private void readJournals()
    {
        final int older = first(0) <= first(1) ? 0 : 1;
        readJournal(older);
        readJournal(1 - older);
    }

    private long first(final int index)
    {
        return memory.buffer().getLong(memory.journal(index));
    }

    /** Groups that the snapshot holds already are passed over. */
    private void readJournal(final int index)
    {
        long sequence = first(index);

        if (sequence == 0 || sequence > nextSequence)
        {
            return;
        }

        int start = memory.journal(index) + SurvivingMemory.JOURNAL_HEADER_LENGTH;
        int length = groupLength(index, start, sequence);

        while (length > 0)
        {
            if (sequence == nextSequence)
            {
                in.over(start + SurvivingMemory.GROUP_HEADER_LENGTH, start + length);
                state.replay(in);
                nextSequence++;
            }

            sequence++;
            start = SurvivingMemory.align(start + length);
            length = groupLength(index, start, sequence);
        }

        if (sequence == nextSequence)
        {
            journal = index;
            offset = start;
            isSpread = first(index) > snapshotSequence + 1;
        }
    }

    private int groupLength(final int index, final int start, final long sequence)
    {
        final int length = memory.sealedLength(start, memory.journalEnd(index));
        return length > 0 && memory.sequence(start) == sequence ? length : -1;
    }

    private void readCalls()
    {
        memory.calls().unsaid(nextSequence, this::onSent, this::onReceived, this::onTaken);
    }

    private void onSent(final int number, final byte[] bytes, final int count)
    {
        final SavedConnection connection = state.connections().get(number);

        if (connection != null)
        {
            connection.sent(count);
            unsaid.add(out -> out.sent(number, count));
        }
    }

    /** Of a client that no group knows yet, too. */
    private void onReceived(final int number, final byte[] bytes, final int count)
    {
        final SavedConnection known = state.connections().get(number);
        final SavedConnection connection =
            known == null && number >= StateRecord.FIRST_SOCKET ? new SavedConnection() : known;

        if (known == null && connection != null)
        {
            state.connections().put(number, connection);
            unsaid.add(out -> out.connected(number));
        }
        if (connection != null)
        {
            connection.received(bytes);
            final byte[] all = connection.input;
            unsaid.add(out -> out.input(number, all, all.length));
        }
    }

    private void onTaken(final int number, final byte[] bytes, final int count)
    {
        final SavedConnection connection = state.connections().get(number);

        if (connection != null)
        {
            connection.reqCons += count;
            unsaid.add(out -> out.taken(number, count));
            onReceived(number, bytes, count);
        }
    }
}
