package org.skerry.toolstack.xl;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.skerry.toolstack.DomainInfo;
import org.skerry.toolstack.ToolstackException;
import org.skerry.wire.Domid;
import org.skerry.wire.ShutdownReason;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code xl shutdown} and {@code xl reboot}. */
@Command(name = "shutdown")
final class ShutdownCommand implements Callable<Integer>
{
    private final Invocation invocation;
    private final boolean reboot;

    @Option(names = {"-a", "--all"})
    private boolean all;
    @Option(names = {"-w", "--wait"})
    private boolean[] waits = {};
    @Option(names = "-F")
    private boolean fallback;
    @Parameters(arity = "0..1", paramLabel = "<Domain>")
    private String name;

    ShutdownCommand(final Invocation invocation, final boolean reboot)
    {
        this.invocation = invocation;
        this.reboot = reboot;
    }

    @Override
    public Integer call() throws InterruptedException
    {
        if (name == null && !all)
        {
            throw new ToolstackException("You must specify -a or a domain id.");
        }

        final List<Domid> asked = new ArrayList<>();
        for (final DomainInfo domain : all ? guests() : List.of(invocation.domain(name)))
        {
            ask(domain.domid());
            asked.add(domain.domid());
        }
        if (waits.length > 0)
        {
            await(asked);
        }

        return 0;
    }

    private List<DomainInfo> guests()
    {
        return invocation.host().domains().stream()
            .filter(domain -> !domain.service() && !domain.state().dying()).toList();
    }

    private void ask(final Domid domid)
    {
        if (domid.equals(Domid.DOM0))
        {
            throw new ToolstackException("Domain-0 is shut down by 'skerry down', with the whole host");
        }

        invocation.err().println((reboot ? "Rebooting domain " : "Shutting down domain ") + domid);
        invocation.host().requestShutdown(domid, reboot ? ShutdownReason.REBOOT : ShutdownReason.POWEROFF);
    }

    private void await(final List<Domid> domids) throws InterruptedException
    {
        invocation.err().println("Waiting for " + domids.size() + " domains");
        for (final Domid domid : domids)
        {
            final ShutdownReason reason = invocation.host().awaitShutdown(domid);
            if (reason == null)
            {
                invocation.err().println("Domain " + domid + " has been destroyed");
                continue;
            }

            invocation.err().println("Domain " + domid + " has been shut down, reason code " + reason.code());
            if (waits.length > 1)
            {
                invocation.err().println("Domain " + domid + " continue waiting for death");
                invocation.host().awaitGone(domid);
                invocation.err().println("Domain " + domid + " has been destroyed");
            }
        }
    }
}
