package org.skerry.xenstore;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

import org.agrona.concurrent.UnsafeBuffer;
import org.skerry.wire.xs.XenstorePath;

/**
 * Writes what becomes of a store where it outlives the process. Whatever changes writes its record at once; a turn's
 * records are one group, and only when the group is {@link #publish published} anybody outside may see what it says.
 * When a journal is nearly full a snapshot is made beside the work, in turns. A state that has no room is not kept any
 * more, which the log says loudly.
 */
final class StateLog implements CommitListener
{
    /** Nodes of a snapshot that are written in one turn: less than a millisecond. */
    static final int TURN_NODES = 2_000;

    /** Linux sends so many bytes at once, or none. */
    static final int ANSWER_MAX = 32 * 1024;

    /** A snapshot is made when only this part of a journal is left. */
    private static final int RESERVE_SHARE = 4;

    private final SurvivingMemory memory;
    private final CallMemory calls;
    private final RecordWriter records;
    private final ArrayDeque<Runnable> afterwards = new ArrayDeque<>();
    private StateSource source;
    private Turns turns;
    private StoreLog log;
    private long sequence = 1;
    private int journal = -1;
    private int groupStart;
    private int sendCount;
    private final int[] receivers = new int[CallMemory.RECEIVE_COUNT];
    private int receiveCount;
    private int receivedAt;
    private boolean isOn;
    private Snapshot snapshot;

    private StateLog(final SurvivingMemory memory)
    {
        this.memory = memory;
        this.calls = memory != null ? memory.calls() :
            new CallMemory(new UnsafeBuffer(ByteBuffer.allocateDirect(CallMemory.LENGTH)));
        this.records = new RecordWriter(memory == null ? null : memory.buffer());
    }

    /** @return a log that keeps nothing. */
    static StateLog none()
    {
        return new StateLog(null);
    }

    static StateLog of(final SurvivingMemory memory)
    {
        return new StateLog(memory);
    }

    /** A snapshot that is being made. */
    private final class Snapshot
    {
        private final int index = memory.root() == 0 ? 1 : 0;
        private final long until = sequence - 1;
        private final RecordWriter out = new RecordWriter(memory.buffer());
        private final TreeWriter tree;

        Snapshot()
        {
            final int start = memory.snapshot(index);
            out.over(start + SurvivingMemory.SNAPSHOT_HEADER_LENGTH, memory.snapshotEnd(index));
            source.writeState(out);
            memory.buffer().putInt(start + SurvivingMemory.GROUP_HEADER_LENGTH, out.offset() - start);
            tree = new TreeWriter(source.tree().root(), out);
        }

        /** @return whether it is whole and counts. */
        boolean proceed(final int nodeCount)
        {
            if (!tree.proceed(nodeCount))
            {
                return false;
            }
            if (out.isOverfull())
            {
                giveUp("no room for a snapshot");
                return false;
            }

            memory.seal(memory.snapshot(index), out.offset(), until);
            memory.root(index);
            return true;
        }
    }

    /** @return where changes are written down. */
    RecordWriter records()
    {
        return records;
    }

    /** @return bytes for the steps of open transactions. */
    int transactionRoom()
    {
        return memory == null ? 0 : memory.transactionRoom();
    }

    /** @return whether a state is kept. */
    boolean isOn()
    {
        return isOn;
    }

    /** @return what an earlier process left, null for nothing. To be called before {@link #begin}. */
    StateLoader load()
    {
        return memory == null ? null : StateLoader.load(memory);
    }

    /**
     * Write from now on.
     *
     * @param loaded what the source has been made of, null for nothing.
     */
    void begin(final StateLoader loaded, final StateSource newSource, final Turns newTurns, final StoreLog newLog)
    {
        source = newSource;
        turns = newTurns;
        log = newLog;

        if (memory == null)
        {
            return;
        }

        isOn = true;

        if (loaded == null)
        {
            sequence = 1;
            snapshotNow();
            return;
        }

        sequence = loaded.nextSequence();

        if (loaded.journal() < 0)
        {
            beginJournal(0);
        }
        else
        {
            journal = loaded.journal();
            beginGroup(loaded.offset());
        }

        loaded.say(records);
        publish();

        if (loaded.isSpread() && snapshot == null)
        {
            beginSnapshot();
        }
    }

