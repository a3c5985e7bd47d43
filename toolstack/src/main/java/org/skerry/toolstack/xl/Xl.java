package org.skerry.toolstack.xl;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.skerry.toolstack.Distribution;
import org.skerry.toolstack.Patience;
import org.skerry.toolstack.Progress;
import org.skerry.toolstack.RunDirectory;
import org.skerry.toolstack.ToolstackException;
import org.skerry.toolstack.config.ConfigParser;
import org.skerry.toolstack.console.ConsoleClient;
import org.skerry.toolstack.console.LiveScreen;
import org.skerry.toolstack.control.CommandSession;
import org.skerry.toolstack.control.ControlClient;
import org.skerry.toolstack.control.ControlMessage;
import org.skerry.toolstack.device.VifDefaults;
import org.skerry.wire.linux.Termios;

/**
 * The program behind {@code xl}, {@code xm} and {@code skerry}. It lives for some milliseconds: it sends what was typed
 * to Domain-0 and shows what comes back. What needs no host it does itself; {@code create} starts the host when there
 * is none, once it has seen that the config can be read.
 */
public final class Xl
{
    /** System property: bit n says that descriptor n is a terminal. */
    public static final String TERMINALS_PROPERTY = "skerry.terminals";

    /** System property: width of the terminal. */
    public static final String COLUMNS_PROPERTY = "skerry.columns";

    /** Standard input and output. */
    private static final int LIVE_TERMINALS = 3;

    private static final int MAX_FILE_LENGTH = ConfigParser.MAX_LENGTH + 1;
    private static final long END_TIMEOUT_NS = Patience.ns(10, TimeUnit.SECONDS);
    private static final long PAUSE_NS = TimeUnit.MILLISECONDS.toNanos(2);

    private final RunDirectory runDirectory;
    private final PrintStream out;
    private final PrintStream err;
    private final int terminals;
    private final int columns;

    /**
     * @param runDirectory of the host to talk to.
     * @param out          standard output.
     * @param err          standard error.
     * @param terminals    bit n: descriptor n is a terminal.
     * @param columns      width of the terminal, 0 when unknown.
     */
    public Xl(
        final RunDirectory runDirectory,
        final PrintStream out,
        final PrintStream err,
        final int terminals,
        final int columns)
    {
        this.runDirectory = runDirectory;
        this.out = out;
        this.err = err;
        this.terminals = terminals;
        this.columns = columns;
    }

    /**
     * @param args name by which the program was called, then its arguments.
     */
    public static void main(final String[] args)
    {
        final int code = start(args);
        System.out.flush();
        System.err.flush();
        Runtime.getRuntime().halt(code);                   // exit() would load a logger first, to tell it
    }

    private static int start(final String[] args)
    {
        try
        {
            return new Xl(RunDirectory.ofEnvironment(), System.out, System.err,
                Integer.getInteger(TERMINALS_PROPERTY, 0), Integer.getInteger(COLUMNS_PROPERTY, 0))
                .run(List.of(args));
        }
        catch (final ToolstackException ex)
        {
            System.err.println(ex.getMessage());
            return ex.exitCode();
        }
    }

    /**
     * @param argv name by which the program was called, then its arguments.
     * @return exit status.
     */
    public int run(final List<String> argv)
    {
        try
        {
            if (argv.isEmpty())
            {
                throw new ToolstackException("called without a name", ToolstackException.EXIT_USAGE);
            }
            if (argv.getFirst().endsWith("xentop"))
            {
                final List<String> top = new ArrayList<>(List.of("xl", "top"));
                top.addAll(argv.subList(1, argv.size()));
                return runXl(top);
            }
            return argv.getFirst().endsWith("skerry") ?
                new Skerry(this, runDirectory, out).run(argv.subList(1, argv.size())) : runXl(argv);
        }
        catch (final ToolstackException ex)
        {
            err.println(ex.getMessage());
            return ex.exitCode();
        }
    }

    private int runXl(final List<String> argv)
    {
        int index = 1;
        while (index < argv.size() && argv.get(index).startsWith("-") && !isHelp(argv.get(index)))
        {
            index++;
        }

        final String program = Dialect.of(argv.getFirst()).program();
        final String command = index < argv.size() ? argv.get(index) : null;
        if (command == null || "help".equals(command) || isHelp(command))
        {
            CommandTable.help(index + 1 < argv.size() ? argv.get(index + 1) : null, program, out);
            return command == null ? ToolstackException.EXIT_FAILURE : 0;
        }

        final String name = CommandTable.resolve(command);
        for (int i = index + 1; i < argv.size(); i++)
        {
            if (isHelp(argv.get(i)))
            {
                CommandTable.help(name, program, out);
                return 0;
            }
        }

        return "top".equals(name) && isLive(argv.subList(index + 1, argv.size())) ?
            runLive(argv) : forward(command(argv), "create".equals(name));
    }

    private boolean isLive(final List<String> arguments)
    {
        return (terminals & LIVE_TERMINALS) == LIVE_TERMINALS &&
            arguments.stream().noneMatch(argument -> argument.matches("--batch|-[a-z]*b.*"));
    }

    /** On a screen of its own, until a key ends it. */
    private int runLive(final List<String> argv)
    {
        final List<String> live = new ArrayList<>(argv);
        live.add("--rows=" + Math.max(0, Termios.windowSize(1) >> Integer.SIZE));
        final LiveScreen screen = LiveScreen.open(System.in, out, () -> Runtime.getRuntime().halt(0));
        try
        {
            return forward(command(live), false);
        }
        finally
        {
            screen.close();
        }
    }

