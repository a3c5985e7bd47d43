package org.skerry.toolstack.resource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

import org.skerry.toolstack.resource.CgroupHierarchy.Controller;

/**
 * Finds the control groups in which this process may make its own, and says why there are none. Groups are made below
 * the one that this process is in, so that whoever limited it has limited all of the host.
 */
final class CgroupMounts
{
    private final List<Mount> mounts = new ArrayList<>();
    private final Map<String, String> ownGroups = new HashMap<>();
    private final Map<Controller, String> problems = new LinkedHashMap<>();

    /**
     * @param mountInfo lines of /proc/self/mountinfo.
     * @param cgroup    lines of /proc/self/cgroup.
     */
    CgroupMounts(final List<String> mountInfo, final List<String> cgroup)
    {
        for (final String line : mountInfo)
        {
            final String[] words = line.split(" ");
            final int dash = Arrays.asList(words).indexOf("-");
            if (dash > 0 && words[dash + 1].startsWith("cgroup"))
            {
                mounts.add(new Mount(words[dash + 1].equals("cgroup2"), words[3], Path.of(words[4]),
                    Set.of(words[dash + 3].split(","))));
            }
        }
        for (final String line : cgroup)
        {
            final String[] words = line.split(":", 3);
            for (final String controller : words[1].split(","))
            {
                ownGroups.put(controller, words[2]);
            }
        }
    }

    /** @return of this process. */
    static CgroupMounts ofThisProcess()
    {
        return new CgroupMounts(lines(Path.of("/proc/self/mountinfo")), lines(Path.of("/proc/self/cgroup")));
    }

    /** @return where we may make groups; a controller is in one of them at most. */
    List<CgroupHierarchy> usable()
    {
        final List<CgroupHierarchy> usable = new ArrayList<>();
        final Map<Path, Set<Controller>> legacy = new LinkedHashMap<>();
        final Set<Controller> missing = EnumSet.noneOf(Controller.class);
        for (final Controller controller : Controller.values())
        {
            final Mount mount = mounts.stream()
                .filter(m -> !m.unified && m.options.contains(CgroupHierarchy.nameOf(controller)))
                .findFirst().orElse(null);
            if (mount == null)
            {
                missing.add(controller);
                continue;
            }
            final Path own = ownGroup(mount, CgroupHierarchy.nameOf(controller));
            if (Files.isWritable(own) && Files.isWritable(own.resolve("cgroup.procs")))
            {
                legacy.computeIfAbsent(own, path -> EnumSet.noneOf(Controller.class)).add(controller);
            }
            else
            {
                problems.put(controller, "no right to make groups in " + own);
            }
        }
        legacy.forEach((base, controllers) -> usable.add(new CgroupHierarchy.Legacy(base, controllers)));
        if (!missing.isEmpty())
        {
            addUnified(usable, missing);
        }

        return usable;
    }

    /** @return why a controller cannot be used, after {@link #usable}. */
    Map<Controller, String> problems()
    {
        return problems;
    }

    /** @return lines of a file, none when it cannot be read. */
    static List<String> lines(final Path file)
    {
        try
        {
            return Files.readAllLines(file);
        }
        catch (final IOException e)
        {
            return List.of();
        }
    }

    /** The nearest group above this process, its own first, whose children can have the controllers. */
    private void addUnified(final List<CgroupHierarchy> usable, final Set<Controller> missing)
    {
        final Mount mount = mounts.stream().filter(m -> m.unified).findFirst().orElse(null);
        if (mount == null)
        {
            missing.forEach(controller -> problems.put(controller, "no cgroup file system with this controller"));
            return;
        }
        final Path own = ownGroup(mount, "");
        for (Path group = own; group.startsWith(mount.at); group = group.getParent())
        {
            final Set<Controller> enabled = enable(group, missing);
            if (enabled.contains(Controller.CPU) || !missing.contains(Controller.CPU) && !enabled.isEmpty())
            {
                usable.add(new CgroupHierarchy.Unified(group, enabled));
                missing.removeAll(enabled);
                break;
            }
        }
        final String available = String.join(" ", lines(mount.at.resolve("cgroup.controllers")));
        missing.forEach(controller -> problems.putIfAbsent(controller,
            available.contains(CgroupHierarchy.nameOf(controller)) || !own.equals(mount.at) ?
                "no group above " + own + " is ours to use (a unit with Delegate=yes is)" :
                "cgroup v2 is mounted without this controller"));
    }

    private Set<Controller> enable(final Path group, final Set<Controller> wanted)
    {
        final Set<Controller> enabled = EnumSet.noneOf(Controller.class);
        if (!Files.isWritable(group) || !Files.isWritable(group.resolve("cgroup.procs")))
        {
            return enabled;
        }
        final List<String> available = lines(group.resolve("cgroup.controllers"));
        for (final Controller controller : wanted)
        {
            if (Arrays.asList(String.join(" ", available).split(" ")).contains(CgroupHierarchy.nameOf(controller)))
            {
                try
                {
                    CgroupHierarchy.Unified.enable(group, controller);
                    enabled.add(controller);
                }
                catch (final IOException e)
                {
                    problems.put(controller, group + ": " + e.getMessage());
                }
            }
        }

        return enabled;
    }

    private Path ownGroup(final Mount mount, final String controller)
    {
        final String path = ownGroups.getOrDefault(controller, "/");
        final String below = mount.root.equals("/") ? path :
            path.startsWith(mount.root) ? path.substring(mount.root.length()) : "/";
        final Path own = mount.at.resolve(below.replaceFirst("^/+", "")).normalize();

        return Files.isDirectory(own) ? own : mount.at;
    }

    private record Mount(boolean unified, String root, Path at, Set<String> options)
    {
    }
}
