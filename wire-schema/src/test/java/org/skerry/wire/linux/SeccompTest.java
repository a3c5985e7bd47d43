package org.skerry.wire.linux;

import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

@Timeout(60)
class SeccompTest
{
    private static final int EUNATCH = 49;

    /** What a Java thread needs to run and to end. */
    private static final int[] THREAD = {
        SyscallNumbers.SYS_FUTEX, SyscallNumbers.SYS_MMAP, SyscallNumbers.SYS_MUNMAP, SyscallNumbers.SYS_MPROTECT,
        SyscallNumbers.SYS_MADVISE, SyscallNumbers.SYS_RT_SIGPROCMASK, SyscallNumbers.SYS_RT_SIGRETURN,
        SyscallNumbers.SYS_SCHED_YIELD, SyscallNumbers.SYS_CLOCK_GETTIME, SyscallNumbers.SYS_GETTID,
        SyscallNumbers.SYS_EXIT, SyscallNumbers.SYS_SET_ROBUST_LIST, SyscallNumbers.SYS_RSEQ,
        SyscallNumbers.SYS_READ, SyscallNumbers.SYS_PREAD64, SyscallNumbers.SYS_LSEEK, SyscallNumbers.SYS_CLOSE,
        SyscallNumbers.SYS_OPENAT, SyscallNumbers.SYS_FSTAT, SyscallNumbers.SYS_NEWFSTATAT, SyscallNumbers.SYS_STAT,
        SyscallNumbers.SYS_SCHED_GETAFFINITY};

    @AutoClose
    private final TestFiles files = new TestFiles();

    @Test
    void shouldDenyWhatIsNotAllowedOnThisThreadOnly() throws Exception
    {
        final int uid = Unistd.getuid();
        final Seccomp.Filter filter = Seccomp.allowList().allow(THREAD).allow(SyscallNumbers.SYS_GETPID);

        TestFiles.onThrowAwayThread(() ->
        {
            assertEquals(0, filter.install(0));
            assertEquals(-TestFiles.EPERM, Unistd.getuid());
            assertEquals(-TestFiles.EPERM, SysSocket.socket(SysSocket.AF_UNIX, SysSocket.SOCK_STREAM, 0));
            assertTrue(Unistd.getpid() > 0);
        });
        assertEquals(uid, Unistd.getuid());
    }

    @Test
    void shouldAnswerTheErrnoOfACall() throws Exception
    {
        final Seccomp.Filter filter = Seccomp.denyList().errno(SyscallNumbers.SYS_GETUID, EUNATCH);

        TestFiles.onThrowAwayThread(() ->
        {
            assertEquals(0, filter.install(0));
            assertEquals(-EUNATCH, Unistd.getuid());
            assertTrue(Unistd.getgid() >= 0);
        });
    }

    @Test
    void shouldLookAtTheLowHalfOfAnIntArgument() throws Exception
    {
        final Seccomp.Filter filter = Seccomp.denyList()
            .allowIfArgEquals(SyscallNumbers.SYS_SOCKET, 0, SysSocket.AF_UNIX)
            .allowIfArgEquals(SyscallNumbers.SYS_LSEEK, 0, -7);

        TestFiles.onThrowAwayThread(() ->
        {
            assertEquals(0, filter.install(0));
            files.open(SysSocket.socket(SysSocket.AF_UNIX, SysSocket.SOCK_STREAM, 0));
            assertEquals(-TestFiles.EPERM, SysSocket.socket(SysSocket.AF_INET, SysSocket.SOCK_STREAM, 0));
            assertEquals(-TestFiles.EPERM, SysSocket.socket(SysSocket.AF_VSOCK, SysSocket.SOCK_STREAM, 0));
            assertEquals(-TestFiles.EBADF, Syscall.call(SyscallNumbers.SYS_LSEEK, -7, 0, 0));
            assertEquals(-TestFiles.EBADF, Syscall.call(SyscallNumbers.SYS_LSEEK, 0xFFFF_FFF9L, 0, 0));
            assertEquals(-TestFiles.EPERM, Syscall.call(SyscallNumbers.SYS_LSEEK, -8, 0, 0));
        });
    }

