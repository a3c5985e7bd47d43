package org.skerry.xenstore;

/** Numbers as clients write them. */
final class Decimal
{
    private static final int DIGITS_MAX = 18;

    private Decimal()
    {
    }

    /**
     * @return 0 to 65535, or -1 when the text is anything else.
     */
    static int domid(final String text)
    {
        final long value = parse(text);
        return value <= Permission.DOMID_MAX ? (int)value : -1;
    }

    /**
     * @return a number of 31 bits, or -1 when the text is anything else.
     */
    static int number(final String text)
    {
        final long value = parse(text);
        return value <= Integer.MAX_VALUE ? (int)value : -1;
    }

    /**
     * @return the digits as a number, or -1 when there are none, too many, or something else.
     */
    static long parse(final String text)
    {
        if (text.isEmpty() || text.length() > DIGITS_MAX)
        {
            return -1;
        }

        long value = 0;

        for (int i = 0; i < text.length(); i++)
        {
            final int digit = text.charAt(i) - '0';

            if (digit < 0 || digit > 9)
            {
                return -1;
            }

            value = value * 10 + digit;
        }

        return value;
    }
}
