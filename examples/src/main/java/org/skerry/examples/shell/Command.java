package org.skerry.examples.shell;

import java.util.List;

/**
 * Something that can be typed.
 *
 * @param usage   name and arguments, as help shows them.
 * @param summary what it does, in a few words.
 * @param starter makes it happen.
 */
record Command(String usage, String summary, Starter starter)
{
    /** Begins a command. */
    @FunctionalInterface
    interface Starter
    {
        /**
         * @param arguments what was typed after the name.
         * @return the work to be done.
         * @throws CommandException when it cannot be done so.
         */
        Job start(List<String> arguments);
    }

    /** @return its name. */
    String name()
    {
        final int blank = usage.indexOf(' ');
        return blank < 0 ? usage : usage.substring(0, blank);
    }
}