    @Test
    void shouldLookAtAllBitsOfTheMask() throws Exception
    {
        final int executable = SysMman.PROT_EXEC;
        final Seccomp.Filter filter = Seccomp.denyList()
            .allowIfArgMaskedEquals(SyscallNumbers.SYS_MPROTECT, 2, executable, 0)
            .allowIfArgMaskedEquals(SyscallNumbers.SYS_LSEEK, 1, 0xFFFF_0000_0000_00FFL, 0x0001_0000_0000_0002L)
            .allowIfArgMaskedEquals(SyscallNumbers.SYS_LSEEK, 1, -1L, 5)
            .errno(SyscallNumbers.SYS_LSEEK, EUNATCH);
        final long page = SysMman.mmap(
            0, 4096, SysMman.PROT_READ, SysMman.MAP_PRIVATE | SysMman.MAP_ANONYMOUS, -1, 0);

        TestFiles.onThrowAwayThread(() ->
        {
            assertEquals(0, filter.install(0));
            assertEquals(0, SysMman.mprotect(page, 4096, SysMman.PROT_READ | SysMman.PROT_WRITE));
            assertEquals(-TestFiles.EPERM, SysMman.mprotect(page, 4096, SysMman.PROT_READ | executable));
            assertEquals(-TestFiles.EBADF, seek(0x0001_1234_5678_9A02L));
            assertEquals(-TestFiles.EBADF, seek(5));
            assertEquals(-EUNATCH, seek(0x0000_1234_5678_9A02L));
            assertEquals(-EUNATCH, seek(0x0001_1234_5678_9A03L));
            assertEquals(-EUNATCH, seek(0x1_0000_0005L));
        });
        SysMman.munmap(page, 4096);
    }

    @Test
    void shouldJumpOverMoreAlternativesThanAByteCounts() throws Exception
    {
        final Seccomp.Filter filter = Seccomp.denyList().errno(SyscallNumbers.SYS_GETUID, EUNATCH);
        for (int value = 0; value < 100; value++)
        {
            filter.allowIfArgEquals(SyscallNumbers.SYS_LSEEK, 2, value);
        }

        TestFiles.onThrowAwayThread(() ->
        {
            assertEquals(0, filter.install(0));
            assertEquals(-EUNATCH, Unistd.getuid());
            assertEquals(-TestFiles.EBADF, Syscall.call(SyscallNumbers.SYS_LSEEK, -1, 0, 99));
            assertEquals(-TestFiles.EPERM, Syscall.call(SyscallNumbers.SYS_LSEEK, -1, 0, 100));
        });
    }

    @Test
    void shouldDenyTheNumbersOfX32() throws Exception
    {
        final Seccomp.Filter filter = Seccomp.denyList();

        TestFiles.onThrowAwayThread(() ->
        {
            assertEquals(0, filter.install(0));
            assertEquals(
                -TestFiles.EPERM, Syscall.call(SyscallNumbers.SYS_GETPID | SyscallNumbers.X32_SYSCALL_BIT));
        });
    }

    @Test
    void shouldHoldForAChildFromItsFirstInstruction() throws Exception
    {
        files.shell("true");
        final Seccomp.Filter filter = Seccomp.denyList().errno(SyscallNumbers.SYS_MKDIR, EUNATCH);

        TestFiles.onThrowAwayThread(() ->
        {
            assertEquals(0, filter.install(0));
            final String output = files.shell("mkdir /tmp/never");
            assertTrue(output.contains("Protocol driver not attached"), output);
            assertTrue(output.endsWith("exit status 1"), output);
        });
    }

    @Test
    void shouldHoldForAllThreadsOfAProcess() throws Exception
    {
        final int output = files.open(SysMman.memfdCreate("output", SysMman.MFD_CLOEXEC));
        final int pid = Spawn.spawn(
            System.getProperty("java.home") + "/bin/java",
            List.of("java", "--enable-native-access=ALL-UNNAMED", "-XX:+UseSerialGC", "-Xshare:auto",
                "-cp", pathOf(Seccomp.class) + ":" + pathOf(ConfinedProcess.class), ConfinedProcess.class.getName()),
            List.of(),
            new int[]{-1, output, output});

        final ExitStatus status = ExitStatus.of(SysWait.waitPid(pid));
        assertEquals("main 0 -1, other -1, new -1\nexit status 0", files.contents(output) + status);
    }

    @Test
    void shouldPutTheProgramIntoAFile()
    {
        final Seccomp.Filter filter = Seccomp.allowList().allow(SyscallNumbers.SYS_READ);
        final int fd = files.open(filter.memfd());

        final byte[] program = filter.program();
        assertEquals(9 * 8, program.length);
        assertEquals(program.length, SysStat.fileSize(fd));
        final var copy = files.allocate(program.length);
        assertEquals(program.length, Unistd.read(fd, copy.address(), program.length));
        assertArrayEquals(program, copy.toArray(java.lang.foreign.ValueLayout.JAVA_BYTE));
    }

    @Test
    void shouldRefuseAConditionThatCanNeverHold()
    {
        final Seccomp.Filter filter = Seccomp.allowList();

        assertThrows(IllegalArgumentException.class, () -> filter.allowIfArgMaskedEquals(0, 0, 1, 2));
        assertThrows(IllegalArgumentException.class, () -> filter.allowIfArgMaskedEquals(0, 6, 1, 1));
        assertThrows(IllegalArgumentException.class, () -> filter.errno(0, 0));
        assertThrows(IllegalArgumentException.class, () -> filter.errno(0, 4096));
    }

    private static long seek(final long offset)
    {
        return Syscall.call(SyscallNumbers.SYS_LSEEK, -1, offset);
    }

    private static String pathOf(final Class<?> type) throws Exception
    {
        return java.nio.file.Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI()).toString();
    }
}
