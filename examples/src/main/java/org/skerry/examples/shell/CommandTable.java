package org.skerry.examples.shell;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import org.skerry.examples.net.DhcpLease;
import org.skerry.examples.net.DhcpState;
import org.skerry.examples.net.IpStack;
import org.skerry.examples.net.Ipv4Address;
import org.skerry.examples.net.Ipv4Config;
import org.skerry.examples.net.StackStatistics;
import org.skerry.guest.xenstore.XenstoreAccess;
import org.skerry.wire.ShutdownReason;

import static java.nio.charset.StandardCharsets.UTF_8;

/** Everything that can be typed, and what it does. */
final class CommandTable
{
    private static final int DEFAULT_PING_COUNT = 4;
    private static final int MAX_PING_COUNT = 100_000;
    private static final String HEX_PREFIX = "hex:";
    private static final String IFCONFIG_USAGE = "ifconfig [IF] [ADDR/PREFIX[,GATEWAY]|dhcp|down]";

    private final Map<String, Command> commands = new LinkedHashMap<>();
    private final Terminal terminal;
    private final Machine machine;

    CommandTable(final Terminal terminal, final Machine machine)
    {
        this.terminal = terminal;
        this.machine = machine;
        add("help", "this list", this::help);
        add("lsblk", "disks and their sizes", this::lsblk);
        add("read DEV SECTOR [COUNT]", "hex dump of sectors of 512 bytes", this::read);
        add("write DEV SECTOR TEXT|hex:..", "write whole sectors, filled up with zeros, and flush", this::write);
        add("sha256 DEV", "digest of a whole disk", this::sha256);
        add("xenstore-ls [PATH]", "nodes below a path, below the own home without one", this::xenstoreLs);
        add(IFCONFIG_USAGE, "show interfaces, or set an address", this::ifconfig);
        add("ping ADDR [COUNT]", "ask a station whether it is there", this::ping);
        add("free", "memory of the domain and of the Java heap", this::free);
        add("uptime", "time since boot", this::uptime);
        add("dmesg", "messages of the kernel", this::dmesg);
        add("echo [WORD...]", "print words", this::echo);
        add("poweroff", "end the domain", arguments -> end(arguments, ShutdownReason.POWEROFF, "power off"));
        add("reboot", "end the domain and begin anew", arguments -> end(arguments, ShutdownReason.REBOOT, "restart"));
        add("crash", "end the domain as a fault does", arguments -> end(arguments, ShutdownReason.CRASH, "panic"));
    }

    /**
     * Begin what was typed.
     *
     * @return the work, or null for a blank line.
     * @throws CommandException when it makes no sense; the message says why.
     */
    Job start(final String line)
    {
        final List<String> words = Words.split(line);

        if (words.isEmpty())
        {
            return null;
        }

        final Command command = commands.get(words.getFirst());

        if (command == null)
        {
            throw new CommandException(words.getFirst() + ": no such command; help lists all");
        }

        return command.starter().start(words.subList(1, words.size()));
    }

    /** Go down because the toolstack asks for it. */
    Job end(final ShutdownReason reason)
    {
        return new PowerJob(machine.power(), machine.clock(), () -> machine.power().shutdown(reason));
    }

    private void add(final String usage, final String summary, final Command.Starter starter)
    {
        final Command command = new Command(usage, summary, starter);
        commands.put(command.name(), command);
    }

    private Job help(final List<String> arguments)
    {
        count(arguments, "help", 0, 0);
        final List<String> lines = new ArrayList<>();

        for (final Command command : commands.values())
        {
            lines.add("  " + pad(command.usage(), 50) + command.summary());
        }

        lines.add("");
        lines.add("Keys: arrows, Home, End, Backspace, Delete, ^U line, ^W word, ^L screen; ^C stops a command.");
        lines.add("The prompt is \"skerry# \". ^] leaves the console and lets the guest run.");
        return LinesJob.of(terminal, lines);
    }

    private Job lsblk(final List<String> arguments)
    {
        count(arguments, "lsblk", 0, 0);
        final List<String> lines = new ArrayList<>();
        lines.add("NAME        SECTORS        SIZE  RO  STATE");

        for (final Disk disk : machine.disks().get())
        {
            lines.add(pad(disk.name(), 6) + padLeft(Long.toString(disk.sectorCount()), 13) +
                padLeft(size(disk.sectorCount() * Disk.SECTOR_LENGTH), 12) + (disk.isReadOnly() ? "   1  " : "   0  ") +
                disk.state());
        }

        return LinesJob.of(terminal, lines);
    }

    private Job read(final List<String> arguments)
    {
        count(arguments, "read DEV SECTOR [COUNT]", 2, 3);
        final Disk disk = disk("read", arguments.getFirst());
        final long sector = number("read", "SECTOR", arguments.get(1), 0, Long.MAX_VALUE >> 9);
        final long sectorCount =
            arguments.size() == 3 ? number("read", "COUNT", arguments.get(2), 1, Integer.MAX_VALUE) : 1;
        checkRange("read", disk, sector, sectorCount);
        return new DiskReadJob(terminal, disk, sector, sectorCount);
    }

