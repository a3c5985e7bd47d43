package org.skerry.xenstore;

import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

import org.agrona.concurrent.UnsafeBuffer;
import org.skerry.wire.xs.XsOp;
import org.skerry.wire.xs.XsWire;
import org.skerry.wire.xswire.XsdSockmsgDecoder;

/**
 * One client of the store: who it is, its watches and transactions, requests half received and replies not yet sent.
 * How bytes come and go is the business of what carries it: {@code SocketConnection} or {@code RingConnection}.
 */
final class XsConnection
{
    /** Bytes of replies that may wait before no more requests are served. */
    static final int REPLY_LENGTH_MAX = 64 * 1024;

    /** For so long one client is served while others wait, about. */
    private static final long TURN_NS = TimeUnit.MILLISECONDS.toNanos(1);

    /** Requests between two looks at the clock. */
    private static final int LOOKS = 16;

    private static final byte[] NOTHING = {};

    private final int number;
    private final KnownDomain domain;
    private final RecordWriter records;
    private final OutputQueue output;
    private Consumer<XsConnection> onOutput;
    private LinkedHashMap<WatchKey, Watch> watches = new LinkedHashMap<>();
    private long watchesEnded;
    private final Map<Integer, Transaction> transactions = new HashMap<>();
    private final XsdSockmsgDecoder header = new XsdSockmsgDecoder();
    private Caller caller;
    private int nextTransactionId = 1;
    private byte[] input = NOTHING;
    private int inputLength;
    private boolean isInputWritten;
    private byte[] heldReply;
    private PartedReply parts;
    private boolean isPausing;
    private int conflictsInARow;

    /** What became of the bytes that were received. */
    enum Progress
    {
        /** All whole messages were served. */
        IDLE,
        /** There are messages left, but the client must take replies first. */
        CLOGGED,
        /** There are messages left, but they must wait: their connection is {@link XsConnection#wake woken} then. */
        HELD,
        /** A message longer than allowed: the connection is at its end. */
        VIOLATION
    }

    private record WatchKey(String path, String token)
    {
    }

    /**
     * @param number      that no other connection has.
     * @param caller      who it is.
     * @param domain      whose ring it is; null for a socket.
     * @param batchLength bytes that the carrier likes to send at once.
     * @param records     outlive the process.
     */
    XsConnection(
        final int number,
        final Caller caller,
        final KnownDomain domain,
        final int batchLength,
        final RecordWriter records)
    {
        this.number = number;
        this.caller = caller;
        this.domain = domain;
        this.records = records;
        this.output = new OutputQueue(number, batchLength, records);
        this.onOutput = connection -> {};
    }

    /** @param handler called when there is something to send. */
    void onOutput(final Consumer<XsConnection> handler)
    {
        onOutput = handler;
    }

    /** @return its number in the records. */
    int number()
    {
        return number;
    }

    /** Be what an earlier process left, but for watches and transactions. */
    void restore(final SavedConnection saved)
    {
        input = saved.input;
        inputLength = input.length;
        isInputWritten = inputLength > 0;
        output.restore(saved.output);
    }

    /** Write down what it is. */
    void writeTo(final RecordWriter out)
    {
        watches.values().forEach(watch -> out.watch(number, watch));
        transactions.values().forEach(transaction -> transaction.writeTo(number, out));

        if (inputLength > 0)
        {
            out.input(number, input, inputLength);
        }

        output.writeTo(out);

        if (heldReply != null)
        {
            out.held(number, heldReply);
        }
    }

    Caller caller()
    {
        return caller;
    }

    void target(final int domid)
    {
        caller = caller.withTarget(domid);
    }

    /** @param client which program it is. */
    void client(final String client)
    {
        caller = caller.withClient(client);
    }

    /** @return whose ring it is; null for a socket. */
    KnownDomain domain()
    {
        return domain;
    }

    OutputQueue output()
    {
        return output;
    }

    /** Bytes came in. They are copied. */
    void receive(final byte[] bytes, final int offset, final int length)
    {
        if (input.length < inputLength + length)
        {
            input = Arrays.copyOf(input, inputLength + length);
        }

        System.arraycopy(bytes, offset, input, inputLength, length);
        inputLength += length;
    }

    /** Serve the whole messages that came in, as long as the client takes its replies and others need not wait long. */
    Progress process(final Store store)
    {
        if (isPausing)
        {
            return Progress.HELD;
        }
        if (parts != null)
        {
            parts.wake();
        }

        final UnsafeBuffer buffer = new UnsafeBuffer(input, 0, inputLength);
        int offset = 0;
        int count = 0;
        long beginNs = 0;
        Progress progress = Progress.IDLE;

        while (heldReply == null && inputLength - offset >= XsWire.HEADER_LENGTH)
        {
            header.wrap(buffer, offset, XsdSockmsgDecoder.BLOCK_LENGTH, 0);
            final long payloadLength = header.payloadLength();

            if (payloadLength > XsWire.PAYLOAD_MAX)
            {
                progress = Progress.VIOLATION;
                break;
            }

            final int end = offset + XsWire.HEADER_LENGTH + (int)payloadLength;

            if (end > inputLength)
            {
                break;
            }
            if (isClogged(store))
            {
                progress = Progress.CLOGGED;
                break;
            }
            if (store.starvation().mustWait(this, (int)header.msgType(), (int)header.txId()))
            {
                progress = Progress.HELD;
                break;
            }
            if (++count % LOOKS == 0)
            {
                final long nowNs = store.turns().nanoTime();
                beginNs = count == LOOKS ? nowNs : beginNs;

                if (nowNs - beginNs > TURN_NS)
                {
                    pause(store.turns());
                    progress = Progress.HELD;
                    break;
                }
            }

            final byte[] payload = Arrays.copyOfRange(input, offset + XsWire.HEADER_LENGTH, end);
            offset = end;
            store.handle(this, (int)header.msgType(), (int)header.reqId(), (int)header.txId(), payload);
        }

        keepFrom(offset);

        if (inputLength > 0 || isInputWritten)
        {
            records.input(number, input, inputLength);
            isInputWritten = inputLength > 0;
        }

        return heldReply != null ? Progress.HELD : progress;
    }

