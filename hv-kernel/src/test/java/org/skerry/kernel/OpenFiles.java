package org.skerry.kernel;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * Counts descriptors of the kinds that the kernel makes; a JVM opens none of them by itself.
 */
public final class OpenFiles
{
    private OpenFiles()
    {
    }

    /** @return memory files, bells and sockets of this process. */
    public static int count()
    {
        try (Stream<Path> fds = Files.list(Path.of("/proc/self/fd")))
        {
            return (int)fds.filter(OpenFiles::isOurs).count();
        }
        catch (final IOException e)
        {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean isOurs(final Path fd)
    {
        try
        {
            final String target = Files.readSymbolicLink(fd).toString();
            return target.contains("memfd:") || target.contains("eventfd") || target.contains("socket:");
        }
        catch (final IOException e)
        {
            return false;       // the descriptor that lists the directory is gone again
        }
    }
}
