package org.skerry.toolstack.xenstore;

import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;

/**
 * One change of one node.
 *
 * @param version number of the commit.
 * @param epochMs when.
 * @param domid   who.
 * @param client  which program of that domain, as {@code xl[4711]}; empty when nobody knows.
 * @param path    of the node.
 * @param before  what it was, null for nothing.
 * @param after   what it is, null for nothing.
 */
record PastChange(
    long version, long epochMs, int domid, String client, String path, PastNode before, PastNode after)
{
    private static final DateTimeFormatter TIME =
        DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss.SSS").withZone(ZoneId.systemDefault());

    /** @return a moment as the programs show it, in the time of this place. */
    static String time(final long epochMs)
    {
        return TIME.format(Instant.ofEpochMilli(epochMs));
    }

    /** @return a line: version, when, who, what happened. */
    String line()
    {
        return version + "  " + time(epochMs) + "  dom" + domid + (client.isEmpty() ? "" : " " + client) + "  " +
            what() + '\n';
    }

    /** @return {@code + path = "new"}, {@code - path = "old"} or {@code ~ path = "old" -> "new"}. */
    private String what()
    {
        if (before == null || after == null)
        {
            final PastNode node = before == null ? after : before;
            return (before == null ? "+ " : "- ") + path + " = " + node.quoted() + "  (" + node.permissions() + ')';
        }

        final boolean isWritten = !before.value().equals(after.value());
        final boolean isPermitted = !before.permissions().equals(after.permissions());
        return "~ " + path + (isWritten ? " = " + before.quoted() + " -> " + after.quoted() : "") +
            (isPermitted ? "  (" + before.permissions() + ") -> (" + after.permissions() + ')' : "");
    }
}
