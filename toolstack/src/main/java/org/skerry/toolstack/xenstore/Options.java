package org.skerry.toolstack.xenstore;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Arguments taken apart as getopt_long does: options anywhere, short ones together, long ones shortened as long as they
 * are unambiguous. What it does not know it names, and goes on.
 */
final class Options
{
    private final ToolCommand command;
    private final ToolOutput output;
    private final List<String> operands = new ArrayList<>();
    private final StringBuilder given = new StringBuilder();
    private String number;
    private String timeout;
    private String moment;
    private List<String> arguments;
    private int next;

    /**
     * @param command whose options these are.
     * @param output  hears of options that do not exist.
     */
    Options(final ToolCommand command, final ToolOutput output)
    {
        this.command = command;
        this.output = output;
    }

    /**
     * @param all arguments.
     * @return this.
     * @throws ToolFailure with the usage, for an option of another command or a cry for help.
     */
    Options parse(final List<String> all)
    {
        arguments = all;

        while (next < all.size())
        {
            final String argument = all.get(next++);

            if ("--".equals(argument))
            {
                operands.addAll(all.subList(next, all.size()));
                break;
            }
            else if (argument.startsWith("--"))
            {
                takeLong(argument);
            }
            else if (argument.startsWith("-") && argument.length() > 1 && !command.isOperand(argument))
            {
                takeShort(argument);
            }
            else
            {
                operands.add(argument);
            }
        }

        return this;
    }

    private void takeShort(final String argument)
    {
        for (int i = 1; i < argument.length(); i++)
        {
            final char letter = argument.charAt(i);

            if (!command.knows(letter))
            {
                output.say(output.program() + ": invalid option -- '" + letter + "'");
            }
            else if (letter == 'n' || letter == 'T')
            {
                if (i + 1 < argument.length() || next < arguments.size())
                {
                    take(letter, i + 1 < argument.length() ? argument.substring(i + 1) : arguments.get(next++));
                }
                else
                {
                    output.say(output.program() + ": option requires an argument -- '" + letter + "'");
                }
                return;
            }
            else
            {
                take(letter, null);
            }
        }
    }

    private void takeLong(final String argument)
    {
        final int equals = argument.indexOf('=');
        final String name = argument.substring(2, equals < 0 ? argument.length() : equals);
        final List<String> matches = new ArrayList<>();
        char letter = 0;

        for (final Map.Entry<String, Character> option : command.longOptions().entrySet())
        {
            if (option.getKey().startsWith(name))
            {
                matches.add("'--" + option.getKey() + "'");
                letter = option.getValue();
            }
        }

        final boolean takesValue = letter == 'n' || letter == 'A';

        if (matches.isEmpty())
        {
            output.say(output.program() + ": unrecognized option '--" + name + "'");
        }
        else if (matches.size() > 1)
        {
            output.say(output.program() + ": option '" + argument + "' is ambiguous; possibilities: " +
                String.join(" ", matches));
        }
        else if (!takesValue && equals >= 0)
        {
            output.say(output.program() + ": option " + matches.getFirst() + " doesn't allow an argument");
        }
        else if (takesValue && equals < 0 && next == arguments.size())
        {
            output.say(output.program() + ": option " + matches.getFirst() + " requires an argument");
        }
        else
        {
            take(letter, !takesValue ? null : equals < 0 ? arguments.get(next++) : argument.substring(equals + 1));
        }
    }

    private void take(final char letter, final String value)
    {
        if (letter == 'h' || !command.takes(letter))
        {
            throw command.usage(output.program());
        }

        switch (letter)
        {
            case 'n' -> number = value;
            case 'T' -> timeout = value;
            case 'A' -> moment = value;
            default -> given.append(letter);
        }
    }

    /**
     * @param letter of an option without a value.
     * @return true when it was given.
     */
    boolean has(final char letter)
    {
        return given.indexOf(String.valueOf(letter)) >= 0;
    }

    /** @return value of {@code -n}, or null. */
    String number()
    {
        return number;
    }

    /** @return value of {@code -T}, or null. */
    String timeout()
    {
        return timeout;
    }

    /** @return value of {@code --as-of}, or null. */
    String moment()
    {
        return moment;
    }

    /** @return what is no option. */
    List<String> operands()
    {
        return operands;
    }
}
