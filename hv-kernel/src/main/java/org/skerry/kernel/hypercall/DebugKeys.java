package org.skerry.kernel.hypercall;

import java.util.function.Consumer;

import org.skerry.kernel.domain.DomainTable;
import org.skerry.kernel.domain.KernelDomain;
import org.skerry.kernel.grant.GrantTable;
import org.skerry.wire.Virq;

/**
 * What the kernel tells of itself when a key is pressed, in Xen's formats. A dump has an end, however much there is to
 * tell: a domain cannot make it long, and with it the stop of all others.
 */
final class DebugKeys
{
    private static final int MAX_LINES = 400;
    private static final int MAX_LINES_OF_DOMAIN = 64;
    private static final int MAX_ENTRIES = 1 << 18;

    private final DomainTable domains;
    private final KernelLog log;
    private int lines;
    private int entries;

    DebugKeys(final DomainTable domains, final KernelLog log)
    {
        this.domains = domains;
        this.log = log;
    }

    /** A key that has no handler is not heard, as with Xen. */
    void press(final char key)
    {
        lines = 0;
        entries = 0;
        switch (key)
        {
            case 'h' ->
            {
                say("'h' pressed -> showing installed handlers");
                say(" key 'e' (ascii '65') => dump evtchn info");
                say(" key 'g' (ascii '67') => print grant table usage");
                say(" key 'h' (ascii '68') => show this message");
                say(" key 'q' (ascii '71') => dump domain (and guest debug) info");
            }
            case 'e' ->
            {
                say("'e' pressed -> dumping event-channel info");
                forEachDomain(this::dumpPorts);
            }
            case 'g' ->
            {
                say("gnttab_usage_print_all [ key 'g' pressed");
                forEachDomain(this::dumpGrants);
                say("gnttab_usage_print_all ] done");
            }
            case 'q' ->
            {
                say("'q' pressed -> dumping domain info");
                forEachDomain(this::dumpDomain);
                domains.all().forEach(DebugKeys::raiseDebug);
            }
            default ->
            {
            }
        }
    }

    private void forEachDomain(final Consumer<KernelDomain> dump)
    {
        KernelDomain domain = domains.firstFrom(0);
        while (domain != null && lines < MAX_LINES)
        {
            dump.accept(domain);
            domain = domains.firstFrom(domain.domid() + 1);
        }
        if (domain != null)
        {
            log.log("... and more, from domain " + domain.domid() + " on");
        }
    }

    private void dumpPorts(final KernelDomain domain)
    {
        say("Event channel information for domain " + domain.domid() + ":");
        say("    port [p/m/s]");
        final int left = domain.ports().dump(this::say, MAX_LINES_OF_DOMAIN);
        if (left > 0)
        {
            say("    ... and " + left + " more");
        }
    }

    private void dumpGrants(final KernelDomain domain)
    {
        final GrantTable table = domain.grantTable();
        say("      -------- active --------       -------- shared --------");
        say("[ref] localdom mfn      pin          localdom gmfn     flags");
        say("grant-table for remote d" + domain.domid() + " (v1)");
        int active = 0;
        for (int ref = 0; ref < table.entryCount() && active <= MAX_LINES_OF_DOMAIN && entries < MAX_ENTRIES; ref++)
        {
            entries++;
            if (table.readers(ref) + table.writers(ref) > 0 && active++ < MAX_LINES_OF_DOMAIN)
            {
                final int word = table.word(ref);
                say(String.format("[0x%03x]  %5d 0x%05x  0x%04x%04x      %5d 0x%06x 0x%02x", ref, table.grantee(ref),
                    table.frame(ref), table.writers(ref), table.readers(ref), word >>> 16, table.frame(ref),
                    word & 0xFFFF));
            }
        }
        if (active == 0 || active > MAX_LINES_OF_DOMAIN)
        {
            say(active == 0 ? "no active grant table entries" : "... and more");
        }
    }

    private void dumpDomain(final KernelDomain domain)
    {
        final KernelDomain.Details details = domain.details();
        say("General information for domain " + domain.domid() + ":");
        say("    name=" + details.name() + " dying=" + (domain.isAbandoned() ? 1 : 0) +
            " pause_count=" + (domain.isPaused() ? 1 : 0) + " shutdown=" + domain.shutdownReason());
        say("    nr_pages=" + domain.memory().populatedFrames() + " max_pages=" + domain.memory().maxFrames() +
            " vcpus=" + details.vcpus() + " ports=" + domain.ports().portCount() +
            " maptrack=" + domain.mapTrack().mappedCount());
    }

    private static void raiseDebug(final KernelDomain domain)
    {
        for (int vcpu = 0; vcpu < domain.details().vcpus(); vcpu++)
        {
            domain.ports().raiseVirq(Virq.DEBUG, vcpu);
        }
    }

    private void say(final String line)
    {
        lines++;
        log.log(line);
    }
}
