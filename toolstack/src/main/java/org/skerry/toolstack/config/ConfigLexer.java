package org.skerry.toolstack.config;

import java.util.ArrayList;
import java.util.List;

/**
 * Cuts a config into tokens. One token is looked at, the next call moves on.
 */
final class ConfigLexer
{
    enum Kind
    {
        WORD, TEXT, NUMBER, ASSIGN, APPEND, COMMA, OPEN, CLOSE, END_OF_LINE, END
    }

    /**
     * @param kind     of token.
     * @param position of its first character.
     * @param text     as written; of a string, what it says.
     * @param value    of a string or number, else null.
     */
    record Token(Kind kind, SourcePosition position, String text, ConfigValue value)
    {
    }

    private static final String TYPOGRAPHIC_QUOTES = "\u201c\u201d\u201e\u201f\u2018\u2019\u201a\u201b\u00ab\u00bb";
    private static final String ESCAPES = "abfnrtv\"'\\";
    private static final String ESCAPED = "\u0007\b\f\n\r\t\u000b\"'\\";

    private final String file;
    private final String text;
    private int index;
    private int line;
    private int lineStart;

    /**
     * @param file for messages.
     * @param text to cut.
     * @param line number of its first line.
     */
    ConfigLexer(final String file, final String text, final int line)
    {
        this.file = file;
        this.text = text;
        this.line = line;
    }

    Token next()
    {
        skipBlanks();

        final SourcePosition position = position();
        if (index == text.length())
        {
            return new Token(Kind.END, position, "end of file", null);
        }

        final char c = text.charAt(index);
        return switch (c)
        {
            case '\n' -> endOfLine(position);
            case ';' -> single(Kind.END_OF_LINE, position);
            case ',' -> single(Kind.COMMA, position);
            case '[' -> single(Kind.OPEN, position);
            case ']' -> single(Kind.CLOSE, position);
            case '=' -> single(Kind.ASSIGN, position);
            case '+' -> plus(position);
            case '"', '\'' -> string(position, c);
            default -> wordOrNumber(position, c);
        };
    }

    /** @return where the next character stands. */
    SourcePosition position()
    {
        return new SourcePosition(file, line, index - lineStart + 1);
    }

    private void skipBlanks()
    {
        while (index < text.length())
        {
            final char c = text.charAt(index);
            if (c == '#')
            {
                final int end = text.indexOf('\n', index);
                index = end < 0 ? text.length() : end;
            }
            else if (c == ' ' || c == '\t' || c == '\r' || c == '\ufeff' && index == 0)
            {
                index++;
            }
            else
            {
                return;
            }
        }
    }

    private Token single(final Kind kind, final SourcePosition position)
    {
        final char c = text.charAt(index++);
        return new Token(kind, position, String.valueOf(c), null);
    }

    private Token endOfLine(final SourcePosition position)
    {
        index++;
        line++;
        lineStart = index;
        return new Token(Kind.END_OF_LINE, position, "end of line", null);
    }

    private Token plus(final SourcePosition position)
    {
        if (text.startsWith("+=", index))
        {
            index += 2;
            return new Token(Kind.APPEND, position, "+=", null);
        }

        throw unexpected(position, '+');
    }

    private Token wordOrNumber(final SourcePosition position, final char first)
    {
        final boolean signed = first == '-' && index + 1 < text.length() && isDigit(text.charAt(index + 1));
        if (!signed && !isWordCharacter(first))
        {
            throw unexpected(position, first);
        }

        final int start = index;
        do
        {
            index++;
        }
        while (index < text.length() && isWordCharacter(text.charAt(index)));

        final String word = text.substring(start, index);
        return signed || isDigit(first) ?
            new Token(Kind.NUMBER, position, word, number(position, word)) :
            new Token(Kind.WORD, position, word, null);
    }