    /** Serve no more in this turn. */
    private void pause(final Turns turns)
    {
        isPausing = true;
        turns.later(() ->
        {
            isPausing = false;
            wake();
        });
    }

    /**
     * Serve no more before the reply to the last request is due.
     *
     * @return sends that reply, unless the connection was dropped or began anew meanwhile.
     */
    Runnable hold(final XsOp op, final int reqId, final int txId, final XsReply reply)
    {
        final byte[] message = OutputQueue.message(op, reqId, txId, reply);
        heldReply = message;
        records.held(number, message);
        return () ->
        {
            if (heldReply == message)
            {
                heldReply = null;
                output.addReply(message);
                onOutput.accept(this);
            }
        };
    }

    /** Serve no more before the last part of a reply. */
    void replyInParts(final PartedReply reply)
    {
        parts = reply;
        heldReply = reply.lost();
        records.held(number, heldReply);
        parts.wake();
    }

    /** @return whether there is room for more of a reply, and it is still wanted. */
    boolean takes(final PartedReply reply)
    {
        return parts == reply && output.replyLength() <= REPLY_LENGTH_MAX;
    }

    /** A part of the reply that is told in parts. */
    void part(final byte[] message, final boolean isLast)
    {
        output.addReply(message);

        if (isLast)
        {
            parts = null;
            heldReply = null;
        }
        else
        {
            records.held(number, heldReply);
        }

        onOutput.accept(this);
    }

    private boolean isClogged(final Store store)
    {
        final int limit = store.domains().limit(caller, Quota.OUTSTANDING);
        return output.replyLength() > REPLY_LENGTH_MAX || limit > 0 && output.replyCount() >= limit;
    }

    private void keepFrom(final int offset)
    {
        if (offset < inputLength)
        {
            input = Arrays.copyOfRange(input, offset, inputLength);
            inputLength = input.length;
        }
        else
        {
            input = NOTHING;
            inputLength = 0;
        }
    }

    /** Requests that had to wait may be served. */
    void wake()
    {
        onOutput.accept(this);
    }

    void reply(final XsOp op, final int reqId, final int txId, final XsReply reply)
    {
        output.addReply(op, reqId, txId, reply);
        onOutput.accept(this);
    }

    OutputQueue.Fate event(final Watch watch, final String path)
    {
        final OutputQueue.Fate fate = output.addEvent(watch, path);
        onOutput.accept(this);
        return fate;
    }

    int watchCount()
    {
        return watches.size();
    }

    Watch watch(final String path, final String token)
    {
        return watches.get(new WatchKey(path, token));
    }

    void addWatch(final Watch watch)
    {
        watches.put(new WatchKey(watch.path(), watch.token()), watch);
    }

    void removeWatch(final Watch watch)
    {
        watches.remove(new WatchKey(watch.path(), watch.token()));
    }

    Collection<Watch> watches()
    {
        return watches.values();
    }

    /**
     * Have none from now on.
     *
     * @return those that there were.
     */
    Collection<Watch> endWatches()
    {
        final LinkedHashMap<WatchKey, Watch> ended = watches;
        watchesEnded = ended.isEmpty() ? watchesEnded : ended.lastEntry().getValue().sequence();
        watches = new LinkedHashMap<>();
        return ended.values();
    }

    /** @return whether it is one of those that are no more. */
    boolean hasEnded(final Watch watch)
    {
        return watch.sequence() <= watchesEnded;
    }

    /** @return commits refused with EAGAIN since the last one that was not. */
    int conflictsInARow()
    {
        return conflictsInARow;
    }

    void conflictsInARow(final int count)
    {
        conflictsInARow = count;
    }

    Iterable<Transaction> transactions()
    {
        return transactions.values();
    }

    int transactionCount()
    {
        return transactions.size();
    }

    /** @return bytes that the logs of its transactions take, about. */
    long transactionLength()
    {
        long length = 0;

        for (final Transaction transaction : transactions.values())
        {
            length += transaction.length();
        }

        return length;
    }

    Transaction transaction(final int id)
    {
        return transactions.get(id);
    }

    Transaction beginTransaction(final Tree base)
    {
        while (nextTransactionId == 0 || transactions.containsKey(nextTransactionId))
        {
            nextTransactionId++;
        }

        final Transaction transaction = new Transaction(nextTransactionId++, base);
        transactions.put(transaction.id(), transaction);
        records.transactionBegun(number, transaction.id());
        return transaction;
    }

    /** A transaction of an earlier process is there again. */
    void addTransaction(final Transaction transaction)
    {
        transactions.put(transaction.id(), transaction);
    }

    void endTransaction(final Transaction transaction)
    {
        transactions.remove(transaction.id());
        records.transactionEnd(number, transaction.id());
    }

    void endAllTransactions()
    {
        transactions.clear();
    }

    /** Forget what was half received and what was not sent. */
    void dropBytes()
    {
        keepFrom(inputLength);
        isInputWritten = false;
        output.clear();
        heldReply = null;
        parts = null;
        records.bytesDropped(number);
    }
}
