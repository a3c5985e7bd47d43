package org.skerry.toolstack.xl;

import java.io.PrintWriter;
import org.skerry.toolstack.Progress;
import org.skerry.toolstack.control.CommandSession;

/**
 * One line of a terminal on which each step writes over the one before. Where standard error is no terminal, nothing is
 * written.
 */
final class StatusLine implements Progress, AutoCloseable
{
    private static final int DEFAULT_COLUMNS = 80;

    private final PrintWriter terminal;
    private final int width;

    /**
     * @param session of the user.
     * @param isQuiet the user does not wish to see anything.
     */
    StatusLine(final CommandSession session, final boolean isQuiet)
    {
        this.terminal = session.isTerminal(2) && !isQuiet ? session.err() : null;
        this.width = (session.columns() > 0 ? session.columns() : DEFAULT_COLUMNS) - 1;
    }

    @Override
    public void onStep(final String step)
    {
        if (terminal != null)
        {
            terminal.print("\r\033[K" + (step.length() > width ? step.substring(0, width) : step));
            terminal.flush();
        }
    }

    /** Leaves the line empty. */
    @Override
    public void close()
    {
        onStep("");
    }
}
