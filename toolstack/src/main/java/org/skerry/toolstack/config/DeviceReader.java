package org.skerry.toolstack.config;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import org.skerry.toolstack.device.DiskFormat;
import org.skerry.toolstack.device.DiskSpec;
import org.skerry.toolstack.device.DiskSpecParser;
import org.skerry.toolstack.device.SpecException;
import org.skerry.toolstack.device.VifSpec;
import org.skerry.toolstack.device.VifSpecParser;

/**
 * Reads the lists {@code disk} and {@code vif}: each element by itself, then whether they get on with each other, and
 * whether this host can serve them.
 */
final class DeviceReader
{
    private final ReadContext context;
    private final Settings settings;
    private final BiFunction<String, SourcePosition, Path> files;
    private final Consumer<String> notices;
    private final Map<String, SourcePosition> positions;

    /**
     * @param context   in which the config is read.
     * @param settings  of the config.
     * @param files     finds a readable file by the name at a place.
     * @param notices   told what is not used.
     * @param positions told where each element and its target stand.
     */
    DeviceReader(
        final ReadContext context,
        final Settings settings,
        final BiFunction<String, SourcePosition, Path> files,
        final Consumer<String> notices,
        final Map<String, SourcePosition> positions)
    {
        this.context = context;
        this.settings = settings;
        this.files = files;
        this.notices = notices;
        this.positions = positions;
    }

    List<DiskSpec> disks()
    {
        final List<DiskSpec> disks = new ArrayList<>();
        final Map<Integer, String> names = new HashMap<>();
        for (final ConfigValue.Text text : settings.strings("disk"))
        {
            final DiskSpec disk = disk(text, disks.size());
            final String other = names.putIfAbsent(disk.vdev().number(), disk.vdev().name());
            if (other != null)
            {
                throw new ConfigException(text.position(), "two disks are '" + disk.vdev() + "'");
            }
            disks.add(disk);
        }

        return disks;
    }

    List<VifSpec> vifs()
    {
        final List<VifSpec> vifs = new ArrayList<>();
        for (final ConfigValue.Text text : settings.strings("vif"))
        {
            addVif(vifs, text.value(), text);
        }

        if (context.legacy())
        {
            final long count = settings.number("nics", 0, 0, 64);
            while (vifs.size() < count)
            {
                addVif(vifs, "", null);
            }
        }

        return vifs;
    }

    private DiskSpec disk(final ConfigValue.Text text, final int index)
    {
        positions.put("disk[" + index + "]", text.position());
        try
        {
            final DiskSpecParser.Parsed parsed = DiskSpecParser.parse(text.value(), context.legacy());
            final SourcePosition target = text.positionOf(parsed.targetOffset());
            positions.put("disk[" + index + "].target", target);
            checkServed(parsed.disk(), text);
            if (parsed.disk().shareable())
            {
                notices.accept(text.position() + ": mode w! - nobody checks who else writes " +
                    parsed.disk().target());
            }

            return parsed.disk().format() == DiskFormat.EMPTY ? parsed.disk() :
                parsed.disk().withTarget(image(parsed, target).toString());
        }
        catch (final SpecException ex)
        {
            throw new ConfigException(text.positionOf(ex.offset()), ex.getMessage());
        }
    }

    private static void checkServed(final DiskSpec disk, final ConfigValue.Text text)
    {
        if (disk.script() != null)
        {
            throw new ConfigException(text.position(), "disks of script '" + disk.script() +
                "' are not served: use a file or a block device");
        }
        if (disk.format() != DiskFormat.RAW && disk.format() != DiskFormat.EMPTY)
        {
            final String format = disk.format().name().toLowerCase(Locale.ROOT);
            throw new ConfigException(text.position(), "disks of format " + format +
                " are not served: make it raw with 'qemu-img convert -O raw'");
        }
        if (disk.virtio())
        {
            throw new ConfigException(text.position(), "virtio disks are not served: leave out specification=virtio");
        }
    }

    /** A name without a slash in front is looked for in /dev, unless it is said to be a file. */
    private Path image(final DiskSpecParser.Parsed parsed, final SourcePosition position)
    {
        final String target = parsed.disk().target();
        if (!target.startsWith("/") && !"file".equals(parsed.prefix()))
        {
            final Path device = Path.of("/dev").resolve(target);
            if (Files.exists(device) || "phy".equals(parsed.prefix()))
            {
                return files.apply(device.toString(), position);
            }
        }

        final Path image = files.apply(target, position);
        if (parsed.disk().writable() && !Files.isWritable(image))
        {
            throw new ConfigException(position, "no permission to write: " + target + " (read-only is mode r)");
        }

        return image;
    }

    private void addVif(final List<VifSpec> vifs, final String spec, final ConfigValue.Text text)
    {
        final int index = vifs.size();
        final SourcePosition position = text == null ? settings.setting("nics").position() : text.position();
        positions.put("vif[" + index + "]", position);

        final VifSpec vif;
        try
        {
            vif = VifSpecParser.parse(spec, index, context.vifDefaults(), context.random(),
                notice -> notices.accept(position + ": " + notice));
        }
        catch (final SpecException ex)
        {
            throw new ConfigException(text == null ? position : text.positionOf(ex.offset()), ex.getMessage());
        }

        for (final VifSpec other : vifs)
        {
            if (other.mac().equals(vif.mac()))
            {
                throw new ConfigException(position, "two vifs have the MAC address " + vif.mac());
            }
            if (other.devid() == vif.devid())
            {
                throw new ConfigException(position, "two vifs have the devid " + vif.devid());
            }
            if (vif.vifname() != null && vif.vifname().equals(other.vifname()))
            {
                throw new ConfigException(position, "two vifs have the name " + vif.vifname());
            }
        }
        vifs.add(vif);
    }
}
