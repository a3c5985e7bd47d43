package org.skerry.toolstack.xl;

import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import org.skerry.toolstack.DomainControl;
import org.skerry.toolstack.DomainInfo;
import org.skerry.toolstack.ToolstackException;
import org.skerry.toolstack.VcpuInfo;
import org.skerry.toolstack.resource.CpuSet;
import org.skerry.toolstack.resource.SchedParams;
import org.skerry.wire.Domid;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * Commands about CPUs, each a method.
 */
@Command
final class SchedCommands
{
    private static final String CREDIT_HEAD = "%-33s %4s %6s %4s";
    private static final String CREDIT_ROW = "%-33s %4d %6d %4d";
    private static final String VCPU_HEAD = "%-32s %5s %5s %5s %5s %9s %s";
    private static final String KEEP = "-";

    private final Invocation invocation;

    SchedCommands(final Invocation invocation)
    {
        this.invocation = invocation;
    }

    /** There are no time slices to tell of: Linux chooses them. */
    @Command(name = "sched-credit")
    int credit(
        @Option(names = {"-d", "--domain"}) final String name,
        @Option(names = {"-w", "--weight"}) final Integer weight,
        @Option(names = {"-c", "--cap"}) final Integer cap)
    {
        return sched(name, weight, cap, "Cpupool Pool-0: tslice=0ms ratelimit=0us migration-delay=0us");
    }

    @Command(name = "sched-credit2")
    int credit2(
        @Option(names = {"-d", "--domain"}) final String name,
        @Option(names = {"-w", "--weight"}) final Integer weight,
        @Option(names = {"-c", "--cap"}) final Integer cap)
    {
        return sched(name, weight, cap, "Cpupool Pool-0: ratelimit=0us");
    }

    @Command(name = "vcpu-list")
    int vcpuList(@Parameters(arity = "0..*", paramLabel = "<Domain>") final List<String> names)
    {
        final List<DomainInfo> domains = names == null ?
            invocation.host().domains() : names.stream().map(invocation::domain).toList();
        invocation.out().println(String.format(Locale.ROOT, VCPU_HEAD, "Name", "ID", "VCPU", "CPU", "State", "Time(s)",
            "Affinity (Hard / Soft)"));
        for (final DomainInfo domain : domains)
        {
            control().vcpus(domain.domid()).forEach(vcpu -> print(domain, vcpu));
        }

        return 0;
    }

    @Command(name = "vcpu-pin")
    int vcpuPin(
        @Option(names = {"-f", "--force"}) final boolean force,
        @Parameters(index = "0", paramLabel = "<Domain>") final String name,
        @Parameters(index = "1", paramLabel = "<VCPU|all>") final String vcpu,
        @Parameters(index = "2", paramLabel = "<Hard affinity|-|all>") final String hard,
        @Parameters(index = "3", arity = "0..1", paramLabel = "<Soft affinity|-|all>") final String soft)
    {
        if (!vcpu.matches("all|\\d{1,4}"))
        {
            throw new ToolstackException("Error: Invalid argument " + vcpu + " as VCPU.");
        }

        control().pin(invocation.domain(name).domid(), "all".equals(vcpu) ? -1 : Integer.parseInt(vcpu),
            cpus(hard), cpus(soft == null ? KEEP : soft));
        return 0;
    }

    private int sched(final String name, final Integer weight, final Integer cap, final String pool)
    {
        final boolean isChange = weight != null || cap != null;
        if (name == null && isChange)
        {
            throw new ToolstackException("Must specify a domain.");
        }
        if (isChange)
        {
            change(invocation.domain(name).domid(), weight, cap);
            return 0;
        }

        final List<DomainInfo> domains = name == null ?
            invocation.host().domains() : List.of(invocation.domain(name));
        if (name == null)
        {
            invocation.out().println(pool);
        }
        invocation.out().println(String.format(Locale.ROOT, CREDIT_HEAD, "Name", "ID", "Weight", "Cap"));
        for (final DomainInfo domain : domains)
        {
            final SchedParams params = control().schedOf(domain.domid());
            invocation.out().println(String.format(Locale.ROOT, CREDIT_ROW, domain.name(), domain.domid().value(),
                params.weight(), params.cap()));
        }

        return 0;
    }

    private void change(final Domid domid, final Integer weight, final Integer cap)
    {
        final SchedParams old = control().schedOf(domid);
        try
        {
            control().sched(domid, new SchedParams(
                weight == null ? old.weight() : weight, cap == null ? old.cap() : cap));
        }
        catch (final IllegalArgumentException ex)
        {
            throw new ToolstackException(ex.getMessage());
        }
    }

    private CpuSet cpus(final String text)
    {
        try
        {
            return KEEP.equals(text) ? null : CpuSet.parse(text, control().cpuCount());
        }
        catch (final IllegalArgumentException ex)
        {
            throw new ToolstackException("Error: " + ex.getMessage());
        }
    }

    private void print(final DomainInfo domain, final VcpuInfo vcpu)
    {
        final PrintWriter out = invocation.out();
        out.print(String.format(Locale.ROOT, "%-32s %5d %5d", domain.name(), domain.domid().value(), vcpu.number()));
        out.print(vcpu.online() ?
            String.format(Locale.ROOT, " %5d %3c%c- ", vcpu.cpu(), vcpu.state().running() ? 'r' : '-',
                vcpu.state().blocked() ? 'b' : '-') :
            String.format(Locale.ROOT, " %5c %3c%cp ", '-', '-', '-'));
        out.println(String.format(Locale.ROOT, "%9.1f  %s / %s", vcpu.cpuTimeNs() / 1e9,
            vcpu.hard().format(control().cpuCount()), vcpu.soft().format(control().cpuCount())));
    }

    private DomainControl control()
    {
        return invocation.host().control();
    }
}
