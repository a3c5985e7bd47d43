package org.skerry.toolstack.xl;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import org.skerry.toolstack.NearestName;
import org.skerry.toolstack.ToolstackException;

/**
 * Names of commands and what is said about them. Loaded by the program itself: help needs no host.
 */
final class CommandTable
{
    /**
     * @param name    of the command.
     * @param usage   its arguments.
     * @param summary what it does, without a full stop.
     * @param options one a line; empty for none.
     */
    record Entry(String name, String usage, String summary, String options)
    {
    }

    private static final String SCHED_OPTIONS = """
        -d, --domain DOMAIN  Which; all if not given.
        -w, --weight WEIGHT  1 to 65535; 256 is what everybody has.
        -c, --cap CAP       Most that it may use, per cent of one CPU; 0 for no limit.""";

    private static final List<Entry> PROVIDED = List.of(
        new Entry("create", "<ConfigFile> [options] [key=value ...]", "Create a domain as a config file says", """
            -c                  Join its console.
            -p                  Leave it paused.
            -q, --quiet         Say only what went wrong.
            -n, --dryrun        Print what would be created, create nothing.
            -f, --defconfig FILE  The config file.
            -F                  Wait until the domain is gone.
            -e                  Do not restart or destroy it when it has stopped.
            -d                  Print what is created."""),
        new Entry("list", "[options] [Domain]", "List all domains, or one", """
            -l, --long          All details, as JSON.
            -v, --verbose       UUID, reason of shutdown and confinement.
            -Z, --context       Confinement."""),
        new Entry("info", "[key]", "Show what this host is", ""),
        new Entry("console", "[options] <Domain>", "Join the console of a domain; ^] leaves it", """
            -t pv               Kind of console; pv is the only one.
            -n NUMBER           Which of its consoles.
            -e ESCAPE           Key that leaves, such as ^].
            -f, --force         Take the console from whoever holds it."""),
        new Entry("shutdown", "[options] <-a|Domain>", "Ask a domain to power itself off", """
            -a, --all           Ask all guests.
            -w, --wait          Wait until they have stopped; twice: until they are gone.
            -F                  Accepted for scripts: there is no power button to press."""),
        new Entry("reboot", "[options] <-a|Domain>", "Ask a domain to start anew", """
            -a, --all           Ask all guests.
            -w, --wait          Wait until they have stopped.
            -F                  Accepted for scripts: there is no reset button to press."""),
        new Entry("destroy", "[options] <Domain>", "End a domain at once", """
            -f                  Accepted for scripts; Domain-0 is ended by 'skerry down' only."""),
        new Entry("pause", "<-a|Domain>", "Stop a domain where it stands", """
            -a, --all           All guests."""),
        new Entry("unpause", "<-a|Domain>", "Let a paused domain run", """
            -a, --all           All guests."""),
        new Entry("domid", "<DomainName>", "Print the id of a domain", ""),
        new Entry("domname", "<DomainId>", "Print the name of a domain", ""),
        new Entry("network-list", "<Domain ...>", "List virtual network interfaces of domains", ""),
        new Entry("block-list", "<Domain ...>", "List virtual disks of domains", ""),
        new Entry("block-attach", "<Domain> <disk> ...", "Plug a disk into a domain that runs", """
            disk                As in a config file; several are parts of one, joined by commas."""),
        new Entry("block-detach", "[--force] <Domain> <DevId>", "Unplug a disk of a domain that runs", """
            --force             Even when the domain does not let go of it."""),
        new Entry("mem-set", "<Domain> <MemMB['b'|'k'|'m'|'g'|'t']>", "Tell a domain how much memory it shall have",
            ""),
        new Entry("mem-max", "<Domain> <MemMB['b'|'k'|'m'|'g'|'t']>", "Set the most memory that a domain may have",
            ""),
        new Entry("sched-credit", "[-d <Domain> [-w WEIGHT] [-c CAP]]", "Show or set the shares of domains in the CPUs",
            SCHED_OPTIONS),
        new Entry("sched-credit2", "[-d <Domain> [-w WEIGHT] [-c CAP]]", "The same, in the words of credit2",
            SCHED_OPTIONS),
        new Entry("vcpu-list", "[Domain ...]", "List the virtual CPUs of all domains, or of some", ""),
        new Entry("vcpu-pin", "[option] <Domain> <VCPU|all> <Hard affinity|-|all> [Soft affinity|-|all]",
            "Choose on which CPUs a virtual CPU may run", """
            -f, --force         Accepted for scripts: nothing overrides an affinity here.
            CPUs are written '0-3,^1', 'all' or 'node:0'; '-' leaves what there is."""),
        new Entry("top", "[options]", "Show what domains use, again and again; 'xentop' does the same", """
            -b, --batch         One picture after the other, without a screen.
            -d, --delay SECONDS  Between two of them; 3 if not given.
            -i, --iterations N  How many; without end if not given.
            -v, --vcpus         Virtual CPUs too.
            -f, --full-name     Names of any length."""),
        new Entry("debug-keys", "<Keys>", "Make the hypervisor tell about itself, in 'dmesg'", """
            h                   Tells which keys there are."""),
        new Entry("sysrq", "<Domain> <letter>", "Press a key of the magic SysRq in a domain", """
            letter              b boots it anew, c crashes it, h tells which others there are."""),
        new Entry("vm-list", "", "List guests by UUID", ""),
        new Entry("uptime", "[-s] [Domain ...]", "Show for how long domains have been running", """
            -s                  One sentence a domain."""),
        new Entry("dmesg", "[-c]", "Show messages of the hypervisor", """
            -c                  Forget them afterwards."""));

