package org.skerry.xenstore;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

import org.agrona.concurrent.UnsafeBuffer;

/**
 * Writes {@link StateRecord}s one behind the other as long as there is room; one that finds none is not written, nor is
 * any after it.
 */
final class RecordWriter
{
    private final UnsafeBuffer buffer;
    private int offset;
    private int limit;
    private boolean isOverfull;
    private boolean isPostponing;
    private final List<Reply> postponed = new ArrayList<>();

    private record Reply(int connection, byte[] message)
    {
    }

    /** @param buffer where to; null to write nothing. */
    RecordWriter(final UnsafeBuffer buffer)
    {
        this.buffer = buffer;
    }

    /** Begin at another place. */
    void over(final int newOffset, final int newLimit)
    {
        offset = newOffset;
        limit = newLimit;
        isOverfull = false;
    }

    /** @return where the next record goes. */
    int offset()
    {
        return offset;
    }

    /** @return whether a record found no room. */
    boolean isOverfull()
    {
        return isOverfull;
    }

    /**
     * Replies are not written before another record is, or {@link #writePostponed} is called: when nothing else is to
     * be written down, they need not be.
     */
    void postpone()
    {
        isPostponing = true;
    }

    /** @return replies to a connection that are postponed. */
    int postponedCount(final int connection)
    {
        int count = 0;

        for (int i = 0; i < postponed.size(); i++)
        {
            count += postponed.get(i).connection == connection ? 1 : 0;
        }

        return count;
    }

    /** Replies to a connection that were postponed have been sent. */
    void forgetPostponed(final int connection)
    {
        postponed.removeIf(reply -> reply.connection == connection);
    }

    /** Write what was postponed, and postpone nothing more. */
    void writePostponed()
    {
        isPostponing = false;

        for (int i = 0; i < postponed.size(); i++)
        {
            reply(postponed.get(i).connection, postponed.get(i).message, 0);
        }

        postponed.clear();
    }

    void node(final String path, final Node node)
    {
        final List<Permission> entries = node.permissions().entries();

        if (begin(StateRecord.NODE, textLength(path) + 8 + 4 + node.value().length + permissionsLength(entries)))
        {
            text(path);
            putLong(node.generation());
            putBytes(node.value());
            permissions(entries);
        }
    }

    void gone(final String path, final long generation)
    {
        if (begin(StateRecord.GONE, textLength(path) + 8))
        {
            text(path);
            putLong(generation);
        }
    }

    void watch(final int connection, final Watch watch)
    {
        if (begin(StateRecord.WATCH, 4 + textLength(watch.path()) + textLength(watch.token()) + 8))
        {
            putInt(connection);
            text(watch.path());
            text(watch.token());
            putInt(watch.prefixLength());
            putInt(watch.depth());
        }
    }

    void unwatch(final int connection, final Watch watch)
    {
        if (begin(StateRecord.UNWATCH, 4 + textLength(watch.path()) + textLength(watch.token())))
        {
            putInt(connection);
            text(watch.path());
            text(watch.token());
        }
    }

    void reset(final int connection)
    {
        numbers(StateRecord.RESET, connection);
    }

    void transaction(final int connection, final int id)
    {
        numbers(StateRecord.TRANSACTION, connection, id);
    }

    void transactionBegun(final int connection, final int id)
    {
        numbers(StateRecord.TRANSACTION_BEGUN, connection, id);
    }

    void transactionStep(final int connection, final int id, final TransactionStep step)
    {
        final byte[] payload = step.payload();
        final byte[] reply = step.reply().payload();

        if (begin(StateRecord.TRANSACTION_STEP, 8 + 1 + 4 + payload.length + 1 + 4 + reply.length))
        {
            putInt(connection);
            putInt(id);
            buffer.putByte(offset++, (byte)step.op().number());
            putBytes(payload);
            buffer.putByte(offset++, (byte)(step.reply() instanceof XsReply.Failure ? 1 : 0));
            putBytes(reply);
        }
    }

    void transactionEnd(final int connection, final int id)
    {
        numbers(StateRecord.TRANSACTION_END, connection, id);
    }

    void domain(final KnownDomain domain)
    {
        final Quota[] quotas = Quota.values();

        if (begin(StateRecord.DOMAIN, 8 + 2 + 4 * quotas.length))
        {
            putInt(domain.domid());
            putInt(domain.features());
            putShort(quotas.length);

            for (final Quota quota : quotas)
            {
                putInt(domain.limit(quota));
            }
        }
    }

    void released(final int domid)
    {
        numbers(StateRecord.RELEASED, domid);
    }

    void ring(final int domid, final int port, final int rspProd, final int reqCons)
    {
        numbers(StateRecord.RING, domid, port, rspProd, reqCons);
    }

    void target(final int domid, final int target)
    {
        numbers(StateRecord.TARGET, domid, target);
    }

    void limits(final DomainTable domains)
    {
        final Quota[] quotas = Quota.values();

        if (begin(StateRecord.LIMITS, 2 + 4 * quotas.length))
        {
            putShort(quotas.length);

            for (final Quota quota : quotas)
            {
                putInt(domains.limitOfNewDomains(quota));
            }
        }
    }

