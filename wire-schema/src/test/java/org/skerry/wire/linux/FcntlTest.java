package org.skerry.wire.linux;

import java.nio.file.Path;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.junit.jupiter.api.Assertions.assertEquals;

class FcntlTest
{
    @AutoClose
    private final TestFiles files = new TestFiles();

    @TempDir
    private Path directory;

    @Test
    void shouldCreateAFileOnceOnly()
    {
        final int flags = Fcntl.O_WRONLY | Fcntl.O_CREAT | Fcntl.O_EXCL | Fcntl.O_CLOEXEC;
        final int fd = files.open(Fcntl.open(path("file"), flags, 0640));

        assertEquals(0640, SysStat.mode(fd) & 0777);
        assertEquals(Fcntl.FD_CLOEXEC, Fcntl.fcntl(fd, Fcntl.F_GETFD, 0));
        assertEquals(-TestFiles.EEXIST, Fcntl.open(path("file"), flags, 0640));
        assertEquals(-TestFiles.ENOENT, Fcntl.open(path("none"), Fcntl.O_RDONLY, 0));
    }

    @Test
    void shouldOpenANameBeyondAscii()
    {
        files.open(Fcntl.open(path("Schäre"), Fcntl.O_WRONLY | Fcntl.O_CREAT, 0600));

        assertEquals(0, Unistd.unlink(path("Schäre")));
    }

    @Test
    void shouldRefuseASecondExclusiveLockOfAnotherOpenFile()
    {
        final int first = openForLock();
        final int second = openForLock();

        assertEquals(0, Fcntl.lockExclusive(first));
        assertEquals(0, Fcntl.lockExclusive(first), "its own lock is no obstacle");
        assertEquals(-TestFiles.EAGAIN, Fcntl.lockExclusive(second));
        assertEquals(-TestFiles.EAGAIN, Fcntl.lockShared(second));

        files.close(first);
        assertEquals(0, Fcntl.lockExclusive(second));
    }

    @Test
    void shouldShareALockAmongReadersOnly()
    {
        final int first = openForLock();
        final int second = openForLock();

        assertEquals(0, Fcntl.lockShared(first));
        assertEquals(0, Fcntl.lockShared(second));
        assertEquals(-TestFiles.EAGAIN, Fcntl.lockExclusive(second));

        assertEquals(0, Fcntl.unlock(first));
        assertEquals(0, Fcntl.lockExclusive(second));
    }

    @Test
    void shouldHoldALockAsLongAsAnyCopyIsOpen()
    {
        final int lock = openForLock();
        assertEquals(0, Fcntl.lockExclusive(lock));
        final int copy = Unistd.dup(lock);
        files.close(lock);

        assertEquals(-TestFiles.EAGAIN, Fcntl.lockExclusive(openForLock()), "the copy holds it, too");
        Unistd.close(copy);
        assertEquals(0, Fcntl.lockExclusive(openForLock()));
    }

    private int openForLock()
    {
        return files.open(Fcntl.open(path("lock"), Fcntl.O_RDWR | Fcntl.O_CREAT | Fcntl.O_CLOEXEC, 0600));
    }

    private String path(final String name)
    {
        return directory.resolve(name).toString();
    }
}
