package org.skerry.toolstack.config;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.function.Consumer;
import org.skerry.toolstack.NearestName;
import org.skerry.toolstack.device.DiskSpec;
import org.skerry.toolstack.resource.CpuSet;

/**
 * Reads a domain from a config's tree. The first thing that cannot be used ends it; what is merely not used is noted.
 *
 * <p>Spec: xl.cfg(5).
 */
public final class DomainConfigReader
{
    /** Longest name of a domain, characters. */
    public static final int MAX_NAME_LENGTH = 255;

    /** What libxl gives a domain that does not say, MiB. */
    private static final long DEFAULT_MEMORY_MB = 32;
    private static final long MAX_MEMORY_MB = 1L << 24;
    private static final int MAX_VCPUS = 512;
    private static final List<String> SUFFIXES = List.of(".cfg", ".xm", ".conf", ".hvm");

    private final ReadContext context;
    private final Config config;
    private final Settings settings;
    private final List<String> notices = new ArrayList<>();
    private final Map<String, SourcePosition> positions = new HashMap<>();

    /**
     * What was read.
     *
     * @param domain  ready to be created.
     * @param notices what was noticed and is no error, one line each, with its place.
     */
    public record Result(DomainConfig domain, List<String> notices)
    {
        /** Notices do not change. */
        public Result
        {
            notices = List.copyOf(notices);
        }
    }

    private DomainConfigReader(final Config config, final ReadContext context)
    {
        this.config = config;
        this.context = context;
        this.settings = new Settings(config, context.legacy());
        notices.addAll(config.notices());
    }

    /**
     * @param config  parsed.
     * @param context in which it is read.
     * @return the domain it describes.
     * @throws ConfigException when it describes none.
     */
    public static Result read(final Config config, final ReadContext context)
    {
        return new DomainConfigReader(config, context).read();
    }

    /**
     * Read one disk by itself.
     *
     * @param spec    one element of {@code disk = [...]}.
     * @param context in which it is read.
     * @param notices told what is noticed and is no error.
     * @return the disk.
     * @throws ConfigException when it cannot be had.
     */
    public static DiskSpec readDisk(final String spec, final ReadContext context, final Consumer<String> notices)
    {
        final Config config = ConfigParser.parse("disk", "");
        final SourcePosition position = new SourcePosition("disk", 1, 1);
        config.assign(new ConfigSetting("disk", position, new ConfigValue.Sequence(
            position, List.of(new ConfigValue.Text(position, spec, List.of(), 1)))));
        final DomainConfigReader reader = new DomainConfigReader(config, context);

        return new DeviceReader(context, reader.settings, reader::file, notices, reader.positions).disks().getFirst();
    }

    private Result read()
    {
        checkKeys();
        positions.put("", new SourcePosition(config.file(), 1, 1));
        config.settings().forEach(setting ->
            positions.put(setting.key().toLowerCase(Locale.ROOT), setting.value().position()));

        final String name = name();
        final GuestType asked = type();
        final long memoryMb = settings.number("memory", DEFAULT_MEMORY_MB, 1, MAX_MEMORY_MB);
        final long maxMemoryMb = settings.number("maxmem", memoryMb, 1, MAX_MEMORY_MB);
        final int vcpus = (int)settings.number("vcpus", 1, 1, MAX_VCPUS);
        final int maxVcpus = (int)settings.number("maxvcpus", vcpus, 1, MAX_VCPUS);
        checkNotLess("maxmem", maxMemoryMb, "memory", memoryMb);
        checkNotLess("maxvcpus", maxVcpus, "vcpus", vcpus);

        final Path kernel = kernel();
        final GuestType type = type(asked, kernel);
        final DeviceReader devices = new DeviceReader(context, settings, this::file, notices::add, positions);

        final DomainConfig domain = new DomainConfig(
            name, uuid(), type, memoryMb << 10, maxMemoryMb << 10, vcpus, maxVcpus, kernel,
            settings.has("ramdisk") ? file("ramdisk") : null, cmdline(), devices.disks(), devices.vifs(), actions(),
            (int)settings.number("cpu_weight", 256, 1, 65535),
            (int)settings.number("cap", 0, 0, 100L * MAX_VCPUS),
            cpus("cpus"), cpus("cpus_soft"), settings.flag("driver_domain"),
            limit("max_grant_frames"), limit("max_maptrack_frames"),
            limit("max_event_channels"), positions);
        return new Result(domain, notices);
    }

