package org.skerry.toolstack.xl;

import java.util.List;
import java.util.Locale;
import org.skerry.toolstack.DomainInfo;
import org.skerry.toolstack.Host;
import org.skerry.toolstack.RunDirectory;
import org.skerry.toolstack.ToolstackException;
import org.skerry.toolstack.control.CommandSession;
import org.skerry.wire.Domid;

/** What {@code skerry} asks of a host that runs: {@code status} and {@code down}. */
final class HostCommands
{
    private static final String ROW = "%-24s %5s %-7s %7s  %s";

    private final Host host;
    private final RunDirectory runDirectory;
    private final CommandSession session;

    HostCommands(final Host host, final RunDirectory runDirectory, final CommandSession session)
    {
        this.host = host;
        this.runDirectory = runDirectory;
        this.session = session;
    }

    int run(final List<String> arguments)
    {
        switch (arguments.isEmpty() ? "" : arguments.getFirst())
        {
            case "status" -> status();
            case "down" -> down();
            default -> throw new ToolstackException("the host does not know this command: " +
                String.join(" ", arguments), ToolstackException.EXIT_USAGE);
        }

        return 0;
    }

    private void status()
    {
        session.out().println("up, run directory " + runDirectory);
        session.out().println(String.format(Locale.ROOT, ROW, "Name", "ID", "State", "PID", "Confinement"));
        for (final DomainInfo domain : host.domains())
        {
            session.out().println(String.format(Locale.ROOT, ROW, domain.name(), domain.domid(),
                domain.stateLetters(), domain.pid() == 0 ? "-" : domain.pid(), domain.confinement()));
        }
    }

    private void down()
    {
        final DomainInfo domain0 = host.find(Domid.DOM0.toString());
        try (StatusLine progress = new StatusLine(session, false))
        {
            host.down(progress);
        }
        session.endServer(domain0 == null ? 0 : domain0.pid());
        session.out().println("down");
    }
}
