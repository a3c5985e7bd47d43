package org.skerry.toolstack.resource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.skerry.toolstack.resource.CgroupHierarchy.Controller;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** What is found and what is written, in directories that look like those of other machines. */
class CgroupMountsTest
{
    @TempDir
    private Path root;

    @Test
    void shouldMakeGroupsBelowItsOwnInEachHierarchyOfVersionOne() throws IOException
    {
        final Path cpu = group("cpu,cpuacct/box");
        final Path memory = group("memory");
        final CgroupMounts mounts = new CgroupMounts(
            List.of(mount("cpu,cpuacct", "cgroup", "rw,cpu,cpuacct"), mount("memory", "cgroup", "rw,memory")),
            List.of("2:cpu,cpuacct:/box", "1:memory:/", "0::/"));
        assertEquals(
            List.of(new CgroupHierarchy.Legacy(cpu, EnumSet.of(Controller.CPU)),
                new CgroupHierarchy.Legacy(memory, EnumSet.of(Controller.MEMORY))),
            mounts.usable());
        assertEquals(EnumSet.of(Controller.PIDS), EnumSet.copyOf(mounts.problems().keySet()));
    }

    @Test
    void shouldUseTheNearestGroupOfVersionTwoWhoseChildrenCanHaveTheControllers() throws IOException
    {
        final Path slice = group("slice");
        group("slice/session");
        Files.writeString(slice.resolve("cgroup.controllers"), "cpuset cpu memory pids\n");
        Files.writeString(root.resolve("slice/session/cgroup.controllers"), "memory\n");
        final CgroupMounts mounts = new CgroupMounts(
            List.of("30 1 0:2 / " + root + " rw - cgroup2 cgroup2 rw"), List.of("0::/slice/session"));
        assertEquals(
            List.of(new CgroupHierarchy.Unified(slice, EnumSet.allOf(Controller.class))), mounts.usable());
        assertTrue(mounts.problems().isEmpty());
    }

    @Test
    void shouldSayWhyThereIsNone()
    {
        final CgroupMounts mounts = new CgroupMounts(List.of(), List.of());
        assertEquals(List.of(), mounts.usable());
        assertEquals(EnumSet.allOf(Controller.class), EnumSet.copyOf(mounts.problems().keySet()));
    }

    @Test
    void shouldWriteWeightAndCapInTheWordsOfEachVersion() throws IOException
    {
        for (final String file : List.of("cpu.shares", "cpu.cfs_period_us", "cpu.cfs_quota_us", "cpu.weight",
            "cpu.max"))
        {
            Files.createFile(root.resolve(file));
        }
        final CgroupHierarchy legacy = new CgroupHierarchy.Legacy(root, EnumSet.allOf(Controller.class));
        final CgroupHierarchy unified = new CgroupHierarchy.Unified(root, EnumSet.allOf(Controller.class));
        legacy.weight(root, 128);
        legacy.cap(root, 25);
        unified.weight(root, 128);
        unified.cap(root, 25);
        assertEquals("512", Files.readString(root.resolve("cpu.shares")));
        assertEquals("25000", Files.readString(root.resolve("cpu.cfs_quota_us")));
        assertEquals("100000", Files.readString(root.resolve("cpu.cfs_period_us")));
        assertEquals("50", Files.readString(root.resolve("cpu.weight")));
        assertEquals("25000 100000", Files.readString(root.resolve("cpu.max")));
        legacy.cap(root, 0);
        unified.weight(root, 65_535);
        unified.cap(root, 0);
        assertEquals("-1", Files.readString(root.resolve("cpu.cfs_quota_us")));
        assertEquals("10000", Files.readString(root.resolve("cpu.weight")));
        assertEquals("max 100000", Files.readString(root.resolve("cpu.max")));
    }

    private Path group(final String name) throws IOException
    {
        final Path directory = Files.createDirectories(root.resolve(name));
        Files.createFile(directory.resolve("cgroup.procs"));
        Files.createFile(directory.resolve("cgroup.subtree_control"));

        return directory;
    }

    private String mount(final String name, final String type, final String options)
    {
        return "30 1 0:2 / " + root.resolve(name) + " rw - " + type + " cgroup " + options;
    }
}
