package org.skerry.toolstack.xenstore;

import java.io.IOException;
import java.io.OutputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

import org.skerry.wire.xs.XsOp;
import org.skerry.wire.xs.XsWire;

/** Each program once, against a store of four answers in the same process, so that its classes are recorded. */
public final class ToolTraining
{
    private ToolTraining()
    {
    }

    /**
     * @param socket to use; nothing is there before and after.
     * @throws IOException when there can be no socket.
     */
    public static void run(final Path socket) throws IOException
    {
        final XenstoreTool tool = new XenstoreTool(Map.of("XENSTORED_PATH", socket.toString()),
            OutputStream.nullOutputStream(), OutputStream.nullOutputStream(), () -> 80);
        expect(1, tool, "xenstore-read /a");

        try (ServerSocketChannel listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX))
        {
            listener.bind(UnixDomainSocketAddress.of(socket));
            Thread.ofPlatform().daemon().start(() -> serve(listener));
            expect(0, tool, "xenstore-ls -p");
            expect(0, tool, "xenstore-ls -f /a");
            expect(0, tool, "xenstore-read /a /b");
            expect(1, tool, "xenstore-read /missing");
            expect(0, tool, "xenstore-write /a \\x01 /b 2");
            expect(0, tool, "xenstore-rm -t /a");
            expect(0, tool, "xenstore-exists /a");
            expect(0, tool, "xenstore-list -p /");
            expect(0, tool, "xenstore-chmod -u -r /a n0 r1");
            expect(0, tool, "xenstore-watch -n 1 -T 9 /a");
            expect(1, tool, "xenstore-watch -h");
            expect(0, tool, "xenstore-control check");
            expect(0, tool, "xenstore-log -r /a");
            expect(0, tool, "xenstore-ls --as-of -1m");
            expect(1, tool, "xenstore-diff 1 now");
            edit(socket);
        }
        finally
        {
            Files.deleteIfExists(socket);
        }
    }

    /** Without a terminal, which is not there when a build runs. */
    private static void edit(final Path socket)
    {
        try (StoreConnection store = StoreConnection.connect(socket))
        {
            final EditView view = new EditView(store, "/", "training");
            view.lines(80, 24);
            "jlhe".chars().forEach(view::onKey);
            view.onKey(EditEvent.ENTER);
            view.onChanges(List.of("/a"));
            view.lines(80, 24);
        }
    }

    private static void expect(final int status, final XenstoreTool tool, final String line)
    {
        final int was = tool.run(List.of(line.split(" ")));
        if (was != status)
        {
            throw new IllegalStateException(line + ": expected=" + status + ", was=" + was);
        }
    }

    private static void serve(final ServerSocketChannel listener)
    {
        try
        {
            while (listener.isOpen())
            {
                serveClient(listener.accept());
            }
        }
        catch (final IOException ex)
        {
            if (listener.isOpen())
            {
                throw new IllegalStateException(ex);
            }
        }
    }

    private static void serveClient(final SocketChannel client) throws IOException
    {
        try (client)
        {
            final ByteBuffer message = ByteBuffer.allocate(XsWire.MESSAGE_MAX).order(ByteOrder.LITTLE_ENDIAN);

            while (client.read(message.clear().limit(XsWire.HEADER_LENGTH)) > 0)
            {
                final int type = message.getInt(0);
                final byte[] payload = new byte[message.getInt(3 * Integer.BYTES)];
                client.read(ByteBuffer.wrap(payload));
                final String request = new String(payload, StandardCharsets.ISO_8859_1);
                final boolean isMissing = request.equals("/missing\0");
                message.putInt(0, isMissing ? XsOp.ERROR.number() : type);
                send(client, message, isMissing ? "ENOENT\0" : answer(XsOp.ofNumber(type), request));

                if (type == XsOp.WATCH.number())
                {
                    message.putInt(0, XsOp.WATCH_EVENT.number());
                    send(client, message, "/a\0/a\0");
                }
            }
        }
    }

    private static String answer(final XsOp op, final String request)
    {
        return switch (op)
        {
            case DIRECTORY -> "/\0".equals(request) ? "a\0" : "";
            case READ -> "value";
            case GET_PERMS -> "n0\0r1\0";
            case TRANSACTION_START -> "1\0";
            case CONTROL -> request.startsWith("history\0since") ? "2.0\t1\t0\txl[1]\t/a\t-\tn0=1\nend 2\n\0" :
                request.startsWith("history\0version") ? "2\n\0" : "base 1\ntime 1\nlast 2\n\0";
            default -> "OK\0";
        };
    }

    private static void send(final SocketChannel client, final ByteBuffer message, final String payload)
        throws IOException
    {
        client.write(message.clear().position(XsWire.HEADER_LENGTH).putInt(3 * Integer.BYTES, payload.length())
            .put(payload.getBytes(StandardCharsets.ISO_8859_1)).flip());
    }
}
