package org.skerry.toolstack.config;

import java.util.List;
import java.util.Objects;

/**
 * A value of a config, and where it stands.
 */
public sealed interface ConfigValue
{
    /** @return where it begins. */
    SourcePosition position();

    /** @return what to call it in a message. */
    String kind();

    /**
     * A string.
     *
     * @param position of its quote, or of its first character when it has none (command line).
     * @param value    with quotes and escapes undone.
     * @param columns  column of each character of the value; empty when they stand side by side from
     *                 {@code firstColumn} on.
     * @param firstColumn of the first character.
     */
    record Text(SourcePosition position, String value, List<Integer> columns, int firstColumn) implements ConfigValue
    {
        /** A string knows where each of its characters came from. */
        public Text
        {
            columns = List.copyOf(columns);

            if (!columns.isEmpty() && columns.size() != value.length())
            {
                throw new IllegalArgumentException("columns do not match: columns=" + columns.size() +
                    ", characters=" + value.length());
            }
        }

        /**
         * @param index of a character; the length of the string stands for its end.
         * @return where that character stands.
         */
        public SourcePosition positionOf(final int index)
        {
            Objects.checkIndex(index, value.length() + 1);

            final int column;
            if (columns.isEmpty())
            {
                column = firstColumn + index;
            }
            else if (index < columns.size())
            {
                column = columns.get(index);
            }
            else
            {
                column = columns.getLast() + 1;
            }

            return new SourcePosition(position.file(), position.line(), column);
        }

        @Override
        public String kind()
        {
            return "a string";
        }
    }

    /**
     * A number.
     *
     * @param position of its first digit or sign.
     * @param value    what it says.
     * @param text     as it was written.
     */
    record Number(SourcePosition position, long value, String text) implements ConfigValue
    {
        @Override
        public String kind()
        {
            return "a number";
        }
    }

    /**
     * A list.
     *
     * @param position of its bracket.
     * @param elements in order.
     */
    record Sequence(SourcePosition position, List<ConfigValue> elements) implements ConfigValue
    {
        /** A list does not change. */
        public Sequence
        {
            elements = List.copyOf(elements);
        }

        @Override
        public String kind()
        {
            return "a list";
        }
    }
}
