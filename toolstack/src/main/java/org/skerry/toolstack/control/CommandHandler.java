package org.skerry.toolstack.control;

/**
 * Carries out commands. Called by as many threads at once as there are commands.
 */
@FunctionalInterface
public interface CommandHandler
{
    /**
     * @param session the command, and where its output goes.
     * @return exit status of the command, 0 to 255. Of no account after {@link CommandSession#attachConsole}.
     * @throws InterruptedException when the user gave up.
     */
    int run(CommandSession session) throws InterruptedException;
}
