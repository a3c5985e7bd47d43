package org.skerry.wire.linux;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

class SysStatTest
{
    private static final int LOOP_SET_FD = 0x4C00;
    private static final int LOOP_CLR_FD = 0x4C01;
    private static final int LOOP_CTL_GET_FREE = 0x4C82;

    @AutoClose
    private final TestFiles files = new TestFiles();

    @TempDir
    private Path directory;

    @Test
    void shouldDescribeARegularFile() throws IOException
    {
        final Path path = Files.write(directory.resolve("file"), new byte[4097]);
        final int fd = files.open(Fcntl.open(path.toString(), Fcntl.O_RDONLY, 0));

        assertEquals(4097, SysStat.fileSize(fd));
        assertTrue(SysStat.isRegularFile(fd));
        assertFalse(SysStat.isBlockDevice(fd));
        assertFalse(SysStat.isSocket(fd));
        assertEquals(Unistd.getuid(), SysStat.owner(fd));
        assertEquals(Files.getAttribute(path, "unix:ino"), SysStat.inode(fd));
        assertEquals(Files.getAttribute(path, "unix:dev"), SysStat.device(fd));
        assertEquals(0, SysStat.fchmod(fd, 0400));
        assertEquals(SysStat.S_IFREG | 0400, SysStat.mode(fd));
    }

    @Test
    void shouldDescribeADevice()
    {
        final int devNull = files.open(Fcntl.open("/dev/null", Fcntl.O_RDWR, 0));

        assertEquals(SysStat.S_IFCHR, SysStat.mode(devNull) & SysStat.S_IFMT);
        assertEquals(1 << 8 | 3, SysStat.deviceId(devNull));
        assertTrue(SysStat.isSocket(files.socketpair(SysSocket.SOCK_STREAM)[0]));
    }

    @Test
    void shouldAskABlockDeviceForItsSize()
    {
        final int control = Fcntl.open("/dev/loop-control", Fcntl.O_RDWR | Fcntl.O_CLOEXEC, 0);
        assumeTrue(control >= 0, "needs the right to use loop devices");
        files.open(control);
        final int number = Ioctl.ioctl(control, LOOP_CTL_GET_FREE, 0);
        final int loop = Fcntl.open("/dev/loop" + number, Fcntl.O_RDWR | Fcntl.O_CLOEXEC, 0);
        assumeTrue(loop >= 0, () -> "needs the right to open a loop device: result=" + loop);
        files.open(loop);
        final int image = files.open(SysMman.memfdCreate("image", SysMman.MFD_CLOEXEC));
        assertEquals(0, Unistd.ftruncate(image, 5 << 20));
        assumeTrue(Ioctl.ioctl(loop, LOOP_SET_FD, image) == 0, "needs a loop device that nobody else takes");
        try
        {
            assertTrue(SysStat.isBlockDevice(loop));
            assertFalse(SysStat.isRegularFile(loop));
            assertEquals(5 << 20, SysStat.fileSize(loop));
        }
        finally
        {
            Ioctl.ioctl(loop, LOOP_CLR_FD, 0);
        }
    }

    @Test
    void shouldAnswerTheNegativeErrnoForWhatIsNotOpen()
    {
        final int gone = Eventfd.create();
        Unistd.close(gone);

        assertEquals(-TestFiles.EBADF, SysStat.fileSize(gone));
        assertEquals(-TestFiles.EBADF, SysStat.mode(gone));
        assertFalse(SysStat.isRegularFile(gone));
    }
}
