package org.skerry.wire.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/** What a test has open and allocated; closed when it ends. Owned by the test's thread. */
final class TestFiles implements AutoCloseable
{
    static final int EPERM = 1;
    static final int ENOENT = 2;
    static final int ESRCH = 3;
    static final int EBADF = 9;
    static final int ECHILD = 10;
    static final int EAGAIN = 11;
    static final int EACCES = 13;
    static final int EBUSY = 16;
    static final int EEXIST = 17;
    static final int ENODEV = 19;
    static final int EINVAL = 22;
    static final int ENOTTY = 25;
    static final int ESPIPE = 29;
    static final int EPIPE = 32;
    static final int ENAMETOOLONG = 36;
    static final int EMSGSIZE = 90;
    static final int EADDRINUSE = 98;
    static final int ECONNREFUSED = 111;

    private final Arena arena = Arena.ofShared();
    private final List<Integer> open = new ArrayList<>();

    /** A body that runs on a thread of its own, which may give up rights for ever. */
    @FunctionalInterface
    interface Body
    {
        void run() throws Exception;
    }

    static void onThrowAwayThread(final Body body) throws Exception
    {
        final List<Exception> exceptions = new ArrayList<>();
        final List<Error> errors = new ArrayList<>();
        final Thread thread = Thread.ofPlatform().start(() ->
        {
            try
            {
                body.run();
            }
            catch (final Exception e)
            {
                exceptions.add(e);
            }
            catch (final Error e)
            {
                errors.add(e);
            }
        });
        thread.join();
        for (final Error error : errors)
        {
            throw error;
        }
        for (final Exception exception : exceptions)
        {
            throw exception;
        }
    }

    static void assumeRoot()
    {
        assumeTrue(Unistd.getuid() == 0, "needs root: namespaces and interfaces of its own");
    }

    /** @return the file, which must be one and not an error. */
    int open(final int fd)
    {
        assertTrue(fd >= 0, () -> "expected a file: result=" + fd);
        open.add(fd);
        return fd;
    }

    void close(final int fd)
    {
        open.remove(Integer.valueOf(fd));
        Unistd.close(fd);
    }

    int[] socketpair(final int type)
    {
        final long pair = SysSocket.socketpair(SysSocket.AF_UNIX, type);
        assertTrue(pair >= 0, () -> "expected a pair: result=" + pair);
        return new int[]{open(SysSocket.first(pair)), open(SysSocket.second(pair))};
    }

    MemorySegment allocate(final int length)
    {
        return arena.allocate(length, Long.BYTES);
    }

    /** @return memory that holds these bytes. */
    MemorySegment bytes(final String text)
    {
        return arena.allocateFrom(JAVA_BYTE, text.getBytes(StandardCharsets.UTF_8));
    }

    /** @return all that the file holds, from its beginning. */
    String contents(final int fd)
    {
        final int length = (int)SysStat.fileSize(fd);
        final MemorySegment copy = allocate(length + 1);
        assertTrue(Unistd.pread(fd, copy.address(), length, 0) == length);
        return text(copy, length);
    }

    static String text(final MemorySegment memory, final long length)
    {
        return new String(memory.asSlice(0, length).toArray(JAVA_BYTE), StandardCharsets.UTF_8);
    }

    /**
     * Runs a shell script to its end.
     *
     * @param fds the child's files from 3 on.
     * @return what it printed, on both outputs, and at the end its {@link ExitStatus}.
     */
    String shell(final String script, final int... fds)
    {
        final int output = open(SysMman.memfdCreate("output", SysMman.MFD_CLOEXEC));
        final int[] all = new int[3 + fds.length];
        all[0] = -1;
        all[1] = output;
        all[2] = output;
        System.arraycopy(fds, 0, all, 3, fds.length);
        final int pid =
            Spawn.spawn("/bin/sh", List.of("sh", "-c", script), List.of("PATH=/usr/bin:/bin", "LC_ALL=C"), all);
        assertTrue(pid > 0, () -> "expected a process: result=" + pid);
        final ExitStatus status = ExitStatus.of(SysWait.waitPid(pid));
        return contents(output) + status;
    }

    @Override
    public void close()
    {
        open.forEach(Unistd::close);
        arena.close();
    }
}
