package org.skerry.toolstack.xenstore;

import java.util.List;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.SequencedMap;

/** The commands: name, options, usage. {@code xenstore-control} is none of them: it passes on all that it is given. */
enum ToolCommand
{
    LS("fspA", "[-h] [-f] [-p] [-s] [path]"),
    READ("spR", "[-h] [-p] [-s] [-R] key [...]"),
    WRITE("sR", "[-h] [-s] [-R] key value [...]"),
    RM("st", "[-h] [-s] [-t] key [...]"),
    EXISTS("s", "[-h] [-p] [-s] key [...]"),                     // as stock: shown, and refused
    LIST("sp", "[-h] [-p] [-s] key [...]"),
    CHMOD("sur", "[-h] [-u] [-r] [-s] key <mode [modes...]>"),
    WATCH("snT", "[-h] [-n NR] key"),
    LOG("fnr", "[-h] [-f] [-n NR] [-r] key"),
    DIFF("", "[-h] version version [key]"),
    EDIT("", "[-h] [key]");

    private static final String[] STOCK_OPTIONS = {
        "help", "flat", "socket", "prefix", "tidy", "upto", "recurse", "number", "raw"};
    private static final String LETTERS = "hfspturnR";
    private static final char AS_OF = 'A';
    private static final String PREFIX = "xenstore-";

    private final String letters;
    private final String usage;

    ToolCommand(final String letters, final String usage)
    {
        this.letters = letters;
        this.usage = usage;
    }

    /**
     * @param name as in {@code ls}.
     * @return the command, or null.
     */
    static ToolCommand ofName(final String name)
    {
        for (final ToolCommand command : values())
        {
            if (command.word().equals(name))
            {
                return command;
            }
        }

        return null;
    }

    private String word()
    {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * @param letter of an option.
     * @return true when some command has it; {@code -T} only {@code watch} knows.
     */
    boolean knows(final char letter)
    {
        return LETTERS.indexOf(letter) >= 0 || letter != AS_OF && takes(letter);
    }

    /**
     * @param letter of an option.
     * @return true when this command has it.
     */
    boolean takes(final char letter)
    {
        return letters.indexOf(letter) >= 0;
    }

    /** @return names of long options, as they may be shortened, and the letters they stand for. */
    SequencedMap<String, Character> longOptions()
    {
        final SequencedMap<String, Character> options = new LinkedHashMap<>();

        for (int i = 0; i < STOCK_OPTIONS.length; i++)
        {
            options.put(STOCK_OPTIONS[i], LETTERS.charAt(i));
        }

        if (this == LS)
        {
            options.put("as-of", AS_OF);
        }
        else if (this == LOG)
        {
            options.remove("flat");
            options.put("follow", 'f');
        }

        return options;
    }

    /**
     * @param argument that begins with a dash.
     * @return true when it is none of options, but a while ago.
     */
    boolean isOperand(final String argument)
    {
        return this == DIFF && Character.isDigit(argument.charAt(1));
    }

    /**
     * @param count of operands.
     * @return false when the usage is to be shown.
     */
    boolean takesOperands(final int count)
    {
        return switch (this)
        {
            case LS -> true;
            case EDIT -> count <= 1;
            case WRITE -> count > 0 && count % 2 == 0;
            case LOG -> count == 1;
            case DIFF -> count == 2 || count == 3;
            case READ, RM, EXISTS, LIST, CHMOD, WATCH -> count > 0;
        };
    }

    /**
     * @param operands of the command.
     * @return true when it happens in a transaction.
     */
    boolean isTransactional(final List<String> operands)
    {
        return switch (this)
        {
            case LS, WATCH, LOG, DIFF, EDIT -> false;
            case READ -> operands.size() > 1;
            case WRITE -> operands.size() > 2;
            case RM, EXISTS, LIST, CHMOD -> true;
        };
    }

    /**
     * @param program name by which the program was called.
     * @return what ends the program with its usage.
     */
    ToolFailure usage(final String program)
    {
        return new ToolFailure(this == DIFF ? 2 : 1,
            "Usage: " + program + " " + (program.startsWith(PREFIX) ? "" : word() + " ") + usage);
    }
}
