package org.skerry.toolstack.device;

import java.util.List;
import java.util.Objects;

/**
 * A node to be written.
 *
 * @param path        absolute.
 * @param value       may be empty.
 * @param permissions owner with everybody's rights first, then one entry a domain: {@code n0}, {@code r3}; empty to
 *                    take those of the node above.
 */
public record StoreNode(String path, String value, List<String> permissions)
{
    /** A node has an absolute path. */
    public StoreNode
    {
        Objects.requireNonNull(value);
        permissions = List.copyOf(permissions);

        if (!path.startsWith("/"))
        {
            throw new IllegalArgumentException("path is not absolute: " + path);
        }
    }
}
