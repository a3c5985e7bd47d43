package org.skerry.wire.xs;

/**
 * What a path of xenstore looks like: letters, digits and {@code - / _ @}; from the root {@code /local/domain/1/name}
 * or relative to the caller's home; no empty element; {@code @} begins only the name of a special watch.
 *
 * <p>Spec: docs/misc/xenstore.txt, XENSTORE_ABS_PATH_MAX and XENSTORE_REL_PATH_MAX in io/xs_wire.h.
 */
public final class XenstorePath
{
    /** Bytes of the longest absolute path that clients should use. */
    public static final int ABSOLUTE_MAX = 3072;

    /** Bytes of the longest relative path, and of what may follow {@code /local/domain/N/} in an absolute one. */
    public static final int RELATIVE_MAX = 2048;

    /** The root, the only path that ends in a slash. */
    public static final String ROOT = "/";

    /** Event and node of permissions: a domain was introduced. */
    public static final String INTRODUCE_DOMAIN = "@introduceDomain";

    /** Event and node of permissions: a domain was released, died or shut down. */
    public static final String RELEASE_DOMAIN = "@releaseDomain";

    private static final String HOMES = "/local/domain/";

    private static final boolean[] ALLOWED = new boolean[128];

    static
    {
        for (final char c : "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-/_@".toCharArray())
        {
            ALLOWED[c] = true;
        }
    }

    private XenstorePath()
    {
    }

    /**
     * @param domid of a domain.
     * @return its home, to which its relative paths belong.
     */
    public static String home(final int domid)
    {
        return HOMES + domid;
    }

    /** @return whether it is the name of a special watch. */
    public static boolean isSpecial(final String path)
    {
        return !path.isEmpty() && path.charAt(0) == '@';
    }

    /** @return whether it neither begins at the root nor is special. */
    public static boolean isRelative(final String path)
    {
        return path.isEmpty() || path.charAt(0) != '/' && path.charAt(0) != '@';
    }

    /**
     * Make a path absolute, whoever wrote it.
     *
     * @param home         of the caller.
     * @param path         as it was sent.
     * @param allowSpecial whether it may be the name of a special watch.
     * @param lengthMax    bytes allowed beyond {@code /local/domain/N/}, or in all for a path elsewhere; 0: no limit.
     * @return the path from the root, or the special name; null when it is none (EINVAL).
     */
    public static String resolve(
        final String home, final String path, final boolean allowSpecial, final int lengthMax)
    {
        if (path.isEmpty() || !hasOnlyAllowed(path) || isSpecial(path) && !allowSpecial)
        {
            return null;
        }

        final String absolute = isRelative(path) ? home + '/' + path : path;
        final int length = absolute.length();

        if (length > 1 && absolute.charAt(length - 1) == '/' || absolute.contains("//"))
        {
            return null;
        }

        return lengthMax > 0 && length - prefixLength(absolute) > lengthMax ? null : absolute;
    }

    /**
     * @param path absolute, not the root.
     * @return the path of the node above; the root for a special name.
     */
    public static String parent(final String path)
    {
        final int slash = path.lastIndexOf('/');
        return slash > 0 ? path.substring(0, slash) : ROOT;
    }

    /**
     * @param path absolute, not the root.
     * @return its last element.
     */
    public static String leaf(final String path)
    {
        return path.substring(path.lastIndexOf('/') + 1);
    }

    /**
     * @param parent absolute.
     * @param leaf   one element.
     * @return the path of the child.
     */
    public static String child(final String parent, final String leaf)
    {
        return parent.length() == 1 ? parent + leaf : parent + '/' + leaf;
    }

    /**
     * @param start where an element begins.
     * @return where it ends: at the next slash, or with the path.
     */
    public static int elementEnd(final String path, final int start)
    {
        final int slash = path.indexOf('/', start);
        return slash < 0 ? path.length() : slash;
    }

    private static boolean hasOnlyAllowed(final String path)
    {
        for (int i = 0; i < path.length(); i++)
        {
            final char c = path.charAt(i);

            if (c >= ALLOWED.length || !ALLOWED[c])
            {
                return false;
            }
        }

        return true;
    }

    /** Length of {@code /local/domain/N/} when that is how it begins, with up to five digits; else 0. */
    private static int prefixLength(final String path)
    {
        if (!path.startsWith(HOMES))
        {
            return 0;
        }

        final int start = HOMES.length();
        int end = start;

        while (end < path.length() && end - start < 5 && Character.isDigit(path.charAt(end)))
        {
            end++;
        }

        return end > start && end < path.length() && path.charAt(end) == '/' ? end + 1 : 0;
    }
}
