package org.skerry.toolstack.xenstore;

import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

import org.skerry.guest.xenstore.XenstoreException;
import org.skerry.wire.Errno;
import org.skerry.wire.xs.XsOp;
import org.skerry.wire.xs.XsWire;

/**
 * The store's socket, one request after the other on one thread. {@code XenstoreSocketClient} serves many threads and
 * text; a program that ends after three requests does not wait for its threads to start, and has bytes.
 */
final class StoreConnection implements AutoCloseable
{
    private final SocketChannel channel;
    private final ByteBuffer in = ByteBuffer.allocate(XsWire.MESSAGE_MAX).order(ByteOrder.LITTLE_ENDIAN);
    private final ByteBuffer outgoing = ByteBuffer.allocate(XsWire.MESSAGE_MAX).order(ByteOrder.LITTLE_ENDIAN);
    private final Queue<String> events = new ArrayDeque<>();
    private Selector selector;
    private int nextReqId = 1;

    private StoreConnection(final SocketChannel channel)
    {
        this.channel = channel;
    }

    /**
     * @param socket that the store listens on.
     * @return a connection.
     * @throws ToolFailure when there is none.
     */
    static StoreConnection connect(final Path socket)
    {
        if (socket.toString().isEmpty() || !Files.exists(socket))
        {
            throw new ToolFailure(1, "xs_open: " + ErrnoText.of(Errno.ENOENT));
        }

        try
        {
            return new StoreConnection(SocketChannel.open(UnixDomainSocketAddress.of(socket)));
        }
        catch (final IOException ex)
        {
            throw new ToolFailure(1, "xs_open: " + ex.getMessage());
        }
    }

    /**
     * Ask for something.
     *
     * @param op      of the request.
     * @param txId    of the transaction, 0 outside one.
     * @param payload of the request, its NULs included.
     * @return payload of the answer.
     * @throws XenstoreException with the error that was answered, E2BIG for a request too long, EIO without an answer.
     */
    String call(final XsOp op, final int txId, final String payload)
    {
        final StringBuilder answer = new StringBuilder();
        call(op, txId, payload, part ->
        {
            answer.append(part);
            return false;
        });

        return answer.toString();
    }

    /**
     * Ask for something that is answered in several messages.
     *
     * @param op      of the request.
     * @param payload of the request, its NULs included.
     * @param isMore  is given the payload of each message; says whether another follows.
     * @throws XenstoreException as of the other, instead of any of the messages.
     */
    void callInParts(final XsOp op, final String payload, final Predicate<String> isMore)
    {
        call(op, 0, payload, isMore);
    }

    private void call(final XsOp op, final int txId, final String payload, final Predicate<String> isMore)
    {
        if (payload.length() > XsWire.PAYLOAD_MAX)
        {
            throw new XenstoreException(Errno.E2BIG, op.name());
        }

        try
        {
            final int reqId = nextReqId++;
            outgoing.clear().putInt(op.number()).putInt(reqId).putInt(txId).putInt(payload.length())
                .put(payload.getBytes(StandardCharsets.ISO_8859_1)).flip();

            while (outgoing.hasRemaining())
            {
                channel.write(outgoing);
            }

            boolean hasMore = true;

            while (hasMore)
            {
                final int type = receive(0);

                if (type == XsOp.WATCH_EVENT.number())
                {
                    events.add(payload());
                }
                else
                {
                    hasMore = isMore.test(answer(op, type, reqId));
                }
            }
        }
        catch (final IOException ex)
        {
            throw new XenstoreException(Errno.EIO, ex.getMessage());
        }
    }

    private String answer(final XsOp op, final int type, final int reqId)
    {
        if (in.getInt(Integer.BYTES) != reqId || type != op.number() && type != XsOp.ERROR.number())
        {
            throw new XenstoreException(Errno.EIO, "not the answer to " + op);
        }
        if (type == op.number())
        {
            return payload();
        }

        final String name = payload().replace("\0", "");

        for (final Errno errno : Errno.values())
        {
            if (errno.name().equals(name))
            {
                throw new XenstoreException(errno, op.name());
            }
        }

        throw new XenstoreException(Errno.EINVAL, op + " " + name);
    }

