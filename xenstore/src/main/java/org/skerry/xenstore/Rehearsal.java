package org.skerry.xenstore;

import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;

import org.agrona.concurrent.UnsafeBuffer;
import org.skerry.guest.EventLoop;
import org.skerry.wire.linux.SysMman;
import org.skerry.wire.linux.SysSocket;
import org.skerry.wire.linux.Unistd;
import org.skerry.wire.xs.XsOp;
import org.skerry.wire.xs.XsWire;
import org.skerry.wire.xswire.XsdSockmsgEncoder;
import org.skerry.xenstore.history.History;

/**
 * What a process does that waits to go on with a store: it serves a small one of its own, and goes on with it, again
 * and again, until the code for all that is compiled. Then the pause that clients see is short. It leaves nothing
 * behind.
 */
final class Rehearsal
{
    private static final int STATE_LENGTH = 16 << 20;
    private static final int HISTORY_LENGTH = 1 << 20;
    private static final int DIRECTORIES = 50;
    private static final int NODES_EACH = 100;
    private static final int SUCCESSORS = 24;
    private static final long LIMIT_NS = TimeUnit.SECONDS.toNanos(2);
    private static final int LENGTH = 32 * 1024;

    private final long memory = SysMman.mmap(
        0, STATE_LENGTH + HISTORY_LENGTH, SysMman.PROT_READ | SysMman.PROT_WRITE,
        SysMman.MAP_PRIVATE | SysMman.MAP_ANONYMOUS | SysMman.MAP_NORESERVE, -1, 0);
    private final long pair = SysSocket.socketpair(SysSocket.AF_UNIX, SysSocket.SOCK_STREAM | SysSocket.SOCK_NONBLOCK);
    private final UnsafeBuffer bytes = new UnsafeBuffer(ByteBuffer.allocateDirect(LENGTH));
    private final XsdSockmsgEncoder header = new XsdSockmsgEncoder();
    private int length;

    private Rehearsal()
    {
    }

    static void run()
    {
        final Rehearsal rehearsal = new Rehearsal();

        if (rehearsal.memory > 0 && rehearsal.pair > 0)
        {
            rehearsal.rehearse();
        }
    }

    private void rehearse()
    {
        final long beganNs = System.nanoTime();

        for (int i = 0; i < SUCCESSORS && System.nanoTime() - beganNs < LIMIT_NS; i++)
        {
            try (EventLoop loop = new EventLoop())
            {
                final XenstoreServer server = new XenstoreServer(
                    loop, DomainPages.NONE, domid -> true,
                    new SurvivingMemory(new UnsafeBuffer(memory, STATE_LENGTH)),
                    new History(new UnsafeBuffer(memory + STATE_LENGTH, HISTORY_LENGTH)),
                    new StoreLog(new PrintStream(OutputStream.nullOutputStream())));
                server.onClient(StateRecord.FIRST_SOCKET, SysSocket.first(pair), "");
                server.onAllClients();

                if (i == 0)
                {
                    fill(loop);
                }

                use(loop);
                loop.remove(SysSocket.first(pair));
            }
        }

        Unistd.close(SysSocket.first(pair));
        Unistd.close(SysSocket.second(pair));
        SysMman.munmap(memory, STATE_LENGTH + HISTORY_LENGTH);
    }

    private void fill(final EventLoop loop)
    {
        for (int i = 0; i < DIRECTORIES; i++)
        {
            for (int j = 0; j < NODES_EACH; j++)
            {
                add(XsOp.WRITE, 0, "/" + i + "/" + j + "\0a value");
            }

            add(XsOp.WATCH, 0, "/" + i + "/0\0token\0");
            exchange(loop);
        }
    }

    private void use(final EventLoop loop)
    {
        for (int i = 0; i < DIRECTORIES; i++)
        {
            add(XsOp.WRITE, 0, "/" + i + "/0\0another");
            add(XsOp.WRITE, 0, "/" + i + "/new\0");
            add(XsOp.READ, 0, "/" + i + "/0\0");
            add(XsOp.RM, 0, "/" + i + "/new\0");
            add(XsOp.DIRECTORY, 0, "/" + i + "\0");
            exchange(loop);
        }
    }

    private void add(final XsOp op, final int txId, final String payload)
    {
        final byte[] text = payload.getBytes(StandardCharsets.ISO_8859_1);
        header.wrap(bytes, length).msgType(op.number()).reqId(1).txId(txId).payloadLength(text.length);
        bytes.putBytes(length + XsWire.HEADER_LENGTH, text);
        length += XsWire.HEADER_LENGTH + text.length;
    }

    /** Send what was added, have it served, and take what came back. */
    private void exchange(final EventLoop loop)
    {
        SysSocket.send(SysSocket.second(pair), bytes.addressOffset(), length, SysSocket.MSG_DONTWAIT);
        length = 0;
        loop.poll(0);

        while (SysSocket.recv(SysSocket.second(pair), bytes.addressOffset(), LENGTH, SysSocket.MSG_DONTWAIT) > 0)
        {
            loop.poll(0);
        }
    }
}
