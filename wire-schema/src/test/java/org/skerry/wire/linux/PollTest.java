package org.skerry.wire.linux;

import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertEquals;

class PollTest
{
    @AutoClose
    private final TestFiles files = new TestFiles();

    @Test
    void shouldFindWhatRang()
    {
        final int quiet = files.open(Eventfd.create());
        final int rung = files.open(Eventfd.create());
        final long pollfds = files.allocate(2 * Poll.POLLFD_LENGTH).address();
        Poll.set(pollfds, 0, quiet, Poll.POLLIN);
        Poll.set(pollfds, 1, rung, Poll.POLLIN);

        assertEquals(0, Poll.poll(pollfds, 2, 0));
        Eventfd.signal(rung);
        assertEquals(1, Poll.poll(pollfds, 2, -1));
        assertEquals(0, Poll.revents(pollfds, 0));
        assertEquals(Poll.POLLIN, Poll.revents(pollfds, 1));
        assertEquals(rung, Poll.fd(pollfds, 1));
    }

    @Test
    void shouldSeeThatAPeerIsGone()
    {
        final int[] pair = files.socketpair(SysSocket.SOCK_SEQPACKET);
        final long pollfds = files.allocate(Poll.POLLFD_LENGTH).address();
        Poll.set(pollfds, 0, pair[0], Poll.POLLIN | Poll.POLLRDHUP);
        files.close(pair[1]);

        assertEquals(1, Poll.poll(pollfds, 1, -1));
        assertEquals(Poll.POLLIN | Poll.POLLHUP | Poll.POLLRDHUP, Poll.revents(pollfds, 0));
    }

    @Test
    void shouldSkipANegativeFileAndReportOneThatIsNotOpen()
    {
        final int gone = Eventfd.create();
        Unistd.close(gone);
        final long pollfds = files.allocate(2 * Poll.POLLFD_LENGTH).address();
        Poll.set(pollfds, 0, -1, Poll.POLLIN);
        Poll.set(pollfds, 1, gone, Poll.POLLIN);

        assertEquals(1, Poll.poll(pollfds, 2, 0));
        assertEquals(0, Poll.revents(pollfds, 0));
        assertEquals(Poll.POLLNVAL, Poll.revents(pollfds, 1));
    }
}
