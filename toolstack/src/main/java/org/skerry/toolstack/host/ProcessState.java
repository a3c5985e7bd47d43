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
    /** Field 39 of /proc/PID/stat, counted from the state, which is field 3. */
    private static final int PROCESSOR_FIELD = 36;

    private ProcessState()
    {
    }

    /**
     * @param pid of a process, which may be gone.
     * @return CPU that its first thread ran on last; 0 when it is gone.
     */
    static int lastCpu(final int pid)
    {
        try
        {
            final String stat = Files.readAllLines(Path.of("/proc/" + pid + "/stat")).getFirst();

            return Integer.parseInt(stat.substring(stat.lastIndexOf(')') + 2).split(" ")[PROCESSOR_FIELD]);
        }
        catch (final IOException | NoSuchElementException e)
        {
            return 0;
        }
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