    void connected(final int connection)
    {
        numbers(StateRecord.CONNECTED, connection);
    }

    void disconnected(final int connection)
    {
        numbers(StateRecord.DISCONNECTED, connection);
    }

    void input(final int connection, final byte[] bytes, final int length)
    {
        bytes(StateRecord.INPUT, connection, bytes, 0, length);
    }

    void taken(final int connection, final int count)
    {
        numbers(StateRecord.TAKEN, connection, count);
    }

    void reply(final int connection, final byte[] bytes, final int from)
    {
        if (isPostponing && from == 0)
        {
            postponed.add(new Reply(connection, bytes));
        }
        else
        {
            bytes(StateRecord.REPLY, connection, bytes, from, bytes.length - from);
        }
    }

    void event(final int connection, final String path, final String token)
    {
        if (begin(StateRecord.EVENT, 4 + textLength(path) + textLength(token)))
        {
            putInt(connection);
            text(path);
            text(token);
        }
    }

    void sent(final int connection, final int count)
    {
        numbers(StateRecord.SENT, connection, count);
    }

    void held(final int connection, final byte[] message)
    {
        bytes(StateRecord.HELD, connection, message, 0, message.length);
    }

    void bytesDropped(final int connection)
    {
        numbers(StateRecord.BYTES_DROPPED, connection);
    }

    void broken(final int connection)
    {
        numbers(StateRecord.BROKEN, connection);
    }

    void telling(final boolean on)
    {
        if (begin(StateRecord.TELLING, 1))
        {
            buffer.putByte(offset++, (byte)(on ? 1 : 0));
        }
    }

    void counted(final int domid, final int what, final long count)
    {
        if (begin(StateRecord.COUNTED, 16))
        {
            putInt(domid);
            putInt(what);
            putLong(count);
        }
    }

    void generation(final long generation)
    {
        if (begin(StateRecord.GENERATION, 8))
        {
            putLong(generation);
        }
    }

    void subtree(final String path, final Node node)
    {
        if (begin(StateRecord.SUBTREE, textLength(path) + 4))
        {
            text(path);
            putInt(node.nodeCount());
            new TreeWriter(node, this).proceed(Integer.MAX_VALUE);
        }
    }

    /**
     * A node of a whole tree, after its children: number of children u32, generation u64, value bytes, permissions,
     * name text. Not a record of its own.
     *
     * @return false when there is no room.
     */
    boolean treeNode(final String name, final Node node)
    {
        final List<Permission> entries = node.permissions().entries();
        final int length = 4 + 8 + 4 + node.value().length + permissionsLength(entries) + textLength(name);

        if (isOverfull || length > limit - offset)
        {
            isOverfull = true;
            return false;
        }

        putInt(node.children().size());
        putLong(node.generation());
        putBytes(node.value());
        permissions(entries);
        text(name);
        return true;
    }

    private void numbers(final StateRecord kind, final int first)
    {
        if (begin(kind, 4))
        {
            putInt(first);
        }
    }

    private void numbers(final StateRecord kind, final int first, final int second)
    {
        if (begin(kind, 8))
        {
            putInt(first);
            putInt(second);
        }
    }

    private void numbers(
        final StateRecord kind, final int first, final int second, final int third, final int fourth)
    {
        if (begin(kind, 16))
        {
            putInt(first);
            putInt(second);
            putInt(third);
            putInt(fourth);
        }
    }

    private void bytes(
        final StateRecord kind, final int connection, final byte[] bytes, final int from, final int length)
    {
        if (begin(kind, 8 + length))
        {
            putInt(connection);
            putInt(length);
            buffer.putBytes(offset, bytes, from, length);
            offset += length;
        }
    }

    private boolean begin(final StateRecord kind, final int length)
    {
        if (isPostponing)
        {
            writePostponed();
        }
        if (buffer == null || isOverfull || 1 + length > limit - offset)
        {
            isOverfull = true;
            return false;
        }

        buffer.putByte(offset++, (byte)kind.ordinal());
        return true;
    }

    private static int textLength(final String text)
    {
        return 2 + text.length();
    }

    private static int permissionsLength(final List<Permission> entries)
    {
        return 2 + 3 * entries.size();
    }

    private void permissions(final List<Permission> entries)
    {
        putShort(entries.size());

        for (int i = 0; i < entries.size(); i++)
        {
            final Permission entry = entries.get(i);
            putShort(entry.domid());
            buffer.putByte(offset++, (byte)(entry.rights() | (entry.isIgnored() ? StateRecord.IGNORED : 0)));
        }
    }

    private void text(final String text)
    {
        putShort(text.length());
        final byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        buffer.putBytes(offset, bytes);
        offset += bytes.length;
    }

    private void putBytes(final byte[] bytes)
    {
        putInt(bytes.length);
        buffer.putBytes(offset, bytes);
        offset += bytes.length;
    }

    private void putShort(final int value)
    {
        buffer.putShort(offset, (short)value);
        offset += 2;
    }

    private void putInt(final int value)
    {
        buffer.putInt(offset, value);
        offset += 4;
    }

    private void putLong(final long value)
    {
        buffer.putLong(offset, value);
        offset += 8;
    }
}
