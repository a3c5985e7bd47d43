package org.skerry.examples.shell;

import java.util.ArrayList;
import java.util.List;

/**
 * Editing of one line on a raw terminal: bytes of the keyboard in, the picture of the line out.
 * <p>
 * Keys: Backspace, Delete; Left, Right, Home, End (^B ^F ^A ^E); ^U and ^K delete to the line's begin and end, ^W the
 * word before the cursor; Up and Down (^P ^N) go through the lines typed before; ^L clears the screen; ^C gives the
 * line up. CR, LF and CR LF end it. Text is UTF-8; every character counts as one column.
 */
final class LineEditor
{
    /** What a byte led to. */
    enum Event
    {
        /** Nothing to tell. */
        NONE,
        /** A line is there; {@link #line()} gives it. */
        LINE,
        /** ^C. */
        INTERRUPT
    }

    /** Characters that a line holds; more are refused with a bell. */
    static final int MAX_LENGTH = 1024;

    /** Lines that are remembered. */
    static final int HISTORY_LIMIT = 100;

    private static final String BELL = "\u0007";
    private static final String ERASE_TO_END = "\u001b[K";

    private final Terminal terminal;
    private final String prompt;
    private final Utf8Decoder decoder = new Utf8Decoder();
    private final EscapeDecoder escapes = new EscapeDecoder();
    private final List<String> history = new ArrayList<>();
    private int[] line = new int[MAX_LENGTH];
    private int length;
    private int cursor;
    private int historyIndex;
    private String draft = "";
    private String finished = "";
    private boolean wasCarriageReturn;

    LineEditor(final Terminal terminal, final String prompt)
    {
        this.terminal = terminal;
        this.prompt = prompt;
    }

    /** Begin a new, empty line: show the prompt. */
    void begin()
    {
        length = 0;
        cursor = 0;
        historyIndex = history.size();
        draft = "";
        terminal.print(prompt);
    }

    /** @return the line that {@link Event#LINE} announced. */
    String line()
    {
        return finished;
    }

    /** Show prompt and line again, after something else was printed over them. */
    void redraw()
    {
        terminal.print(prompt + text(0, length) + "\b".repeat(length - cursor));
    }

    /** Erase prompt and line from the terminal's last row, to print something else there. */
    void hide()
    {
        terminal.print("\r" + ERASE_TO_END);
    }

    /** A byte came from the keyboard. */
    Event onByte(final byte value)
    {
        if (value == '\n' && wasCarriageReturn)
        {
            wasCarriageReturn = false;
            return Event.NONE;
        }

        wasCarriageReturn = value == '\r';
        final int character = decoder.onByte(value);

        if (character < 0)
        {
            return Event.NONE;
        }

        final int key = escapes.onCharacter(character);
        return key < 0 ? Event.NONE : onKey(key);
    }

    private Event onKey(final int key)
    {
        switch (key)
        {
            case '\r', '\n' ->
            {
                return finish();
            }
            case Keys.CTRL_C ->
            {
                terminal.print("^C\r\n");
                return Event.INTERRUPT;
            }
            case Keys.BACKSPACE, Keys.CTRL_H -> erase(cursor - 1, cursor);
            case Keys.DELETE, Keys.CTRL_D -> erase(cursor, cursor + 1);
            case Keys.CTRL_U -> erase(0, cursor);
            case Keys.CTRL_K -> erase(cursor, length);
            case Keys.CTRL_W -> erase(wordStart(), cursor);
            case Keys.LEFT, Keys.CTRL_B -> moveTo(cursor - 1);
            case Keys.RIGHT, Keys.CTRL_F -> moveTo(cursor + 1);
            case Keys.HOME, Keys.CTRL_A -> moveTo(0);
            case Keys.END, Keys.CTRL_E -> moveTo(length);
            case Keys.UP, Keys.CTRL_P -> recall(historyIndex - 1);
            case Keys.DOWN, Keys.CTRL_N -> recall(historyIndex + 1);
            case Keys.CTRL_L ->
            {
                terminal.print("\u001b[H\u001b[2J");
                redraw();
            }
            default -> insert(key);
        }

        return Event.NONE;
    }

    private Event finish()
    {
        finished = text(0, length);
        terminal.print("\r\n");

        if (!finished.isBlank() && (history.isEmpty() || !history.getLast().equals(finished)))
        {
            history.add(finished);

            if (history.size() > HISTORY_LIMIT)
            {
                history.removeFirst();
            }
        }

        return Event.LINE;
    }

    private void insert(final int character)
    {
        if (character < ' ' || character >= Keys.FIRST || length == MAX_LENGTH)
        {
            terminal.print(BELL);
            return;
        }

        System.arraycopy(line, cursor, line, cursor + 1, length - cursor);
        line[cursor] = character;
        length++;
        terminal.print(text(cursor, length) + "\b".repeat(length - cursor - 1));
        cursor++;
    }

    private void erase(final int from, final int to)
    {
        if (from < 0 || to > length || from == to)
        {
            terminal.print(from == to ? "" : BELL);
            return;
        }

        moveTo(from);
        System.arraycopy(line, to, line, from, length - to);
        length -= to - from;
        terminal.print(text(cursor, length) + ERASE_TO_END + "\b".repeat(length - cursor));
    }

    private void moveTo(final int newCursor)
    {
        if (newCursor < 0 || newCursor > length)
        {
            terminal.print(BELL);
            return;
        }

        terminal.print(newCursor < cursor ? "\b".repeat(cursor - newCursor) : text(cursor, newCursor));
        cursor = newCursor;
    }

    private void recall(final int index)
    {
        if (index < 0 || index > history.size())
        {
            terminal.print(BELL);
            return;
        }

        if (historyIndex == history.size())
        {
            draft = text(0, length);
        }

        historyIndex = index;
        final String recalled = index == history.size() ? draft : history.get(index);
        moveTo(0);
        line = recalled.codePoints().toArray();
        length = line.length;
        line = java.util.Arrays.copyOf(line, MAX_LENGTH);
        cursor = length;
        terminal.print(recalled + ERASE_TO_END);
    }

    private int wordStart()
    {
        int start = cursor;

        while (start > 0 && line[start - 1] == ' ')
        {
            start--;
        }

        while (start > 0 && line[start - 1] != ' ')
        {
            start--;
        }

        return start;
    }

    private String text(final int from, final int to)
    {
        return new String(line, from, to - from);
    }
}
