package org.skerry.guest.xenstore;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Function;

import org.skerry.wire.Domid;
import org.skerry.wire.Errno;
import org.skerry.wire.EventChannelPort;
import org.skerry.wire.xs.XsOp;
import org.skerry.wire.xs.XsWire;

/**
 * The protocol's client half over any transport: calls become messages, messages become answers or exceptions, events
 * find their watches. As thread-safe as its transport.
 */
final class XenstoreSession implements XenstoreClient
{
    private static final byte[] NUL = {0};

    private final Executor eventExecutor;
    private final Map<String, RegisteredWatch> watches = new ConcurrentHashMap<>();
    private final AtomicLong nextToken = new AtomicLong(1);
    private final XenstoreNodes nodes = new XenstoreNodes(this, 0);
    private final XenstoreTransport transport;

    /**
     * @param transports    makes the transport, which tells the consumer of each watch event it receives.
     * @param eventExecutor runs what watches have to be told, one task at a time.
     */
    XenstoreSession(
        final Function<Consumer<XenstoreMessage>, XenstoreTransport> transports, final Executor eventExecutor)
    {
        this.eventExecutor = eventExecutor;
        this.transport = transports.apply(this::onEvent);
    }

    /**
     * Ask the store.
     *
     * @param detail for the message of an exception.
     * @return the answer when it is none of the errors.
     * @throws XenstoreException with the error of the answer.
     */
    XenstoreMessage call(final XsOp op, final int txId, final String detail, final byte[] payload)
    {
        if (payload.length > XsWire.PAYLOAD_MAX)
        {
            throw new XenstoreException(Errno.E2BIG, describe(op, detail));
        }

        final XenstoreMessage reply = transport.call(op, txId, payload);

        if (reply.isError())
        {
            throw new XenstoreException(errno(reply.text()), describe(op, detail));
        }

        return reply;
    }

    /** @return the texts, each with a NUL. */
    static byte[] payload(final String... texts)
    {
        final StringBuilder payload = new StringBuilder();

        for (final String text : texts)
        {
            if (text.indexOf('\0') >= 0)
            {
                throw new XenstoreException(Errno.EINVAL, "NUL in " + text.replace('\0', '?'));
            }

            payload.append(text).append('\0');
        }

        return payload.toString().getBytes(StandardCharsets.UTF_8);
    }

    static byte[] joined(final byte[] first, final byte[] second)
    {
        final byte[] joined = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, joined, first.length, second.length);
        return joined;
    }

    @Override
    public String read(final String path)
    {
        return nodes.read(path);
    }

    @Override
    public byte[] readBytes(final String path)
    {
        return nodes.readBytes(path);
    }

    @Override
    public void write(final String path, final String value)
    {
        nodes.write(path, value);
    }

    @Override
    public void write(final String path, final byte[] value)
    {
        nodes.write(path, value);
    }

    @Override
    public void mkdir(final String path)
    {
        nodes.mkdir(path);
    }

    @Override
    public void rm(final String path)
    {
        nodes.rm(path);
    }

    @Override
    public List<String> directory(final String path)
    {
        return nodes.directory(path);
    }

    @Override
    public List<String> permissions(final String path)
    {
        return nodes.permissions(path);
    }

    @Override
    public void setPermissions(final String path, final List<String> permissions)
    {
        nodes.setPermissions(path, permissions);
    }

    @Override
    public <T> T inTransaction(final Function<XenstoreTransaction, T> body)
    {
        while (true)
        {
            final int txId = Integer.parseUnsignedInt(call(XsOp.TRANSACTION_START, 0, "", NUL).text());
            final T result;

            try
            {
                result = body.apply(new XenstoreNodes(this, txId));
            }
            catch (final RuntimeException | Error e)
            {
                abort(txId, e);
                throw e;
            }

            if (commit(txId))
            {
                return result;
            }
        }
    }

    private boolean commit(final int txId)
    {
        try
        {
            call(XsOp.TRANSACTION_END, txId, "T", payload("T"));
            return true;
        }
        catch (final XenstoreException e)
        {
            if (e.errno() != Errno.EAGAIN)
            {
                throw e;
            }

            return false;
        }
    }

    private void abort(final int txId, final Throwable cause)
    {
        try
        {
            call(XsOp.TRANSACTION_END, txId, "F", payload("F"));
        }
        catch (final XenstoreException e)
        {
            cause.addSuppressed(e);
        }
    }

    @Override
    public XenstoreWatch watch(final String path, final Consumer<String> onEvent)
    {
        final String token = Long.toString(nextToken.getAndIncrement(), Character.MAX_RADIX);
        final RegisteredWatch watch = new RegisteredWatch(path, onEvent, eventExecutor, () -> unwatch(path, token));
        watches.put(token, watch);                               // before the request: its event may come first

        try
        {
            call(XsOp.WATCH, 0, path, payload(path, token));
        }
        catch (final XenstoreException e)
        {
            watches.remove(token);
            throw e;
        }

        return watch;
    }

    private void unwatch(final String path, final String token)
    {
        watches.remove(token);

        if (isOpen())
        {
            call(XsOp.UNWATCH, 0, path, payload(path, token));
        }
    }

    private void onEvent(final XenstoreMessage event)
    {
        final List<String> strings = event.strings();
        final RegisteredWatch watch = strings.size() < 2 ? null : watches.get(strings.get(1));

        if (watch != null)                                       // an event may cross the end of its watch
        {
            watch.add(strings.getFirst());
        }
    }

    @Override
    public void introduce(final Domid domid, final int gfn, final EventChannelPort port)
    {
        call(XsOp.INTRODUCE, 0, "domain " + domid, payload(domid.toString(), Integer.toString(gfn), port.toString()));
    }

    @Override
    public void release(final Domid domid)
    {
        call(XsOp.RELEASE, 0, "domain " + domid, payload(domid.toString()));
    }

    @Override
    public boolean isIntroduced(final Domid domid)
    {
        return call(XsOp.IS_DOMAIN_INTRODUCED, 0, "domain " + domid, payload(domid.toString())).text().equals("T");
    }

    @Override
    public void setTarget(final Domid domid, final Domid target)
    {
        call(XsOp.SET_TARGET, 0, "domain " + domid, payload(domid.toString(), target.toString()));
    }

    @Override
    public void setQuota(final Domid domid, final String name, final int value)
    {
        call(XsOp.SET_QUOTA, 0, "quota " + name + " of domain " + domid,
            payload(domid.toString(), name, Integer.toString(value)));
    }

    @Override
    public boolean isOpen()
    {
        return transport.isOpen();
    }

    @Override
    public void close()
    {
        watches.values().forEach(RegisteredWatch::silence);
        watches.clear();
        transport.close();
    }

    private static Errno errno(final String name)
    {
        for (final Errno errno : Errno.values())
        {
            if (errno.name().equals(name))
            {
                return errno;
            }
        }

        return Errno.EINVAL;                                     // as libxenstore takes a name that it does not know
    }

    private static String describe(final XsOp op, final String detail)
    {
        return detail.isEmpty() ? op.name() : op + " " + detail;
    }
}
