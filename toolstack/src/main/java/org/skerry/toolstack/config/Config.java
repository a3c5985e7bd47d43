package org.skerry.toolstack.config;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/**
 * A parsed config: keys in the order in which they first appear, each with its last value, and what is to be said about
 * them that is no error.
 */
public final class Config
{
    private final String file;
    private final SequencedMap<String, ConfigSetting> settings = new LinkedHashMap<>();
    private final List<String> notices = new ArrayList<>();

    Config(final String file)
    {
        this.file = file;
    }

    /** @return name of the file, as the user gave it. */
    public String file()
    {
        return file;
    }

    /** @return all settings, in order. */
    public Collection<ConfigSetting> settings()
    {
        return Collections.unmodifiableCollection(settings.sequencedValues());
    }

    /**
     * @param key of a setting.
     * @return the setting, or null when the key is not set.
     */
    public ConfigSetting setting(final String key)
    {
        return settings.get(key);
    }

    /** @return what was noticed and is no error, one line each, with its place. */
    public List<String> notices()
    {
        return Collections.unmodifiableList(notices);
    }

    void assign(final ConfigSetting setting)
    {
        final ConfigSetting previous = settings.put(setting.key(), setting);
        if (previous != null && previous.position().file().equals(setting.position().file()))
        {
            notices.add(setting.position() + ": '" + setting.key() + "' is set again, line " +
                previous.position().line() + " does not count");
        }
    }

    void append(final ConfigSetting setting)
    {
        final ConfigSetting previous = settings.get(setting.key());
        settings.put(setting.key(), previous == null ? setting : new ConfigSetting(
            setting.key(), previous.position(), concatenate(setting, previous.value(), setting.value())));
    }

    private static ConfigValue concatenate(
        final ConfigSetting setting, final ConfigValue head, final ConfigValue tail)
    {
        if (head instanceof ConfigValue.Sequence(var position, var first) &&
            tail instanceof ConfigValue.Sequence(var ignore, var second))
        {
            final List<ConfigValue> elements = new ArrayList<>(first);
            elements.addAll(second);
            return new ConfigValue.Sequence(position, elements);
        }

        if (head instanceof ConfigValue.Text first && tail instanceof ConfigValue.Text second)
        {
            return new ConfigValue.Text(
                first.position(), first.value() + second.value(), List.of(), first.firstColumn());
        }

        throw new ConfigException(setting.value().position(), "cannot add " + tail.kind() + " to '" +
            setting.key() + "', which is " + head.kind());
    }
}
