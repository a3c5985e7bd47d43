package org.skerry.toolstack.config;

import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Typed look-ups in a config. What has the wrong type or range ends in a {@link ConfigException} at its place.
 */
final class Settings
{
    private final Map<String, ConfigSetting> byKey = new HashMap<>();

    /**
     * @param config     to look in.
     * @param ignoreCase take {@code Memory} for {@code memory} where there is no {@code memory}.
     */
    Settings(final Config config, final boolean ignoreCase)
    {
        for (final ConfigSetting setting : config.settings())
        {
            byKey.put(setting.key(), setting);
        }

        if (ignoreCase)
        {
            for (final ConfigSetting setting : config.settings())
            {
                byKey.putIfAbsent(setting.key().toLowerCase(Locale.ROOT), setting);
            }
        }
    }

    boolean has(final String key)
    {
        return byKey.containsKey(key);
    }

    ConfigSetting setting(final String key)
    {
        return byKey.get(key);
    }

    /** @return the string, or null when the key is not set. A number counts as what it was written as. */
    String string(final String key)
    {
        final ConfigSetting setting = byKey.get(key);
        return setting == null ? null : switch (setting.value())
        {
            case ConfigValue.Text text -> text.value();
            case ConfigValue.Number number -> number.text();
            case ConfigValue.Sequence list -> throw wrongType(setting, "a string");
        };
    }

    /** @return the number, or the given one when the key is not set. A string of digits counts as a number. */
    long number(final String key, final long missing, final long min, final long max)
    {
        final ConfigSetting setting = byKey.get(key);
        if (setting == null)
        {
            return missing;
        }

        final long value = switch (setting.value())
        {
            case ConfigValue.Number number -> number.value();
            case ConfigValue.Text text -> parse(setting, text);
            case ConfigValue.Sequence list -> throw wrongType(setting, "a number");
        };
        if (value < min || value > max)
        {
            throw new ConfigException(setting.value().position(), value <= 0 && min == 1 ?
                "'" + key + "' must be positive, not " + value :
                "'" + key + "' is a number from " + min + " to " + max + ", not " + value);
        }

        return value;
    }

    boolean flag(final String key)
    {
        return number(key, 0, 0, Long.MAX_VALUE) != 0;
    }

    /** @return the list's strings; empty when the key is not set. On the command line one string is a list of one. */
    List<ConfigValue.Text> strings(final String key)
    {
        final ConfigSetting setting = byKey.get(key);
        if (setting == null)
        {
            return List.of();
        }

        return switch (setting.value())
        {
            case ConfigValue.Sequence(var position, var elements) ->
                elements.stream().map(element -> string(key, element)).toList();
            case ConfigValue.Text text when ConfigParser.COMMAND_LINE.equals(text.position().file()) -> List.of(text);
            case ConfigValue.Text text -> throw new ConfigException(text.position(), "'" + key +
                "' is a list: write " + key + " = [ '...' ]");
            case ConfigValue.Number number -> throw wrongType(setting, "a list");
        };
    }

    /** @return the elements of a list, numbers as they were written. */
    List<String> texts(final String key)
    {
        return ((ConfigValue.Sequence)byKey.get(key).value()).elements().stream()
            .map(element -> element instanceof ConfigValue.Number number ?
                number.text() : string(key, element).value())
            .toList();
    }

    private static ConfigValue.Text string(final String key, final ConfigValue element)
    {
        if (element instanceof ConfigValue.Text text)
        {
            return text;
        }

        throw new ConfigException(element.position(), "elements of '" + key + "' are strings, not " + element.kind());
    }

    private static long parse(final ConfigSetting setting, final ConfigValue.Text text)
    {
        try
        {
            return ConfigLexer.parseNumber(text.value().strip());
        }
        catch (final NumberFormatException ex)
        {
            throw wrongType(setting, "a number");
        }
    }

    private static ConfigException wrongType(final ConfigSetting setting, final String expected)
    {
        final ConfigValue value = setting.value();
        return new ConfigException(value.position(), "'" + setting.key() + "' must be " + expected + ", not " +
            (value instanceof ConfigValue.Text text ? "'" + text.value() + "'" : value.kind()));
    }
}
