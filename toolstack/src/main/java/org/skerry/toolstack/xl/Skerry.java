package org.skerry.toolstack.xl;

import java.io.PrintStream;
import java.util.List;
import org.skerry.toolstack.Distribution;
import org.skerry.toolstack.NearestName;
import org.skerry.toolstack.RunDirectory;
import org.skerry.toolstack.ToolstackException;
import org.skerry.toolstack.control.ControlClient;

/**
 * {@code skerry}: starts and ends the host, and says how it is and what it can.
 */
final class Skerry
{
    /** Exit status of {@code status} when nothing runs, as of an LSB init script. */
    static final int EXIT_NOT_RUNNING = 3;

    private static final List<String> COMMANDS =
        List.of("up", "down", "status", "doctor", "env", "image", "lab", "help");
    private static final String USAGE = """
        Usage: skerry <command>

         up        Start the host: hypervisor, Domain-0 and the domains that serve it.
         down      Shut all guests down, then the host.
         status    Show what runs; exit status 3 when nothing does.
         doctor    Check what this machine allows, and say what to do about the rest.
         env       Print shell commands that make other programs find this host: eval "$(skerry env)".
         image     Make what a Linux guest boots from: kernel, initial ram disk, disk image.
         lab       Boot an emulated machine that has a /dev/kvm, for a machine that has none.

        The run directory is $SKERRY_RUN_DIR, else /run/skerry (root), else $XDG_RUNTIME_DIR/skerry.
        """;

    private final Xl xl;
    private final RunDirectory runDirectory;
    private final PrintStream out;

    Skerry(final Xl xl, final RunDirectory runDirectory, final PrintStream out)
    {
        this.xl = xl;
        this.runDirectory = runDirectory;
        this.out = out;
    }

    int run(final List<String> arguments)
    {
        final String command = arguments.isEmpty() ? "" : arguments.getFirst();
        if ("image".equals(command) || "lab".equals(command))
        {
            return ToolCommands.run(command, arguments.subList(1, arguments.size()), out, xl.progress());
        }
        if (arguments.size() > 1)
        {
            throw new ToolstackException("'skerry " + command + "' takes no arguments",
                ToolstackException.EXIT_USAGE);
        }

        switch (command)
        {
            case "up" -> up();
            case "down" ->
            {
                return down();
            }
            case "status" ->
            {
                return status();
            }
            case "doctor" ->
            {
                return new Doctor(out).examine();
            }
            case "env" -> env();
            case "", "help", "-h", "--help" ->
            {
                out.print(USAGE);
                return command.isEmpty() ? ToolstackException.EXIT_FAILURE : 0;
            }
            default -> throw new ToolstackException("unknown command 'skerry " + command + "'" +
                NearestName.hint(command, COMMANDS), ToolstackException.EXIT_USAGE);
        }

        return 0;
    }

    private void up()
    {
        final ControlClient client = ControlClient.connect(runDirectory.controlSocket());
        if (client == null)
        {
            xl.startHost();
            out.println("up, run directory " + runDirectory);
        }
        else
        {
            client.close();
            out.println("already up, run directory " + runDirectory);
        }
    }

    private int down()
    {
        final ControlClient client = ControlClient.connect(runDirectory.controlSocket());
        if (client == null)
        {
            out.println("not running, run directory " + runDirectory);
            return 0;
        }

        return xl.converse(client, xl.command(List.of("skerry", "down")));
    }

    private int status()
    {
        final ControlClient client = ControlClient.connect(runDirectory.controlSocket());
        if (client == null)
        {
            out.println("not running, run directory " + runDirectory);
            return EXIT_NOT_RUNNING;
        }

        return xl.converse(client, xl.command(List.of("skerry", "status")));
    }

    private void env()
    {
        out.println("export " + RunDirectory.VARIABLE + "=" + quoted(runDirectory.toString()));
        out.println("export XENSTORED_PATH=" + quoted(runDirectory.xenstoreSocket().toString()));
        out.println("export PATH=" + quoted(Distribution.ofProperties().home().resolve("bin").toString()) +
            ":\"$PATH\"");
    }

    /** For a POSIX shell, whatever characters it holds. */
    private static String quoted(final String text)
    {
        return "'" + text.replace("'", "'\\''") + "'";
    }
}
