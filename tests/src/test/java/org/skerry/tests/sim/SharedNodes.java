package org.skerry.tests.sim;

import java.util.ArrayList;
import java.util.List;

import org.skerry.guest.xenstore.XenstoreClient;

/**
 * Nodes that all guests write, and what may stand in them. Every value is written once. A read is right when its value
 * was written, not after the read's end, and not replaced for certain before the read began. A counter that guests add
 * to in transactions lacks none of those that were committed.
 */
final class SharedNodes
{
    static final int COUNT = 3;

    private static final String ROOT = "/shared";
    private static final String COUNTER = ROOT + "/counter";
    private static final long NEVER = Long.MAX_VALUE;

    private final List<List<Write>> writes = new ArrayList<>();
    private long now;
    private long lastValue;
    private long begun;
    private long committed;

    /** One write: when it was asked for, and when it was answered. */
    private static final class Write
    {
        private final String value;
        private final long began;
        private long ended = NEVER;

        private Write(final String value, final long began)
        {
            this.value = value;
            this.began = began;
        }
    }

    /** Make them, for everybody to read and write. */
    void make(final XenstoreClient store)
    {
        store.write(ROOT, "");
        store.write(COUNTER, "0");
        store.setPermissions(COUNTER, List.of("b0"));
        for (int i = 0; i < COUNT; i++)
        {
            store.write(path(i), "0");
            store.setPermissions(path(i), List.of("b0"));
            writes.add(new ArrayList<>());
            final Write first = new Write("0", now++);
            first.ended = now++;
            writes.get(i).add(first);
        }
    }

    void write(final XenstoreClient store, final int node)
    {
        final Write write = new Write(Long.toString(++lastValue), now++);
        writes.get(node).add(write);
        store.write(path(node), write.value);
        write.ended = now++;
    }

    void read(final XenstoreClient store, final int node, final boolean isHostile)
    {
        final long began = now++;
        final String value = store.read(path(node));
        final long ended = now++;
        if (!isHostile && writes.get(node).stream().noneMatch(write -> isRight(write, value, node, began, ended)))
        {
            throw new AssertionError(path(node) + " holds " + value + ", which is not what was written last");
        }
    }

    void count(final XenstoreClient store)
    {
        begun++;
        store.inTransaction(transaction ->
        {
            final long value = Long.parseLong(transaction.read(COUNTER));
            transaction.write(COUNTER, Long.toString(value + 1));
            return null;
        });
        committed++;
    }

    /** At the end, for who has all rights. */
    void check(final XenstoreClient store)
    {
        final long counted = Long.parseLong(store.read(COUNTER));
        if (counted < committed || counted > begun)
        {
            throw new AssertionError("counted " + counted + ", committed " + committed + " of " + begun);
        }
        for (int i = 0; i < COUNT; i++)
        {
            read(store, i, false);
        }
    }

    private boolean isRight(
        final Write write, final String value, final int node, final long readBegan, final long readEnded)
    {
        return write.value.equals(value) && write.began < readEnded && writes.get(node).stream().noneMatch(
            later -> write.ended < later.began && later.ended < readBegan);
    }

    private static String path(final int node)
    {
        return ROOT + "/" + node;
    }
}
