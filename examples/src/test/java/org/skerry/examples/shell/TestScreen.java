package org.skerry.examples.shell;

/** One row of a terminal: shows what an editor's output looks like to a person. */
final class TestScreen
{
    private TestScreen()
    {
    }

    /** @return the last row after the text was printed, with {@code |} where the cursor stands. */
    static String lastRow(final String text)
    {
        final StringBuilder row = new StringBuilder();
        int cursor = 0;

        for (int i = 0; i < text.length(); i++)
        {
            final char c = text.charAt(i);

            if (c == '\r')
            {
                cursor = 0;
            }
            else if (c == '\n')
            {
                row.setLength(0);
            }
            else if (c == '\b')
            {
                cursor = Math.max(0, cursor - 1);
            }
            else if (text.startsWith("\u001b[K", i))
            {
                row.setLength(Math.min(row.length(), cursor));
                i += 2;
            }
            else if (text.startsWith("\u001b[H\u001b[2J", i))
            {
                row.setLength(0);
                cursor = 0;
                i += 6;
            }
            else if (c >= ' ')
            {
                row.setLength(Math.max(row.length(), cursor + 1));
                row.setCharAt(cursor++, c);
            }
            else if (c != '\u0007')
            {
                throw new AssertionError("a screen does not know this: " + (int)c);
            }
        }

        return row.substring(0, cursor) + "|" + row.substring(cursor);
    }
}