    /**
     * The next event of a watch.
     *
     * @param deadlineNs by {@link System#nanoTime}, 0 for none. Of no account any more in calls after one.
     * @return path and token, each with a NUL, or null when the deadline has passed.
     * @throws XenstoreException EIO when the connection is lost.
     */
    String event(final long deadlineNs)
    {
        if (!events.isEmpty())
        {
            return events.remove();
        }

        try
        {
            int type = receive(deadlineNs);

            while (type != XsOp.WATCH_EVENT.number() && type >= 0)
            {
                type = receive(deadlineNs);
            }

            return type < 0 ? null : payload();
        }
        catch (final IOException ex)
        {
            throw new XenstoreException(Errno.EIO, ex.getMessage());
        }
    }

    /** @return type of the message that is in the buffer then; -1 when the deadline has passed. */
    private int receive(final long deadlineNs) throws IOException
    {
        in.clear().limit(XsWire.HEADER_LENGTH);
        if (!fill(deadlineNs))
        {
            return -1;
        }

        final int length = in.getInt(3 * Integer.BYTES);
        if (length < 0 || length > XsWire.PAYLOAD_MAX)
        {
            throw new IOException("message too long: length=" + Integer.toUnsignedString(length));
        }

        in.limit(XsWire.HEADER_LENGTH + length);
        return fill(deadlineNs) ? in.getInt(0) : -1;
    }

    private boolean fill(final long deadlineNs) throws IOException
    {
        while (in.hasRemaining())
        {
            if (deadlineNs != 0 && !isReadable(deadlineNs))
            {
                return false;
            }
            if (channel.read(in) < 0)
            {
                throw new IOException("the connection to xenstore is lost");
            }
        }

        return true;
    }

    private boolean isReadable(final long deadlineNs) throws IOException
    {
        if (selector == null)
        {
            selector = Selector.open();
            channel.configureBlocking(false).register(selector, SelectionKey.OP_READ);
        }

        final long leftNs = deadlineNs - System.nanoTime();
        if (leftNs <= 0)
        {
            return false;
        }

        selector.select(TimeUnit.NANOSECONDS.toMillis(leftNs) + 1);
        selector.selectedKeys().clear();
        return true;
    }

    private String payload()
    {
        return new String(in.array(), XsWire.HEADER_LENGTH, in.limit() - XsWire.HEADER_LENGTH,
            StandardCharsets.ISO_8859_1);
    }

    /**
     * Names of the children, also of so many that no message holds them: those come in parts, and from the start again
     * when they change in between.
     *
     * @param txId of the transaction, 0 outside one.
     * @param path of the node.
     * @return names in order.
     */
    List<String> directory(final int txId, final String path)
    {
        try
        {
            return strings(call(XsOp.DIRECTORY, txId, path + '\0'));
        }
        catch (final XenstoreException ex)
        {
            if (ex.errno() != Errno.E2BIG || path.length() >= XsWire.PAYLOAD_MAX)
            {
                throw ex;
            }

            return directoryInParts(txId, path);
        }
    }

    private List<String> directoryInParts(final int txId, final String path)
    {
        final StringBuilder names = new StringBuilder();
        String generation = null;

        while (true)
        {
            final String part = call(XsOp.DIRECTORY_PART, txId, path + '\0' + names.length() + '\0');
            final int end = part.indexOf('\0');
            if (end < 0)
            {
                throw new XenstoreException(Errno.EIO, "part of a directory without a generation");
            }

            final String partGeneration = part.substring(0, end);
            if (generation != null && !generation.equals(partGeneration))
            {
                names.setLength(0);
                generation = null;
                continue;
            }

            generation = partGeneration;
            names.append(part, end + 1, part.length());

            if (part.length() == end + 1 || part.endsWith("\0\0"))
            {
                return strings(names.toString());
            }
        }
    }

    /**
     * @param payload strings that end in a NUL each; an empty one after the last is none.
     * @return the strings.
     */
    static List<String> strings(final String payload)
    {
        final List<String> strings = new ArrayList<>();
        int start = 0;

        for (int end = payload.indexOf('\0'); end > start; end = payload.indexOf('\0', start))
        {
            strings.add(payload.substring(start, end));
            start = end + 1;
        }

        return strings;
    }

    @Override
    public void close()
    {
        try
        {
            channel.close();
            if (selector != null)
            {
                selector.close();
            }
        }
        catch (final IOException ex)
        {
            throw new IllegalStateException("a socket that cannot be closed", ex);
        }
    }
}
