package org.skerry.perf.ring;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;

/**
 * Where Aeron keeps its shared files, in memory where the machine has a place for that. What a killed process
 * left behind goes when the next begins.
 */
final class AeronDirectory
{
    private static final Path SHARED_MEMORY = Path.of("/dev/shm");
    private static final String PREFIX = "skerry-xenperf-";

    private final Path root;

    /**
     * Make it.
     *
     * @throws MeasurementException when it cannot be made.
     */
    AeronDirectory()
    {
        final Path parent =
            Files.isDirectory(SHARED_MEMORY) ? SHARED_MEMORY : Path.of(System.getProperty("java.io.tmpdir"));
        removeOrphans(parent);
        try
        {
            root = Files.createTempDirectory(parent, PREFIX + ProcessHandle.current().pid() + '-');
        }
        catch (final IOException e)
        {
            throw new MeasurementException("cannot make a directory for Aeron: " + e.getMessage());
        }
    }

    /** @return what the driver may make and remove. */
    Path path()
    {
        return root.resolve("aeron");
    }

    /** Remove it, if it is still there; when this returns it is gone. Nobody may use it any more. Any thread. */
    synchronized void remove()
    {
        remove(root);
    }

    private static void removeOrphans(final Path parent)
    {
        try (DirectoryStream<Path> directories = Files.newDirectoryStream(parent, PREFIX + "*-*"))
        {
            for (final Path directory : directories)
            {
                final String pid = directory.getFileName().toString().substring(PREFIX.length()).replaceAll("-.*", "");
                if (pid.matches("\\d{1,9}") && ProcessHandle.of(Long.parseLong(pid)).isEmpty())
                {
                    remove(directory);
                }
            }
        }
        catch (final IOException e)
        {
            System.err.println("cannot look for what an earlier run left in " + parent + ": " + e.getMessage());
        }
    }

    private static void remove(final Path directory)
    {
        try (Stream<Path> tree = Files.exists(directory) ? Files.walk(directory) : Stream.empty())
        {
            for (final Path path : tree.sorted(Comparator.reverseOrder()).toList())
            {
                Files.deleteIfExists(path);
            }
        }
        catch (final IOException | UncheckedIOException e)
        {
            System.err.println("cannot remove " + directory + ": " + e.getMessage());
        }
    }
}
