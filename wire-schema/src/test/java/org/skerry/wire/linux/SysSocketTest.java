package org.skerry.wire.linux;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

class SysSocketTest
{
    @AutoClose
    private final TestFiles files = new TestFiles();

    @TempDir
    private Path directory;

    private final MemorySegment out = files.bytes("hello");
    private final MemorySegment in = files.allocate(64);
    private final FdCount count = new FdCount();

    @Test
    void shouldPassAMessageAndSeeThePeerGo()
    {
        final int[] pair = files.socketpair(SysSocket.SOCK_SEQPACKET);

        assertEquals(5, SysSocket.send(pair[0], out.address(), 5, 0));
        assertEquals(5, SysSocket.recv(pair[1], in.address(), 64, 0));
        assertEquals("hello", TestFiles.text(in, 5));
        assertEquals(-TestFiles.EAGAIN, SysSocket.recv(pair[1], in.address(), 64, SysSocket.MSG_DONTWAIT));

        files.close(pair[0]);
        assertEquals(0, SysSocket.recv(pair[1], in.address(), 64, 0));
        assertEquals(-TestFiles.EPIPE, SysSocket.send(pair[1], out.address(), 5, 0));
        assertEquals(-TestFiles.EPIPE, SysSocket.sendFds(pair[1], out.address(), 5, new int[0], 0, 0));
    }

    @Test
    void shouldPassOneFileThatIsClosedOnExec()
    {
        final int[] pair = files.socketpair(SysSocket.SOCK_SEQPACKET);
        final int bell = files.open(Eventfd.create());
        final int[] fds = new int[4];

        assertEquals(5, SysSocket.sendFds(pair[0], out.address(), 5, new int[]{bell}, 1, 0));
        assertEquals(5, SysSocket.recvFds(pair[1], in.address(), 64, fds, count, 0));
        assertEquals("hello", TestFiles.text(in, 5));
        assertEquals(1, count.value());
        final int copy = files.open(fds[0]);
        assertEquals(Fcntl.FD_CLOEXEC, Fcntl.fcntl(copy, Fcntl.F_GETFD, 0));
        assertEquals(0, Eventfd.signal(copy));
        assertEquals(1, Eventfd.drain(bell));
    }

    @Test
    void shouldPassAsManyFilesAsAMessageCarriesInTheirOrder()
    {
        final int[] pair = files.socketpair(SysSocket.SOCK_SEQPACKET);
        final int[] sent = new int[SysSocket.SCM_MAX_FD];
        for (int i = 0; i < sent.length; i++)
        {
            sent[i] = files.open(SysMman.memfdCreate("file", SysMman.MFD_CLOEXEC));
        }
        final int[] fds = new int[300];

        assertEquals(5, SysSocket.sendFds(pair[0], out.address(), 5, sent, sent.length, 0));
        assertEquals(5, SysSocket.recvFds(pair[1], in.address(), 64, fds, count, 0));
        assertEquals(sent.length, count.value());
        for (int i = 0; i < sent.length; i++)
        {
            assertEquals(SysStat.inode(sent[i]), SysStat.inode(files.open(fds[i])));
        }
    }

    @Test
    void shouldReceiveAnOddNumberOfFilesIntoAnArrayOfJustThatLength()
    {
        final int[] pair = files.socketpair(SysSocket.SOCK_SEQPACKET);
        final int bell = files.open(Eventfd.create());
        final int[] fds = new int[3];

        SysSocket.sendFds(pair[0], out.address(), 5, new int[]{bell, bell, bell}, 3, 0);
        assertEquals(5, SysSocket.recvFds(pair[1], in.address(), 64, fds, count, 0));
        assertEquals(3, count.value());
        Arrays.stream(fds).forEach(files::open);
    }

    @Test
    void shouldReceiveAMessageWithoutFiles()
    {
        final int[] pair = files.socketpair(SysSocket.SOCK_STREAM);

        assertEquals(5, SysSocket.sendFds(pair[0], out.address(), 5, new int[0], 0, 0));
        assertEquals(5, SysSocket.recvFds(pair[1], in.address(), 64, new int[1], count, 0));
        assertEquals(0, count.value());
        assertEquals(
            -TestFiles.EAGAIN,
            SysSocket.recvFds(pair[1], in.address(), 64, new int[1], count, SysSocket.MSG_DONTWAIT));
        files.close(pair[0]);
        assertEquals(0, SysSocket.recvFds(pair[1], in.address(), 64, new int[1], count, 0));
    }

    @Test
    void shouldCloseWhatCameWhenMoreFilesCameThanAreAccepted()
    {
        for (final int accepted : new int[]{0, 1, 2})
        {
            final int[] pair = files.socketpair(SysSocket.SOCK_SEQPACKET);
            final int[] canary = files.socketpair(SysSocket.SOCK_STREAM);
            final int[] three = {canary[1], canary[1], canary[1]};

            assertEquals(5, SysSocket.sendFds(pair[0], out.address(), 5, three, 3, 0));
            assertEquals(
                -TestFiles.EMSGSIZE, SysSocket.recvFds(pair[1], in.address(), 64, new int[accepted], count, 0));
            assertEquals(0, count.value());
            assertGone(canary);
        }
    }

