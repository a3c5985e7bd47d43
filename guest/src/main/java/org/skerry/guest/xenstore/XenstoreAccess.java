package org.skerry.guest.xenstore;

import java.util.List;

/**
 * The nodes of xenstore, outside a transaction ({@link XenstoreClient}) or inside one ({@link XenstoreTransaction}).
 *
 * <p>Paths are absolute ({@code /local/domain/1/name}, up to 3072 bytes) or relative to the caller's own home
 * {@code /local/domain/<own domid>} (up to 2048 bytes); allowed are letters, digits and {@code - / _ @}. A relative
 * path over the socket is relative to Domain-0. Values are at most 4096 bytes together with the path; text is UTF-8.
 * Every method throws {@link XenstoreException} with the errno the store answered, except where it says otherwise.
 *
 * <p>Spec: docs/misc/xenstore.txt.
 */
public interface XenstoreAccess
{
    /**
     * @param path of the node.
     * @return its value, or null when there is no such node (ENOENT).
     */
    String read(String path);

    /**
     * @param path of the node.
     * @return its value, or null when there is no such node (ENOENT).
     */
    byte[] readBytes(String path);

    /**
     * Write a node; it and missing nodes above it are created.
     *
     * @param path  of the node.
     * @param value written as UTF-8 without a NUL.
     */
    void write(String path, String value);

    /**
     * Write a node; it and missing nodes above it are created.
     *
     * @param path  of the node.
     * @param value any bytes.
     */
    void write(String path, byte[] value);

    /**
     * Create a node with an empty value, unless it exists.
     *
     * @param path of the node.
     */
    void mkdir(String path);

    /**
     * Remove a node and all below it. Nothing to remove is no error.
     *
     * @param path of the node.
     */
    void rm(String path);

    /**
     * The names of a node's children; a list of any length, also one that fits no single message.
     *
     * @param path of the node.
     * @return names in order, without the path; empty when there is no such node (ENOENT).
     */
    List<String> directory(String path);

    /**
     * @param path of the node.
     * @return the owner with the rights of all others first, then rights by domain, as in {@code n0}, {@code r3}.
     */
    List<String> permissions(String path);

    /**
     * @param path        of the node.
     * @param permissions the owner with the rights of all others first ({@code n} none, {@code r} read, {@code w}
     *                    write, {@code b} both), then rights by domain: {@code List.of("n0", "r3")}.
     */
    void setPermissions(String path, List<String> permissions);

    /**
     * @param path of the node.
     * @return true when the node is there.
     */
    default boolean exists(final String path)
    {
        return readBytes(path) != null;
    }
}
