package org.skerry.toolstack.xl;

import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import org.skerry.toolstack.Progress;
import org.skerry.toolstack.ToolstackException;
import org.skerry.toolstack.image.ImageCommand;
import org.skerry.toolstack.lab.LabCommand;
import picocli.CommandLine;

/**
 * The commands of {@code skerry} that need no host, and have options and subcommands.
 */
final class ToolCommands
{
    private ToolCommands()
    {
    }

    /**
     * @param name      image or lab.
     * @param arguments of the command.
     * @param out       standard output.
     * @param progress  hears of long work.
     * @return exit status.
     * @throws ToolstackException when the command is not understood, or fails.
     */
    static int run(final String name, final List<String> arguments, final PrintStream out, final Progress progress)
    {
        final Path cache = ImageCommand.userCache();
        final CommandLine line = new CommandLine("lab".equals(name) ?
            new LabCommand(out, cache, progress) : new ImageCommand(out, cache, progress));
        try
        {
            return new CommandLine.RunLast().execute(line.parseArgs(arguments.toArray(new String[0])));
        }
        catch (final CommandLine.ParameterException e)
        {
            throw new ToolstackException("skerry " + name + ": " +
                e.getMessage().lines().findFirst().orElse(""), ToolstackException.EXIT_USAGE);
        }
        catch (final CommandLine.ExecutionException e)
        {
            if (e.getCause() instanceof final ToolstackException cause)
            {
                throw cause;
            }
            throw e;
        }
        finally
        {
            progress.onStep("");
        }
    }
}
