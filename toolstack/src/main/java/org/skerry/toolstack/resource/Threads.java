package org.skerry.toolstack.resource;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.function.IntUnaryOperator;

/**
 * All threads of a process: what Linux keeps by thread has to be set for each. A thread has from its birth what its
 * creator had, so it is done when a whole pass met nobody new.
 */
final class Threads
{
    private Threads()
    {
    }

    /**
     * @param pid    of the process.
     * @param action on a thread's id; answers 0 or a negative errno.
     * @return the first error that is not of a thread that has ended, or 0.
     */
    static int forEach(final int pid, final IntUnaryOperator action)
    {
        final Set<Integer> done = new HashSet<>();
        int error = 0;
        int before;
        do
        {
            before = done.size();
            for (final int tid : of(pid))
            {
                if (done.add(tid))
                {
                    final int result = action.applyAsInt(tid);
                    error = error == 0 && Files.exists(Path.of("/proc/" + pid + "/task/" + tid)) ? result : error;
                }
            }
        }
        while (done.size() > before);

        return error;
    }

    private static Set<Integer> of(final int pid)
    {
        final Set<Integer> tids = new HashSet<>();
        try (DirectoryStream<Path> threads = Files.newDirectoryStream(Path.of("/proc/" + pid + "/task")))
        {
            for (final Path thread : threads)
            {
                tids.add(Integer.parseInt(thread.getFileName().toString()));
            }
        }
        catch (final IOException | DirectoryIteratorException e)
        {
            tids.clear();                                  // it has ended meanwhile
        }

        return tids;
    }
}