    private int forward(final ControlMessage.Command command, final boolean startsHost)
    {
        ControlClient client = ControlClient.connect(runDirectory.controlSocket());
        if (client == null)
        {
            if (!startsHost)
            {
                throw notRunning(command.argv().getFirst());
            }
            final int code = rehearse(command);
            if (code >= 0)
            {
                return code;
            }
            startHost();
            client = ControlClient.connect(runDirectory.controlSocket());
            if (client == null)
            {
                throw notRunning(command.argv().getFirst());
            }
        }

        return converse(client, command);
    }

    /**
     * Send a command to a host that runs.
     *
     * @param client  connected.
     * @param command to send.
     * @return exit status.
     */
    int converse(final ControlClient client, final ControlMessage.Command command)
    {
        final ControlMessage answer;
        try (client)
        {
            answer = client.run(command, out, err);
        }
        catch (final IOException ex)
        {
            throw new ToolstackException("Domain-0 ended before it had answered, see " + runDirectory.domain0Log());
        }

        if (answer instanceof ControlMessage.AttachConsole(
            var socket, var domid, var consoleId, var escape, var force))
        {
            return ConsoleClient.run(Path.of(socket), domid, consoleId, escape, force);
        }

        final ControlMessage.Exit exit = (ControlMessage.Exit)answer;
        if (exit.endingPid() > 0)
        {
            awaitEnd(exit.endingPid());
        }
        return exit.code();
    }

    private static void awaitEnd(final int pid)
    {
        final long deadlineNs = System.nanoTime() + END_TIMEOUT_NS;
        while (isRunning(pid))
        {
            if (System.nanoTime() - deadlineNs > 0)
            {
                throw new ToolstackException("Domain-0 has said goodbye, but its process " + pid + " goes on");
            }
            LockSupport.parkNanos(PAUSE_NS);
        }
    }

    /** A process that only waits to be reaped does not run any more. */
    private static boolean isRunning(final int pid)
    {
        try (InputStream in = Files.newInputStream(Path.of("/proc/" + pid + "/stat")))
        {
            final String stat = new String(in.readNBytes(1024), StandardCharsets.ISO_8859_1);
            return !stat.startsWith(") Z", stat.lastIndexOf(')'));
        }
        catch (final IOException ex)
        {
            return false;
        }
    }

    /**
     * @param argv name by which the program was called, then its arguments.
     * @return what goes to Domain-0.
     */
    ControlMessage.Command command(final List<String> argv)
    {
        return new ControlMessage.Command(
            argv, Path.of("").toAbsolutePath().toString(), columns, terminals, filesOf(argv));
    }

    /** @return a line of the terminal for long work; nothing where standard error is none. */
    Progress progress()
    {
        return (terminals >> 2 & 1) != 0 ? step ->
        {
            err.print("\r\033[K" + step);
            err.flush();
        } : Progress.SILENT;
    }

    /** Start the host and wait until it takes commands. */
    void startHost()
    {
        new HostStarter(runDirectory, HostStarter.domain0(Distribution.ofProperties()),
            (terminals >> 2 & 1) != 0 ? err : null, columns, HostStarter.TIMEOUT_NS).start();
    }

    /**
     * Read the config here, before a host is started for it.
     *
     * @return exit status when all is said already: the config is wrong, or it was to be printed only; else -1.
     */
    private int rehearse(final ControlMessage.Command command)
    {
        final List<String> argv = new ArrayList<>(command.argv());
        argv.add(1, "-N");
        final ByteGate gate = new ByteGate(out, err);
        final CommandSession session = CommandSession.local(new ControlMessage.Command(
            argv, command.cwd(), command.columns(), command.terminals(), command.files()), gate);
        final XlCommands commands = new XlCommands(null, runDirectory, VifDefaults.SWITCH,
            Distribution.ofProperties().kernelDirectories());
        try
        {
            session.answer(commands.run(session));
            if (!isDryRun(command.argv()))
            {
                return -1;
            }
            gate.release();
            return 0;
        }
        catch (final ToolstackException ex)
        {
            session.err().println(ex.getMessage());
            gate.release();
            return ex.exitCode();
        }
        catch (final IOException | InterruptedException ex)
        {
            throw new IllegalStateException("nobody hangs up on us here", ex);
        }
    }

    private ToolstackException notRunning(final String program)
    {
        return new ToolstackException(Dialect.of(program) == Dialect.XM ?
            "Error: Unable to connect to xend: No such file or directory. Is xend running?" :
            "no host is running (" + runDirectory.controlSocket() + "); 'skerry up' starts it");
    }

    /** What can be read by this process only goes along. */
    private static Map<String, byte[]> filesOf(final List<String> argv)
    {
        final Map<String, byte[]> files = new HashMap<>();
        for (int i = 1; i < argv.size(); i++)
        {
            final String path = argv.get(i);
            if ("/dev/stdin".equals(path) || path.startsWith("/dev/fd/") || path.startsWith("/proc/self/fd/"))
            {
                try (InputStream in = Files.newInputStream(Path.of(path)))
                {
                    files.put(path, in.readNBytes(MAX_FILE_LENGTH));
                }
                catch (final IOException ex)
                {
                    throw new ToolstackException("cannot read " + path + ": " + ex.getMessage());
                }
            }
        }

        return files;
    }

    private static boolean isHelp(final String argument)
    {
        return "-h".equals(argument) || "--help".equals(argument);
    }

    private static boolean isDryRun(final List<String> argv)
    {
        boolean isCommandSeen = false;
        for (int i = 1; i < argv.size(); i++)
        {
            final String argument = argv.get(i);
            if (!argument.startsWith("-"))
            {
                isCommandSeen = true;
            }
            else if ("--dryrun".equals(argument) ||
                !argument.startsWith("--") && argument.indexOf(isCommandSeen ? 'n' : 'N') > 0)
            {
                return true;
            }
        }

        return false;
    }
}
