package org.skerry.toolstack.xenstore;

/**
 * Values as the programs show and take them: printable ASCII as it is, everything else behind a backslash. Strings of
 * bytes on both sides.
 */
final class ValueText
{
    private static final int WIDTH_OCTAL = 3;
    private static final int WIDTH_HEX = 2;

    private ValueText()
    {
    }

    /**
     * @param value of a node.
     * @return printable: {@code \t \n \r \\}, {@code \ooo} below 8, else {@code \xhh}.
     */
    static String escape(final String value)
    {
        final StringBuilder text = new StringBuilder(value.length());

        for (int i = 0; i < value.length(); i++)
        {
            final char c = value.charAt(i);

            switch (c)
            {
                case '\t' -> text.append("\\t");
                case '\n' -> text.append("\\n");
                case '\r' -> text.append("\\r");
                case '\\' -> text.append("\\\\");
                default -> escape(c, text);
            }
        }

        return text.toString();
    }

    private static void escape(final char c, final StringBuilder text)
    {
        if (c >= ' ' && c <= '~')
        {
            text.append(c);
        }
        else if (c < 8)
        {
            text.append("\\00").append((char)('0' + c));
        }
        else
        {
            text.append("\\x").append(Character.forDigit(c >> 4, 16)).append(Character.forDigit(c & 15, 16));
        }
    }

    /**
     * The way back, as lenient as C's: up to three octal digits, {@code x} with a number that scanf reads in two
     * characters, and any other character for itself. A backslash at the end is a NUL.
     *
     * @param text as typed.
     * @return the value.
     */
    static String unescape(final String text)
    {
        final StringBuilder value = new StringBuilder(text.length());
        int i = 0;

        while (i < text.length())
        {
            final char c = text.charAt(i++);

            if (c != '\\')
            {
                value.append(c);
            }
            else if (i == text.length())
            {
                value.append('\0');
            }
            else
            {
                i = unescape(text, i, value);
            }
        }

        return value.toString();
    }

    /** @return index of what follows. */
    private static int unescape(final String text, final int index, final StringBuilder value)
    {
        final char c = text.charAt(index);

        switch (c)
        {
            case 't' -> value.append('\t');
            case 'n' -> value.append('\n');
            case 'r' -> value.append('\r');
            case 'x' ->
            {
                return scanHex(text, index + 1, value);
            }
            default ->
            {
                if (Character.digit(c, 8) >= 0)
                {
                    return scanDigits(text, index, index + WIDTH_OCTAL, 8, 1, value);
                }

                value.append(c);
            }
        }

        return index + 1;
    }

    private static int scanHex(final String text, final int index, final StringBuilder value)
    {
        int start = index;

        while (start < text.length() && isSpace(text.charAt(start)))
        {
            start++;
        }

        final int end = start + WIDTH_HEX;
        final char sign = start < text.length() ? text.charAt(start) : 0;

        if (text.regionMatches(true, start, "0x", 0, 2))
        {
            value.append('\0');                                  // the prefix takes both characters
            return end;
        }
        if (sign == '+' || sign == '-')
        {
            start++;
        }
        if (start >= text.length() || Character.digit(text.charAt(start), 16) < 0)
        {
            value.append('x');
            return index;
        }

        return scanDigits(text, start, end, 16, sign == '-' ? -1 : 1, value);
    }

    private static int scanDigits(
        final String text, final int start, final int end, final int radix, final int sign, final StringBuilder value)
    {
        int number = 0;
        int i = start;

        while (i < end && i < text.length() && Character.digit(text.charAt(i), radix) >= 0)
        {
            number = number * radix + Character.digit(text.charAt(i++), radix);
        }

        value.append((char)(sign * number & 0xFF));
        return i;
    }

    /**
     * A number as C's atoi reads it.
     *
     * @param text white space, a sign, digits, and anything.
     * @return the number, 0 without digits, the low 32 bits of what fits 64.
     */
    static int atoi(final String text)
    {
        int i = 0;

        while (i < text.length() && isSpace(text.charAt(i)))
        {
            i++;
        }

        final boolean isNegative = i < text.length() && text.charAt(i) == '-';
        i += isNegative || i < text.length() && text.charAt(i) == '+' ? 1 : 0;
        long number = 0;                                         // negative, whose range is the larger one

        for (; i < text.length() && text.charAt(i) >= '0' && text.charAt(i) <= '9'; i++)
        {
            final int digit = text.charAt(i) - '0';
            number = number < (Long.MIN_VALUE + digit) / 10 ? Long.MIN_VALUE : number * 10 - digit;
        }

        return (int)(isNegative ? number : number == Long.MIN_VALUE ? Long.MAX_VALUE : -number);
    }

    private static boolean isSpace(final char c)
    {
        return c == ' ' || c >= '\t' && c <= '\r';
    }
}