    @Test
    void shouldCloseWhatCameWithAPacketThatIsTooLong()
    {
        final int[] pair = files.socketpair(SysSocket.SOCK_SEQPACKET);
        final int[] canary = files.socketpair(SysSocket.SOCK_STREAM);

        assertEquals(5, SysSocket.sendFds(pair[0], out.address(), 5, new int[]{canary[1]}, 1, 0));
        assertEquals(-TestFiles.EMSGSIZE, SysSocket.recvFds(pair[1], in.address(), 4, new int[1], count, 0));
        assertEquals(0, count.value());
        assertGone(canary);
    }

    @Test
    void shouldCloseFilesThatNobodyAskedFor()
    {
        final int[] pair = files.socketpair(SysSocket.SOCK_SEQPACKET);
        final int[] canary = files.socketpair(SysSocket.SOCK_STREAM);

        SysSocket.sendFds(pair[0], out.address(), 5, new int[]{canary[1]}, 1, 0);
        assertEquals(5, SysSocket.recv(pair[1], in.address(), 64, 0));
        assertGone(canary);
    }

    @Test
    void shouldRefuseToSendMoreFilesThanThereAre()
    {
        final int[] pair = files.socketpair(SysSocket.SOCK_SEQPACKET);
        final int bell = files.open(Eventfd.create());

        assertEquals(-TestFiles.EINVAL, SysSocket.sendFds(pair[0], out.address(), 5, new int[]{bell}, 2, 0));
        assertEquals(-TestFiles.EINVAL, SysSocket.sendFds(pair[0], out.address(), 5, new int[]{bell}, -1, 0));
        assertEquals(-TestFiles.EINVAL, SysSocket.sendFds(pair[0], out.address(), 5, new int[300], 254, 0));
        assertEquals(-TestFiles.EBADF, SysSocket.sendFds(pair[0], out.address(), 5, new int[]{-1}, 1, 0));
    }

    @Test
    void shouldMeetAtAPathAndTellWhoCame()
    {
        final String path = directory.resolve("socket").toString();
        final int listener = files.open(SysSocket.socket(SysSocket.AF_UNIX, SysSocket.SOCK_STREAM, 0));
        final int client = files.open(SysSocket.socket(SysSocket.AF_UNIX, SysSocket.SOCK_STREAM, 0));

        assertEquals(-TestFiles.ENOENT, SysSocket.connectUnix(client, path));
        assertEquals(0, SysSocket.bindUnix(listener, path));
        assertEquals(-TestFiles.ECONNREFUSED, SysSocket.connectUnix(client, path));
        assertEquals(0, SysSocket.listen(listener, 8));
        assertEquals(0, SysSocket.connectUnix(client, path));
        final int server = files.open(SysSocket.accept4(listener, SysSocket.SOCK_NONBLOCK));
        assertEquals(-TestFiles.EAGAIN, SysSocket.recv(server, in.address(), 64, 0));
        assertEquals(5, SysSocket.send(client, out.address(), 5, 0));
        assertEquals(5, SysSocket.recv(server, in.address(), 64, 0));

        assertEquals(Unistd.getpid(), SysSocket.peerPid(server));
        assertEquals(Unistd.getuid(), SysSocket.peerUid(server));
        assertEquals(Unistd.getgid(), SysSocket.peerGid(server));
        assertEquals(0, SysSocket.shutdown(client, SysSocket.SHUT_WR));
        assertEquals(0, SysSocket.recv(server, in.address(), 64, 0));

        final int second = files.open(SysSocket.socket(SysSocket.AF_UNIX, SysSocket.SOCK_STREAM, 0));
        assertEquals(-TestFiles.EADDRINUSE, SysSocket.bindUnix(second, path));
    }

    @Test
    void shouldGiveAPeersPidfd()
    {
        final int[] pair = files.socketpair(SysSocket.SOCK_STREAM);
        final int pidfd = SysSocket.getsockopt(pair[0], SysSocket.SOL_SOCKET, SysSocket.SO_PEERPIDFD);
        assumeTrue(pidfd >= 0, "needs Linux 6.5");

        assertEquals(0, Pidfd.sendSignal(files.open(pidfd), 0));
    }

    @Test
    void shouldTakePathsOfUpTo107Bytes()
    {
        final int socket = files.open(SysSocket.socket(SysSocket.AF_UNIX, SysSocket.SOCK_STREAM, 0));

        assertEquals(-TestFiles.ENAMETOOLONG, SysSocket.bindUnix(socket, "/".repeat(108)));
        assertEquals(-TestFiles.ENOENT, SysSocket.connectUnix(socket, "/none/" + "x".repeat(101)));
    }

    @Test
    void shouldSetAndTellOptions()
    {
        final int[] pair = files.socketpair(SysSocket.SOCK_SEQPACKET);

        assertEquals(0, SysSocket.setsockopt(pair[0], SysSocket.SOL_SOCKET, SysSocket.SO_SNDBUF, 65536));
        assertTrue(SysSocket.getsockopt(pair[0], SysSocket.SOL_SOCKET, SysSocket.SO_SNDBUF) >= 65536);
        assertEquals(
            SysSocket.SOCK_SEQPACKET, SysSocket.getsockopt(pair[0], SysSocket.SOL_SOCKET, SysSocket.SO_TYPE));
    }

    /** Our own copy is closed; when the other end sees it gone, no further copy is open anywhere. */
    private void assertGone(final int[] pair)
    {
        files.close(pair[1]);
        assertEquals(0, SysSocket.recv(pair[0], in.address(), 64, SysSocket.MSG_DONTWAIT));
    }
}
