package org.skerry.toolstack.device;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.skerry.toolstack.NearestName;

/**
 * Reads one element of {@code disk = [...]}: positional, by key, or with the prefixes of xm.
 *
 * <p>Spec: xl-disk-configuration(5).
 */
public final class DiskSpecParser
{
    /**
     * What a specification says, before anybody has looked for the file.
     *
     * @param disk         with its target as written.
     * @param targetOffset of the first character of the target in the specification.
     * @param prefix       last of the target's prefixes that names a kind of source: {@code file}, {@code phy}; empty
     *                     for none.
     */
    public record Parsed(DiskSpec disk, int targetOffset, String prefix)
    {
    }

    private static final Map<String, DiskFormat> FORMATS = new TreeMap<>(Map.of(
        "raw", DiskFormat.RAW,
        "qcow", DiskFormat.QCOW,
        "qcow2", DiskFormat.QCOW2,
        "vhd", DiskFormat.VHD,
        "qed", DiskFormat.QED,
        "empty", DiskFormat.EMPTY));
    private static final List<String> FORMAT_PREFIXES = List.of("raw", "qcow", "qcow2", "vhd");
    private static final List<String> SCRIPT_PREFIXES = List.of("iscsi", "nbd", "enbd", "drbd");
    private static final List<String> IGNORED_PREFIXES =
        List.of("tap", "tap2", "tapdisk", "aio", "ioemu", "file", "phy");
    private static final List<String> BACKEND_TYPES = List.of("phy", "tap", "qdisk", "standalone");
    private static final List<String> KEYS = List.of("access", "backend", "backendtype", "devtype", "format", "script",
        "specification", "target", "vdev");
    private static final Pattern PREFIX = Pattern.compile("([a-z][a-z0-9]*):");
    private static final Pattern KEY = Pattern.compile("([a-zA-Z][-_a-zA-Z0-9]*)=");

    private final String spec;
    private final boolean legacy;

    private String target;
    private int targetOffset;
    private String prefix = "";
    private boolean prefixed;
    private DiskFormat format;
    private String vdev;
    private int vdevOffset;
    private String access;
    private boolean cdrom;
    private String backend;
    private String backendType;
    private String script;
    private boolean discard = true;
    private boolean directIoSafe;
    private boolean trusted = true;
    private boolean virtio;

    private DiskSpecParser(final String spec, final boolean legacy)
    {
        this.spec = spec;
        this.legacy = legacy;
    }

    /**
     * @param spec   one element of {@code disk = [...]}.
     * @param legacy take what only xm took: mode {@code w!}, and a backend domain as fourth element.
     * @return what it says.
     * @throws SpecException when it cannot be understood.
     */
    public static Parsed parse(final String spec, final boolean legacy)
    {
        return new DiskSpecParser(spec, legacy).parse();
    }

    private Parsed parse()
    {
        int offset = skipBlanks(0);
        while (offset < spec.length())
        {
            final int afterPrefix = prefix(offset);
            offset = afterPrefix > offset ? afterPrefix : parameter(offset);
            offset = skipBlanks(offset);
        }

        return finish();
    }

    private Parsed finish()
    {
        if (vdev == null || vdev.isEmpty())
        {
            throw new SpecException(spec.length(), "no virtual device (vdev) in disk '" + spec + "'");
        }
        if ((target == null || target.isEmpty()) && !cdrom)
        {
            throw new SpecException(0, "no target in disk '" + spec + "'");
        }
        if (cdrom && (target == null || target.isEmpty()))
        {
            format = DiskFormat.EMPTY;
        }
        else if (format == DiskFormat.EMPTY)
        {
            throw new SpecException(targetOffset, "format is empty, but there is a target: '" + target + "'");
        }

        final DiskSpec disk = new DiskSpec(
            format == DiskFormat.EMPTY ? "" : target,
            format == null ? DiskFormat.RAW : format,
            vdev(),
            !cdrom && (access == null || access.startsWith("w") || "rw".equals(access)),
            cdrom,
            backend,
            backendType,
            script,
            discard,
            directIoSafe,
            trusted,
            "w!".equals(access),
            virtio);
        return new Parsed(disk, targetOffset, prefix);
    }

    private Vdev vdev()
    {
        try
        {
            return Vdev.parse(vdev);
        }
        catch (final IllegalArgumentException ex)
        {
            throw new SpecException(vdevOffset, ex.getMessage());
        }
    }

    /** Takes one prefix when there is one here; a target that is a path never looks like one. */
    private int prefix(final int offset)
    {
        final var matcher = PREFIX.matcher(spec).region(offset, spec.length());
        if (target != null || !matcher.lookingAt())
        {
            return offset;
        }

        final String name = matcher.group(1);
        if (FORMAT_PREFIXES.contains(name))
        {
            format(name, offset);
        }
        else if (SCRIPT_PREFIXES.contains(name))
        {
            script = once("script", script, "block-" + name, offset);
        }
        else if (IGNORED_PREFIXES.contains(name))
        {
            prefix = name;
        }
        else
        {
            throw new SpecException(offset, "unknown disk prefix '" + name + ":'" +
                NearestName.hint(name, IGNORED_PREFIXES));
        }

        prefixed = true;
        return matcher.end();
    }

