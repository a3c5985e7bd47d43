package org.skerry.wire.linux;

import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** {@link Termios} and {@link Pty}. */
@Timeout(60)
class TermiosTest
{
    @AutoClose
    private final TestFiles files = new TestFiles();

    private final int user = files.open(Pty.openMaster(Fcntl.O_NONBLOCK));
    private final int terminal = files.open(Pty.openSlave(user));
    private final MemorySegment in = files.allocate(64);
    private final byte[] saved = new byte[Termios.TERMIOS_LENGTH];

    @Test
    void shouldBeATerminal()
    {
        assertEquals(1, Unistd.isatty(terminal));
        assertTrue(Pty.number(user) >= 0);
    }

    @Test
    void shouldPassEveryByteAsItIsInRawMode()
    {
        type("a\r");
        assertEquals("a\r\n", readFrom(user), "echo, and the carriage return as a new line");
        assertEquals("a\n", readFrom(terminal));

        assertEquals(0, Termios.makeRaw(terminal, saved));
        type("\u0003\u001d\rb");
        assertEquals("\u0003\u001d\rb", readFrom(terminal));
        assertEquals(-TestFiles.EAGAIN, Unistd.read(user, in.address(), 64), "no echo");
        Unistd.write(terminal, files.bytes("x\n").address(), 2);
        assertEquals("x\n", readFrom(user));
    }

    @Test
    void shouldRestoreTheSettingsThatWere()
    {
        final byte[] before = new byte[Termios.TERMIOS_LENGTH];
        final byte[] raw = new byte[Termios.TERMIOS_LENGTH];
        final byte[] after = new byte[Termios.TERMIOS_LENGTH];
        assertEquals(0, Termios.tcgetattr(terminal, before));

        assertEquals(0, Termios.makeRaw(terminal, saved));
        assertArrayEquals(before, saved);
        assertEquals(0, Termios.tcgetattr(terminal, raw));
        final byte[] expected = before.clone();
        Termios.cfmakeraw(expected);
        assertArrayEquals(expected, raw);
        assertEquals(0, Termios.restore(terminal, saved));
        assertEquals(0, Termios.tcgetattr(terminal, after));
        assertArrayEquals(before, after);
    }

    @Test
    void shouldSetAndTellTheWindowSize()
    {
        assertEquals(0, Termios.setWindowSize(user, 50, 132));
        assertEquals(50L << 32 | 132, Termios.windowSize(terminal));
    }

    @Test
    void shouldRefuseWhatIsNoTerminal()
    {
        final int bell = files.open(Eventfd.create());

        assertEquals(-TestFiles.ENOTTY, Termios.makeRaw(bell, saved));
        assertEquals(-TestFiles.ENOTTY, Termios.windowSize(bell));
        assertEquals(-TestFiles.EINVAL, Termios.tcsetattr(terminal, 3, saved));
        assertEquals(-TestFiles.EINVAL, Termios.tcgetattr(terminal, new byte[60]));
    }

    private void type(final String keys)
    {
        assertEquals(keys.length(), Unistd.write(user, files.bytes(keys).address(), keys.length()));
    }

    private String readFrom(final int fd)
    {
        final long pollfds = files.allocate(Poll.POLLFD_LENGTH).address();
        Poll.set(pollfds, 0, fd, Poll.POLLIN);
        assertEquals(1, Poll.poll(pollfds, 1, 30_000));
        return TestFiles.text(in, Unistd.read(fd, in.address(), 64));
    }
}
