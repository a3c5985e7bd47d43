package org.skerry.toolstack.config;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.skerry.toolstack.ToolstackException;

/**
 * Parses the syntax of xl and xm: {@code key = value}, one a line or with semicolons; strings, numbers, nested lists
 * with a comma too many; {@code key += value}; comments. Several assignments may stand on one line, as wikis print
 * them. Python is named, not run.
 *
 * <p>Spec: xl.cfg(5), SYNTAX.
 */
public final class ConfigParser
{
    /** What is set on the command line is said to stand here, one argument a line. */
    public static final String COMMAND_LINE = "command line";

    /** No config is longer, bytes. */
    public static final int MAX_LENGTH = 1 << 20;

    private static final int MAX_DEPTH = 16;
    private static final List<String> PYTHON =
        List.of("import", "from", "def", "if", "elif", "else", "for", "while", "print", "try", "class", "return");

    private final ConfigLexer lexer;
    private final Config config;
    private ConfigLexer.Token token;

    private ConfigParser(final Config config, final ConfigLexer lexer)
    {
        this.config = config;
        this.lexer = lexer;
        this.token = lexer.next();
    }

    /**
     * @param file for messages, as the user named it.
     * @param text of the config.
     * @return its tree.
     * @throws ConfigException at the first character that cannot be understood.
     */
    public static Config parse(final String file, final String text)
    {
        final Config config = new Config(file);
        if (text.length() > MAX_LENGTH)
        {
            throw new ConfigException(new SourcePosition(file, 1, 1), "longer than " + MAX_LENGTH + " bytes");
        }

        new ConfigParser(config, new ConfigLexer(file, text, 1)).statements();
        return config;
    }

    /**
     * @param file  for messages, as the user named it.
     * @param bytes of the config, UTF-8.
     * @return its tree.
     * @throws ConfigException at the first character that cannot be understood.
     */
    public static Config parse(final String file, final byte[] bytes)
    {
        try
        {
            return parse(file, StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString());
        }
        catch (final CharacterCodingException ex)
        {
            throw new ConfigException(new SourcePosition(file, 1, 1), "not a text file (not UTF-8)");
        }
    }

    /**
     * @param file for messages, as the user named it.
     * @param path of the file.
     * @return its tree.
     * @throws ConfigException    at the first character that cannot be understood.
     * @throws ToolstackException when it cannot be read.
     */
    public static Config parse(final String file, final Path path)
    {
        if (Files.isDirectory(path))
        {
            throw new ToolstackException("Failed to read config file: " + file + ": Is a directory");
        }

        try (var in = Files.newInputStream(path))
        {
            return parse(file, in.readNBytes(MAX_LENGTH + 1));
        }
        catch (final IOException ex)
        {
            throw new ToolstackException("Failed to read config file: " + file + ": " +
                (Files.exists(path) ? "Permission denied" : "No such file or directory"));
        }
    }

    /**
     * Set one key from the command line. What is no number, string or list in a config is taken as the text it is, so
     * that {@code kernel=/boot/vmlinuz} needs no quotes.
     *
     * @param config   to change.
     * @param argument {@code key=value} or {@code key+=value}.
     * @param number   of the argument, from 1.
     * @throws ConfigException when it is none.
     */
    public static void override(final Config config, final String argument, final int number)
    {
        final int equals = argument.indexOf('=');
        final boolean append = equals > 0 && argument.charAt(equals - 1) == '+';
        final String key = equals < 0 ? "" : argument.substring(0, append ? equals - 1 : equals).strip();
        final SourcePosition position = new SourcePosition(COMMAND_LINE, number, 1);
        if (!key.matches("[A-Za-z_][A-Za-z0-9_.]*"))
        {
            throw new ConfigException(position, "expected key=value, found '" + argument + "'");
        }

        final String raw = argument.substring(equals + 1).strip();
        if (raw.isEmpty() || "\"'[".indexOf(raw.charAt(0)) < 0 && !raw.matches("-?[0-9][0-9A-Za-z]*"))
        {
            final int column = equals + 2 + argument.substring(equals + 1).indexOf(raw);
            final ConfigSetting setting = new ConfigSetting(key, position, new ConfigValue.Text(
                new SourcePosition(COMMAND_LINE, number, column), raw, List.of(), column));
            if (append)
            {
                config.append(setting);
            }
            else
            {
                config.assign(setting);
            }
            return;
        }

        new ConfigParser(config, new ConfigLexer(COMMAND_LINE, argument, number)).statements();
    }

