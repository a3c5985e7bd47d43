package org.skerry.toolstack.xl;

import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.skerry.toolstack.DomainInfo;
import org.skerry.toolstack.Host;
import org.skerry.toolstack.ToolstackException;
import org.skerry.toolstack.control.CommandSession;

/**
 * What a command has to work with.
 *
 * @param session           of the user.
 * @param host              to be asked.
 * @param dialect           to answer in.
 * @param dryRun            only say what would be done ({@code xl -N}).
 * @param kernelDirectories in which kernels are looked for that are named without a directory; absolute.
 */
record Invocation(CommandSession session, Host host, Dialect dialect, boolean dryRun, List<Path> kernelDirectories)
{
    /** What libxl answers for a name that nobody has. */
    private static final int ERROR_INVAL = -6;

    PrintWriter out()
    {
        return session.out();
    }

    PrintWriter err()
    {
        return session.err();
    }

    /**
     * @param idOrName as the user wrote it.
     * @return the domain.
     * @throws ToolstackException when there is none.
     */
    DomainInfo domain(final String idOrName)
    {
        final DomainInfo domain = host.find(idOrName);
        if (domain == null)
        {
            throw new ToolstackException(noSuchDomain(idOrName));
        }

        return domain;
    }

    private String noSuchDomain(final String idOrName)
    {
        final String hint = idOrName.indexOf('\0') < 0 && Files.isRegularFile(
            session.workingDirectory().resolve(idOrName)) ? " (it is a file, which only 'create' takes)" : "";
        return (dialect == Dialect.XM ?
            "Error: Domain '" + idOrName + "' does not exist." :
            idOrName + " is an invalid domain identifier (rc=" + ERROR_INVAL + ")") + hint;
    }
}
