package org.skerry.toolstack.console;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;

/**
 * A screen of its own on a terminal, for what redraws itself until a key ends it: {@code q}, {@code ^C} or
 * {@code Escape}. The screen that was there comes back with {@link #close}.
 */
public final class LiveScreen implements AutoCloseable
{
    private static final int CTRL_C = 3;
    private static final int ESCAPE = 27;

    private final RawTerminal terminal;
    private final PrintStream out;
    private boolean isClosed;

    private LiveScreen(final RawTerminal terminal, final PrintStream out)
    {
        this.terminal = terminal;
        this.out = out;
    }

    /**
     * @param in    of the terminal.
     * @param out   to the terminal.
     * @param onEnd called by a thread of its own when a key ends it, after the old screen has come back.
     * @return the screen, empty.
     */
    public static LiveScreen open(final InputStream in, final PrintStream out, final Runnable onEnd)
    {
        final LiveScreen screen = new LiveScreen(RawTerminal.enter(0), out);
        out.print("\033[?1049h\033[?25l\033[2J\033[H");
        out.flush();
        Thread.ofPlatform().daemon().name("keys").start(() -> screen.awaitEnd(in, onEnd));

        return screen;
    }

    @Override
    public synchronized void close()
    {
        if (!isClosed)
        {
            isClosed = true;
            out.print("\033[?25h\033[?1049l");
            out.flush();
            terminal.close();
        }
    }

    private void awaitEnd(final InputStream in, final Runnable onEnd)
    {
        try
        {
            int key = in.read();
            while (key >= 0 && key != 'q' && key != 'Q' && key != CTRL_C && key != ESCAPE)
            {
                key = in.read();
            }
        }
        catch (final IOException ignore)
        {
            // a terminal that is gone ends it too
        }
        close();
        onEnd.run();
    }
}