    private void statements()
    {
        while (true)
        {
            switch (token.kind())
            {
                case END ->
                {
                    return;
                }
                case END_OF_LINE -> advance();
                case WORD -> assignment();
                case CLOSE -> throw new ConfigException(token.position(), "']' without '['");
                default -> throw new ConfigException(token.position(), "expected a key, found " + describe(token));
            }
        }
    }

    private void assignment()
    {
        final ConfigLexer.Token key = token;
        advance();

        final boolean append = token.kind() == ConfigLexer.Kind.APPEND;
        if (!append && token.kind() != ConfigLexer.Kind.ASSIGN)
        {
            throw new ConfigException(key.position(), "expected '=' after '" + key.text() + "'" +
                (PYTHON.contains(key.text()) ? " (Python code in a config is not run)" : ""));
        }
        advance();

        final ConfigSetting setting = new ConfigSetting(key.text(), key.position(), value(key.text(), 0));
        if (append)
        {
            config.append(setting);
        }
        else
        {
            config.assign(setting);
        }

        switch (token.kind())
        {
            case END, END_OF_LINE, WORD ->
            {
            }
            case CLOSE -> throw new ConfigException(token.position(), "']' without '['");
            default -> throw new ConfigException(token.position(), "expected the end of the line after the value of '" +
                key.text() + "', found " + describe(token));
        }
    }

    private ConfigValue value(final String key, final int depth)
    {
        final ConfigLexer.Token start = token;
        switch (start.kind())
        {
            case TEXT, NUMBER ->
            {
                advance();
                return start.value();
            }
            case OPEN ->
            {
                advance();
                return sequence(key, start.position(), depth + 1);
            }
            case WORD -> throw new ConfigException(start.position(), "value of '" + key + "' needs quotes: \"" +
                start.text() + "\"");
            case END, END_OF_LINE -> throw new ConfigException(start.position(), "'" + key + "' has no value");
            default -> throw new ConfigException(start.position(), "expected a value of '" + key + "', found " +
                describe(start));
        }
    }

    private ConfigValue sequence(final String key, final SourcePosition open, final int depth)
    {
        if (depth > MAX_DEPTH)
        {
            throw new ConfigException(open, "lists nested deeper than " + MAX_DEPTH);
        }

        final List<ConfigValue> elements = new ArrayList<>();
        skipLines();
        while (token.kind() != ConfigLexer.Kind.CLOSE)
        {
            checkNotEnded(key, open);
            elements.add(value(key, depth));
            skipLines();

            if (token.kind() == ConfigLexer.Kind.COMMA)
            {
                advance();
                skipLines();
            }
            else if (token.kind() != ConfigLexer.Kind.CLOSE)
            {
                checkNotEnded(key, open);
                throw new ConfigException(token.position(), "expected ',' or ']' in the list of '" + key +
                    "', found " + describe(token));
            }
        }
        advance();

        return new ConfigValue.Sequence(open, elements);
    }

    private void checkNotEnded(final String key, final SourcePosition open)
    {
        final ConfigLexer.Token found = token;
        if (found.kind() == ConfigLexer.Kind.WORD)
        {
            advance();
            if (token.kind() != ConfigLexer.Kind.ASSIGN && token.kind() != ConfigLexer.Kind.APPEND)
            {
                throw new ConfigException(found.position(), "element of '" + key + "' needs quotes: '" +
                    found.text() + "'");
            }
            throw new ConfigException(open, "'[' of '" + key + "' is not closed before '" + found.text() +
                "' in line " + found.position().line());
        }
        if (found.kind() == ConfigLexer.Kind.END || ";".equals(found.text()))
        {
            throw new ConfigException(open, "'[' of '" + key + "' is not closed");
        }
    }

    private void skipLines()
    {
        while (token.kind() == ConfigLexer.Kind.END_OF_LINE && !";".equals(token.text()))
        {
            advance();
        }
    }

    private void advance()
    {
        token = lexer.next();
    }

    private static String describe(final ConfigLexer.Token token)
    {
        return switch (token.kind())
        {
            case TEXT -> "the string '" + token.text() + "'";
            case END, END_OF_LINE -> token.text();
            default -> "'" + token.text() + "'";
        };
    }
}
