package org.skerry.console;

import java.nio.ByteBuffer;
import java.util.Objects;

import org.agrona.concurrent.UnsafeBuffer;
import org.skerry.guest.EventLoop;
import org.skerry.wire.Errno;
import org.skerry.wire.linux.SysSocket;

/** Takes clients from the listening socket and gives them to the server; ticks for the server while it has to. */
final class ConsoleListener
{
    private static final int BUFFER_LENGTH = 16 * 1024;
    private static final long TICK_NS = 1_000_000_000L;
    private static final long PAUSE_NS = 100_000_000L;

    private final EventLoop loop;
    private final int fd;
    private final ConsoleServer server;
    private final UnsafeBuffer buffer = new UnsafeBuffer(ByteBuffer.allocateDirect(BUFFER_LENGTH));
    private boolean isTicking;

    /**
     * @param loop   that serves all.
     * @param fd     of a listening unix stream socket.
     * @param server gets the clients.
     */
    ConsoleListener(final EventLoop loop, final int fd, final ConsoleServer server)
    {
        this.loop = Objects.requireNonNull(loop);
        this.fd = fd;
        this.server = Objects.requireNonNull(server);
        listen();
    }

    /** Have the server's time limits watched. */
    void tick()
    {
        if (!isTicking)
        {
            isTicking = true;
            loop.schedule(TICK_NS, this::onTick);
        }
    }

    private void listen()
    {
        loop.onReadable(fd, this::accept);
    }

    /** One client an event: the socket may be one that waits. */
    private void accept()
    {
        final int client = SysSocket.accept4(fd, SysSocket.SOCK_NONBLOCK | SysSocket.SOCK_CLOEXEC);

        if (client < 0)
        {
            if (client != Errno.EAGAIN.negative() && client != Errno.EINTR.negative())
            {
                loop.remove(fd);                                 // no descriptors left: not again at once
                loop.schedule(PAUSE_NS, this::listen);
            }

            return;
        }

        final SocketStream stream = new SocketStream(loop, client, buffer);
        stream.session(server.accept(stream));
        tick();
    }

    private void onTick()
    {
        isTicking = false;

        if (server.onTick())
        {
            tick();
        }
    }
}
