package org.skerry.toolstack.xl;

import java.io.PrintWriter;

/**
 * Writes JSON, four spaces a level, as xl prints it.
 */
final class JsonWriter
{
    private final PrintWriter out;
    private int depth;
    private boolean isFirst = true;
    private boolean isNamed;

    JsonWriter(final PrintWriter out)
    {
        this.out = out;
    }

    JsonWriter beginObject()
    {
        return begin('{');
    }

    JsonWriter endObject()
    {
        return end('}');
    }

    JsonWriter beginArray()
    {
        return begin('[');
    }

    JsonWriter endArray()
    {
        return end(']');
    }

    JsonWriter name(final String name)
    {
        place();
        quoted(name);
        out.print(": ");
        isNamed = true;
        return this;
    }

    JsonWriter value(final String value)
    {
        place();
        quoted(value);
        return this;
    }

    JsonWriter value(final long value)
    {
        place();
        out.print(value);
        return this;
    }

    JsonWriter nothing()
    {
        place();
        out.print("null");
        return this;
    }

    private JsonWriter begin(final char bracket)
    {
        place();
        out.print(bracket);
        depth++;
        isFirst = true;
        return this;
    }

    private JsonWriter end(final char bracket)
    {
        depth--;
        if (!isFirst)
        {
            newLine();
        }
        out.print(bracket);
        isFirst = false;
        return this;
    }

    /** Puts what must stand between the last thing and the next. */
    private void place()
    {
        if (isNamed)
        {
            isNamed = false;
            return;
        }
        if (!isFirst)
        {
            out.print(',');
        }
        if (depth > 0)
        {
            newLine();
        }
        isFirst = false;
    }

    private void newLine()
    {
        out.print('\n');
        out.print("    ".repeat(depth));
    }

    private void quoted(final String text)
    {
        out.print('"');
        for (int i = 0; i < text.length(); i++)
        {
            final char c = text.charAt(i);
            switch (c)
            {
                case '"' -> out.print("\\\"");
                case '\\' -> out.print("\\\\");
                case '\n' -> out.print("\\n");
                case '\t' -> out.print("\\t");
                default ->
                {
                    if (c < ' ')
                    {
                        out.print(String.format("\\u%04x", (int)c));
                    }
                    else
                    {
                        out.print(c);
                    }
                }
            }
        }
        out.print('"');
    }
}
