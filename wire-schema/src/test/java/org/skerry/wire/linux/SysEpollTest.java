package org.skerry.wire.linux;

import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertEquals;

class SysEpollTest
{
    @AutoClose
    private final TestFiles files = new TestFiles();

    @Test
    void shouldHandOutWhatRangWithTheDataOfItsFile()
    {
        final int epoll = files.open(SysEpoll.create());
        final int first = files.open(Eventfd.create());
        final int second = files.open(Eventfd.create());
        final long events = files.allocate(4 * SysEpoll.EPOLL_EVENT_LENGTH).address();
        assertEquals(0, SysEpoll.add(epoll, first, SysEpoll.EPOLLIN, 0x7766_5544_3322_1100L));
        assertEquals(0, SysEpoll.add(epoll, second, SysEpoll.EPOLLIN, -2));

        assertEquals(0, SysEpoll.waitFor(epoll, events, 4, 0));
        Eventfd.signal(first);
        Eventfd.signal(second);
        assertEquals(2, SysEpoll.waitFor(epoll, events, 4, -1));
        assertEquals(SysEpoll.EPOLLIN, SysEpoll.events(events, 0));
        assertEquals(0x7766_5544_3322_1100L, SysEpoll.data(events, 0));
        assertEquals(SysEpoll.EPOLLIN, SysEpoll.events(events, 1));
        assertEquals(-2, SysEpoll.data(events, 1));
    }

    @Test
    void shouldChangeAndRemoveAFile()
    {
        final int epoll = files.open(SysEpoll.create());
        final int bell = files.open(Eventfd.create());
        final long events = files.allocate(SysEpoll.EPOLL_EVENT_LENGTH).address();
        SysEpoll.add(epoll, bell, SysEpoll.EPOLLIN, 1);

        assertEquals(0, SysEpoll.mod(epoll, bell, SysEpoll.EPOLLOUT, 2));
        assertEquals(1, SysEpoll.waitFor(epoll, events, 1, 0));
        assertEquals(SysEpoll.EPOLLOUT, SysEpoll.events(events, 0));
        assertEquals(2, SysEpoll.data(events, 0));
        assertEquals(0, SysEpoll.del(epoll, bell));
        assertEquals(0, SysEpoll.waitFor(epoll, events, 1, 0));
    }

    @Test
    void shouldSeeThatAPeerIsGone()
    {
        final int epoll = files.open(SysEpoll.create());
        final int[] pair = files.socketpair(SysSocket.SOCK_SEQPACKET);
        final long events = files.allocate(SysEpoll.EPOLL_EVENT_LENGTH).address();
        SysEpoll.add(epoll, pair[0], SysEpoll.EPOLLIN | SysEpoll.EPOLLRDHUP, 5);
        files.close(pair[1]);

        assertEquals(1, SysEpoll.waitFor(epoll, events, 1, -1));
        assertEquals(SysEpoll.EPOLLIN | SysEpoll.EPOLLHUP | SysEpoll.EPOLLRDHUP, SysEpoll.events(events, 0));
    }

    @Test
    void shouldAnswerTheNegativeErrno()
    {
        final int epoll = files.open(SysEpoll.create());
        final int bell = files.open(Eventfd.create());
        final int regular = files.open(SysMman.memfdCreate("regular", SysMman.MFD_CLOEXEC));

        assertEquals(-TestFiles.ENOENT, SysEpoll.mod(epoll, bell, SysEpoll.EPOLLIN, 0));
        assertEquals(-TestFiles.EPERM, SysEpoll.add(epoll, regular, SysEpoll.EPOLLIN, 0));
        assertEquals(0, SysEpoll.add(epoll, bell, SysEpoll.EPOLLIN, 0));
        assertEquals(-TestFiles.EEXIST, SysEpoll.add(epoll, bell, SysEpoll.EPOLLIN, 0));
        assertEquals(-TestFiles.EINVAL, SysEpoll.waitFor(epoll, 0, 0, 0));
    }
}