    /** Commands of xl that this host does not have, so that they are not called unknown. */
    private static final List<String> NOT_PROVIDED = List.of((
        "config-update pci-attach pci-detach pci-list pci-assignable-add pci-assignable-remove " +
        "pci-assignable-list vncviewer save migrate restore migrate-receive suspend resume dump-core " +
        "cd-insert cd-eject button-press vcpu-set sharing " +
        "sched-rtds rename trigger set-parameters " +
        "network-attach network-detach channel-list vtpm-attach vtpm-list " +
        "vtpm-detach vkb-attach vkb-list vkb-detach vdispl-attach vdispl-list vdispl-detach vsnd-attach " +
        "vsnd-list vsnd-detach claims cpupool-create cpupool-list cpupool-destroy cpupool-rename " +
        "cpupool-cpu-add cpupool-cpu-remove cpupool-migrate cpupool-numa-split getenforce setenforce " +
        "loadpolicy remus devd psr-hwinfo psr-cmt-attach psr-cmt-detach psr-cmt-show psr-cat-set " +
        "psr-cat-show psr-mba-set psr-mba-show usbctrl-attach usbctrl-detach usbdev-attach " +
        "usbdev-detach usb-list qemu-monitor-command dt-overlay xenstore-quota-get xenstore-quota-set").split(" "));

    private CommandTable()
    {
    }

    /**
     * @param written name of a command, or the beginning of one.
     * @return its full name.
     * @throws ToolstackException when it is none, or the beginning of several.
     */
    static String resolve(final String written)
    {
        final List<String> names = new ArrayList<>();
        for (final Entry entry : PROVIDED)
        {
            names.add(entry.name());
        }

        final String name = pick(written, names);
        if (name != null)
        {
            return name;
        }
        if (NOT_PROVIDED.contains(written))
        {
            throw new ToolstackException("'" + written + "' is a command of xl that is not provided here",
                ToolstackException.EXIT_USAGE);
        }

        names.addAll(NOT_PROVIDED);
        throw new ToolstackException("unknown command '" + written + "'" + NearestName.hint(written, names),
            ToolstackException.EXIT_USAGE);
    }

    /**
     * @param command full name of a command or the beginning of one; null for all.
     * @param program by whose name help is given.
     * @param out     gets the help.
     */
    static void help(final String command, final String program, final PrintStream out)
    {
        final StringBuilder text = new StringBuilder();
        if (command == null)
        {
            text.append("Usage: ").append(program).append(" [-vfNtT] <command> [args]\n\n");
            for (final Entry entry : PROVIDED)
            {
                text.append(' ').append(entry.name()).repeat(' ', Math.max(1, 20 - entry.name().length()))
                    .append(entry.summary()).append('\n');
            }
            text.append("\n'").append(program).append(" help <command>' tells more. Commands may be shortened.\n");
        }
        else
        {
            final String name = resolve(command);
            for (final Entry entry : PROVIDED)
            {
                if (entry.name().equals(name))
                {
                    text.append("Usage: ").append(program).append(' ').append(name).append(' ').append(entry.usage())
                        .append("\n\n").append(entry.summary()).append(".\n");
                    if (!entry.options().isEmpty())
                    {
                        text.append("\nOptions:\n\n").append(entry.options()).append('\n');
                    }
                }
            }
        }

        out.print(text);
        out.flush();
    }

    private static String pick(final String written, final List<String> names)
    {
        String found = null;
        int count = 0;
        for (final String name : names)
        {
            if (name.equals(written))
            {
                return name;
            }
            if (name.startsWith(written))
            {
                found = name;
                count++;
            }
        }
        if (count > 1)
        {
            final List<String> all = new ArrayList<>(names);
            all.removeIf(name -> !name.startsWith(written));
            throw new ToolstackException("'" + written + "' is the beginning of several commands: " +
                String.join(", ", all), ToolstackException.EXIT_USAGE);
        }

        return found;
    }
}
