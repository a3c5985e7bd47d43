package org.skerry.toolstack.control;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.skerry.toolstack.Patience;
import org.skerry.toolstack.ToolstackException;

/**
 * Takes commands on a unix socket, mode 0600, each on a thread of its own. One thread calls {@link #run}; any may call
 * {@link #close}. A client that is broken, silent or gone costs itself and nobody else: it has
 * {@link #COMMAND_TIMEOUT_NS} to say what it wants, its thread is interrupted when it hangs up, and there are never
 * more than {@link #MAX_CLIENTS}.
 */
public final class ControlServer implements AutoCloseable
{
    /** Commands at the same time. */
    public static final int MAX_CLIENTS = 64;

    /** Time a client has to send its command. */
    public static final long COMMAND_TIMEOUT_NS = Patience.ns(5, TimeUnit.SECONDS);

    private static final long END_TIMEOUT_NS = Patience.ns(2, TimeUnit.SECONDS);
    private static final long TICK_MS = 250;
    private static final int BACKLOG = 64;

    private final Path socket;
    private final CommandHandler handler;
    private final long commandTimeoutNs;
    private final ServerSocketChannel acceptor;
    private final Selector selector;
    private final Set<Client> clients = ConcurrentHashMap.newKeySet();
    private volatile boolean isOpen = true;

    private ControlServer(
        final Path socket, final CommandHandler handler, final long commandTimeoutNs) throws IOException
    {
        this.socket = socket;
        this.handler = handler;
        this.commandTimeoutNs = commandTimeoutNs;
        this.selector = Selector.open();
        this.acceptor = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        acceptor.bind(UnixDomainSocketAddress.of(socket), BACKLOG);
        Files.setPosixFilePermissions(socket, PosixFilePermissions.fromString("rw-------"));
        acceptor.configureBlocking(false);
        acceptor.register(selector, SelectionKey.OP_ACCEPT);
    }

    /**
     * Open the socket. Clients may connect from now on; they are served once {@link #run} is called.
     *
     * @param socket  path of it, in a directory that nobody else may enter. One that a dead server left is replaced.
     * @param handler carries out the commands.
     * @return the server.
     * @throws ToolstackException when a server lives there already, or the socket cannot be made.
     */
    public static ControlServer open(final Path socket, final CommandHandler handler)
    {
        return open(socket, handler, COMMAND_TIMEOUT_NS);
    }

    static ControlServer open(final Path socket, final CommandHandler handler, final long commandTimeoutNs)
    {
        try
        {
            if (isAlive(socket))
            {
                throw new ToolstackException("a host is already running: " + socket);
            }
            Files.deleteIfExists(socket);
            return new ControlServer(socket, handler, commandTimeoutNs);
        }
        catch (final IOException ex)
        {
            throw new ToolstackException("cannot listen on " + socket + ": " + ex.getMessage(),
                ToolstackException.EXIT_FAILURE, ex);
        }
    }