    /** Have something done once the group is published: what must not be seen before. */
    void afterPublishing(final Runnable task)
    {
        afterwards.add(task);
    }

    /** End the turn's group. Before this nobody outside may be told what it says. */
    void publish()
    {
        publishGroup();

        while (!afterwards.isEmpty())
        {
            afterwards.remove().run();
        }
    }

    private void publishGroup()
    {
        records.writePostponed();
        sendCount = 0;
        receiveCount = 0;

        if (!isOn || records.offset() == groupStart + SurvivingMemory.GROUP_HEADER_LENGTH && !records.isOverfull())
        {
            return;
        }
        if (records.isOverfull())
        {
            sequence++;
            snapshotNow();
            return;
        }

        memory.seal(groupStart, records.offset(), sequence++);
        beginGroup(SurvivingMemory.align(records.offset()));

        final int end = memory.journalEnd(journal);

        if (end - groupStart < (end - memory.journal(journal)) / RESERVE_SHARE)
        {
            changeJournal();
        }
    }

    /** Bytes go to a client of the socket; the caller has published. */
    int send(final int connection, final int fd, final long address, final int length)
    {
        if (sendCount == CallMemory.SEND_COUNT)
        {
            publish();
        }

        final int count = calls.send(sendCount++, sequence, connection, fd, address, length);

        if (count > 0)
        {
            records.sent(connection, count);
        }

        return count;
    }

    /** @return whether there is no room for another receive before what was received is answered. */
    boolean isReceiveFull()
    {
        return receiveCount == CallMemory.RECEIVE_COUNT || !calls.hasRoom();
    }

    /**
     * Bytes come from a client of the socket; all of them must be dealt with before the next group is published, and
     * before anything more comes from it.
     */
    int receive(final int connection, final int fd, final byte[] target)
    {
        beforeReceive();
        final int count = calls.receive(receiveCount, sequence, connection, fd);

        if (count > 0)
        {
            calls.received(target, count);
            receivers[receiveCount++] = connection;
        }

        return count;
    }

    /**
     * @param replyCount that wait for a connection.
     * @return whether they answer what was received from it since the last group, and nothing is to be written down.
     */
    boolean mayAnswer(final int connection, final int replyCount)
    {
        return isOn && receiveCount > 0 && records.offset() == receivedAt && receiver(connection) >= 0 &&
            records.postponedCount(connection) == replyCount;
    }

    /**
     * All replies to what was received go to its client, when they {@link #mayAnswer may}: nothing has to be written
     * down then.
     *
     * @param length at most {@link #ANSWER_MAX}.
     * @return bytes sent; fewer than all when the rest is to be published and sent like any other.
     */
    int answer(final int connection, final int fd, final long address, final int length)
    {
        final int count = calls.answer(receiver(connection), sequence, connection, fd, address, length);

        if (count == length)
        {
            records.forgetPostponed(connection);
        }
        else if (count > 0)
        {
            records.writePostponed();
            records.sent(connection, count);
        }

        return Math.max(0, count);
    }

    /**
     * To be asked when nobody is owed anything.
     *
     * @return whether all that was received was answered without anything to be written down; the next turn begins.
     */
    boolean isAllAnswered()
    {
        final boolean isAnswered = receiveCount > 0 && records.offset() == receivedAt && afterwards.isEmpty();
        receiveCount = isAnswered ? 0 : receiveCount;
        return isAnswered;
    }

    private int receiver(final int connection)
    {
        int slot = receiveCount - 1;

        while (slot >= 0 && receivers[slot] != connection)
        {
            slot--;
        }

        return slot;
    }

    /** Bytes are about to leave a ring; all of them must be dealt with before the next group is published. */
    void taken(final int connection, final byte[] bytes, final int count)
    {
        if (isOn)
        {
            beforeReceive();
            calls.receivedFromRing(receiveCount, sequence, connection, bytes, count);
            receivers[receiveCount++] = connection;
            records.taken(connection, count);
        }
    }

