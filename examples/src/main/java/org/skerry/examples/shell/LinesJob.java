package org.skerry.examples.shell;

import java.util.Iterator;
import java.util.List;

/** Prints lines as fast as the terminal takes them and not faster. They may be made while they are asked for. */
final class LinesJob implements Job
{
    private static final int LINES_PER_TURN = 16;

    /** Room that any line fits into. */
    static final int LINE_ROOM = 8 * 1024;

    private final Terminal terminal;
    private final Iterator<String> lines;

    LinesJob(final Terminal terminal, final Iterator<String> lines)
    {
        this.terminal = terminal;
        this.lines = lines;
    }

    static LinesJob of(final Terminal terminal, final List<String> lines)
    {
        return new LinesJob(terminal, lines.iterator());
    }

    @Override
    public int doWork()
    {
        int workCount = 0;

        while (workCount < LINES_PER_TURN && terminal.room() >= LINE_ROOM && lines.hasNext())
        {
            terminal.println(lines.next());
            workCount++;
        }

        return workCount;
    }

    @Override
    public boolean isDone()
    {
        return !lines.hasNext();
    }
}
