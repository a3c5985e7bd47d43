package org.skerry.tests.hostile;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;

import org.skerry.wire.linux.SysStat;

/** What Linux knows of the memory files of this process. */
public final class MemoryFiles
{
    private MemoryFiles()
    {
    }

    /** @return pages that the newest file of that name holds now; earlier hosts of this process had such files too. */
    public static long pages(final String name)
    {
        try (Stream<Path> fds = Files.list(Path.of("/proc/self/fd")))
        {
            final int newest = fds.filter(fd -> target(fd).contains("memfd:" + name + " "))
                .map(fd -> Integer.valueOf(fd.getFileName().toString()))
                .max(Comparator.comparingLong(SysStat::inode))
                .orElseThrow(() -> new AssertionError("no memory file " + name));
            return SysStat.blocks(newest) / 8;
        }
        catch (final IOException e)
        {
            throw new UncheckedIOException(e);
        }
    }

    /** @return areas of memory (VMAs) that show files whose name begins so. */
    public static long mappings(final String prefix)
    {
        try (Stream<String> lines = Files.lines(Path.of("/proc/self/maps")))
        {
            return lines.filter(line -> line.contains("memfd:" + prefix)).count();
        }
        catch (final IOException e)
        {
            throw new UncheckedIOException(e);
        }
    }

    private static String target(final Path fd)
    {
        try
        {
            return Files.readSymbolicLink(fd).toString();
        }
        catch (final IOException e)
        {
            return "";          // the descriptor that lists the directory is gone again
        }
    }
}
