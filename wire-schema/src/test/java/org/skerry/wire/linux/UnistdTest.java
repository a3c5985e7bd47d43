package org.skerry.wire.linux;

import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

class UnistdTest
{
    @AutoClose
    private final TestFiles files = new TestFiles();

    @TempDir
    private Path directory;

    @Test
    void shouldReadWhatWasWritten()
    {
        final int fd = files.open(Fcntl.open(path("file"), Fcntl.O_RDWR | Fcntl.O_CREAT | Fcntl.O_CLOEXEC, 0600));
        final MemorySegment out = files.bytes("hello");
        final MemorySegment in = files.allocate(16);

        assertEquals(5, Unistd.write(fd, out.address(), 5));
        assertEquals(0, Unistd.read(fd, in.address(), 16));
        assertEquals(2, Unistd.pwrite(fd, out.address(), 2, 8));
        assertEquals(10, Unistd.pread(fd, in.address(), 16, 0));
        assertEquals("hello\0\0\0he", TestFiles.text(in, 10));
        assertEquals(0, Unistd.fsync(fd));
        assertEquals(0, Unistd.fdatasync(fd));
        assertEquals(0, Unistd.ftruncate(fd, 3));
        assertEquals(3, SysStat.fileSize(fd));
    }

    @Test
    void shouldAnswerTheNegativeErrno()
    {
        final int bell = files.open(Eventfd.create());
        final int gone = Eventfd.create();
        assertEquals(0, Unistd.close(gone));

        assertEquals(-TestFiles.EBADF, Unistd.close(gone));
        assertEquals(-TestFiles.EBADF, Unistd.read(gone, 0, 0));
        assertEquals(-TestFiles.ESPIPE, Unistd.pread(bell, files.allocate(8).address(), 8, 0));
        assertEquals(-TestFiles.ENOENT, Unistd.unlink(path("none")));
        assertEquals(-TestFiles.EBADF, Unistd.isatty(gone));
    }

    @Test
    void shouldUnlinkAFile() throws Exception
    {
        Files.createFile(directory.resolve("file"));

        assertEquals(0, Unistd.unlink(path("file")));
        assertFalse(Files.exists(directory.resolve("file")));
    }

    @Test
    void shouldDuplicateClosedOnExecAndDup2NotClosedOnExec()
    {
        final int bell = files.open(Eventfd.create());
        final int copy = files.open(Unistd.dup(bell));
        final int place = files.open(Eventfd.create());

        assertEquals(Fcntl.FD_CLOEXEC, Fcntl.fcntl(copy, Fcntl.F_GETFD, 0));
        assertEquals(place, Unistd.dup2(bell, place));
        assertEquals(0, Fcntl.fcntl(place, Fcntl.F_GETFD, 0));
        assertEquals(0, Eventfd.signal(copy));
        assertEquals(1, Eventfd.drain(place));
    }

    @Test
    void shouldTellWhoWeAre()
    {
        assertEquals(ProcessHandle.current().pid(), Unistd.getpid());
        assertTrue(Unistd.gettid() > 0);
        assertTrue(Unistd.getuid() >= 0);
        assertTrue(Unistd.getgid() >= 0);
        assertEquals(0, Unistd.isatty(files.open(Eventfd.create())));
        assertEquals(4096, Unistd.sysconf(Unistd._SC_PAGESIZE));
        assertTrue(Unistd.sysconf(Unistd._SC_NPROCESSORS_ONLN) >= 1);
    }

    private String path(final String name)
    {
        return directory.resolve(name).toString();
    }
}
