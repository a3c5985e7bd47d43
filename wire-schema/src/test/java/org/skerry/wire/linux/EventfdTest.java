package org.skerry.wire.linux;

import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.junit.jupiter.api.Assertions.assertEquals;

class EventfdTest
{
    @AutoClose
    private final TestFiles files = new TestFiles();

    @Test
    void shouldRememberThatItRangHoweverOften()
    {
        final int bell = files.open(Eventfd.create());

        assertEquals(0, Eventfd.drain(bell));
        assertEquals(0, Eventfd.signal(bell));
        assertEquals(0, Eventfd.signal(bell));
        assertEquals(1, Eventfd.drain(bell));
        assertEquals(0, Eventfd.drain(bell));
    }

    @Test
    void shouldBeClosedOnExecAndNonBlocking()
    {
        final int bell = files.open(Eventfd.create());

        assertEquals(Fcntl.FD_CLOEXEC, Fcntl.fcntl(bell, Fcntl.F_GETFD, 0));
        assertEquals(Fcntl.O_NONBLOCK, Fcntl.fcntl(bell, Fcntl.F_GETFL, 0) & Fcntl.O_NONBLOCK);
    }

    @Test
    @Timeout(10)
    void shouldNotWaitForARingWhenThePeerMadeItBlocking()
    {
        final int bell = files.open(Eventfd.create());
        final int peersCopy = files.open(Unistd.dup(bell));

        assertEquals(0, Fcntl.fcntl(peersCopy, Fcntl.F_SETFL, 0));
        assertEquals(0, Eventfd.drain(bell));
    }

    @Test
    void shouldCountAsRungWhenThePeerFilledIt()
    {
        final int bell = files.open(Eventfd.create());
        final MemorySegment full = files.allocate(Long.BYTES);
        full.set(JAVA_LONG, 0, -2L);

        assertEquals(Long.BYTES, Unistd.write(bell, full.address(), Long.BYTES));
        assertEquals(0, Eventfd.signal(bell));
        assertEquals(1, Eventfd.drain(bell));
    }

    @Test
    void shouldAnswerTheNegativeErrno()
    {
        final int gone = Eventfd.create();
        Unistd.close(gone);

        assertEquals(-TestFiles.EBADF, Eventfd.signal(gone));
        assertEquals(-TestFiles.EBADF, Eventfd.drain(gone));
    }
}
