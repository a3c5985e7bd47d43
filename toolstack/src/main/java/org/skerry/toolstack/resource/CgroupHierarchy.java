package org.skerry.toolstack.resource;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Locale;
import java.util.Set;

/**
 * A tree of control groups in which we may make our own. The two versions of Linux say the same things in other words.
 *
 * <p>Spec: Documentation/admin-guide/cgroup-v1 and cgroup-v2.rst; sched-bwc.rst.
 */
sealed interface CgroupHierarchy
{
    /** Period over which a cap holds, us. */
    int CAP_PERIOD_US = 100_000;

    /** Microseconds of a period in one per cent of a CPU. */
    int CAP_US_PER_PERCENT = CAP_PERIOD_US / 100;

    /** @return group below which ours are made. */
    Path base();

    /** @return what can be controlled in it. */
    Set<Controller> controllers();

    /** Of the CPU, among the siblings of the group; 256 is as much as one ordinary process has. */
    void weight(Path group, long weight) throws IOException;

    /** Per cent of one CPU; 0 for no limit. */
    void cap(Path group, int percent) throws IOException;

    /** Most memory, bytes. */
    void memory(Path group, long bytes) throws IOException;

    /** Most tasks. */
    default void tasks(final Path group, final int count) throws IOException
    {
        write(group.resolve("pids.max"), Integer.toString(count));
    }

    /** A group of ours was made that shall have children. */
    default void prepareParent(final Path group) throws IOException
    {
    }

    /** One write, as these files want it. */
    static void write(final Path file, final String text) throws IOException
    {
        Files.write(file, text.getBytes(StandardCharsets.US_ASCII), StandardOpenOption.WRITE,
            StandardOpenOption.TRUNCATE_EXISTING);
    }

    /** What Linux can control. */
    enum Controller
    {
        CPU, MEMORY, PIDS
    }

    /**
     * Version 1: a hierarchy has some controllers of its own.
     *
     * @param base        group below which ours are made.
     * @param controllers that we use of it.
     */
    record Legacy(Path base, Set<Controller> controllers) implements CgroupHierarchy
    {
        private static final int SHARES_PER_WEIGHT = 4;
        private static final long MIN_SHARES = 2;
        private static final long MAX_SHARES = 262_144;

        @Override
        public void weight(final Path group, final long weight) throws IOException
        {
            write(group.resolve("cpu.shares"),
                Long.toString(Math.clamp(weight * SHARES_PER_WEIGHT, MIN_SHARES, MAX_SHARES)));
        }

        @Override
        public void cap(final Path group, final int percent) throws IOException
        {
            write(group.resolve("cpu.cfs_period_us"), Integer.toString(CAP_PERIOD_US));
            write(group.resolve("cpu.cfs_quota_us"),
                Integer.toString(percent == 0 ? -1 : percent * CAP_US_PER_PERCENT));
        }

        @Override
        public void memory(final Path group, final long bytes) throws IOException
        {
            write(group.resolve("memory.limit_in_bytes"), Long.toString(bytes));
        }
    }

    /**
     * Version 2: one hierarchy for all controllers.
     *
     * @param base        group below which ours are made.
     * @param controllers that its children have.
     */
    record Unified(Path base, Set<Controller> controllers) implements CgroupHierarchy
    {
        private static final int WEIGHT_OF_A_PROCESS = 100;
        private static final long MAX_WEIGHT = 10_000;

        @Override
        public void weight(final Path group, final long weight) throws IOException
        {
            final long scaled = Math.round((double)weight * WEIGHT_OF_A_PROCESS / SchedParams.DEFAULT.weight());
            write(group.resolve("cpu.weight"), Long.toString(Math.clamp(scaled, 1, MAX_WEIGHT)));
        }

        @Override
        public void cap(final Path group, final int percent) throws IOException
        {
            write(group.resolve("cpu.max"),
                (percent == 0 ? "max" : percent * CAP_US_PER_PERCENT) + " " + CAP_PERIOD_US);
        }

        @Override
        public void memory(final Path group, final long bytes) throws IOException
        {
            write(group.resolve("memory.max"), Long.toString(bytes));
        }

        @Override
        public void prepareParent(final Path group) throws IOException
        {
            for (final Controller controller : controllers)
            {
                enable(group, controller);
            }
        }

        static void enable(final Path group, final Controller controller) throws IOException
        {
            write(group.resolve("cgroup.subtree_control"), "+" + nameOf(controller));
        }
    }

    /** @return as Linux calls it. */
    static String nameOf(final Controller controller)
    {
        return controller.name().toLowerCase(Locale.ROOT);
    }
}
