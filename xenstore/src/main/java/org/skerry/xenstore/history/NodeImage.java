package org.skerry.xenstore.history;

/**
 * A node at one moment, without what is below it.
 *
 * @param value       of it; shared, not to be written.
 * @param permissions as text, {@code n0,r5}; shared, not to be written.
 */
public record NodeImage(byte[] value, byte[] permissions)
{
}
