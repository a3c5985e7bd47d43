package org.skerry.toolstack.xl;

import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.skerry.toolstack.DomainInfo;
import org.skerry.toolstack.ToolstackException;
import org.skerry.wire.Domid;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * Commands that do one thing with one domain, each a method. Their parameters are what the user gives.
 */
@Command
final class DomainCommands
{
    private static final Pattern MEMORY = Pattern.compile("(\\d{1,15})([bkmgt]?)b?");

    private final Invocation invocation;

    DomainCommands(final Invocation invocation)
    {
        this.invocation = invocation;
    }

    @Command(name = "destroy")
    int destroy(
        @Option(names = "-f") final boolean force,
        @Parameters(paramLabel = "<Domain>") final String name)
    {
        final Domid domid = invocation.domain(name).domid();
        if (domid.equals(Domid.DOM0))
        {
            throw new ToolstackException(force ? "Domain-0 is ended by 'skerry down', with the whole host" :
                "Not destroying domain 0; use -f to force.");
        }

        invocation.host().destroy(domid);
        return 0;
    }

    @Command(name = "pause")
    int pause(
        @Option(names = {"-a", "--all"}) final boolean all,
        @Parameters(arity = "0..1", paramLabel = "<Domain>") final String name)
    {
        return oneOrAll(all, name, domain -> invocation.host().pause(domain.domid()));
    }

    @Command(name = "unpause")
    int unpause(
        @Option(names = {"-a", "--all"}) final boolean all,
        @Parameters(arity = "0..1", paramLabel = "<Domain>") final String name)
    {
        return oneOrAll(all, name, domain -> invocation.host().unpause(domain.domid()));
    }

    @Command(name = "domid")
    int domid(@Parameters(paramLabel = "<DomainName>") final String name)
    {
        final DomainInfo domain = invocation.host().find(name);
        if (domain == null || !domain.name().equals(name) && !domain.uuid().toString().equals(name))
        {
            throw new ToolstackException("Can't get domid of domain name '" + name +
                "', maybe this domain does not exist.");
        }

        invocation.out().println(domain.domid());
        return 0;
    }

    @Command(name = "domname")
    int domname(@Parameters(paramLabel = "<DomainId>") final String id)
    {
        if (!id.matches("[0-9]+"))
        {
            throw new ToolstackException("Invalid domain id.");
        }

        final DomainInfo domain = invocation.host().find(id);
        if (domain == null)
        {
            throw new ToolstackException("Can't get domain name of domain id '" + id +
                "', maybe this domain does not exist.");
        }

        invocation.out().println(domain.name());
        return 0;
    }

    @Command(name = "mem-set")
    int memSet(
        @Parameters(index = "0", paramLabel = "<Domain>") final String name,
        @Parameters(index = "1", paramLabel = "<MemMB>") final String memory)
    {
        invocation.host().control().memoryTarget(invocation.domain(name).domid(), kilobytes(memory));
        return 0;
    }

    @Command(name = "mem-max")
    int memMax(
        @Parameters(index = "0", paramLabel = "<Domain>") final String name,
        @Parameters(index = "1", paramLabel = "<MemMB>") final String memory)
    {
        invocation.host().control().maxMemory(invocation.domain(name).domid(), kilobytes(memory));
        return 0;
    }

    @Command(name = "sysrq")
    int sysrq(
        @Parameters(index = "0", paramLabel = "<Domain>") final String name,
        @Parameters(index = "1", paramLabel = "<letter>") final String key)
    {
        if (key.length() != 1 || key.charAt(0) <= ' ' || key.charAt(0) > '~')
        {
            throw new ToolstackException("Invalid sysrq.");
        }

        invocation.host().control().sysrq(invocation.domain(name).domid(), key.charAt(0));
        return 0;
    }

    @Command(name = "dmesg")
    int dmesg(@Option(names = {"-c", "--clear"}) final boolean clear)
    {
        invocation.out().print(invocation.host().messages(clear));
        return 0;
    }

    @Command(name = "debug-keys")
    int debugKeys(@Parameters(paramLabel = "<Keys>") final String keys)
    {
        invocation.host().debugKeys(keys);
        return 0;
    }

    /** All are those that serve nobody. */
    private int oneOrAll(final boolean all, final String name, final Consumer<DomainInfo> action)
    {
        if (all == (name != null))
        {
            throw new ToolstackException("You must specify -a or a domain id.");
        }

        final List<DomainInfo> domains = all ?
            invocation.host().domains().stream().filter(domain -> !domain.service()).toList() :
            List.of(invocation.domain(name));
        domains.forEach(action);
        return 0;
    }

    /** As xl: MiB unless a unit follows. */
    private static long kilobytes(final String memory)
    {
        final Matcher matcher = MEMORY.matcher(memory.toLowerCase(Locale.ROOT));
        if (!matcher.matches())
        {
            throw new ToolstackException("invalid memory size: " + memory);
        }

        final long number = Long.parseLong(matcher.group(1));
        final long kilobytes = switch (matcher.group(2))
        {
            case "b" -> number >> 10;
            case "k" -> number;
            case "g" -> number << 20;
            case "t" -> number << 30;
            default -> number << 10;
        };
        if (kilobytes <= 0)
        {
            throw new ToolstackException("invalid memory size: " + memory);
        }

        return kilobytes;
    }
}
