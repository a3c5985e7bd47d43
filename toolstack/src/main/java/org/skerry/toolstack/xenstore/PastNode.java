package org.skerry.toolstack.xenstore;

/**
 * A node at a moment of the past.
 *
 * @param permissions as {@code n0,r5}.
 * @param value       string of bytes.
 */
record PastNode(String permissions, String value)
{
    /** @return the value as the programs show it. */
    String quoted()
    {
        return '"' + ValueText.escape(value) + '"';
    }
}