    private Job write(final List<String> arguments)
    {
        count(arguments, "write DEV SECTOR TEXT|hex:..", 3, Integer.MAX_VALUE);
        final Disk disk = disk("write", arguments.getFirst());
        final long sector = number("write", "SECTOR", arguments.get(1), 0, Long.MAX_VALUE >> 9);
        final byte[] content = content(String.join(" ", arguments.subList(2, arguments.size())));

        if (disk.isReadOnly())
        {
            throw new CommandException("write: " + disk.name() + " is read-only");
        }

        final int sectorCount = Math.max(1, (content.length + Disk.SECTOR_LENGTH - 1) / Disk.SECTOR_LENGTH);
        final int step = disk.sectorStep();
        final int roundedCount = (sectorCount + step - 1) / step * step;
        checkRange("write", disk, sector, roundedCount);
        return new DiskWriteJob(terminal, disk, sector, Arrays.copyOf(content, roundedCount * Disk.SECTOR_LENGTH));
    }

    private Job sha256(final List<String> arguments)
    {
        count(arguments, "sha256 DEV", 1, 1);
        return new DiskHashJob(terminal, disk("sha256", arguments.getFirst()));
    }

    private Job xenstoreLs(final List<String> arguments)
    {
        count(arguments, "xenstore-ls [PATH]", 0, 1);
        final XenstoreAccess store = machine.store();

        if (store == null)
        {
            throw new CommandException("xenstore-ls: this domain has no xenstore");
        }

        final String path = arguments.isEmpty() ? machine.home() : arguments.getFirst();

        if (!store.exists(path))
        {
            throw new CommandException("xenstore-ls: no such node: " + path);
        }

        return new LinesJob(terminal, new StoreTree(store, path));
    }

    private Job ifconfig(final List<String> arguments)
    {
        count(arguments, IFCONFIG_USAGE, 0, 2);
        final List<Interface> all = interfaces("ifconfig");
        final boolean isNamed = !arguments.isEmpty() && arguments.getFirst().startsWith("eth");
        final List<Interface> chosen = isNamed ? List.of(named(all, arguments.getFirst())) : all;
        final List<String> settings = isNamed ? arguments.subList(1, arguments.size()) : arguments;
        count(settings, IFCONFIG_USAGE, 0, 1);

        if (!settings.isEmpty())
        {
            configure(chosen.getFirst(), settings.getFirst());
        }

        final List<String> lines = new ArrayList<>();
        chosen.forEach(one -> describe(one, lines));
        return LinesJob.of(terminal, lines);
    }

    private static void describe(final Interface one, final List<String> lines)
    {
        final IpStack stack = one.stack();
        final StackStatistics counts = stack.statistics();
        final DhcpLease lease = stack.dhcpLease();
        lines.add(one.name() + "  ether " + stack.macAddress() +
            (one.carrier().getAsBoolean() ? "  carrier" : "  no carrier") +
            (stack.dhcpState() == DhcpState.STOPPED ? "" : "  dhcp " + stack.dhcpState()));
        lines.add((stack.config() == null ? "      no address" : "      inet " + stack.config()) +
            (lease == null ? "" : ", leased from " + lease.server()));
        lines.add("      in  " + counts.framesIn() + " frames, " + counts.bytesIn() + " bytes, " +
            counts.malformed() + " malformed, " + counts.ignored() + " ignored");
        lines.add("      out " + counts.framesOut() + " frames, " + counts.bytesOut() + " bytes, " +
            counts.dropped() + " dropped, " + counts.echoesAnswered() + " echoes answered");
    }

    private void configure(final Interface one, final String wanted)
    {
        switch (wanted)
        {
            case "dhcp" -> one.stack().dhcpStart(new Interfaces.Leases(one.name(), machine.news()));
            case "down" -> one.stack().configure(null);
            default ->
            {
                try
                {
                    one.stack().configure(Ipv4Config.parse(wanted));
                }
                catch (final IllegalArgumentException exception)
                {
                    throw new CommandException("ifconfig: " + exception.getMessage());
                }
            }
        }
    }

    private Job ping(final List<String> arguments)
    {
        count(arguments, "ping ADDR [COUNT]", 1, 2);
        final List<Interface> all = interfaces("ping");
        final int pings = arguments.size() == 1 ? DEFAULT_PING_COUNT :
            (int)number("ping", "COUNT", arguments.get(1), 1, MAX_PING_COUNT);

        try
        {
            final Ipv4Address address = Ipv4Address.parse(arguments.getFirst());
            return new PingJob(terminal, route(all, address), machine.clock(), address, pings);
        }
        catch (final IllegalArgumentException exception)
        {
            throw new CommandException("ping: " + exception.getMessage());
        }
    }

    private Job free(final List<String> arguments)
    {
        count(arguments, "free", 0, 0);
        final long totalKb = machine.memory().totalKb();
        final long freeKb = machine.memory().freeKb();
        final Runtime runtime = Runtime.getRuntime();
        final long heapKb = runtime.totalMemory() / 1024;
        final long heapFreeKb = runtime.freeMemory() / 1024;
        return LinesJob.of(terminal, List.of(
            "KiB           total        used        free",
            row("domain", totalKb, freeKb),
            row("heap", heapKb, heapFreeKb)));
    }

