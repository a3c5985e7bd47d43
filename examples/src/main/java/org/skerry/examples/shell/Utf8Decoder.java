package org.skerry.examples.shell;

/** UTF-8 byte by byte. What is no UTF-8 becomes U+FFFD; nothing makes it throw. */
final class Utf8Decoder
{
    private static final int REPLACEMENT = 0xFFFD;

    private int character;
    private int minimum;
    private int missing;

    /**
     * @return the character that the byte completes, or -1 while it is not complete. A byte that breaks a character off
     *         is answered itself; the broken one is dropped.
     */
    int onByte(final byte value)
    {
        final int unsigned = value & 0xFF;

        if (unsigned < 0x80)
        {
            missing = 0;
            return unsigned;
        }

        if (unsigned < 0xC0)
        {
            return onContinuation(unsigned & 0x3F);
        }

        missing = unsigned < 0xE0 ? 1 : unsigned < 0xF0 ? 2 : 3;
        minimum = missing == 1 ? 0x80 : missing == 2 ? 0x800 : 0x1_0000;
        character = unsigned & 0x3F >> missing;

        if (unsigned >= 0xF8)
        {
            missing = 0;
            return REPLACEMENT;
        }

        return -1;
    }

    private int onContinuation(final int bits)
    {
        if (missing == 0)
        {
            return REPLACEMENT;
        }

        character = character << 6 | bits;

        if (--missing > 0)
        {
            return -1;
        }

        final boolean isSurrogate = character >= Character.MIN_SURROGATE && character <= Character.MAX_SURROGATE;
        return character < minimum || character > Character.MAX_CODE_POINT || isSurrogate ? REPLACEMENT : character;
    }
}
