package org.skerry.wire.linux;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** {@link Sched}, {@link Prctl} and {@link SysResource}: what belongs to a thread. */
@Timeout(60)
class SchedTest
{
    @AutoClose
    private final TestFiles files = new TestFiles();

    @Test
    void shouldPinTheCallingThreadOnly() throws Exception
    {
        TestFiles.onThrowAwayThread(() ->
        {
            final int cpu = Sched.getcpu();
            assertTrue(cpu >= 0);
            assertEquals(0, Sched.setaffinity(0, cpu));
            assertEquals(cpu, Sched.getcpu());
            assertEquals("Cpus_allowed_list:\t" + cpu, statusOfThread("Cpus_allowed_list"));
            assertEquals(-TestFiles.EINVAL, Sched.setaffinity(0, -1));
            assertEquals(-TestFiles.EINVAL, Sched.setaffinity(0, 1024));
            assertEquals(-TestFiles.EINVAL, Sched.setaffinity(0));
        });
    }

    @Test
    void shouldMoveTheCallingThreadOnlyIntoANewNamespace() throws Exception
    {
        TestFiles.assumeRoot();
        final String before = networkOfThread();
        final int home = files.open(Fcntl.open("/proc/thread-self/ns/net", Fcntl.O_RDONLY | Fcntl.O_CLOEXEC, 0));
        TestFiles.onThrowAwayThread(() ->
        {
            assertEquals(0, Sched.unshare(Sched.CLONE_NEWNET));
            assertNotEquals(before, networkOfThread());
            assertEquals(0, Sched.setns(home, Sched.CLONE_NEWNET));
            assertEquals(before, networkOfThread());
            assertEquals(0, Sched.unshare(Sched.CLONE_NEWNET));
        });
        assertEquals(before, networkOfThread());
    }

    @Test
    void shouldNotMakeAUserNamespaceInsideAJvm() throws Exception
    {
        TestFiles.onThrowAwayThread(() -> assertEquals(-TestFiles.EINVAL, Sched.unshare(Sched.CLONE_NEWUSER)));
    }

    @Test
    void shouldNameTheThreadByItsFirstFifteenBytes() throws Exception
    {
        TestFiles.onThrowAwayThread(() ->
        {
            assertEquals(0, Prctl.setName("blkback"));
            assertEquals("Name:\tblkback", statusOfThread("Name"));
            assertEquals(0, Prctl.setName("0123456789abcdefgh"));
            assertEquals("Name:\t0123456789abcde", statusOfThread("Name"));
        });
    }

    @Test
    void shouldGiveUpNewPrivilegesForThisThreadOnly() throws Exception
    {
        final int before = Prctl.hasNoNewPrivs();
        TestFiles.onThrowAwayThread(() ->
        {
            assertEquals(0, Prctl.noNewPrivs());
            assertEquals(1, Prctl.hasNoNewPrivs());
            assertEquals("NoNewPrivs:\t1\nexit status 0", files.shell("exec grep NoNewPrivs /proc/self/status"));
        });
        assertEquals(before, Prctl.hasNoNewPrivs());
    }

    @Test
    void shouldSwitchCoreDumpsOffAndOn()
    {
        final int before = Prctl.getDumpable();

        assertEquals(0, Prctl.setDumpable(false));
        assertEquals(0, Prctl.getDumpable());
        assertEquals(0, Prctl.setDumpable(true));
        assertEquals(1, Prctl.getDumpable());
        assertTrue(before >= 0);
    }

    @Test
    void shouldSetTheDeathSignalAndTheSubreaper() throws Exception
    {
        assertEquals(0, Prctl.setChildSubreaper(true));
        assertEquals(0, Prctl.setChildSubreaper(false));
        TestFiles.onThrowAwayThread(() -> assertEquals(-TestFiles.EINVAL, Prctl.setPdeathsig(1000)));
        assertEquals(0, Prctl.setPdeathsig(0));
    }

    @Test
    void shouldLimitOurselvesAndAChild() throws Exception
    {
        final long files256 = 256;
        final int pid = Spawn.spawn("/bin/sleep", List.of("sleep", "1000"), List.of(), new int[]{-1, -1, -1});
        try
        {
            assertEquals(0, SysResource.prlimit(pid, SysResource.RLIMIT_NOFILE, 128, files256));
            final String limits = String.join("\n", Files.readAllLines(Path.of("/proc/" + pid + "/limits")));
            assertTrue(limits.matches("(?s).*Max open files +128 +256 .*"), limits);
            assertEquals(0, SysResource.setrlimit(SysResource.RLIMIT_CORE, 0, 0));
            assertEquals(0, SysResource.getrlimit(SysResource.RLIMIT_CORE));
            assertTrue(SysResource.getrlimit(SysResource.RLIMIT_AS) > 0);
            assertEquals(-TestFiles.EINVAL, SysResource.getrlimit(999));
        }
        finally
        {
            Signal.kill(pid, Signal.SIGKILL);
            SysWait.waitPid(pid);
        }
    }

    private static String networkOfThread()
    {
        final int fd = Fcntl.open("/proc/thread-self/ns/net", Fcntl.O_RDONLY | Fcntl.O_CLOEXEC, 0);
        final long inode = SysStat.inode(fd);
        Unistd.close(fd);
        return Long.toString(inode);
    }

    private static String statusOfThread(final String key) throws Exception
    {
        return Files.readAllLines(Path.of("/proc/thread-self/status")).stream()
            .filter(line -> line.startsWith(key + ":"))
            .findFirst()
            .orElseThrow();
    }
}
