package org.skerry.tests.hostile;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

import org.agrona.DirectBuffer;
import org.skerry.wire.linux.SysStat;

/** What Linux knows of the memory files of this process. */
public final class MemoryFiles
{
    private MemoryFiles()
    {
    }

    /** @return pages that the file behind a mapping holds now. */
    public static long pages(final DirectBuffer mapping)
    {
        final long inode = inodeAt(mapping.addressOffset());
        try (Stream<Path> fds = Files.list(Path.of("/proc/self/fd")))
        {
            final int fd = fds.filter(path -> target(path).contains("memfd:"))
                .mapToInt(path -> Integer.parseInt(path.getFileName().toString()))
                .filter(number -> SysStat.inode(number) == inode).findFirst()
                .orElseThrow(() -> new AssertionError("no memory file: inode=" + inode));
            return SysStat.blocks(fd) / 8;
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

    private static long inodeAt(final long address)
    {
        final String from = Long.toHexString(address) + "-";
        try (Stream<String> lines = Files.lines(Path.of("/proc/self/maps")))
        {
            return lines.filter(line -> line.startsWith(from)).mapToLong(line -> Long.parseLong(line.split(" +")[4]))
                .findFirst().orElseThrow(() -> new AssertionError("not mapped: " + from));
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
