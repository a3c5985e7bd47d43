package org.skerry.toolstack.xenstore;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/**
 * Values as the editor shows and takes them: like {@link ValueText}, but what is UTF-8 and can be seen is shown as it
 * is.
 */
final class EditText
{
    private EditText()
    {
    }

    /**
     * @param value string of bytes.
     * @return characters.
     */
    static String show(final String value)
    {
        final String text = decode(value);

        if (text == null)
        {
            return ValueText.escape(value);
        }

        final StringBuilder shown = new StringBuilder(text.length());
        text.codePoints().forEach(c ->
        {
            if (c < 0x80 || !isVisible(c))
            {
                final String bytes = new String(Character.toString(c).getBytes(StandardCharsets.UTF_8),
                    StandardCharsets.ISO_8859_1);
                shown.append(ValueText.escape(bytes));
            }
            else
            {
                shown.appendCodePoint(c);
            }
        });
        return shown.toString();
    }

    /**
     * @param text as {@link #show} gives it, or somebody has typed.
     * @return string of bytes.
     */
    static String parse(final String text)
    {
        return ValueText.unescape(new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1));
    }

    private static String decode(final String value)
    {
        try
        {
            final CharBuffer text = StandardCharsets.UTF_8.newDecoder().onMalformedInput(CodingErrorAction.REPORT)
                .decode(ByteBuffer.wrap(value.getBytes(StandardCharsets.ISO_8859_1)));
            return text.toString();
        }
        catch (final CharacterCodingException ex)
        {
            return null;
        }
    }

    /** Of what changes the direction of text or takes no room nobody could tell that it is there. */
    private static boolean isVisible(final int c)
    {
        return switch (Character.getType(c))
        {
            case Character.CONTROL, Character.FORMAT, Character.SURROGATE, Character.PRIVATE_USE, Character.UNASSIGNED,
                Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR, Character.NON_SPACING_MARK,
                Character.ENCLOSING_MARK -> false;
            default -> true;
        };
    }
}