    private void beforeReceive()
    {
        if (isReceiveFull())
        {
            publish();
        }
        if (receiveCount == 0)
        {
            calls.beginReceives();
            receivedAt = records.offset();

            if (isOn)
            {
                records.postpone();
            }
        }
    }

    @Override
    public void onCommit(final Commit commit)
    {
        if (!isOn)
        {
            return;
        }
        if (commit.isOfPaths())
        {
            final Set<String> parents = new HashSet<>();

            for (int i = 0; i < commit.paths().size(); i++)
            {
                writeChange(commit, i, parents);
            }
        }
        else
        {
            writeChanges(commit);
        }

        records.generation(commit.generation());
    }

    private void writeChange(final Commit commit, final int index, final Set<String> parents)
    {
        final String path = commit.paths().get(index);
        final Node before = commit.nodeBefore(index);
        final Node after = commit.nodeAfter(index);

        if (before == null)
        {
            writeParents(commit, path, parents);
        }
        if (after != null)
        {
            records.node(path, after);
        }
        else if (before != null)
        {
            records.gone(path, commit.generation());
        }
    }

    /**
     * Nodes that were missing above one that was to be made.
     *
     * @param parents of nodes, above which nothing is to be written any more.
     */
    private void writeParents(final Commit commit, final String path, final Set<String> parents)
    {
        if (!parents.add(XenstorePath.parent(path)))
        {
            return;
        }

        final String ancestor = commit.before().nearestAncestor(path);
        int slash = path.indexOf('/', ancestor.length() + (ancestor.equals(XenstorePath.ROOT) ? 0 : 1));

        while (slash > 0)
        {
            final String parent = path.substring(0, slash);
            final Node node = commit.after().find(parent);

            if (node == null)
            {
                return;
            }

            records.node(parent, node);
            slash = path.indexOf('/', slash + 1);
        }
    }

    private void writeChanges(final Commit commit)
    {
        final List<Change> changes = commit.changes();

        for (int i = 0; i < changes.size(); i++)
        {
            final Change change = changes.get(i);

            if (change.after() == null)
            {
                records.gone(change.path(), commit.generation());
            }
            else if (change.before() == null && !change.after().children().isEmpty())
            {
                records.subtree(change.path(), change.after());
            }
            else
            {
                records.node(change.path(), change.after());
            }
        }
    }

    private void beginJournal(final int index)
    {
        journal = index;
        memory.buffer().putLongVolatile(memory.journal(index), sequence);
        beginGroup(memory.journal(index) + SurvivingMemory.JOURNAL_HEADER_LENGTH);
    }

    private void beginGroup(final int offset)
    {
        groupStart = offset;
        records.over(offset + SurvivingMemory.GROUP_HEADER_LENGTH, memory.journalEnd(journal));
    }

    /** Go on in the other journal, and make a snapshot of this moment, so that this journal is not needed any more. */
    private void changeJournal()
    {
        while (isOn && snapshot != null)
        {
            proceed(Integer.MAX_VALUE);                          // the other journal is still needed until it is made
        }

        if (isOn)
        {
            beginJournal(1 - journal);
            beginSnapshot();
        }
    }

    private void beginSnapshot()
    {
        snapshot = new Snapshot();
        turns.later(this::turn);
    }

    private void turn()
    {
        if (isOn && snapshot != null)
        {
            proceed(TURN_NODES);
        }
        if (isOn && snapshot != null)
        {
            turns.later(this::turn);
        }
    }

    private void proceed(final int nodeCount)
    {
        if (snapshot.proceed(nodeCount))
        {
            snapshot = null;
        }
    }

    /** The group had no room in its journal, or there was no state yet: the whole state takes its place. */
    private void snapshotNow()
    {
        snapshot = new Snapshot();
        proceed(Integer.MAX_VALUE);

        if (isOn)
        {
            beginJournal(journal == 0 ? 1 : 0);
        }
    }

    private void giveUp(final String why)
    {
        isOn = false;
        snapshot = null;
        memory.root(-1);
        records.over(0, 0);
        log.print(why + ": from now on this store does not survive the end of its process");
    }
}
