package org.skerry.examples.shell;

import java.util.ArrayList;
import java.util.List;

/**
 * A command line cut into words: at blanks, except between {@code "} or {@code '} and after a backslash, as in the
 * shells that people know. Between {@code '} a backslash is a backslash.
 */
final class Words
{
    private Words()
    {
    }

    /**
     * @return the words, quotes removed; none for a blank line.
     * @throws CommandException when a quote is not closed.
     */
    static List<String> split(final String line)
    {
        final List<String> words = new ArrayList<>();
        final StringBuilder word = new StringBuilder();
        boolean isInWord = false;
        char quote = 0;

        for (int i = 0; i < line.length(); i++)
        {
            final char c = line.charAt(i);

            if (c == '\\' && quote != '\'' && i + 1 < line.length())
            {
                word.append(line.charAt(++i));
                isInWord = true;
            }
            else if (quote != 0)
            {
                if (c == quote)
                {
                    quote = 0;
                }
                else
                {
                    word.append(c);
                }
            }
            else if (c == '"' || c == '\'')
            {
                quote = c;
                isInWord = true;
            }
            else if (c != ' ' && c != '\t')
            {
                word.append(c);
                isInWord = true;
            }
            else if (isInWord)
            {
                words.add(word.toString());
                word.setLength(0);
                isInWord = false;
            }
        }

        if (quote != 0)
        {
            throw new CommandException("a quote is not closed: " + quote);
        }

        if (isInWord)
        {
            words.add(word.toString());
        }

        return words;
    }
}
