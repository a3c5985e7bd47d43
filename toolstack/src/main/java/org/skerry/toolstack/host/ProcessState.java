package org.skerry.toolstack.host;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.NoSuchElementException;

/**
 * Whether a process is on a CPU now, as /proc tells.
 */
final class ProcessState
{
    private ProcessState()
    {
    }

    /**
     * @param pid of a process, which may be gone.
     * @return whether one of its threads runs or wants to.
     */
    static boolean isRunning(final int pid)
    {
        try (DirectoryStream<Path> threads = Files.newDirectoryStream(Path.of("/proc/" + pid + "/task")))
        {
            for (final Path thread : threads)
            {
                final String stat = Files.readAllLines(thread.resolve("stat")).getFirst();
                if (stat.startsWith("R", stat.lastIndexOf(')') + 2))
                {
                    return true;
                }
            }
        }
        catch (final IOException | NoSuchElementException e)
        {
            return false;
        }

        return false;
    }
}
