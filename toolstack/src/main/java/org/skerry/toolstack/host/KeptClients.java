package org.skerry.toolstack.host;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

import org.agrona.concurrent.UnsafeBuffer;
import org.skerry.guest.EventLoop;
import org.skerry.toolstack.ToolstackException;
import org.skerry.wire.Errno;
import org.skerry.wire.handover.AllClientsEncoder;
import org.skerry.wire.handover.ClientEncoder;
import org.skerry.wire.handover.ClientGoneDecoder;
import org.skerry.wire.handover.MessageHeaderDecoder;
import org.skerry.wire.handover.MessageHeaderEncoder;
import org.skerry.wire.linux.SysSocket;
import org.skerry.wire.linux.Unistd;

/**
 * Accepts the clients of a service's socket, keeps a descriptor of each, and hands them to the process that serves
 * them, and to the next one: so they outlive it. All of it happens on the thread of one loop.
 *
 * <p>Spec: {@code handover.xml}.
 */
public final class KeptClients
{
    private static final int FIRST_NUMBER = 0x1_0000;
    private static final int ACCEPT_LIMIT = 64;
    private static final long ACCEPT_PAUSE_NS = TimeUnit.MILLISECONDS.toNanos(100);
    private static final int LENGTH = 64;
    private static final int NONE = -1;

    private final EventLoop loop;
    private final int listener;
    private final Map<Integer, Client> clients = new LinkedHashMap<>();
    private final UnsafeBuffer out = new UnsafeBuffer(ByteBuffer.allocateDirect(LENGTH));
    private final UnsafeBuffer in = new UnsafeBuffer(ByteBuffer.allocateDirect(LENGTH));
    private final MessageHeaderEncoder headerOut = new MessageHeaderEncoder();
    private final MessageHeaderDecoder headerIn = new MessageHeaderDecoder();
    private int process = NONE;
    private int nextNumber = FIRST_NUMBER;

    /** Who is connected; the name is that of the time when it came. */
    private record Client(int fd, int pid, String name)
    {
        static Client of(final int fd)
        {
            final int pid = Math.max(0, SysSocket.peerPid(fd));
            return new Client(fd, pid, nameOf(pid));
        }

        private static String nameOf(final int pid)
        {
            try
            {
                final String name = Files.readString(Path.of("/proc/" + pid + "/comm"), StandardCharsets.ISO_8859_1);
                return name.strip().replaceAll("[^!-~]", "_");
            }
            catch (final IOException ignore)
            {
                return "";                                 // it is gone already
            }
        }
    }

    /**
     * @param loop     accepts them.
     * @param listener a listening unix socket that does not block; stays the caller's, who closes it after this.
     */
    public KeptClients(final EventLoop loop, final int listener)
    {
        this.loop = loop;
        this.listener = listener;
        listen();
    }

    /**
     * Another process serves the clients from now on. Any thread may call this.
     *
     * @return where it takes them from; the caller's, to be closed once it was given away.
     * @throws ToolstackException when Linux has no descriptors.
     */
    public int newProcess()
    {
        final long pair =
            SysSocket.socketpair(SysSocket.AF_UNIX, SysSocket.SOCK_SEQPACKET | SysSocket.SOCK_CLOEXEC);
        if (pair < 0)
        {
            throw new ToolstackException("no sockets to hand clients over: " + Errno.nameOf(pair));
        }
        loop.execute(() -> handOver(SysSocket.first(pair)));

        return SysSocket.second(pair);
    }

    /** @return the descriptors that are kept. */
    public List<Integer> descriptors()
    {
        return clients.values().stream().map(Client::fd).toList();
    }

    /** Let go of all clients. */
    public void close()
    {
        forgetProcess();
        clients.values().forEach(client -> Unistd.close(client.fd));
    }

    private void listen()
    {
        loop.onReadable(listener, this::accept);
    }

    private void accept()
    {
        for (int i = 0; i < ACCEPT_LIMIT; i++)
        {
            final int fd = SysSocket.accept4(listener, SysSocket.SOCK_NONBLOCK);
            if (fd == Errno.EMFILE.negative() || fd == Errno.ENFILE.negative())
            {
                loop.remove(listener);
                loop.schedule(ACCEPT_PAUSE_NS, this::listen);
            }
            if (fd < 0)
            {
                return;
            }
            final Client client = Client.of(fd);
            clients.put(nextNumber, client);
            give(nextNumber++, client);
        }
    }

    private void handOver(final int newProcess)
    {
        forgetProcess();
        process = newProcess;
        loop.onReadable(process, this::receive);
        clients.forEach(this::give);
        new AllClientsEncoder().wrapAndApplyHeader(out, 0, headerOut).count(clients.size());
        send(AllClientsEncoder.BLOCK_LENGTH);
    }

    /** While no process is there to take it, it waits. */
    private void give(final int number, final Client client)
    {
        new ClientEncoder().wrapAndApplyHeader(out, 0, headerOut).number(number).pid(client.pid).name(client.name);
        send(ClientEncoder.BLOCK_LENGTH, client.fd);
    }

    private void send(final int encodedLength, final int... fds)
    {
        if (process == NONE)
        {
            return;
        }
        final long result = SysSocket.sendFds(
            process, out.addressOffset(), MessageHeaderEncoder.ENCODED_LENGTH + encodedLength, fds, fds.length, 0);
        if (result < 0)
        {
            forgetProcess();                               // it is gone; the next one is handed all of them
        }
    }

    private void receive()
    {
        final long length = SysSocket.recv(process, in.addressOffset(), LENGTH, SysSocket.MSG_DONTWAIT);
        if (length == Errno.EAGAIN.negative() || length == Errno.EINTR.negative())
        {
            return;
        }
        if (length <= 0)
        {
            forgetProcess();
            return;
        }
        headerIn.wrap(in, 0);
        if (headerIn.templateId() == ClientGoneDecoder.TEMPLATE_ID)
        {
            final Client client =
                clients.remove((int)new ClientGoneDecoder().wrapAndApplyHeader(in, 0, headerIn).number());
            if (client != null)
            {
                Unistd.close(client.fd);
            }
        }
    }

    private void forgetProcess()
    {
        if (process != NONE)
        {
            loop.remove(process);
            Unistd.close(process);
            process = NONE;
        }
    }
}
