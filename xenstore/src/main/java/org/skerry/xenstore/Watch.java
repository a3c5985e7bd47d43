package org.skerry.xenstore;

/**
 * A registered watch.
 *
 * @param owner        who is told.
 * @param path         resolved, or the name of a special watch.
 * @param token        of the owner's choice, sent with each event.
 * @param prefixLength bytes left out in front of the paths of events.
 * @param depth        levels below the path that count, {@link #ANY_DEPTH} for all.
 * @param sequence     higher than of all watches registered before.
 */
record Watch(XsConnection owner, String path, String token, int prefixLength, int depth, long sequence)
{
    static final int ANY_DEPTH = -1;

    /** @return a path as the owner wants to read it. */
    String eventPath(final String changed)
    {
        return changed.substring(prefixLength);
    }

    /** @return what it counts in the quota memory, in bytes. */
    int accountedLength()
    {
        return path.length() + token.length();
    }

    boolean mayRead(final Node node)
    {
        return node != null && node.permissions().allows(owner.caller(), Permission.READ);
    }

    boolean reaches(final int levelsBelow)
    {
        return depth == ANY_DEPTH || levelsBelow <= depth;
    }
}
