package org.skerry.xenstore;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** A connection as the records of an earlier process say it was. */
final class SavedConnection
{
    private static final byte[] NOTHING = {};

    /** By path and token. */
    final Map<String, SavedWatch> watches = new LinkedHashMap<>();
    /** By id; of the steps of a transaction none are there when they are not known. */
    final Map<Integer, Optional<List<TransactionStep.Saved>>> transactions = new TreeMap<>();
    /** Replies as bytes, and events. */
    final ArrayDeque<Object> output = new ArrayDeque<>();
    byte[] input = NOTHING;
    byte[] held;
    boolean isBroken;
    int port;
    int rspProd;
    int reqCons;

    /** A watch, without its owner. */
    record SavedWatch(String path, String token, int prefixLength, int depth)
    {
    }

    void watch(final SavedWatch watch)
    {
        watches.put(key(watch.path, watch.token), watch);
    }

    void unwatch(final String path, final String token)
    {
        watches.remove(key(path, token));
    }

    private static String key(final String path, final String token)
    {
        return path + '\0' + token;
    }

    void reset()
    {
        watches.clear();
        transactions.clear();
    }

    void beginTransaction(final int id)
    {
        transactions.put(id, Optional.of(new ArrayList<>()));
    }

    void stepTransaction(final int id, final TransactionStep.Saved step)
    {
        transactions.get(id).ifPresent(steps -> steps.add(step));
    }

    void dropBytes()
    {
        input = NOTHING;
        output.clear();
        held = null;
    }

    /** Bytes came in beside those that wait. */
    void received(final byte[] bytes)
    {
        final byte[] all = Arrays.copyOf(input, input.length + bytes.length);
        System.arraycopy(bytes, 0, all, input.length, bytes.length);
        input = all;
    }

    void reply(final byte[] bytes)
    {
        output.add(bytes);
        held = null;
    }

    /** Bytes went out: messages from the first on, the last of them perhaps in part. */
    void sent(final int count)
    {
        int left = count;
        rspProd += count;

        while (left > 0 && !output.isEmpty())
        {
            final byte[] bytes = OutputQueue.bytes(output.remove());

            if (bytes.length > left)
            {
                output.push(Arrays.copyOfRange(bytes, left, bytes.length));
            }

            left -= Math.min(left, bytes.length);
        }
    }
}
