package org.skerry.toolstack.xenstore;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneId;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;

import org.skerry.guest.xenstore.XenstoreException;
import org.skerry.wire.Errno;
import org.skerry.wire.xs.XenstorePath;
import org.skerry.wire.xs.XsOp;

/**
 * What a store remembers of its changes; only ours does. Its versions are numbers that grow from commit to commit.
 *
 * <p>Spec: CONTROL "history", see {@code HistoryCommands} of module xenstore.
 */
final class StoreHistory
{
    /** The version of a store that has just begun. */
    static final long FIRST = 1;

    private static final String UNKNOWN = "this xenstored keeps no history";
    private static final int WORDS = 7;

    private final StoreConnection store;
    private final int status;

    /**
     * @param store  to ask.
     * @param status exit status of a program whose question has no answer.
     */
    StoreHistory(final StoreConnection store, final int status)
    {
        this.store = store;
        this.status = status;
    }

    /** @return the version from which on all changes are known. */
    long base()
    {
        return number("base");
    }

    /** @return which version that is, for people. */
    String baseText()
    {
        return "history begins at version " + base() + ", " + PastChange.time(number("time"));
    }

    /** @return the last version. */
    long last()
    {
        return number("last");
    }

    private long number(final String name)
    {
        for (final String line : ask("").split("\n"))
        {
            if (line.startsWith(name + ' '))
            {
                return Long.parseLong(line.substring(name.length() + 1));
            }
        }

        throw new ToolFailure(status, UNKNOWN);
    }

    private String ask(final String parameters)
    {
        try
        {
            final String answer = store.call(XsOp.CONTROL, 0, "history\0" + parameters);
            return answer.endsWith("\0") ? answer.substring(0, answer.length() - 1) : answer;
        }
        catch (final XenstoreException ex)
        {
            if (ex.errno() == Errno.ENOENT)
            {
                throw ex;
            }

            throw new ToolFailure(status, switch (ex.errno())
            {
                case EINVAL, ENOSYS -> UNKNOWN;
                case EACCES -> "only Domain-0 may see the history";
                default -> "history: " + ErrnoText.of(ex.errno());
            });
        }
    }

    /**
     * @param moment a version; {@code now}; a time of this day, {@code 14:03} or {@code 14:03:07}; a date and a time,
     *               {@code 2026-11-21T14:03:07}; a while ago, {@code -90s}, {@code -5m}, {@code -2h}.
     * @return its version.
     * @throws ToolFailure when the text is none of these, or nobody knows what was then.
     */
    long version(final String moment)
    {
        final long base = base();

        try
        {
            if ("now".equals(moment))
            {
                return last();
            }
            if (!moment.matches("\\d{1,18}"))
            {
                return Long.parseLong(ask("version\0" + epochMs(moment) + '\0').strip());
            }
            if (Long.parseLong(moment) >= base)
            {
                return Long.parseLong(moment);
            }
        }
        catch (final XenstoreException | DateTimeException ex)
        {
            if (ex instanceof DateTimeException)
            {
                throw new ToolFailure(status, "neither a version nor a time: " + moment +
                    " (try 1042, now, 14:03, 2026-11-21T14:03:07, -5m)");
            }
        }

        throw new ToolFailure(status, moment + " is too long ago: " + baseText());
    }

    private static long epochMs(final String moment)
    {
        final ZoneId zone = ZoneId.systemDefault();

        if (moment.matches("-\\d{1,9}[smh]"))
        {
            return Instant.now().minus(Duration.parse("PT" + moment.substring(1).toUpperCase(Locale.ROOT)))
                .toEpochMilli();
        }

        final LocalDateTime time = moment.indexOf(':') > 0 && moment.indexOf('-') < 0 ?
            LocalTime.parse(moment).atDate(LocalDate.now(zone)) : LocalDateTime.parse(moment.replace(' ', 'T'));
        return time.atZone(zone).toInstant().toEpochMilli();
    }

    /**
     * @param version behind which to begin, at least the {@link #base}.
     * @param path    of a node.
     * @param isOnly  leave out what happened below it.
     * @param visitor is shown all changes, the oldest first.
     * @return the last version that was looked at.
     * @throws ToolFailure when the history was overtaken by what comes.
     */
    long forEachSince(
        final long version, final String path, final boolean isOnly, final Consumer<PastChange> visitor)
    {
        String place = Long.toString(version);

        while (true)
        {
            final String answer;

            try
            {
                answer = ask("since\0" + place + '\0' + absolute(path) + '\0' + (isOnly ? "only\0" : ""));
            }
            catch (final XenstoreException ex)
            {
                throw new ToolFailure(status, place + " is too long ago: " + baseText());
            }

            final List<String> lines = List.of(answer.split("\n"));
            lines.subList(0, lines.size() - 1).forEach(line -> visitor.accept(change(line)));
            final String[] end = lines.getLast().split(" ");

            if ("end".equals(end[0]))
            {
                return Long.parseLong(end[1]);
            }

            place = end[1];
        }
    }

    /** Paths of sockets are Domain-0's. */
    static String absolute(final String path)
    {
        return XenstorePath.isRelative(path) ? XenstorePath.home(0) + '/' + path : path;
    }

    private PastChange change(final String line)
    {
        final String[] words = line.split("\t", WORDS);
        final String place = words[0];
        return new PastChange(
            Long.parseLong(place.substring(0, place.indexOf('.'))), Long.parseLong(words[1]),
            Integer.parseInt(words[2]), words[3], words[4], node(words[5], place, "before"),
            node(words[6], place, "after"));
    }

    private PastNode node(final String text, final String place, final String side)
    {
        if ("-".equals(text))
        {
            return null;
        }

        final int end = text.indexOf('=');
        return end >= 0 ? new PastNode(text.substring(0, end), ValueText.unescape(text.substring(end + 1))) :
            new PastNode(text.substring(0, text.length() - 1), longValue(place, side));
    }

    private String longValue(final String place, final String side)
    {
        try
        {
            return store.call(XsOp.CONTROL, 0, "history\0image\0" + place + '\0' + side + '\0');
        }
        catch (final XenstoreException ex)
        {
            throw new ToolFailure(status, place + " is too long ago: " + baseText());
        }
    }
}
