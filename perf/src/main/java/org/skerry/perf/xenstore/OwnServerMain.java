package org.skerry.perf.xenstore;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;

import org.agrona.concurrent.UnsafeBuffer;
import org.skerry.guest.EventLoop;
import org.skerry.wire.linux.Eventfd;
import org.skerry.wire.linux.SysMman;
import org.skerry.wire.linux.SysSocket;
import org.skerry.wire.linux.Unistd;
import org.skerry.xenstore.DomainPages;
import org.skerry.xenstore.SurvivingMemory;
import org.skerry.xenstore.XenstoreServer;

/** Our store in a process of its own, without a hypervisor: domains that are introduced have idle rings. */
public final class OwnServerMain
{
    private static final int BACKLOG = 1024;

    /** What a store keeps outlives its process, as it does in a host. */
    private static final int STATE_LENGTH = 112 << 20;

    private OwnServerMain()
    {
    }

    /**
     * Serve until standard input ends.
     *
     * @param args path of the socket.
     */
    public static void main(final String[] args)
    {
        final EventLoop loop = new EventLoop();
        final int listener = SysSocket.socket(SysSocket.AF_UNIX, SysSocket.SOCK_STREAM | SysSocket.SOCK_NONBLOCK, 0);

        if (listener < 0 || SysSocket.bindUnix(listener, args[0]) < 0 || SysSocket.listen(listener, BACKLOG) < 0)
        {
            System.err.println("cannot listen: socket=" + args[0]);
            System.exit(1);
        }

        final int file = SysMman.memfdCreate("state", SysMman.MFD_CLOEXEC);
        Unistd.ftruncate(file, STATE_LENGTH);
        final long memory = SysMman.mmap(
            0, STATE_LENGTH, SysMman.PROT_READ | SysMman.PROT_WRITE,
            SysMman.MAP_SHARED | SysMman.MAP_NORESERVE, file, 0);
        new XenstoreServer(
            loop, new IdleDomains(loop), domid -> true,
            new SurvivingMemory(new UnsafeBuffer(memory, STATE_LENGTH)), null).listen(listener);
        loop.onReadable(0, loop::stop);
        System.out.println("ready");
        loop.run();
    }

    /** Pages that nobody writes and bells that nobody rings, but which the loop waits for like any other. */
    private record IdleDomains(EventLoop loop) implements DomainPages
    {
        private static final int PAGE_LENGTH = 4096;

        @Override
        public Page map(final int domid)
        {
            final UnsafeBuffer buffer = new UnsafeBuffer(ByteBuffer.allocateDirect(PAGE_LENGTH));
            return new Page()
            {
                @Override
                public UnsafeBuffer buffer()
                {
                    return buffer;
                }

                @Override
                public void close()
                {
                    // the collector takes the page
                }
            };
        }

        @Override
        public Bell bind(final int domid, final int port, final BooleanSupplier onEvent)
        {
            final List<Integer> fds = new ArrayList<>(List.of(Eventfd.create(), Eventfd.create()));
            loop.onReadable(fds.getFirst(), () ->
            {
                Eventfd.drain(fds.getFirst());
                onEvent.getAsBoolean();
            });
            return new Bell()
            {
                @Override
                public void notifyRemote()
                {
                    Eventfd.signal(fds.getLast());
                }

                @Override
                public void close()
                {
                    loop.remove(fds.getFirst());
                    fds.forEach(Unistd::close);
                }
            };
        }
    }
}
