package org.skerry.toolstack.xl;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.skerry.toolstack.DomainInfo;
import org.skerry.toolstack.ToolstackException;
import org.skerry.toolstack.config.DomainConfig;
import org.skerry.wire.Domid;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code xl list}. */
@Command(name = "list")
final class ListCommand implements Callable<Integer>
{
    private final Invocation invocation;

    @Option(names = {"-l", "--long"})
    private boolean details;
    @Option(names = {"-v", "--verbose"})
    private boolean verbose;
    @Option(names = {"-Z", "--context"})
    private boolean context;
    @Parameters(arity = "0..1", paramLabel = "<Domain>")
    private String name;

    ListCommand(final Invocation invocation)
    {
        this.invocation = invocation;
    }

    @Override
    public Integer call()
    {
        final List<DomainInfo> domains = name == null ? invocation.host().domains() : List.of(domain());
        if (details)
        {
            details(domains);
        }
        else if (invocation.dialect() == Dialect.XM)
        {
            tableOfXm(domains);
        }
        else
        {
            table(domains);
        }

        return 0;
    }

    private DomainInfo domain()
    {
        final boolean isNumber = name.matches("[0-9]+");
        final DomainInfo domain = isNumber ? invocation.host().find(name) : invocation.domain(name);
        if (domain == null)
        {
            throw new ToolstackException("Error: Domain '" + name + "' does not exist.");
        }

        return domain;
    }

    private void table(final List<DomainInfo> domains)
    {
        final PrintWriter out = invocation.out();
        out.print("Name                                        ID   Mem VCPUs\tState\tTime(s)");
        if (verbose)
        {
            out.print("   UUID                            Reason-Code\tSecurity Label");
        }
        else if (context)
        {
            out.print("   Security Label");
        }
        out.println();

        for (final DomainInfo domain : domains)
        {
            out.print(String.format(Locale.ROOT, "%-40s %5d %5d %5d     %s  %8.1f", domain.name(),
                domain.domid().value(), domain.memoryKb() >> 10, domain.vcpus(), domain.stateLetters(),
                domain.cpuTimeNs() / 1e9));
            if (verbose)
            {
                out.print(String.format(Locale.ROOT, " %s %8s", domain.uuid(),
                    domain.shutdownReason() == null ? "-" : Integer.toHexString(domain.shutdownReason().code())));
            }
            if (verbose || context)
            {
                out.print(String.format(Locale.ROOT, " %16s", domain.confinement()));
            }
            out.println();
        }
    }

    private void tableOfXm(final List<DomainInfo> domains)
    {
        final PrintWriter out = invocation.out();
        out.println(String.format(Locale.ROOT, "%-40s %5s %5s %5s %10s %9s", "Name", "ID", "Mem", "VCPUs", "State",
            "Time(s)"));
        for (final DomainInfo domain : domains)
        {
            out.println(String.format(Locale.ROOT, "%-40s %5d %5d %5d %10s %8.1f", domain.name(),
                domain.domid().value(), domain.memoryKb() >> 10, domain.vcpus(), domain.stateLetters(),
                domain.cpuTimeNs() / 1e9));
        }
    }

    private void details(final List<DomainInfo> domains)
    {
        final List<Domid> domids = new ArrayList<>();
        final List<DomainConfig> configs = new ArrayList<>();
        for (final DomainInfo domain : domains)
        {
            final DomainConfig config = invocation.host().configOf(domain.domid());
            if (config != null)
            {
                domids.add(domain.domid());
                configs.add(config);
            }
        }

        DomainJson.list(invocation.out(), domids, configs);
    }

    /** {@code xl vm-list}. */
    @Command(name = "vm-list")
    static final class VmList implements Callable<Integer>
    {
        private final Invocation invocation;

        VmList(final Invocation invocation)
        {
            this.invocation = invocation;
        }

        @Override
        public Integer call()
        {
            invocation.out().println("UUID                                  ID    name");
            for (final DomainInfo domain : invocation.host().domains())
            {
                if (!domain.service())
                {
                    invocation.out().println(String.format(Locale.ROOT, "%s  %d    %-30s", domain.uuid(),
                        domain.domid().value(), domain.name()));
                }
            }

            return 0;
        }
    }
}
