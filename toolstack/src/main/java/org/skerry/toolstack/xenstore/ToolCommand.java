package org.skerry.toolstack.xenstore;

import java.util.List;
import java.util.Locale;

/** The commands: name, options, usage. {@code xenstore-control} is none of them: it passes on all that it is given. */
enum ToolCommand
{
    LS("fsp", "[-h] [-f] [-p] [-s] [path]"),
    READ("spR", "[-h] [-p] [-s] [-R] key [...]"),
    WRITE("sR", "[-h] [-s] [-R] key value [...]"),
    RM("st", "[-h] [-s] [-t] key [...]"),
    EXISTS("s", "[-h] [-p] [-s] key [...]"),                     // as stock: shown, and refused
    LIST("sp", "[-h] [-p] [-s] key [...]"),
    CHMOD("sur", "[-h] [-u] [-r] [-s] key <mode [modes...]>"),
    WATCH("snT", "[-h] [-n NR] key");

    private static final String LETTERS = "hfspturnR";
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
        return LETTERS.indexOf(letter) >= 0 || takes(letter);
    }

    /**
     * @param letter of an option.
     * @return true when this command has it.
     */
    boolean takes(final char letter)
    {
        return letters.indexOf(letter) >= 0;
    }

    /**
     * @param count of operands.
     * @return false when the usage is to be shown.
     */
    boolean takesOperands(final int count)
    {
        return count == 0 ? this == LS : this != WRITE || count % 2 == 0;
    }

    /**
     * @param operands of the command.
     * @return true when it happens in a transaction.
     */
    boolean isTransactional(final List<String> operands)
    {
        return switch (this)
        {
            case LS, WATCH -> false;
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
        return new ToolFailure(1,
            "Usage: " + program + " " + (program.startsWith(PREFIX) ? "" : word() + " ") + usage);
    }
}