    private void checkKeys()
    {
        final List<ConfigSetting> unused = new ArrayList<>();
        for (final ConfigSetting setting : config.settings())
        {
            final String key = setting.key();
            final String lower = key.toLowerCase(Locale.ROOT);
            if (ConfigKeys.UNUSED.contains(key) && !(context.legacy() && "nics".equals(key)))
            {
                unused.add(setting);
            }
            else if (!ConfigKeys.USED.contains(key) && !"nics".equals(key))
            {
                if (!context.legacy() || lower.equals(key) || !ConfigKeys.USED.contains(lower))
                {
                    throw new ConfigException(setting.position(), "unknown key '" + key + "'" +
                        NearestName.hint(key, ConfigKeys.all()));
                }
                notices.add(setting.position() + ": '" + key + "' is taken for '" + lower + "'");
            }
        }

        if (!unused.isEmpty())
        {
            unused.sort(Comparator.comparing(ConfigSetting::key));
            notices.add(unused.getFirst().position() + ": not used here: " +
                String.join(", ", unused.stream().map(ConfigSetting::key).toList()));
        }
    }

    private String name()
    {
        if (!settings.has("name"))
        {
            if (!context.legacy())
            {
                throw new ConfigException(new SourcePosition(config.file(), 1, 1), "no name: set name=\"...\"");
            }
            return nameOfFile();
        }

        final String name = settings.string("name");
        final SourcePosition position = settings.setting("name").value().position();
        if (name.isEmpty() || name.length() > MAX_NAME_LENGTH)
        {
            throw new ConfigException(position, "a name has 1 to " + MAX_NAME_LENGTH + " characters");
        }
        if (name.chars().allMatch(c -> c >= '0' && c <= '9'))
        {
            throw new ConfigException(position, "a name of digits only would be taken for a domain id: '" + name +
                "'");
        }
        if (name.chars().anyMatch(c -> c <= ' ' || c == '/' || c == 0x7f))
        {
            throw new ConfigException(position, "no blanks or '/' in a name: '" + name + "'");
        }

        return name;
    }

    /** As xm: the domain of a nameless config is called like its file. */
    private String nameOfFile()
    {
        final Path file = Path.of(config.file()).getFileName();
        String name = file == null ? "" : file.toString();
        for (final String suffix : SUFFIXES)
        {
            if (name.endsWith(suffix) && name.length() > suffix.length())
            {
                name = name.substring(0, name.length() - suffix.length());
                break;
            }
        }

        return name;
    }

    private UUID uuid()
    {
        final String uuid = settings.string("uuid");
        if (uuid == null)
        {
            final long high = context.random().nextLong() & ~0xF000L | 0x4000L;
            final long low = context.random().nextLong() & ~(3L << 62) | 2L << 62;
            return new UUID(high, low);
        }
        if (!uuid.matches("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"))
        {
            throw new ConfigException(settings.setting("uuid").value().position(), "not a UUID: '" + uuid + "'");
        }

        return UUID.fromString(uuid);
    }

    private GuestType type()
    {
        final boolean typed = settings.has("type");
        if (!typed && !settings.has("builder"))
        {
            return GuestType.PV;
        }
        if (typed && settings.has("builder"))
        {
            notices.add(settings.setting("builder").position() + ": 'builder' does not count beside 'type'");
        }

        final String key = typed ? "type" : "builder";
        final String value = settings.string(key);
        final SourcePosition position = settings.setting(key).value().position();
        return switch (value)
        {
            case "pv" -> GuestType.PV;
            case "pvh" -> GuestType.PVH;
            case "linux", "generic" ->
            {
                if (typed)
                {
                    throw unknownType(key, value, position);
                }
                yield GuestType.PV;
            }
            case "hvm" -> throw new ConfigException(position,
                "HVM device model not provided; type=\"pvh\" boots Linux");
            default -> throw unknownType(key, value, position);
        };
    }

    /** What the kernel is decides; a config need not say it. */
    private GuestType type(final GuestType asked, final Path kernel)
    {
        return switch (KernelKind.of(kernel))
        {
            case MACHINE ->
            {
                if (asked == GuestType.PV && settings.has("type"))
                {
                    notices.add(settings.setting("type").value().position() +
                        ": the kernel is a machine's, not a Java guest's: it boots as type=\"pvh\"");
                }
                yield GuestType.PVH;
            }
            case JAR ->
            {
                if (asked == GuestType.PVH)
                {
                    throw new ConfigException(settings.setting("kernel").value().position(),
                        "the kernel is a Java guest's jar, which boots as type=\"pv\": " + kernel);
                }
                yield asked;
            }
            case UNKNOWN -> asked;
        };
    }

