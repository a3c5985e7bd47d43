package org.skerry.wire.linux;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

@Timeout(60)
class TimeTest
{
    @Test
    void shouldTellOurOwnCpuTime()
    {
        final long before = Time.processCpuTimeNs(0);
        final long byPid = Time.processCpuTimeNs(Unistd.getpid());

        assertTrue(before > 0);
        assertTrue(byPid >= before, () -> "before=" + before + ", byPid=" + byPid);
    }

    @Test
    void shouldTellTheCpuTimeOfABusyChildUntilItIsReaped()
    {
        final int pid =
            Spawn.spawn("/bin/sh", List.of("sh", "-c", "while :; do :; done"), List.of(), new int[]{-1, -1, -1});
        final long someNs = 20_000_000L;
        while (Time.processCpuTimeNs(pid) < someNs)
        {
            Thread.yield();
        }
        Signal.kill(pid, Signal.SIGKILL);
        assertEquals(new ExitStatus(Signal.SIGKILL, true), ExitStatus.of(SysWait.waitPid(pid)));

        assertTrue(Time.processCpuTimeNs(pid) < 0);
    }
}
