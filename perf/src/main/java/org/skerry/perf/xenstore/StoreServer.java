package org.skerry.perf.xenstore;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import org.skerry.perf.ring.MeasurementException;
import org.skerry.wire.linux.Time;

/**
 * A server that is measured.
 *
 * @param name       in tables.
 * @param socket     where it listens.
 * @param pid        of its process.
 * @param kind       what it can do.
 */
record StoreServer(String name, Path socket, int pid, Kind kind)
{
    /** What a server can do. */
    enum Kind
    {
        /** All, with domains with idle rings. */
        WITH_DOMAINS,
        /** What the socket is enough for. */
        SOCKET_ONLY,
        /** Answer reads, whatever they ask: it is no server, and what others take longer is theirs. */
        FLOOR
    }

    /** @return whether it can do what a row is. */
    boolean canDo(final Row row)
    {
        return switch (kind)
        {
            case WITH_DOMAINS -> true;
            case SOCKET_ONLY -> !row.needsRings();
            case FLOOR -> row.isReading();
        };
    }

    /** A server that somebody has started. @param text {@code [NAME=]SOCKET[,PID]}. */
    static StoreServer peer(final String text)
    {
        final int equals = text.indexOf('=');
        final String[] words = text.substring(equals + 1).split(",", 2);
        final Path socket = Path.of(words[0]);

        try (StoreLink link = new StoreLink(socket))
        {
            final int pid = words.length > 1 ? Integer.parseInt(words[1]) : link.serverPid();
            return new StoreServer(equals < 0 ? "peer" : text.substring(0, equals), socket, pid, Kind.SOCKET_ONLY);
        }
        catch (final NumberFormatException e)
        {
            throw new MeasurementException("no process id: " + text);
        }
    }

    StoreLink connect()
    {
        return new StoreLink(socket);
    }

    List<StoreLink> connect(final int count)
    {
        final List<StoreLink> links = new ArrayList<>();

        for (int i = 0; i < count; i++)
        {
            links.add(connect());
        }

        return links;
    }

    /** @return CPU time of all its threads, ns. */
    long cpuNs()
    {
        return Time.processCpuTimeNs(pid);
    }

    /** @return its resident memory, KiB. */
    long rssKb()
    {
        try
        {
            for (final String line : Files.readAllLines(Path.of("/proc/" + pid + "/status")))
            {
                if (line.startsWith("VmRSS:"))
                {
                    return Long.parseLong(line.replaceAll("[^0-9]", ""));
                }
            }
        }
        catch (final IOException e)
        {
            throw new MeasurementException("the server is gone: " + name);
        }

        return 0;
    }
}
