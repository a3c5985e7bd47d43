package org.skerry.toolstack.resource;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

import org.skerry.toolstack.resource.CgroupHierarchy.Controller;

/**
 * What this user can control of this machine, found out by looking, for {@code skerry doctor}.
 */
public final class MachineResources
{
    private final Map<Controller, String> found = new HashMap<>();
    private final Map<Controller, String> problems;

    private MachineResources(final CgroupMounts mounts)
    {
        for (final CgroupHierarchy hierarchy : mounts.usable())
        {
            final String version = switch (hierarchy)
            {
                case CgroupHierarchy.Legacy legacy -> "cgroup v1";
                case CgroupHierarchy.Unified unified -> "cgroup v2";
            };
            hierarchy.controllers().forEach(
                controller -> found.put(controller, version + " below " + hierarchy.base()));
        }
        problems = mounts.problems();
    }

    /** @return of this process. */
    public static MachineResources examine()
    {
        return new MachineResources(CgroupMounts.ofThisProcess());
    }

    /**
     * @param controller of Linux: {@code cpu}, {@code memory} or {@code pids}.
     * @return where it can be used, or null.
     */
    public String hierarchyOf(final String controller)
    {
        return found.get(Controller.valueOf(controller.toUpperCase(Locale.ROOT)));
    }

    /**
     * @param controller of Linux.
     * @return why it cannot be used, or null.
     */
    public String problemOf(final String controller)
    {
        return problems.get(Controller.valueOf(controller.toUpperCase(Locale.ROOT)));
    }
}
