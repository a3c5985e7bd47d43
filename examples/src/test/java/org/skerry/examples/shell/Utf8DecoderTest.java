package org.skerry.examples.shell;

import org.junit.jupiter.api.Test;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

class Utf8DecoderTest
{
    private final Utf8Decoder decoder = new Utf8Decoder();

    private String decode(final int... bytes)
    {
        final StringBuilder text = new StringBuilder();

        for (final int value : bytes)
        {
            final int character = decoder.onByte((byte)value);

            if (character >= 0)
            {
                text.appendCodePoint(character);
            }
        }

        return text.toString();
    }

    @Test
    void shouldDecodeEveryCharacter()
    {
        for (int character = 1; character <= Character.MAX_CODE_POINT; character += 7)
        {
            if (character < Character.MIN_SURROGATE || character > Character.MAX_SURROGATE)
            {
                final String text = Character.toString(character);
                final StringBuilder decoded = new StringBuilder();

                for (final byte value : text.getBytes(UTF_8))
                {
                    decoded.append(decode(value));
                }

                assertEquals(text, decoded.toString());
            }
        }
    }

    @Test
    void shouldReplaceWhatIsNoUtf8()
    {
        assertEquals("\ufffd", decode(0x80));
        assertEquals("\ufffd", decode(0xFF));
        assertEquals("a", decode(0xC3, 'a'));
        assertEquals("\ufffd", decode(0xC0, 0x80));
        assertEquals("\ufffd", decode(0xED, 0xA0, 0x80));
        assertEquals("\ufffd", decode(0xF4, 0x90, 0x80, 0x80));
    }
}
