package org.skerry.toolstack.device;

import java.util.List;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.skerry.toolstack.NearestName;
import org.skerry.wire.MacAddress;

/**
 * Reads one element of {@code vif = [...]}.
 *
 * <p>Spec: xl-network-configuration(5), and {@code switch}, which is ours: the name of a learning switch inside the
 * network domain.
 */
public final class VifSpecParser
{
    private static final List<String> KEYS = List.of("accel", "backend", "bridge", "devid", "gatewaydev", "ip", "mac",
        "model", "mtu", "netdev", "rate", "script", "switch", "trusted", "type", "untrusted", "vifname", "vlan");
    private static final Pattern RATE = Pattern.compile("([0-9]+)([GMK]?)([Bb])/s(?:@([0-9]+)(ms|us|s|))?");
    private static final Pattern NAME = Pattern.compile("[^/\\s:%]+");

    /** The kernel's name of a network device holds 16 bytes, the last of them zero. */
    private static final int MAX_NAME_LENGTH = 15;
    private static final int MIN_MTU = 68;
    private static final int MAX_MTU = 65521;
    private static final long MAX_VALUE = 0xFFFF_FFFFL;
    private static final long DEFAULT_INTERVAL_US = 50_000;

    private final String spec;
    private final Consumer<String> notices;

    private int devid;
    private MacAddress mac;
    private String bridge;
    private String switchName;
    private String backend;
    private List<String> ips = List.of();
    private String vifname;
    private VifRate rate;
    private String model;
    private int mtu = VifSpec.DEFAULT_MTU;
    private String gatewaydev;
    private String vlan;
    private boolean trusted = true;

    private VifSpecParser(final String spec, final int devid, final Consumer<String> notices)
    {
        this.spec = spec;
        this.devid = devid;
        this.notices = notices;
    }

    /**
     * @param spec     one element of {@code vif = [...]}; may be empty.
     * @param devid    number of the interface when it does not say.
     * @param defaults where it is plugged in when it does not say.
     * @param random   source of a MAC address when it does not say.
     * @param notices  told what is not used.
     * @return what it says.
     * @throws SpecException when it cannot be understood.
     */
    public static VifSpec parse(
        final String spec,
        final int devid,
        final VifDefaults defaults,
        final RandomGenerator random,
        final Consumer<String> notices)
    {
        final VifSpecParser parser = new VifSpecParser(spec, devid, notices);
        parser.parameters();
        return parser.finish(defaults, random);
    }

    /**
     * Choose an address in Xen's range, in the half of it that is set aside for choice by chance.
     *
     * @param random source of chance.
     * @return {@code 00:16:3e:[0-7]x:xx:xx}.
     */
    public static MacAddress chooseMac(final RandomGenerator random)
    {
        return new MacAddress(MacAddress.XEN_OUI | random.nextInt(0x80_0000));
    }

    private VifSpec finish(final VifDefaults defaults, final RandomGenerator random)
    {
        if (bridge == null && switchName == null)
        {
            bridge = defaults.bridge();
            switchName = defaults.switchName();
        }

        return new VifSpec(devid, mac == null ? chooseMac(random) : mac, bridge, switchName, backend, ips, vifname,
            rate, model, mtu, gatewaydev, vlan, trusted);
    }

    private void parameters()
    {
        int offset = 0;
        while (offset < spec.length())
        {
            final int comma = spec.indexOf(',', offset);
            final int end = comma < 0 ? spec.length() : comma;
            while (offset < end && Character.isWhitespace(spec.charAt(offset)))
            {
                offset++;
            }

            final String parameter = spec.substring(offset, end).stripTrailing();
            if (!parameter.isEmpty())
            {
                parameter(parameter, offset);
            }
            offset = end + 1;
        }
    }

    private void parameter(final String parameter, final int offset)
    {
        switch (parameter)
        {
            case "trusted" -> trusted = true;
            case "untrusted" -> trusted = false;
            default ->
            {
                final int equals = parameter.indexOf('=');
                if (equals <= 0)
                {
                    throw new SpecException(offset, "expected key=value in vif, found '" + parameter + "'");
                }
                final String value = parameter.substring(equals + 1);
                final String stripped = value.stripLeading();
                keyed(parameter.substring(0, equals).strip(), stripped, offset,
                    offset + equals + 1 + value.length() - stripped.length());
            }
        }
    }

