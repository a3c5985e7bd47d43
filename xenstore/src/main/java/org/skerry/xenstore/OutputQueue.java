package org.skerry.xenstore;

import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

import org.agrona.concurrent.UnsafeBuffer;
import org.skerry.wire.Errno;
import org.skerry.wire.xs.XsOp;
import org.skerry.wire.xs.XsWire;
import org.skerry.wire.xswire.XsdSockmsgEncoder;

/**
 * Replies and events on their way to one client, in order. It is bounded, whatever the client does: while too many
 * replies wait, no more of its requests are served ({@link #replyCount}, {@link #replyLength}); an event equal to one
 * that still waits is merged with it; and beyond {@link #EVENT_MAX} waiting events, a new one only says that something
 * below the watched path changed, once for each watch. A client that does not read costs nobody else anything.
 */
final class OutputQueue
{
    /** Events that may wait before they are told by watch only. */
    static final int EVENT_MAX = 1024;

    private static final byte[] NOTHING = {};

    private final int connection;
    private final int batchLength;
    private final RecordWriter records;
    private final ArrayDeque<Object> waiting = new ArrayDeque<>();
    private final Set<Event> waitingEvents = new HashSet<>();
    private byte[] batch = NOTHING;
    private int batchOffset;
    private int replyCount;
    private long replyLength;

    /**
     * @param connection  its number.
     * @param batchLength bytes that are put together before they are sent, as far as there are so many.
     * @param records     outlive the process.
     */
    OutputQueue(final int connection, final int batchLength, final RecordWriter records)
    {
        this.connection = connection;
        this.batchLength = batchLength;
        this.records = records;
    }

    /** An event that waits, as the client will read it. Only when it is sent it becomes bytes. */
    record Event(String path, String token)
    {
        int length()
        {
            return path.length() + token.length() + 2;
        }
    }

    /** @return a message that waits, a reply or an event, as it is sent. */
    static byte[] bytes(final Object message)
    {
        return message instanceof Event(var path, var token) ?
            message(XsOp.WATCH_EVENT.number(), 0, 0,
                (path + '\0' + token + '\0').getBytes(StandardCharsets.ISO_8859_1)) :
            (byte[])message;
    }

    /** @return a reply as it is sent; one too long for a message becomes E2BIG. */
    static byte[] message(final XsOp op, final int reqId, final int txId, final XsReply reply)
    {
        final byte[] payload = reply.payload();

        if (payload.length > XsWire.PAYLOAD_MAX)
        {
            return message(op, reqId, txId, new XsReply.Failure(Errno.E2BIG));
        }

        return message((reply instanceof XsReply.Failure ? XsOp.ERROR : op).number(), reqId, txId, payload);
    }

    /** @return replies that the client has not been sent yet. */
    int replyCount()
    {
        return replyCount;
    }

    /** @return bytes of replies that the client has not been sent yet. */
    long replyLength()
    {
        return replyLength;
    }

    /** @return events that wait. */
    int eventCount()
    {
        return waitingEvents.size();
    }

    /** @return whether a batch is on its way, of which not all is sent. */
    boolean isSent()
    {
        return batchOffset < batch.length;
    }

    boolean isEmpty()
    {
        return batchOffset == batch.length && waiting.isEmpty();
    }

    void addReply(final XsOp op, final int reqId, final int txId, final XsReply reply)
    {
        addReply(message(op, reqId, txId, reply));
    }

    /** @param message a reply as it is sent. */
    void addReply(final byte[] message)
    {
        records.reply(connection, message, 0);
        queueReply(message);
    }

    private void queueReply(final byte[] message)
    {
        waiting.add(message);
        replyCount++;
        replyLength += message.length;
    }

    /** Have what an earlier process had: replies as bytes, the first perhaps in part, and events. */
    void restore(final Iterable<Object> messages)
    {
        for (final Object message : messages)
        {
            if (message instanceof final byte[] reply)
            {
                queueReply(reply);
            }
            else
            {
                waitingEvents.add((Event)message);               // an equal one may be on its way already
                waiting.add(message);
            }
        }
    }

    /** Write down all that was not sent. */
    void writeTo(final RecordWriter out)
    {
        if (batchOffset < batch.length)
        {
            out.reply(connection, batch, batchOffset);
        }

        for (final Object message : waiting)
        {
            if (message instanceof Event(var path, var token))
            {
                out.event(connection, path, token);
            }
            else
            {
                out.reply(connection, (byte[])message, 0);
            }
        }
    }

    /** What became of an event. */
    enum Fate
    {
        /** It waits to be sent. */
        WAITS,
        /** One that says the same waits already. */
        MERGED,
        /** Too many wait: what waits now says only that something below the watched path changed. */
        COLLAPSED,
        /** No message could carry it. */
        DROPPED
    }

    /** Events are paths from the root here; the watch knows how its owner wants to read them. */
    Fate addEvent(final Watch watch, final String path)
    {
        final boolean isCollapsed = waitingEvents.size() >= EVENT_MAX;
        final Event event = new Event(watch.eventPath(isCollapsed ? watch.path() : path), watch.token());

        if (event.length() > XsWire.PAYLOAD_MAX)
        {
            return Fate.DROPPED;
        }
        if (waitingEvents.add(event))
        {
            waiting.add(event);
            records.event(connection, event.path, event.token);
            return isCollapsed ? Fate.COLLAPSED : Fate.WAITS;
        }

        return isCollapsed ? Fate.COLLAPSED : Fate.MERGED;
    }

    /** Drop all, also what is half sent. */
    void clear()
    {
        waiting.clear();
        waitingEvents.clear();
        batch = NOTHING;
        batchOffset = 0;
        replyCount = 0;
        replyLength = 0;
    }

    /** Put what waits into one run of bytes, unless there still is one. */
    private void fill()
    {
        if (batchOffset < batch.length || waiting.isEmpty())
        {
            return;
        }

        final List<byte[]> messages = new ArrayList<>();
        int length = 0;

        do
        {
            final byte[] message = take();
            messages.add(message);
            length += message.length;
        }
        while (!waiting.isEmpty() && length < batchLength);

        batch = new byte[length];
        batchOffset = 0;
        int offset = 0;

        for (final byte[] message : messages)
        {
            System.arraycopy(message, 0, batch, offset, message.length);
            offset += message.length;
        }
    }

    /** Where the bytes to be sent next are; see {@link #offset} and {@link #length}. */
    byte[] bytes()
    {
        fill();
        return batch;
    }

    int offset()
    {
        return batchOffset;
    }

    /** @return bytes from {@link #offset} on that are to be sent next. */
    int length()
    {
        return batch.length - batchOffset;
    }

    /** So many bytes were sent. */
    void sent(final int count)
    {
        batchOffset += count;

        if (batchOffset == batch.length)
        {
            batch = NOTHING;
            batchOffset = 0;
        }
    }

    private byte[] take()
    {
        final Object next = waiting.remove();
        final byte[] message = bytes(next);

        if (next instanceof Event)
        {
            waitingEvents.remove(next);
        }
        else
        {
            replyCount--;
            replyLength -= message.length;
        }

        return message;
    }

    private static byte[] message(final int type, final int reqId, final int txId, final byte[] payload)
    {
        final byte[] message = new byte[XsWire.HEADER_LENGTH + payload.length];
        new XsdSockmsgEncoder().wrap(new UnsafeBuffer(message), 0)
            .msgType(type)
            .reqId(reqId)
            .txId(txId)
            .payloadLength(payload.length);
        System.arraycopy(payload, 0, message, XsWire.HEADER_LENGTH, payload.length);
        return message;
    }
}