    private int parameter(final int offset)
    {
        final var key = KEY.matcher(spec).region(offset, spec.length());
        if (key.lookingAt())
        {
            return keyed(key.group(1), key.end(), offset);
        }

        final int comma = spec.indexOf(',', offset);
        final int end = comma < 0 ? spec.length() : comma;
        final String word = spec.substring(offset, end).stripTrailing();
        if (word.indexOf('=') >= 0)
        {
            throw new SpecException(offset + word.indexOf('='),
                "unexpected '=' (a target with a '=' is written target=...)");
        }
        if (!flag(word, offset))
        {
            positional(word, offset);
        }

        return comma < 0 ? end : end + 1;
    }

    private int keyed(final String key, final int valueOffset, final int offset)
    {
        if ("target".equals(key))
        {
            setTarget(spec.substring(valueOffset), valueOffset);
            return spec.length();
        }

        final int comma = spec.indexOf(',', valueOffset);
        final int end = comma < 0 ? spec.length() : comma;
        final String value = spec.substring(valueOffset, end).strip();
        switch (key)
        {
            case "format" -> format(value, valueOffset);
            case "vdev" -> setVdev(value, valueOffset);
            case "access" -> access(value, valueOffset);
            case "devtype" -> devtype(value, valueOffset);
            case "backend" -> backend = once("backend", backend, value, offset);
            case "script" -> script = once("script", script, value, offset);
            case "backendtype" ->
            {
                backendType = once("backendtype", backendType, value, offset);
                checkOneOf("backendtype", value, BACKEND_TYPES, valueOffset);
            }
            case "specification" ->
            {
                checkOneOf("specification", value, List.of("xen", "virtio"), valueOffset);
                virtio = "virtio".equals(value);
            }
            default -> throw new SpecException(offset, "unknown disk parameter '" + key + "'" +
                NearestName.hint(key, KEYS));
        }

        return comma < 0 ? end : end + 1;
    }

    private boolean flag(final String word, final int offset)
    {
        switch (word)
        {
            case "cdrom" -> cdrom = true;
            case "direct-io-safe" -> directIoSafe = true;
            case "discard" -> discard = true;
            case "no-discard" -> discard = false;
            case "trusted" -> trusted = true;
            case "untrusted" -> trusted = false;
            case "colo" -> throw new SpecException(offset, "COLO replication of disks is not provided");
            default ->
            {
                return false;
            }
        }

        return true;
    }

    private void positional(final String word, final int offset)
    {
        if (target == null)
        {
            setTarget(word, offset);
        }
        else if (!prefixed && format == null)
        {
            if (target.isEmpty() && word.indexOf(':') >= 0)
            {
                vdevAndType(word, offset);
                format = DiskFormat.EMPTY;
            }
            else
            {
                format(word, offset);
            }
        }
        else if (vdev == null)
        {
            vdevAndType(word, offset);
        }
        else if (access == null)
        {
            access(word, offset);
        }
        else if (legacy && backend == null && !word.isEmpty())
        {
            backend = word;
        }
        else
        {
            throw new SpecException(offset, "too many parameters, nothing can follow the access mode: '" + word + "'");
        }
    }

    private void setTarget(final String value, final int offset)
    {
        if (target != null && !target.isEmpty())
        {
            throw new SpecException(offset, "two targets: '" + target + "' and '" + value + "'");
        }

        target = value;
        targetOffset = offset;
    }

    private void setVdev(final String value, final int offset)
    {
        vdev = once("vdev", vdev, value, offset);
        vdevOffset = offset;
    }

    private void vdevAndType(final String word, final int offset)
    {
        final int colon = word.lastIndexOf(':');
        if (colon < 0)
        {
            setVdev(word, offset);
            return;
        }

        setVdev(word.substring(0, colon).strip(), offset);
        devtype(word.substring(colon + 1).strip(), offset + colon + 1);
    }

    private void devtype(final String value, final int offset)
    {
        checkOneOf("device type", value, List.of("cdrom", "disk"), offset);
        cdrom = "cdrom".equals(value);
    }

    private void format(final String value, final int offset)
    {
        final DiskFormat wanted = value.isEmpty() ? DiskFormat.RAW : FORMATS.get(value);
        if (wanted == null)
        {
            throw new SpecException(offset, "unknown disk format '" + value + "'" +
                NearestName.hint(value, FORMATS.keySet()));
        }
        if (format != null && format != wanted)
        {
            throw new SpecException(offset, "two formats: " + format.name().toLowerCase(Locale.ROOT) +
                " and " + value);
        }

        format = wanted;
    }

    private void access(final String value, final int offset)
    {
        final boolean known = switch (value)
        {
            case "", "r", "ro", "w", "rw" -> true;
            case "w!" -> legacy;
            default -> false;
        };
        if (!known)
        {
            throw new SpecException(offset, "unknown access mode '" + value + "', expected ro, r, rw or w");
        }
        if (access != null && !access.equals(value))
        {
            throw new SpecException(offset, "two access modes: " + access + " and " +
                value);
        }

        access = value.isEmpty() ? "rw" : value;
    }

    private int skipBlanks(final int offset)
    {
        int next = offset;
        while (next < spec.length() && Character.isWhitespace(spec.charAt(next)))
        {
            next++;
        }

        return next;
    }

    private static String once(final String what, final String previous, final String value, final int offset)
    {
        if (previous != null && !previous.isEmpty() && !previous.equals(value))
        {
            throw new SpecException(offset, "two values of " + what + ": '" + previous + "' and '" + value + "'");
        }

        return value;
    }

    private static void checkOneOf(
        final String what, final String value, final List<String> known, final int offset)
    {
        if (!known.contains(value))
        {
            throw new SpecException(offset, "unknown " + what + " '" + value + "', expected " +
                String.join(", ", known));
        }
    }
}