    private static ConfigException unknownType(final String key, final String value, final SourcePosition position)
    {
        return new ConfigException(position, "unknown " + key + " '" + value + "', expected pv or pvh");
    }

    private Path kernel()
    {
        if (!settings.has("kernel") || settings.string("kernel").isEmpty())
        {
            throw new ConfigException(settings.has("kernel") ? settings.setting("kernel").value().position() :
                new SourcePosition(config.file(), 1, 1), "no kernel: set kernel=\"...\"");
        }

        return file("kernel");
    }

    private Path file(final String key)
    {
        final SourcePosition position = settings.setting(key).value().position();
        return file(settings.string(key), position);
    }

    /** Looks a file up as the user meant it; it must be there and readable. */
    private Path file(final String name, final SourcePosition position)
    {
        final Path found = find(name, position);
        if (found == null)
        {
            throw new ConfigException(position, "no such file: " + name);
        }
        if (Files.isDirectory(found))
        {
            throw new ConfigException(position, "is a directory: " + name);
        }
        if (!Files.isReadable(found))
        {
            throw new ConfigException(position, "no permission to read: " + name);
        }

        return found;
    }

    private Path find(final String name, final SourcePosition position)
    {
        if (name.indexOf('\0') >= 0)
        {
            throw new ConfigException(position, "not a file name");
        }

        final Path first = context.workingDirectory().resolve(name).normalize();
        if (Files.exists(first))
        {
            return first;
        }
        for (final Path directory : context.searchDirectories())
        {
            final Path other = directory.resolve(name).normalize();
            if (Files.exists(other))
            {
                return other;
            }
        }

        return null;
    }

    private String cmdline()
    {
        final String cmdline = settings.string("cmdline");
        final String root = settings.string("root");
        final String extra = settings.string("extra");
        if (cmdline != null)
        {
            if (root != null || extra != null)
            {
                notices.add(settings.setting("cmdline").position() +
                    ": ignoring root= and extra= in favour of cmdline=");
            }
            return cmdline;
        }

        if (root == null)
        {
            return extra == null ? "" : extra;
        }

        return extra == null ? "root=" + root : "root=" + root + " " + extra;
    }

    private ShutdownActions actions()
    {
        final ShutdownActions defaults = ShutdownActions.DEFAULT;
        return new ShutdownActions(
            action("on_poweroff", defaults.onPoweroff()),
            action("on_reboot", defaults.onReboot()),
            action("on_watchdog", defaults.onWatchdog()),
            action("on_crash", defaults.onCrash()),
            action("on_soft_reset", defaults.onSoftReset()));
    }

    private ShutdownAction action(final String key, final ShutdownAction missing)
    {
        final String text = settings.string(key);
        if (text == null)
        {
            return missing;
        }

        final ShutdownAction action = ShutdownAction.ofText(text);
        if (action == null)
        {
            throw new ConfigException(settings.setting(key).value().position(), "unknown action '" + text +
                "', expected destroy, restart, rename-restart, preserve, coredump-destroy, coredump-restart or " +
                "soft-reset");
        }

        return action;
    }

    /** One text for all virtual CPUs, or a list with one for each. Whether the machine has them is not known here. */
    private List<String> cpus(final String key)
    {
        if (!settings.has(key))
        {
            return List.of();
        }

        final boolean isList = settings.setting(key).value() instanceof ConfigValue.Sequence;
        final List<String> texts = isList ? settings.texts(key) : List.of(settings.string(key));
        for (final String text : texts)
        {
            try
            {
                CpuSet.parse(text, CpuSet.MAX_CPUS);
            }
            catch (final IllegalArgumentException ex)
            {
                throw new ConfigException(settings.setting(key).value().position(), ex.getMessage());
            }
        }

        return texts;
    }

    private int limit(final String key)
    {
        return (int)settings.number(key, -1, 1, Integer.MAX_VALUE);
    }

    private void checkNotLess(final String maxKey, final long max, final String key, final long value)
    {
        if (max < value)
        {
            throw new ConfigException(settings.setting(maxKey).value().position(), "'" + maxKey + "' (" + max +
                ") is less than '" + key + "' (" + value + ")");
        }
    }
}
