package org.skerry.wire.linux;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertEquals;

class AllocationTest
{
    private static final int MAX_ATTEMPTS = 1_000;
    private static final int ROUNDS = 1_000;

    @AutoClose
    private final TestFiles files = new TestFiles();

    private final int bell = files.open(Eventfd.create());
    private final int epoll = files.open(SysEpoll.create());
    private final int[] pair = files.socketpair(SysSocket.SOCK_SEQPACKET);
    private final int[] fds = new int[4];
    private final FdCount count = new FdCount();
    private final long memory = files.allocate(256).address();

    /**
     * A downcall that captures errno makes a slice of the memory for it, which is gone once the call is compiled: how
     * many rounds that takes is the JVM's business.
     */
    @Test
    void shouldAllocateNothingOnTheDataPathOnceCompiled()
    {
        final ThreadMXBean threads = (ThreadMXBean)ManagementFactory.getThreadMXBean();
        SysEpoll.add(epoll, bell, SysEpoll.EPOLLIN, 1);

        long allocated = Long.MAX_VALUE;
        for (int attempt = 0; attempt < MAX_ATTEMPTS && allocated > 0; attempt++)
        {
            final long before = threads.getCurrentThreadAllocatedBytes();
            final long failures = run(ROUNDS);
            allocated = threads.getCurrentThreadAllocatedBytes() - before;
            assertEquals(0, failures);
        }
        assertEquals(0, allocated);
    }

    private long run(final int rounds)
    {
        long failures = 0;
        for (int i = 0; i < rounds; i++)
        {
            failures += Eventfd.signal(bell) == 0 ? 0 : 1;
            failures += SysEpoll.waitFor(epoll, memory, 4, 0) == 1 ? 0 : 1;
            failures += Eventfd.drain(bell) == 1 ? 0 : 1;
            Poll.set(memory, 0, bell, Poll.POLLIN);
            failures += Poll.poll(memory, 1, 0) == 0 ? 0 : 1;
            failures += SysSocket.send(pair[0], memory, 8, 0) == 8 ? 0 : 1;
            failures += SysSocket.recv(pair[1], memory, 64, SysSocket.MSG_DONTWAIT) == 8 ? 0 : 1;
            failures += SysSocket.sendFds(pair[0], memory, 8, fds, 0, 0) == 8 ? 0 : 1;
            failures += SysSocket.recvFds(pair[1], memory, 64, fds, count, 0) == 8 ? 0 : 1;
            failures += Unistd.write(pair[0], memory, 8) == 8 ? 0 : 1;
            failures += Unistd.read(pair[1], memory, 64) == 8 ? 0 : 1;
        }
        return failures;
    }
}
