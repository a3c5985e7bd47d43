package org.skerry.toolstack.xl;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.skerry.toolstack.Host;
import org.skerry.toolstack.RunDirectory;
import org.skerry.toolstack.ToolstackException;
import org.skerry.toolstack.control.CommandHandler;
import org.skerry.toolstack.control.CommandSession;
import org.skerry.toolstack.device.VifDefaults;
import picocli.CommandLine;

/**
 * Carries out commands of {@code xl}, {@code xm} and {@code skerry} inside Domain-0. A command that fails says why in
 * one line on standard error, and its exit status is not 0.
 */
public final class XlCommands implements CommandHandler
{
    private final Host host;
    private final RunDirectory runDirectory;
    private final VifDefaults vifDefaults;
    private final List<Path> kernelDirectories;

    /**
     * @param host              to be asked.
     * @param runDirectory      of the host.
     * @param vifDefaults       where interfaces are plugged in that do not say.
     * @param kernelDirectories in which kernels are looked for that are named without a directory; absolute.
     */
    public XlCommands(
        final Host host,
        final RunDirectory runDirectory,
        final VifDefaults vifDefaults,
        final List<Path> kernelDirectories)
    {
        this.host = host;
        this.runDirectory = runDirectory;
        this.vifDefaults = vifDefaults;
        this.kernelDirectories = List.copyOf(kernelDirectories);
    }

    @Override
    public int run(final CommandSession session) throws InterruptedException
    {
        final List<String> argv = session.argv();
        final Path program = Path.of(argv.getFirst()).getFileName();
        if (program != null && "skerry".equals(program.toString()))
        {
            return new HostCommands(host, runDirectory, session).run(argv.subList(1, argv.size()));
        }

        return runXl(session, Dialect.of(argv.getFirst()), new ArrayList<>(argv.subList(1, argv.size())));
    }

    private int runXl(final CommandSession session, final Dialect dialect, final List<String> arguments)
        throws InterruptedException
    {
        boolean dryRun = false;
        while (!arguments.isEmpty() && arguments.getFirst().startsWith("-"))
        {
            final String option = arguments.removeFirst();
            if (!option.matches("-[vftTN]+"))
            {
                throw new ToolstackException("unknown global option '" + option + "'", ToolstackException.EXIT_USAGE);
            }
            dryRun |= option.indexOf('N') >= 0;
        }
        if (arguments.isEmpty())
        {
            throw new ToolstackException("no command, '" + dialect.program() + " help' lists them",
                ToolstackException.EXIT_USAGE);
        }

        final String name = CommandTable.resolve(arguments.removeFirst());
        final Invocation invocation = new Invocation(session, host, dialect, dryRun, kernelDirectories);
        if (dryRun && !"create".equals(name))
        {
            throw new ToolstackException("'" + name + "' has no dry run (-N)", ToolstackException.EXIT_USAGE);
        }

        return execute(command(name, invocation), name, dialect, arguments);
    }

    /** @return what has the command, or is it. */
    private Object command(final String name, final Invocation invocation)
    {
        return switch (name)
        {
            case "create" -> new CreateCommand(invocation, vifDefaults);
            case "list" -> new ListCommand(invocation);
            case "info" -> new InfoCommand(invocation);
            case "console" -> new ConsoleCommand(invocation);
            case "shutdown" -> new ShutdownCommand(invocation, false);
            case "reboot" -> new ShutdownCommand(invocation, true);
            case "destroy", "pause", "unpause", "domid", "domname", "mem-set", "mem-max", "sysrq", "dmesg",
                "debug-keys" -> new DomainCommands(invocation);
            case "sched-credit", "sched-credit2", "vcpu-list", "vcpu-pin" -> new SchedCommands(invocation);
            case "network-list" -> new DeviceCommands.NetworkList(invocation);
            case "block-attach", "block-detach" -> new BlockCommands(invocation, vifDefaults);
            case "block-list" -> new DeviceCommands.BlockList(invocation);
            case "vm-list" -> new ListCommand.VmList(invocation);
            case "uptime" -> new UptimeCommand(invocation);
            case "top" -> new TopCommand(invocation);
            default -> throw new IllegalStateException("command without class: " + name);
        };
    }

    private static int execute(
        final Object command, final String name, final Dialect dialect, final List<String> arguments)
        throws InterruptedException
    {
        final CommandLine line = new CommandLine(command);
        if (line.getSubcommands().containsKey(name))
        {
            arguments.addFirst(name);
        }
        try
        {
            return new CommandLine.RunLast().execute(line.parseArgs(arguments.toArray(new String[0])));
        }
        catch (final CommandLine.MissingParameterException ex)
        {
            throw new ToolstackException("'" + dialect.program() + " " + name + "' requires " +
                describe(ex), ToolstackException.EXIT_USAGE);
        }
        catch (final CommandLine.ParameterException ex)
        {
            throw new ToolstackException(dialect.program() + " " + name + ": " + oneLine(ex.getMessage()),
                ToolstackException.EXIT_USAGE);
        }
        catch (final CommandLine.ExecutionException ex)
        {
            switch (ex.getCause())
            {
                case RuntimeException cause -> throw cause;
                case InterruptedException cause -> throw cause;
                case null, default -> throw new IllegalStateException("checked exception from " + name, ex);
            }
        }
    }

    private static String describe(final CommandLine.MissingParameterException ex)
    {
        final var missing = ex.getMissing();
        return missing.isEmpty() || missing.getFirst().isOption() ?
            oneLine(ex.getMessage()) : "at least 1 argument: " + missing.getFirst().paramLabel();
    }

    private static String oneLine(final String message)
    {
        return message.lines().findFirst().orElse("");
    }
}
