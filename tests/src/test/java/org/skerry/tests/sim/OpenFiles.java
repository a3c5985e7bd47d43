package org.skerry.tests.sim;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import org.skerry.wire.linux.Unistd;

/** What this process, which is all domains at once, has open. */
final class OpenFiles
{
    private OpenFiles()
    {
    }

    /** @return what is behind each descriptor that a domain or the kernel may have. */
    static Map<Integer, String> all()
    {
        try (Stream<Path> fds = Files.list(Path.of("/proc/self/fd")))
        {
            final Map<Integer, String> all = new TreeMap<>();
            fds.forEach(fd -> add(all, fd));
            return all;
        }
        catch (final IOException e)
        {
            throw new UncheckedIOException(e);
        }
    }

    /** @return mappings of memory files of domains. */
    static long mappings()
    {
        try (Stream<String> lines = Files.lines(Path.of("/proc/self/maps")))
        {
            return lines.filter(line -> line.contains("memfd:skerry-")).count();
        }
        catch (final IOException e)
        {
            throw new UncheckedIOException(e);
        }
    }

    /** Linux closes what a process had open. A driver domain's images are opened under a name of its own. */
    static void closeImages(final String owner, final int kept)
    {
        all().forEach((fd, target) ->
        {
            if (target.contains('/' + owner + '-') && fd != kept)
            {
                Unistd.close(fd);
            }
        });
    }

    /** The same for sockets of which another process had a descriptor, too. */
    static void closeCopies(final Collection<Integer> kept)
    {
        final Map<Integer, String> all = all();
        final Set<String> targets = kept.stream().map(all::get).collect(Collectors.toSet());
        all.forEach((fd, target) ->
        {
            if (targets.contains(target) && !kept.contains(fd))
            {
                Unistd.close(fd);
            }
        });
    }

    private static void add(final Map<Integer, String> all, final Path fd)
    {
        try
        {
            final String target = Files.readSymbolicLink(fd).toString();
            if (target.contains("memfd:") || target.contains("anon_inode:") || target.contains("socket:") ||
                target.endsWith(".img"))
            {
                all.put(Integer.valueOf(fd.getFileName().toString()), target);
            }
        }
        catch (final IOException e)
        {
            // the descriptor that lists the directory is gone again
        }
    }
}