    private Job uptime(final List<String> arguments)
    {
        count(arguments, "uptime", 0, 0);
        final long seconds = machine.log().sinceBootNs() / 1_000_000_000L;
        return LinesJob.of(terminal, List.of(
            machine.name() + " up " + seconds / 86_400 + " days, " + twoDigits(seconds / 3600 % 24) + ":" +
            twoDigits(seconds / 60 % 60) + ":" + twoDigits(seconds % 60)));
    }

    private Job dmesg(final List<String> arguments)
    {
        count(arguments, "dmesg", 0, 0);
        return LinesJob.of(terminal, machine.log().lines());
    }

    private Job echo(final List<String> arguments)
    {
        return LinesJob.of(terminal, List.of(String.join(" ", arguments)));
    }

    private Job end(final List<String> arguments, final ShutdownReason reason, final String message)
    {
        count(arguments, "poweroff|reboot|crash", 0, 0);
        machine.log().add(message);
        terminal.println(message);
        return end(reason);
    }

    private Disk disk(final String command, final String name)
    {
        for (final Disk disk : machine.disks().get())
        {
            if (disk.name().equals(name))
            {
                if (disk.sectorCount() == 0)
                {
                    throw new CommandException(command + ": " + name + " is not ready: " + disk.state());
                }

                return disk;
            }
        }

        throw new CommandException(command + ": no such disk: " + name + "; lsblk lists all");
    }

    private List<Interface> interfaces(final String command)
    {
        final List<Interface> all = machine.network().get();

        if (all.isEmpty())
        {
            throw new CommandException(command + ": this domain has no vif");
        }

        return all;
    }

    private static Interface named(final List<Interface> all, final String name)
    {
        return all.stream().filter(one -> one.name().equals(name)).findFirst()
            .orElseThrow(() -> new CommandException("ifconfig: no such interface: " + name));
    }

    /** The interface whose network the address belongs to, else one with a gateway, else the first. */
    private static IpStack route(final List<Interface> all, final Ipv4Address address)
    {
        IpStack best = all.getFirst().stack();

        for (int i = all.size() - 1; i >= 0; i--)
        {
            final IpStack stack = all.get(i).stack();

            if (stack.config() != null && stack.config().isOnLink(address.value()))
            {
                return stack;
            }

            best = stack.config() != null && !stack.config().gateway().equals(Ipv4Address.ANY) ? stack : best;
        }

        return best;
    }

    private static void checkRange(final String command, final Disk disk, final long sector, final long sectorCount)
    {
        if (sector >= disk.sectorCount() || sectorCount > disk.sectorCount() - sector)
        {
            throw new CommandException(command + ": beyond the end of " + disk.name() + ": sector=" + sector +
                ", count=" + sectorCount + ", sectors of the disk=" + disk.sectorCount());
        }

        if ((sector | sectorCount) % disk.sectorStep() != 0)
        {
            throw new CommandException(command + ": sectors of " + disk.name() + " come in groups of " +
                disk.sectorStep() + ": sector=" + sector + ", count=" + sectorCount);
        }
    }

    private static byte[] content(final String text)
    {
        if (!text.startsWith(HEX_PREFIX))
        {
            return text.getBytes(UTF_8);
        }

        try
        {
            return HexFormat.of().parseHex(text.substring(HEX_PREFIX.length()).replace(" ", ""));
        }
        catch (final IllegalArgumentException exception)
        {
            throw new CommandException("write: not pairs of hex digits: " + text);
        }
    }

    private static long number(
        final String command, final String what, final String text, final long least, final long most)
    {
        try
        {
            final long value = Long.parseLong(text);

            if (value >= least && value <= most)
            {
                return value;
            }
        }
        catch (final NumberFormatException exception)
        {
            throw new CommandException(command + ": " + what + " is not a number: " + text);
        }

        throw new CommandException(command + ": " + what + " is out of range: " + text);
    }

    private static void count(final List<String> arguments, final String usage, final int least, final int most)
    {
        if (arguments.size() < least || arguments.size() > most)
        {
            throw new CommandException("usage: " + usage);
        }
    }

    private static String row(final String name, final long totalKb, final long freeKb)
    {
        return pad(name, 7) + padLeft(Long.toString(totalKb), 12) +
            padLeft(Long.toString(totalKb - freeKb), 12) + padLeft(Long.toString(freeKb), 12);
    }

    private static String size(final long bytes)
    {
        long value = bytes;
        int unit = 0;

        while (value >= 10 * 1024 && unit < 4)
        {
            value /= 1024;
            unit++;
        }

        return value + " " + List.of("B", "KiB", "MiB", "GiB", "TiB").get(unit);
    }

    private static String twoDigits(final long value)
    {
        return value < 10 ? "0" + value : Long.toString(value);
    }

    private static String pad(final String text, final int length)
    {
        return text + " ".repeat(Math.max(0, length - text.length()));
    }

    private static String padLeft(final String text, final int length)
    {
        return " ".repeat(Math.max(0, length - text.length())) + text;
    }
}