    /**
     * @param socket path of a server's socket.
     * @return true when somebody takes connections there.
     */
    public static boolean isAlive(final Path socket)
    {
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX))
        {
            return channel.connect(UnixDomainSocketAddress.of(socket));
        }
        catch (final IOException ex)
        {
            return false;
        }
    }

    /**
     * Serve until {@link #close}, or until a command has asked for the end and was answered. When this returns, the
     * socket is gone and no command is being carried out, save those that did not heed an interrupt in time.
     *
     * @throws IOException when the socket fails.
     */
    public void run() throws IOException
    {
        try
        {
            while (isOpen)
            {
                selector.select(TICK_MS);
                selector.selectedKeys().clear();
                acceptAll();
                dropSilent();
            }
        }
        finally
        {
            end();
        }
    }

    @Override
    public void close()
    {
        isOpen = false;
        selector.wakeup();
    }

    private void acceptAll() throws IOException
    {
        SocketChannel channel = isOpen ? acceptor.accept() : null;
        while (channel != null)
        {
            channel.configureBlocking(true);
            final Client client = new Client(new ControlChannel(channel));
            if (clients.size() >= MAX_CLIENTS)
            {
                client.refuse();
            }
            else
            {
                clients.add(client);
                Thread.ofPlatform().daemon().name("xl-client").start(client);
            }
            channel = isOpen ? acceptor.accept() : null;
        }
    }

    private void dropSilent()
    {
        final long now = System.nanoTime();
        for (final Client client : clients)
        {
            if (!client.hasCommand && now - client.acceptedNs > commandTimeoutNs)
            {
                client.channel.close();
            }
        }
    }

    private void end() throws IOException
    {
        isOpen = false;
        acceptor.close();
        selector.close();
        Files.deleteIfExists(socket);

        final long deadlineNs = System.nanoTime() + END_TIMEOUT_NS;
        for (final Client client : clients)
        {
            client.interrupt();
        }
        for (final Client client : clients)
        {
            client.join(deadlineNs);
        }
    }

    /** One command, from its first byte to its exit status. */
    private final class Client implements Runnable
    {
        private final ControlChannel channel;
        private final long acceptedNs = System.nanoTime();
        private volatile boolean hasCommand;
        private volatile boolean isAnswered;
        private volatile Thread thread;

        Client(final ControlChannel channel)
        {
            this.channel = channel;
        }

        @Override
        public void run()
        {
            thread = Thread.currentThread();
            try (channel)
            {
                if (channel.receive(ControlChannel.MAX_COMMAND_LENGTH) instanceof ControlMessage.Command command)
                {
                    hasCommand = true;
                    serve(new CommandSession(command, channel));
                }
            }
            catch (final IOException ignore)
            {
                // the client is gone, or does not speak our language: it costs only itself
            }
            finally
            {
                clients.remove(this);
            }
        }

        private void serve(final CommandSession session) throws IOException
        {
            Thread.ofVirtual().start(this::interruptOnHangUp);
            int code = ToolstackException.EXIT_FAILURE;
            try
            {
                code = handler.run(session);
            }
            catch (final InterruptedException ex)
            {
                session.err().println("given up");
            }
            catch (final ToolstackException ex)
            {
                code = ex.exitCode();
                session.err().println(ex.getMessage());
            }
            catch (final RuntimeException ex)
            {
                ex.printStackTrace();
                session.err().println("internal error of Domain-0, its log tells more: " + ex);
            }

            isAnswered = true;
            Thread.interrupted();
            try
            {
                session.answer(code);
            }
            finally
            {
                if (session.endsServer())
                {
                    close0();
                }
            }
        }

        private void close0()
        {
            clients.remove(this);
            ControlServer.this.close();
        }

        private void interruptOnHangUp()
        {
            channel.awaitHangUp();
            if (!isAnswered)
            {
                interrupt();
            }
        }

        void interrupt()
        {
            final Thread running = thread;
            if (running != null)
            {
                running.interrupt();
            }
        }

        void join(final long deadlineNs)
        {
            try
            {
                final Thread running = thread;
                final long leftMs = TimeUnit.NANOSECONDS.toMillis(deadlineNs - System.nanoTime());
                if (running != null && leftMs > 0)
                {
                    running.join(leftMs);
                }
            }
            catch (final InterruptedException ex)
            {
                Thread.currentThread().interrupt();
            }
            channel.close();
        }

        void refuse()
        {
            try (channel)
            {
                channel.send(new ControlMessage.Output(ControlMessage.Output.STANDARD_ERROR,
                    ("Domain-0 is busy with " + MAX_CLIENTS + " other commands\n").getBytes()));
                channel.send(new ControlMessage.Exit(ToolstackException.EXIT_FAILURE, 0));
            }
            catch (final IOException ignore)
            {
                // it did not wait for the answer
            }
        }
    }
}
