package org.skerry.toolstack.xenstore;

import java.util.function.Consumer;

import org.jline.utils.AttributedString;
import org.jline.utils.AttributedStringBuilder;
import org.jline.utils.AttributedStyle;

/** A line that somebody types, in the last line of the screen. */
final class EditPrompt
{
    private final String label;
    private final StringBuilder text;
    private final Consumer<String> onChange;
    private final Consumer<String> onDone;
    private int cursor;

    /**
     * @param label    in front of it.
     * @param text     to begin with.
     * @param onChange hears of the text with each key; null for nobody.
     * @param onDone   hears of the text with Enter.
     */
    EditPrompt(final String label, final String text, final Consumer<String> onChange, final Consumer<String> onDone)
    {
        this.label = label;
        this.text = new StringBuilder(text);
        this.onChange = onChange;
        this.onDone = onDone;
        this.cursor = text.length();
    }

    /** @return false when that was the last key. */
    boolean onKey(final int key)
    {
        switch (key)
        {
            case EditEvent.ENTER ->
            {
                onDone.accept(text.toString());
                return false;
            }
            case EditEvent.ESCAPE, EditEvent.CTRL_C ->
            {
                return false;
            }
            case EditEvent.LEFT -> cursor = before();
            case EditEvent.RIGHT -> cursor = after();
            case EditEvent.HOME, EditEvent.CTRL_A -> cursor = 0;
            case EditEvent.END, EditEvent.CTRL_E -> cursor = text.length();
            case EditEvent.BACKSPACE ->
            {
                final int start = before();
                text.delete(start, cursor);
                cursor = start;
            }
            case EditEvent.DELETE -> text.delete(cursor, after());
            case EditEvent.CTRL_U ->
            {
                text.delete(0, cursor);
                cursor = 0;
            }
            default ->
            {
                if (key >= ' ')
                {
                    text.insert(cursor++, (char)key);
                }
            }
        }
        if (onChange != null)
        {
            onChange.accept(text.toString());
        }

        return true;
    }

    private int before()
    {
        return cursor == 0 ? 0 : text.offsetByCodePoints(cursor, -1);
    }

    private int after()
    {
        return cursor == text.length() ? cursor : text.offsetByCodePoints(cursor, 1);
    }

    private AttributedString whole()
    {
        return new AttributedStringBuilder().style(AttributedStyle.BOLD).append(label).style(AttributedStyle.DEFAULT)
            .append(text).toAttributedString();
    }

    /** @return column of the cursor in a line of that width. */
    int column(final int width)
    {
        return toCursor() - start(width);
    }

    private int toCursor()
    {
        return new AttributedString(label + text.substring(0, cursor)).columnLength();
    }

    /** What does not fit is passed over on the left. */
    private int start(final int width)
    {
        return Math.max(0, toCursor() - width + 1);
    }

    /** @return what is to be seen of it. */
    AttributedString line(final int width)
    {
        return whole().columnSubSequence(start(width), start(width) + width);
    }
}
