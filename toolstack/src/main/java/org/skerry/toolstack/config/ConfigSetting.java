package org.skerry.toolstack.config;

/**
 * One key of a config and what it is set to in the end.
 *
 * @param key      as written.
 * @param position of the key.
 * @param value    after all {@code +=}.
 */
public record ConfigSetting(String key, SourcePosition position, ConfigValue value)
{
}
