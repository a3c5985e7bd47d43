package org.skerry.wire.linux;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

@Timeout(60)
class SpawnTest
{
    @AutoClose
    private final TestFiles files = new TestFiles();

    @Test
    void shouldGiveTheChildExactlyTheFilesItWasGiven()
    {
        final int bell = Eventfd.create();
        Unistd.dup2(bell, 100);                            // not closed on exec: only the spawner keeps it out
        files.open(100);
        files.open(bell);

        final String listing = files.shell("exec ls /proc/self/fd", bell, bell);

        assertEquals("0\n1\n2\n3\n4\n5\nexit status 0", listing, "5 is the directory that ls reads");
    }

    @Test
    void shouldPutDevNullWhereAFileIsMissing()
    {
        assertEquals(
            "/dev/null\n/dev/null\nexit status 0", files.shell("readlink /proc/self/fd/0 /proc/self/fd/3", -1));
    }

    @Test
    void shouldKeepEachFileInItsPlaceWhenSourcesAndPlacesOverlap()
    {
        final int first = Math.max(3, files.open(SysMman.memfdCreate("low", SysMman.MFD_CLOEXEC)));
        final int count = first + 20;
        final int[] fds = new int[count - 3];
        for (int i = fds.length - 1; i >= 0; i--)
        {
            fds[i] = files.open(SysMman.memfdCreate("place" + (i + 3), SysMman.MFD_CLOEXEC));
        }

        final String links = files.shell("i=3; while [ $i -lt " + count + " ]; do " +
            "readlink /proc/self/fd/$i || exit 9; i=$((i+1)); done", fds);

        final StringBuilder expected = new StringBuilder();
        for (int i = 3; i < count; i++)
        {
            expected.append("/memfd:place").append(i).append(" (deleted)\n");
        }
        assertEquals(expected + "exit status 0", links);
    }

    @Test
    void shouldGiveTheChildItsArgumentsAndEnvironmentAndNoOther()
    {
        final int output = files.open(SysMman.memfdCreate("output", SysMman.MFD_CLOEXEC));
        final List<String> argv = List.of("env", "-u", "GONE", "/usr/bin/env");
        final int pid =
            Spawn.spawn("/usr/bin/env", argv, List.of("GONE=1", "NAME=a b", "EMPTY="), new int[]{-1, output, output});

        assertEquals(new ExitStatus(0, false), ExitStatus.of(SysWait.waitPid(pid)));
        assertEquals("NAME=a b\nEMPTY=\n", files.contents(output));
    }

    @Test
    void shouldNotHandOnBlockedOrIgnoredSignals()
    {
        assertEquals("SigBlk:\t0000000000000000\nexit status 0", files.shell("exec grep SigBlk /proc/self/status"));

        final String ignored =
            files.shell("grep SigIgn /proc/self/status | cut -f2").lines().findFirst().orElseThrow();
        assertEquals(0, Long.parseUnsignedLong(ignored, 16) & Integer.MAX_VALUE, "32 and 33 are glibc's own");
    }

    @Test
    void shouldLeadASessionOfItsOwnWhenAskedTo()
    {
        final int[] none = {-1, -1, -1};
        final List<String> script = List.of("sh", "-c", "[ $(cut -d' ' -f6 /proc/$$/stat) = $$ ]");
        final List<String> env = List.of("PATH=/usr/bin:/bin");
        final int leader = Spawn.spawn("/bin/sh", script, env, none, true);
        final int follower = Spawn.spawn("/bin/sh", script, env, none);

        assertEquals(new ExitStatus(0, false), ExitStatus.of(SysWait.waitPid(leader)));
        assertEquals(new ExitStatus(1, false), ExitStatus.of(SysWait.waitPid(follower)));
    }

    @Test
    void shouldAnswerTheNegativeErrnoAndLeaveNoChild(@TempDir final Path directory) throws Exception
    {
        final Path notExecutable = Files.createFile(directory.resolve("data"));
        final int gone = Eventfd.create();
        Unistd.close(gone);

        assertEquals(-TestFiles.ENOENT, spawn("/none", -1));
        assertEquals(-TestFiles.EACCES, spawn(notExecutable.toString(), -1));
        assertEquals(-TestFiles.EBADF, spawn("/bin/true", gone));
        assertEquals(-TestFiles.EINVAL, spawn("/bin/true"));
    }

    @Test
    void shouldInheritFromTheCallingThread() throws Exception
    {
        TestFiles.onThrowAwayThread(() ->
        {
            assertEquals(0, SysResource.setNice(0, 7));
            assertEquals("7\nexit status 0", files.shell("nice"));
        });
        assertNotEquals("7\nexit status 0", files.shell("nice"));
    }

    @Test
    void shouldLetTheParentSeeTheChildsEnd()
    {
        final int[] pair = files.socketpair(SysSocket.SOCK_SEQPACKET);
        final int pid = spawn("/bin/true", -1, -1, -1, pair[1]);
        files.close(pair[1]);

        assertEquals(0, SysSocket.recv(pair[0], files.allocate(8).address(), 8, 0), "blocks until the child is gone");
        assertTrue(ExitStatus.of(SysWait.waitPid(pid)).isSuccess());
    }

    private static int spawn(final String path, final int... fds)
    {
        return Spawn.spawn(path, List.of(path), List.of(), fds);
    }
}
