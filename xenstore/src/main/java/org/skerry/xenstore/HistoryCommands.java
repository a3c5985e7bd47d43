package org.skerry.xenstore;

import java.nio.charset.StandardCharsets;
import java.util.List;

import org.skerry.wire.Errno;
import org.skerry.wire.xs.XenstorePath;
import org.skerry.wire.xs.XsWire;
import org.skerry.xenstore.history.History;
import org.skerry.xenstore.history.NodeImage;
import org.skerry.xenstore.history.PastChange;

/**
 * The answers of CONTROL "history". Versions are the numbers of commits: they grow, not one by one, also over the end
 * of a process. The store at a version is as the last commit up to that number left it.
 * <pre>
 * history                             base, its time, last version, changes, bytes, limit, highest limit: a line each
 * history limit BYTES
 * history version MS                  the version that the store had at that time, ms since 1970; ENOENT: not known
 * history since VERSION[.INDEX] PATH [only]
 *                                     changes behind that one at PATH and, without "only", below it: a line each
 * history image VERSION.INDEX before|after
 *                                     value of the node before or after that change
 * </pre>
 * A line of "since" is, with tabs between: VERSION.INDEX, time in ms, domid, client, path, what was, what is. These two
 * are "-" for no node, else permissions, "=" and the value, with everything but printable ASCII and the backslash as
 * \xhh; with "*" for the value when the line would be longer than a message. The last line is "more VERSION.INDEX",
 * from where to ask on, or "end VERSION" with the last version.
 */
final class HistoryCommands
{
    /** Changes that are looked at for one answer: about a millisecond. */
    private static final int SCAN_LIMIT = 20_000;

    /** Longest last line, and the NUL. */
    private static final int RESERVE = 48;

    private final Store store;

    HistoryCommands(final Store store)
    {
        this.store = store;
    }

    XsReply execute(final List<String> parameters) throws XsException
    {
        final int count = parameters.size();
        final History history = store.commits().history();

        if (count == 0)
        {
            return XsReply.text(summary(history));
        }

        return switch (parameters.getFirst())
        {
            case "limit" -> limit(history, count == 2 ? Decimal.number(parameters.get(1)) : -1);
            case "version" -> version(history, count == 2 ? Decimal.parse(parameters.get(1)) : -1);
            case "since" ->
            {
                check((count == 3 || count == 4 && parameters.get(3).equals("only")) &&
                    parameters.get(2).startsWith(XenstorePath.ROOT) || count == 3 &&
                    XenstorePath.isSpecial(parameters.get(2)));
                yield since(history, Place.parse(parameters.get(1)), parameters.get(2), count == 4);
            }
            case "image" ->
            {
                check(count == 3 && (parameters.get(2).equals("before") || parameters.get(2).equals("after")));
                yield image(history, Place.parse(parameters.get(1)), parameters.get(2).equals("before"));
            }
            default -> throw XsException.of(Errno.EINVAL);
        };
    }

    /** A change among those of its version. */
    private record Place(long version, int index)
    {
        static Place parse(final String text) throws XsException
        {
            final int dot = text.indexOf('.');
            final long version = Decimal.parse(dot < 0 ? text : text.substring(0, dot));
            final int index = dot < 0 ? Integer.MAX_VALUE : Decimal.number(text.substring(dot + 1));
            check(version >= 0 && index >= 0);
            return new Place(version, index);
        }
    }

    private String summary(final History history)
    {
        return "base " + history.base() + "\ntime " + history.baseTimeMs() + "\nlast " + store.commits().generation() +
            "\nchanges " + history.count() + "\nbytes " + history.length() + "\nlimit " + history.limit() +
            "\nhighest " + history.capacity() + '\n';
    }

    private static XsReply limit(final History history, final int limit) throws XsException
    {
        check(limit > 0 && limit <= history.capacity());
        history.limit(limit);
        return XsReply.OK;
    }

    private static XsReply version(final History history, final long epochMs) throws XsException
    {
        check(epochMs >= 0);

        if (epochMs < history.baseTimeMs())
        {
            throw XsException.of(Errno.ENOENT);
        }

        final long[] version = {history.base()};
        history.forEachAfter(0, 0, change ->
        {
            if (change.epochMs() <= epochMs)
            {
                version[0] = change.version();
            }

            return true;
        });
        return XsReply.text(version[0] + "\n");
    }

    private XsReply since(final History history, final Place place, final String path, final boolean isOnly)
        throws XsException
    {
        if (place.version < history.base())
        {
            throw XsException.of(Errno.ENOENT);
        }

        final byte[] prefix = path.equals(XenstorePath.ROOT) ? new byte[0] : path.getBytes(StandardCharsets.ISO_8859_1);
        final StringBuilder text = new StringBuilder();
        final int[] scanned = {0};
        final Place[] last = {place};
        final boolean[] isCut = {false};

        history.forEachAfter(place.version, place.index, change ->
        {
            if (change.isAtOrBelow(prefix) && (!isOnly || change.pathLength() == path.length()) &&
                !append(text, change))
            {
                isCut[0] = true;
                return false;
            }

            isCut[0] = ++scanned[0] == SCAN_LIMIT;
            last[0] = new Place(change.version(), change.index());
            return !isCut[0];
        });
        text.append(isCut[0] ? "more " + last[0].version + '.' + last[0].index : "end " + store.commits().generation());
        return XsReply.text(text.append('\n').toString());
    }

    /** @return false when there is no room for the line. */
    private static boolean append(final StringBuilder text, final PastChange change)
    {
        final String head = change.version() + "." + change.index() + '\t' + change.epochMs() + '\t' + change.domid() +
            '\t' + change.client() + '\t' + change.path() + '\t';
        String line = head + describe(change.before(), false) + '\t' + describe(change.after(), false) + '\n';

        if (line.length() > XsWire.PAYLOAD_MAX - RESERVE)
        {
            line = head + describe(change.before(), true) + '\t' + describe(change.after(), true) + '\n';
        }
        if (text.length() + line.length() > XsWire.PAYLOAD_MAX - RESERVE && !text.isEmpty())
        {
            return false;
        }

        text.append(line);
        return true;
    }

    private static String describe(final NodeImage image, final boolean isShort)
    {
        return image == null ? "-" : new String(image.permissions(), StandardCharsets.ISO_8859_1) +
            (isShort ? "*" : '=' + escape(image.value()));
    }

    private static String escape(final byte[] value)
    {
        final StringBuilder text = new StringBuilder(value.length);

        for (final byte b : value)
        {
            if (b >= ' ' && b <= '~' && b != '\\')
            {
                text.append((char)b);
            }
            else
            {
                text.append("\\x").append(Character.forDigit(b >> 4 & 15, 16)).append(Character.forDigit(b & 15, 16));
            }
        }

        return text.toString();
    }

    private static XsReply image(final History history, final Place place, final boolean isBefore) throws XsException
    {
        final NodeImage[] image = {null};
        history.forEachAfter(place.version, place.index - 1, change ->
        {
            final boolean isIt = change.version() == place.version && change.index() == place.index;
            image[0] = !isIt ? null : isBefore ? change.before() : change.after();
            return false;
        });

        if (image[0] == null)
        {
            throw XsException.of(Errno.ENOENT);
        }

        return new XsReply.Payload(image[0].value());
    }

    private static void check(final boolean isRight) throws XsException
    {
        XsException.check(isRight, Errno.EINVAL);
    }
}
