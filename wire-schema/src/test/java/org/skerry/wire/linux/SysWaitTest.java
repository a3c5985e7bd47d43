package org.skerry.wire.linux;

import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** {@link SysWait}, {@link Signal} and {@link Pidfd}: the end of a child. */
@Timeout(60)
class SysWaitTest
{
    @AutoClose
    private final TestFiles files = new TestFiles();

    @Test
    void shouldTellTheExitStatus()
    {
        final ExitStatus status = ExitStatus.of(SysWait.waitPid(shell("exit 200")));

        assertEquals(new ExitStatus(200, false), status);
        assertFalse(status.isSuccess());
        assertEquals("exit status 200", status.toString());
    }

    @Test
    void shouldTellTheSignal()
    {
        final int pid = sleep();
        assertEquals(-TestFiles.EAGAIN, SysWait.tryWaitPid(pid));
        assertEquals(0, Signal.kill(pid, 0));
        assertEquals(0, Signal.kill(pid, Signal.SIGTERM));

        final ExitStatus status = ExitStatus.of(SysWait.waitPid(pid));

        assertEquals(new ExitStatus(Signal.SIGTERM, true), status);
        assertFalse(status.isSuccess());
        assertEquals("killed by signal 15", status.toString());
    }

    @Test
    void shouldReapAChildOnce()
    {
        final int pid = shell("exit 0");

        assertEquals(0, SysWait.waitPid(pid));
        assertEquals(-TestFiles.ECHILD, SysWait.waitPid(pid));
        assertEquals(-TestFiles.ECHILD, SysWait.tryWaitPid(pid));
    }

    @Test
    void shouldReapWithoutWaitingWhenTheChildHasEnded()
    {
        final int pid = shell("exit 3");
        final int pidfd = files.open(Pidfd.open(pid));
        awaitEnd(pidfd);

        assertEquals(new ExitStatus(3, false), ExitStatus.of(SysWait.tryWaitPid(pid)));
    }

    @Test
    void shouldSeeTheEndOfAProcessOnItsPidfd()
    {
        final int pid = sleep();
        final int pidfd = files.open(Pidfd.open(pid));
        final long pollfds = files.allocate(Poll.POLLFD_LENGTH).address();
        Poll.set(pollfds, 0, pidfd, Poll.POLLIN);

        assertEquals(0, Poll.poll(pollfds, 1, 0));
        assertEquals(0, Pidfd.sendSignal(pidfd, Signal.SIGKILL));
        awaitEnd(pidfd);
        assertEquals(new ExitStatus(Signal.SIGKILL, true), ExitStatus.of(SysWait.waitPid(pid)));
    }

    @Test
    void shouldNeverSignalAStrangerThroughAPidfd()
    {
        final int pid = shell("exit 0");
        final int pidfd = files.open(Pidfd.open(pid));
        SysWait.waitPid(pid);

        assertEquals(-TestFiles.ESRCH, Pidfd.sendSignal(pidfd, Signal.SIGKILL));
        assertTrue(Pidfd.open(pid) < 0);
    }

    private void awaitEnd(final int pidfd)
    {
        final long pollfds = files.allocate(Poll.POLLFD_LENGTH).address();
        Poll.set(pollfds, 0, pidfd, Poll.POLLIN);
        assertEquals(1, Poll.poll(pollfds, 1, 30_000));
    }

    private static int sleep()
    {
        return Spawn.spawn("/bin/sleep", List.of("sleep", "1000"), List.of(), new int[]{-1, -1, -1});
    }

    private static int shell(final String script)
    {
        return Spawn.spawn("/bin/sh", List.of("sh", "-c", script), List.of(), new int[]{-1, -1, -1});
    }
}
