package org.skerry.toolstack.resource;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;

import org.skerry.toolstack.resource.CgroupHierarchy.Controller;
import org.skerry.wire.linux.Pidfd;
import org.skerry.wire.linux.Signal;
import org.skerry.wire.linux.Unistd;

/**
 * A control group by one name in each hierarchy that we use. What cannot be written is said on standard error and goes
 * on without: a domain without its limit is better than none.
 */
final class Cgroup
{
    private static final int REMOVE_ATTEMPTS = 100;
    private static final long REMOVE_PAUSE_NS = 5_000_000;

    private final Map<CgroupHierarchy, Path> directories = new LinkedHashMap<>();

    private Cgroup()
    {
    }

    /** Make the group that holds those of all domains; what an earlier host of that name left is ended and removed. */
    static Cgroup parent(final List<CgroupHierarchy> hierarchies, final String name)
    {
        final Cgroup group = new Cgroup();
        for (final CgroupHierarchy hierarchy : hierarchies)
        {
            final Path directory = hierarchy.base().resolve(name);
            try
            {
                removeTree(directory);
                Files.createDirectory(directory);
                hierarchy.prepareParent(directory);
                group.directories.put(hierarchy, directory);
            }
            catch (final IOException e)
            {
                System.err.println("no control group " + directory + ": " + e.getMessage());
            }
        }

        return group;
    }

    /** @return a group below this one, made. */
    Cgroup child(final String name)
    {
        final Cgroup child = new Cgroup();
        directories.forEach((hierarchy, parent) ->
        {
            final Path directory = parent.resolve(name);
            try
            {
                removeTree(directory);
                Files.createDirectory(directory);
                child.directories.put(hierarchy, directory);
            }
            catch (final IOException e)
            {
                System.err.println("no control group " + directory + ": " + e.getMessage());
            }
        });

        return child;
    }

    boolean has(final Controller controller)
    {
        return directories.keySet().stream().anyMatch(hierarchy -> hierarchy.controllers().contains(controller));
    }

    /** @return by which version something is controlled here, for people. */
    String version(final Controller controller)
    {
        return directories.keySet().stream().filter(hierarchy -> hierarchy.controllers().contains(controller))
            .map(hierarchy -> switch (hierarchy)
            {
                case CgroupHierarchy.Legacy legacy -> "cgroup v1";
                case CgroupHierarchy.Unified unified -> "cgroup v2";
            }).findFirst().orElse("none");
    }

    /** Put a process with all its threads into it. */
    void add(final int pid)
    {
        directories.values().forEach(directory -> attempt(directory, pid + " cannot be put there",
            () -> CgroupHierarchy.write(directory.resolve("cgroup.procs"), Integer.toString(pid))));
    }

    void weight(final long weight)
    {
        with(Controller.CPU, "weight", (hierarchy, directory) -> hierarchy.weight(directory, weight));
    }

    void cap(final int percent)
    {
        with(Controller.CPU, "cap", (hierarchy, directory) -> hierarchy.cap(directory, percent));
    }

    void memory(final long bytes)
    {
        with(Controller.MEMORY, "memory", (hierarchy, directory) -> hierarchy.memory(directory, bytes));
    }

    void tasks(final int count)
    {
        with(Controller.PIDS, "tasks", (hierarchy, directory) -> hierarchy.tasks(directory, count));
    }

    /** Nothing runs in it any more: take it away, with what is below. */
    void remove()
    {
        directories.values().forEach(directory -> attempt(directory, "stays", () -> removeTree(directory)));
        directories.clear();
    }

    private void with(final Controller controller, final String what, final Setting setting)
    {
        directories.forEach((hierarchy, directory) ->
        {
            if (hierarchy.controllers().contains(controller))
            {
                attempt(directory, what, () -> setting.set(hierarchy, directory));
            }
        });
    }

    private static void attempt(final Path directory, final String what, final Action action)
    {
        try
        {
            action.run();
        }
        catch (final IOException e)
        {
            System.err.println("control group " + directory + ": " + what + ": " + e.getMessage());
        }
    }

    /** Whatever runs in the tree is ended: it belongs to a host that is gone. Others may remove it at the same time. */
    private static void removeTree(final Path group) throws IOException
    {
        if (!Files.isDirectory(group))
        {
            return;
        }
        try (DirectoryStream<Path> children = Files.newDirectoryStream(group, Files::isDirectory))
        {
            for (final Path child : children)
            {
                removeTree(child);
            }
        }
        catch (final NoSuchFileException | DirectoryIteratorException e)
        {
            return;
        }
        for (int attempt = 0; !tryRemove(group, attempt == REMOVE_ATTEMPTS); attempt++)
        {
            CgroupMounts.lines(group.resolve("cgroup.procs")).forEach(pid -> kill(Integer.parseInt(pid)));
            LockSupport.parkNanos(REMOVE_PAUSE_NS);
        }
    }

    /** A group is busy until the last of its tasks has been reaped. */
    private static boolean tryRemove(final Path group, final boolean isLast) throws IOException
    {
        try
        {
            Files.delete(group);
        }
        catch (final NoSuchFileException e)
        {
            return true;
        }
        catch (final IOException e)
        {
            if (isLast)
            {
                throw e;
            }
            return false;
        }

        return true;
    }

    private static void kill(final int pid)
    {
        final int pidfd = Pidfd.open(pid);
        if (pidfd >= 0)
        {
            Pidfd.sendSignal(pidfd, Signal.SIGKILL);
            Unistd.close(pidfd);
        }
    }

    /** Something to be written. */
    private interface Action
    {
        void run() throws IOException;
    }

    /** Something to be written in the words of a hierarchy. */
    private interface Setting
    {
        void set(CgroupHierarchy hierarchy, Path directory) throws IOException;
    }
}