    private void keyed(final String key, final String value, final int keyOffset, final int offset)
    {
        switch (key)
        {
            case "mac" -> mac = mac(value, offset);
            case "bridge" ->
            {
                bridge = name(key, value, offset);
                checkOnePlace(keyOffset);
            }
            case "switch" ->
            {
                switchName = name(key, value, offset);
                checkOnePlace(keyOffset);
            }
            case "vifname" -> vifname = name(key, value, offset);
            case "backend" -> backend = notEmpty(key, value, offset);
            case "ip" -> ips = List.of(notEmpty(key, value, offset).split("\\s+"));
            case "rate" -> rate = rate(value, offset);
            case "mtu" -> mtu = number(key, value, MIN_MTU, MAX_MTU, offset);
            case "devid" -> devid = number(key, value, 0, 0xFFFF, offset);
            case "model" -> model = notEmpty(key, value, offset);
            case "gatewaydev" -> gatewaydev = name(key, value, offset);
            case "vlan" -> vlan = notEmpty(key, value, offset);
            case "netdev" ->
            {
                gatewaydev = name(key, value, offset);
                notices.accept("vif: netdev is an old name of gatewaydev");
            }
            case "type" ->
            {
                if (!"vif".equals(value) && !"ioemu".equals(value) && !"netfront".equals(value))
                {
                    throw new SpecException(offset, "unknown type of vif '" + value + "', expected vif");
                }
            }
            case "script" -> notices.accept("vif: script=" + value + " is not run, Domain-0 plugs interfaces in");
            case "accel" -> notices.accept("vif: accel=" + value + " is not used");
            default -> throw new SpecException(keyOffset, "unknown vif parameter '" + key + "'" +
                NearestName.hint(key, KEYS));
        }
    }

    private void checkOnePlace(final int offset)
    {
        if (bridge != null && switchName != null)
        {
            throw new SpecException(offset, "a vif is on a bridge or on a switch, not on both");
        }
    }

    private static MacAddress mac(final String value, final int offset)
    {
        final MacAddress address;
        try
        {
            address = MacAddress.parse(value);
        }
        catch (final IllegalArgumentException ex)
        {
            throw new SpecException(offset, "not a MAC address: '" + value + "' (expected 00:16:3e:xx:xx:xx)");
        }

        if (address.isGroup() || address.value() == 0)
        {
            throw new SpecException(offset, "not the address of one interface: '" + value +
                "' (the first byte of a MAC address is even)");
        }

        return address;
    }

    private static String name(final String key, final String value, final int offset)
    {
        if (value.length() > MAX_NAME_LENGTH)
        {
            throw new SpecException(offset, key + " is longer than " + MAX_NAME_LENGTH + " characters: '" + value +
                "'");
        }
        if (!NAME.matcher(value).matches() || ".".equals(value) || "..".equals(value))
        {
            throw new SpecException(offset, "not a name for " + key + ": '" + value + "'");
        }

        return value;
    }

    private static String notEmpty(final String key, final String value, final int offset)
    {
        if (value.isEmpty())
        {
            throw new SpecException(offset, key + " has no value");
        }

        return value;
    }

    private static int number(final String key, final String value, final int min, final int max, final int offset)
    {
        try
        {
            final int number = Integer.parseInt(value);
            if (number >= min && number <= max)
            {
                return number;
            }
        }
        catch (final NumberFormatException ignore)
        {
            // said below
        }

        throw new SpecException(offset, key + " is a number from " + min + " to " + max + ", not '" + value + "'");
    }

    private static VifRate rate(final String value, final int offset)
    {
        final Matcher matcher = RATE.matcher(value);
        if (!matcher.matches())
        {
            throw new SpecException(offset, "not a rate: '" + value + "' (expected 10Mb/s, 250KB/s or 1MB/s@20ms)");
        }

        final long scale = switch (matcher.group(2))
        {
            case "G" -> 1_000_000_000L;
            case "M" -> 1_000_000L;
            case "K" -> 1_000L;
            default -> 1L;
        };
        final long perSecond = limited(matcher.group(1), value, offset) * scale /
            ("b".equals(matcher.group(3)) ? 8 : 1);

        long intervalUs = DEFAULT_INTERVAL_US;
        if (matcher.group(4) != null)
        {
            intervalUs = limited(matcher.group(4), value, offset) * switch (matcher.group(5))
            {
                case "us" -> 1L;
                case "ms" -> 1_000L;
                default -> 1_000_000L;
            };
        }

        if (intervalUs > MAX_VALUE || perSecond > Long.MAX_VALUE / intervalUs ||
            perSecond * intervalUs / 1_000_000 > MAX_VALUE)
        {
            throw new SpecException(offset, "rate is too high: '" + value + "'");
        }
        if (perSecond * intervalUs < 1_000_000)
        {
            throw new SpecException(offset, "rate is less than a byte an interval: '" + value + "'");
        }

        return new VifRate(perSecond * intervalUs / 1_000_000, intervalUs);
    }

    private static long limited(final String digits, final String value, final int offset)
    {
        final long number = digits.length() > 10 ? Long.MAX_VALUE : Long.parseLong(digits);
        if (number == 0 || number > MAX_VALUE)
        {
            throw new SpecException(offset, "number out of range in rate '" + value + "'");
        }

        return number;
    }
}
