package org.skerry.examples.shell;

import java.util.Arrays;
import java.util.HexFormat;

/**
 * Bytes as {@code hexdump -C} shows them: 16 to a line, with their offset, a star for lines that repeat the one before,
 * and the end offset as last line.
 */
final class HexDump
{
    /** Bytes to a line. */
    static final int LINE_LENGTH = 16;

    private static final HexFormat HEX = HexFormat.of();

    private final byte[] last = new byte[LINE_LENGTH];
    private boolean hasLast;
    private boolean isRepeating;

    /**
     * @param offset of the first byte, for people.
     * @param bytes  holder of the line.
     * @param start  of the line in it.
     * @param length 1 to 16.
     * @return the line, or null when there is nothing to print: it repeats, and the star was printed.
     */
    String line(final long offset, final byte[] bytes, final int start, final int length)
    {
        final boolean isRepeated = hasLast && length == LINE_LENGTH &&
            Arrays.equals(last, 0, LINE_LENGTH, bytes, start, start + LINE_LENGTH);

        if (isRepeated)
        {
            final boolean isFirstRepeat = !isRepeating;
            isRepeating = true;
            return isFirstRepeat ? "*" : null;
        }

        isRepeating = false;
        hasLast = length == LINE_LENGTH;
        System.arraycopy(bytes, start, last, 0, length);
        final StringBuilder line = new StringBuilder(80).append(offset(offset)).append(' ');

        for (int i = 0; i < LINE_LENGTH; i++)
        {
            line.append(i == LINE_LENGTH / 2 ? "  " : " ");

            if (i < length)
            {
                HEX.toHexDigits(line, bytes[start + i]);
            }
            else
            {
                line.append("  ");
            }
        }

        line.append("  |");

        for (int i = 0; i < length; i++)
        {
            final byte value = bytes[start + i];
            line.append(value >= ' ' && value < 0x7F ? (char)value : '.');
        }

        return line.append('|').toString();
    }

    /** @return the last line: where the bytes end. */
    static String end(final long offset)
    {
        return offset(offset);
    }

    private static String offset(final long offset)
    {
        return HEX.toHexDigits(offset, offset > 0xFFFF_FFFFL ? 16 : 8);
    }
}
