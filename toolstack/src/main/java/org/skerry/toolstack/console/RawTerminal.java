package org.skerry.toolstack.console;

import org.skerry.wire.linux.Termios;

/**
 * A terminal in raw mode, and the promise that it does not stay there: {@link #close} puts its settings back, and so
 * does the end of the JVM, by a signal too. What is no terminal is left alone.
 */
final class RawTerminal implements AutoCloseable
{
    private final int fd;
    private final byte[] saved = new byte[Termios.TERMIOS_LENGTH];
    private final Thread atExit = new Thread(this::restore, "restore-terminal");
    private boolean isRaw;

    private RawTerminal(final int fd)
    {
        this.fd = fd;
    }

    /**
     * What was typed before stays and is read.
     *
     * @param fd of what may be a terminal.
     * @return a handle to close, in any case.
     */
    static RawTerminal enter(final int fd)
    {
        final RawTerminal terminal = new RawTerminal(fd);

        if (Termios.tcgetattr(fd, terminal.saved) == 0)
        {
            final byte[] raw = terminal.saved.clone();
            Termios.cfmakeraw(raw);
            terminal.isRaw = true;
            Runtime.getRuntime().addShutdownHook(terminal.atExit);
            Termios.tcsetattr(fd, Termios.TCSANOW, raw);
        }

        return terminal;
    }

    /** @return whether it is a terminal. */
    boolean isTerminal()
    {
        return isRaw;
    }

    @Override
    public void close()
    {
        if (isRaw)
        {
            restore();

            try
            {
                Runtime.getRuntime().removeShutdownHook(atExit);
            }
            catch (final IllegalStateException ignore)
            {
                return;                                          // the JVM is on its way out and has done it, too
            }
        }
    }

    private synchronized void restore()
    {
        Termios.tcsetattr(fd, Termios.TCSANOW, saved);
    }
}
