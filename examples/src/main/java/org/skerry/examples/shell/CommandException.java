package org.skerry.examples.shell;

/** A command cannot be done as it was typed; the message is for whoever typed it. */
final class CommandException extends RuntimeException
{
    private static final long serialVersionUID = 1L;

    CommandException(final String message)
    {
        super(message, null, false, false);
    }
}
