package org.skerry.toolstack.config;

/**
 * A place in a config.
 *
 * @param file   as the user named it, or {@code command line}.
 * @param line   counted from 1.
 * @param column in characters, counted from 1.
 */
public record SourcePosition(String file, int line, int column)
{
    /** Lines and columns are counted from 1. */
    public SourcePosition
    {
        if (line < 1 || column < 1)
        {
            throw new IllegalArgumentException("position out of range: line=" + line + ", column=" + column);
        }
    }

    /**
     * @param characters to the right.
     * @return the position there, on the same line.
     */
    public SourcePosition plus(final int characters)
    {
        return new SourcePosition(file, line, column + characters);
    }

    /** @return {@code file:line:column}. */
    @Override
    public String toString()
    {
        return file + ":" + line + ":" + column;
    }
}
