package org.skerry.guest.xenstore;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Function;

import org.skerry.wire.Domid;
import org.skerry.wire.Errno;
import org.skerry.wire.EventChannelPort;
import org.skerry.wire.xs.XsOp;

/**
 * A client of the store over any transport. As many threads may use it as may use the transport.
 */
final class XenstoreConnection implements XenstoreClient
{
    private static final byte[] NOTHING = {0};
    private static final byte[] COMMIT = {'T', 0};
    private static final byte[] ABORT = {'F', 0};

    private final XsTransport transport;
    private final XenstoreCalls calls;
    private final Map<String, Watch> watches = new ConcurrentHashMap<>();
    private final AtomicLong lastToken = new AtomicLong();

    XenstoreConnection(final XsTransport transport)
    {
        this.transport = transport;
        this.calls = new XenstoreCalls(transport, 0);
        transport.onWatchEvent(this::onWatchEvent);
    }

    @Override
    public String read(final String path)
    {
        return calls.read(path);
    }

    @Override
    public byte[] readBytes(final String path)
    {
        return calls.readBytes(path);
    }

    @Override
    public void write(final String path, final String value)
    {
        calls.write(path, value);
    }

    @Override
    public void write(final String path, final byte[] value)
    {
        calls.write(path, value);
    }

    @Override
    public void mkdir(final String path)
    {
        calls.mkdir(path);
    }

    @Override
    public void rm(final String path)
    {
        calls.rm(path);
    }

    @Override
    public List<String> directory(final String path)
    {
        return calls.directory(path);
    }

    @Override
    public List<String> permissions(final String path)
    {
        return calls.permissions(path);
    }

    @Override
    public void setPermissions(final String path, final List<String> permissions)
    {
        calls.setPermissions(path, permissions);
    }

    @Override
    public <T> T inTransaction(final Function<XenstoreTransaction, T> body)
    {
        while (true)
        {
            final byte[] id = transport.call(XsOp.TRANSACTION_START, 0, NOTHING);
            final int transactionId = Integer.parseUnsignedInt(text(id));
            boolean isDone = false;
            try
            {
                final T result = body.apply(new XenstoreCalls(transport, transactionId));
                isDone = true;
                transport.call(XsOp.TRANSACTION_END, transactionId, COMMIT);
                return result;
            }
            catch (final XenstoreException e)
            {
                if (e.errno() != Errno.EAGAIN || !isDone)
                {
                    throw e;
                }
            }
            finally
            {
                if (!isDone)
                {
                    abort(transactionId);
                }
            }
        }
    }

    @Override
    public XenstoreWatch watch(final String path, final Consumer<String> onEvent)
    {
        final Watch watch = new Watch(path, "w" + lastToken.incrementAndGet(), onEvent);
        watches.put(watch.token, watch);
        try
        {
            transport.call(XsOp.WATCH, 0, XenstoreCalls.strings(path, watch.token));
        }
        catch (final XenstoreException e)
        {
            watches.remove(watch.token);
            throw e;
        }

        return watch;
    }

    @Override
    public void introduce(final Domid domid, final int gfn, final EventChannelPort port)
    {
        transport.call(XsOp.INTRODUCE, 0,
            XenstoreCalls.strings(domid.toString(), Integer.toString(gfn), port.toString()));
    }

    @Override
    public void release(final Domid domid)
    {
        transport.call(XsOp.RELEASE, 0, XenstoreCalls.strings(domid.toString()));
    }

    @Override
    public boolean isIntroduced(final Domid domid)
    {
        return text(transport.call(XsOp.IS_DOMAIN_INTRODUCED, 0, XenstoreCalls.strings(domid.toString())))
            .equals("T");
    }

    @Override
    public void setTarget(final Domid domid, final Domid target)
    {
        transport.call(XsOp.SET_TARGET, 0, XenstoreCalls.strings(domid.toString(), target.toString()));
    }

    @Override
    public boolean isOpen()
    {
        return transport.isOpen();
    }

    @Override
    public void close()
    {
        watches.clear();
        transport.close();
    }

    private void abort(final int transactionId)
    {
        try
        {
            transport.call(XsOp.TRANSACTION_END, transactionId, ABORT);
        }
        catch (final XenstoreException e)
        {
            if (e.errno() == Errno.EIO)
            {
                throw e;
            }
        }
    }

    private void onWatchEvent(final String path, final String token)
    {
        final Watch watch = watches.get(token);
        if (watch != null)
        {
            watch.onEvent.accept(path);
        }
    }

    private static String text(final byte[] payload)
    {
        return new String(payload, StandardCharsets.US_ASCII).replace("\0", "");
    }

    private final class Watch implements XenstoreWatch
    {
        private final String path;
        private final String token;
        private final Consumer<String> onEvent;

        Watch(final String path, final String token, final Consumer<String> onEvent)
        {
            this.path = path;
            this.token = token;
            this.onEvent = onEvent;
        }

        @Override
        public String path()
        {
            return path;
        }

        @Override
        public void close()
        {
            if (watches.remove(token) != null && transport.isOpen())
            {
                transport.call(XsOp.UNWATCH, 0, XenstoreCalls.strings(path, token));
            }
        }
    }
}
