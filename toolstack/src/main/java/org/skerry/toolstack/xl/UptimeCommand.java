package org.skerry.toolstack.xl;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.skerry.toolstack.DomainInfo;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code xl uptime}. */
@Command(name = "uptime")
final class UptimeCommand implements Callable<Integer>
{
    private static final String ROW = "%-33s %4s %s";

    private final Invocation invocation;

    @Option(names = "-s")
    private boolean sentence;
    @Parameters(arity = "0..*", paramLabel = "<Domain>")
    private List<String> names = new ArrayList<>();

    UptimeCommand(final Invocation invocation)
    {
        this.invocation = invocation;
    }

    @Override
    public Integer call()
    {
        final List<DomainInfo> domains = names.isEmpty() ?
            invocation.host().domains() : names.stream().map(invocation::domain).toList();
        final Instant now = Instant.now();
        if (!sentence)
        {
            invocation.out().println(String.format(Locale.ROOT, ROW, "Name", "ID", "Uptime"));
        }
        for (final DomainInfo domain : domains)
        {
            final Duration uptime = Duration.between(domain.startedAt(), now);
            invocation.out().println(sentence ?
                " " + LocalTime.now().format(DateTimeFormatter.ofPattern("HH:mm:ss")) + " up " + format(uptime, false) +
                    ", " + domain.name() + " (" + domain.domid() + ")" :
                String.format(Locale.ROOT, ROW, domain.name(), domain.domid(), format(uptime, true)));
        }

        return 0;
    }

    /**
     * @param uptime      of a domain.
     * @param withSeconds say them.
     * @return {@code 2 days, 13:05:59}.
     */
    static String format(final Duration uptime, final boolean withSeconds)
    {
        final Duration positive = uptime.isNegative() ? Duration.ZERO : uptime;
        final long days = positive.toDays();
        final String time = String.format(Locale.ROOT, "%2d:%02d", positive.toHoursPart(), positive.toMinutesPart()) +
            (withSeconds ? String.format(Locale.ROOT, ":%02d", positive.toSecondsPart()) : "");
        return days == 0 ? time : days + (days == 1 ? " day, " : " days, ") + time;
    }
}