    private Token string(final SourcePosition position, final char quote)
    {
        final int firstColumn = position.column() + 1;
        final StringBuilder value = new StringBuilder();
        final List<Integer> columns = new ArrayList<>();
        boolean escaped = false;

        for (index++; index < text.length() && text.charAt(index) != '\n'; )
        {
            final char c = text.charAt(index);
            if (c == quote)
            {
                index++;
                return new Token(Kind.TEXT, position, value.toString(), new ConfigValue.Text(
                    position, value.toString(), escaped ? columns : List.of(), firstColumn));
            }

            columns.add(index - lineStart + 1);
            if (c == '\\')
            {
                escaped = true;
                value.append(escape());
            }
            else
            {
                value.append(c);
                index++;
            }
        }

        throw new ConfigException(position, "string is not closed, a " + quote + " is missing on this line");
    }

    private char escape()
    {
        final SourcePosition position = position();
        index++;
        if (index == text.length() || text.charAt(index) == '\n')
        {
            throw new ConfigException(position, "'\\' at the end of a line");
        }

        final char c = text.charAt(index);
        final int simple = ESCAPES.indexOf(c);
        if (simple >= 0)
        {
            index++;
            return ESCAPED.charAt(simple);
        }
        if (c == 'x')
        {
            index++;
            return digits(position, 16, 2, 2);
        }
        if (c >= '0' && c <= '7')
        {
            return digits(position, 8, 1, 3);
        }

        throw new ConfigException(position, "unknown escape '\\" + c + "' (write '\\\\' for a backslash)");
    }

    private char digits(final SourcePosition position, final int radix, final int minCount, final int maxCount)
    {
        int value = 0;
        int count = 0;
        while (count < maxCount && index < text.length() && Character.digit(text.charAt(index), radix) >= 0)
        {
            value = value * radix + Character.digit(text.charAt(index), radix);
            index++;
            count++;
        }

        if (count < minCount || value == 0 || value > 255)
        {
            throw new ConfigException(position, "bad character number after '\\'");
        }

        return (char)value;
    }

    private static ConfigValue.Number number(final SourcePosition position, final String word)
    {
        try
        {
            return new ConfigValue.Number(position, parseNumber(word), word);
        }
        catch (final NumberFormatException ex)
        {
            throw new ConfigException(position, "'" + word + "' is no number (decimal, 0x hexadecimal or 0 octal)");
        }
    }

    /**
     * @param word decimal, hexadecimal after {@code 0x} or octal after {@code 0}.
     * @return the number.
     * @throws NumberFormatException when it is none, or more than 63 bits.
     */
    static long parseNumber(final String word)
    {
        final boolean negative = word.startsWith("-");
        final String digits = negative ? word.substring(1) : word;
        if (digits.isEmpty() || !isDigit(digits.charAt(0)))
        {
            throw new NumberFormatException(word);
        }

        final long value;
        if (digits.startsWith("0x") || digits.startsWith("0X"))
        {
            value = Long.parseUnsignedLong(digits, 2, digits.length(), 16);
        }
        else
        {
            value = Long.parseLong(digits, digits.length() > 1 && digits.charAt(0) == '0' ? 8 : 10);
        }

        if (value < 0)
        {
            throw new NumberFormatException(word);
        }

        return negative ? -value : value;
    }

    private ConfigException unexpected(final SourcePosition position, final char c)
    {
        if (TYPOGRAPHIC_QUOTES.indexOf(c) >= 0)
        {
            return new ConfigException(position, "typographic quote '" + c + "', use straight quotes \" or '");
        }
        if ("().:+*%{}".indexOf(c) >= 0)
        {
            return new ConfigException(position, "unexpected '" + c + "' (Python code in a config is not run)");
        }
        if (c < ' ' || c == 0x7f || c == '\ufffd')
        {
            return new ConfigException(position, String.format("not a text file (byte 0x%02x)", (int)c));
        }

        return new ConfigException(position, "unexpected '" + Character.toString(text.codePointAt(index)) + "'");
    }

    private static boolean isDigit(final char c)
    {
        return c >= '0' && c <= '9';
    }

    private static boolean isWordCharacter(final char c)
    {
        return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || isDigit(c) || c == '_' || c == '.';
    }
}
