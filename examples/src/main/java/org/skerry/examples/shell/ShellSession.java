package org.skerry.examples.shell;

import org.skerry.guest.xenstore.XenstoreException;
import org.skerry.wire.ShutdownReason;

/**
 * The conversation: a prompt, a line, a command, and the prompt again. While a command is at work, what is typed is
 * kept for later, except ^C, which stops it. When {@link #TYPE_AHEAD_CAPACITY} bytes wait, the rest stays in the
 * console's page: nothing typed or piped in is lost.
 */
final class ShellSession
{
    /** What the user sees before each line. */
    static final String PROMPT = "skerry# ";

    /** Bytes that are kept while a command is at work. */
    static final int TYPE_AHEAD_CAPACITY = 4096;

    /** Room for the echo of any key. */
    private static final int ECHO_ROOM = 3 * 4 * LineEditor.MAX_LENGTH;
    private static final int KEYS_PER_TURN = 64;
    private static final byte CTRL_C = 0x03;

    /** Where keys come from. */
    interface Keyboard
    {
        /** @return bytes read into the target from the offset on, 0 when there are none. */
        int read(byte[] target, int offset, int length);
    }

    private final Terminal terminal;
    private final Keyboard keyboard;
    private final CommandTable commands;
    private final LineEditor editor;
    private final byte[] typed = new byte[TYPE_AHEAD_CAPACITY];
    private int typedOffset;
    private int typedLength;
    private Job job;
    private boolean isEnding;

    ShellSession(final Terminal terminal, final Keyboard keyboard, final CommandTable commands)
    {
        this.terminal = terminal;
        this.keyboard = keyboard;
        this.commands = commands;
        editor = new LineEditor(terminal, PROMPT);
    }

    /** Show the first prompt. */
    void begin()
    {
        editor.begin();
    }

    /** @return how many things were done. */
    int doWork()
    {
        int workCount = takeKeys();

        if (job != null)
        {
            workCount += work();
        }
        else
        {
            workCount += edit();
        }

        return workCount;
    }

    /** @return when {@link #doWork} wants to be called though nothing happens. */
    long nextDeadlineNs()
    {
        return job == null ? Long.MAX_VALUE : job.nextDeadlineNs();
    }

    /** Print a line of the kernel's own, above the prompt when the user is at it. */
    void announce(final String line)
    {
        if (job != null)
        {
            terminal.println(line);
            return;
        }

        editor.hide();
        terminal.println(line);
        editor.redraw();
    }

    /** The toolstack wants the domain to end: whatever is at work stops. */
    void end(final ShutdownReason reason, final String message)
    {
        if (isEnding)
        {
            return;
        }

        isEnding = true;

        if (job == null)
        {
            editor.hide();
        }
        else
        {
            job.cancel();
        }

        terminal.println(message);
        job = commands.end(reason);
    }

    private int takeKeys()
    {
        System.arraycopy(typed, typedOffset, typed, 0, typedLength);
        typedOffset = 0;
        final int end = typedLength;
        final int count = keyboard.read(typed, end, TYPE_AHEAD_CAPACITY - end);
        typedLength += count;

        for (int i = end; job != null && !isEnding && i < end + count; i++)
        {
            if (typed[i] == CTRL_C)
            {
                typedOffset = i + 1;
                typedLength = end + count - typedOffset;
                interrupt();
            }
        }

        return count;
    }

    private void interrupt()
    {
        terminal.println("^C");
        job.cancel();
        job = null;
        editor.begin();
    }

    private int work()
    {
        int workCount = 0;

        try
        {
            workCount = job.doWork();
        }
        catch (final CommandException | XenstoreException exception)
        {
            fail(exception);
            return 1;
        }

        if (job != null && job.isDone())
        {
            job = null;
            editor.begin();
            workCount++;
        }

        return workCount;
    }

    private int edit()
    {
        int workCount = 0;

        while (job == null && typedLength > 0 && workCount < KEYS_PER_TURN && terminal.room() >= ECHO_ROOM)
        {
            final byte key = typed[typedOffset++];
            typedLength--;
            workCount++;

            switch (editor.onByte(key))
            {
                case NONE ->
                {
                }
                case LINE -> start(editor.line());
                case INTERRUPT -> editor.begin();
            }
        }

        return workCount;
    }

    private void start(final String line)
    {
        try
        {
            job = commands.start(line);
        }
        catch (final CommandException | XenstoreException exception)
        {
            fail(exception);
            return;
        }

        if (job == null)
        {
            editor.begin();
        }
    }

    private void fail(final RuntimeException exception)
    {
        job = null;
        terminal.println(exception.getMessage());
        editor.begin();
    }
}
