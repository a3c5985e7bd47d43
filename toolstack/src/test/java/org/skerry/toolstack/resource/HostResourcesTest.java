package org.skerry.toolstack.resource;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.skerry.toolstack.launch.LaunchedProcess;
import org.skerry.toolstack.launch.TestProcess;
import org.skerry.toolstack.resource.CgroupHierarchy.Controller;
import org.skerry.toolstack.resource.DomainResources.Affinity;
import org.skerry.wire.linux.Unistd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Real processes that want all of one CPU, by every means of sharing it out that this machine and this user have. What
 * they got is read off their clocks; other programs of the machine may take what they like.
 */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class HostResourcesTest
{
    private static final String NAME = "skerry-test-" + Unistd.getpid();
    private static final CpuSet ONE_CPU = CpuSet.parse("0", 1);
    private static final int TASKS = 100;
    private static final long SETTLED_NS = TimeUnit.MILLISECONDS.toNanos(500);
    private static final long MEASURED_NS = TimeUnit.MILLISECONDS.toNanos(2_500);

    private final List<LaunchedProcess> processes = new ArrayList<>();
    private HostResources host;

    @AfterEach
    void end()
    {
        processes.forEach(LaunchedProcess::kill);
        processes.forEach(process -> process.exit().join());
        if (host != null)
        {
            host.close();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"cgroup", "nice"})
    void shouldGiveAThirdToWhoHasHalfTheWeight(final String mechanism)
    {
        open(mechanism);
        final LaunchedProcess light = busy(new SchedParams(128, 0));
        final LaunchedProcess heavy = busy(new SchedParams(256, 0));
        final double share = shareOfFirst(light, heavy);
        System.out.printf("%s: weight 128 against 256 got %.3f%n", host.mechanism(), share);
        assertEquals(1.0 / 3, share, 0.06);
    }

    @ParameterizedTest
    @ValueSource(strings = {"cgroup", "nice"})
    void shouldFollowANewWeightOfWhoRuns(final String mechanism)
    {
        open(mechanism);
        final LaunchedProcess first = busy(new SchedParams(64, 0));
        final LaunchedProcess second = busy(new SchedParams(256, 0));
        host.of(first).sched(new SchedParams(512, 0));
        final double share = shareOfFirst(first, second);
        System.out.printf("%s: weight 512 (64 before) against 256 got %.3f%n", host.mechanism(), share);
        assertEquals(2.0 / 3, share, 0.06);
    }

    @ParameterizedTest
    @ValueSource(strings = {"cgroup", "nice"})
    void shouldKeepACapThoughTheCpuIsIdle(final String mechanism)
    {
        open(mechanism);
        final LaunchedProcess capped = busy(new SchedParams(256, 25));
        await(capped, SETTLED_NS / 4);
        final long startNs = System.nanoTime();
        final long startCpuNs = capped.cpuTimeNs();
        await(capped, MEASURED_NS / 4);
        final double used = (double)(capped.cpuTimeNs() - startCpuNs) / (System.nanoTime() - startNs);
        System.out.printf("%s: cap 25 used %.1f %% of the CPU%n", host.mechanism(), used * 100);
        assertTrue(used < 0.27, () -> "used " + used);
        assertTrue(used > 0.08, () -> "used " + used + ": held back far more than the cap says");
    }

    @ParameterizedTest
    @ValueSource(strings = {"cgroup", "nice"})
    void shouldLetWhoIsAloneUseAllOfTheCpuWhateverItsWeight(final String mechanism)
    {
        open(mechanism);
        final LaunchedProcess light = busy(new SchedParams(128, 0));
        final LaunchedProcess idle = busy(new SchedParams(256, 0));
        idle.pause();
        final double share = shareOfFirst(light, idle);
        assertEquals(1, share, 0.01);
    }

    @Test
    void shouldEndWhoTouchesMoreMemoryThanItsOwnAndNobodyElse()
    {
        open("cgroup");
        assumeController(Controller.MEMORY);
        final LaunchedProcess modest = busy(SchedParams.DEFAULT, "memory", "32");
        final LaunchedProcess greedy = busy(SchedParams.DEFAULT, "memory", "400");
        final var status = greedy.exit().orTimeout(40, TimeUnit.SECONDS).join();
        assertTrue(status.signalled(), status::toString);
        assertFalse(modest.exit().isDone());
    }

    @Test
    void shouldLeaveNoGroupBehind()
    {
        open("cgroup");
        assumeController(Controller.CPU);
        final List<CgroupHierarchy> hierarchies = CgroupMounts.ofThisProcess().usable();
        final LaunchedProcess process = busy(SchedParams.DEFAULT);
        assertTrue(hierarchies.stream().allMatch(h -> Files.isDirectory(h.base().resolve(NAME + "/dom0"))));
        process.kill();
        while (hierarchies.stream().anyMatch(h -> Files.exists(h.base().resolve(NAME + "/dom0"))))
        {
            LockSupport.parkNanos(1_000_000);
        }
        host.close();
        assertTrue(hierarchies.stream().noneMatch(h -> Files.exists(h.base().resolve(NAME))));
    }

    @Test
    void shouldEndAndRemoveWhatAHostThatWasKilledHasLeft()
    {
        open("cgroup");
        assumeController(Controller.CPU);
        final LaunchedProcess orphan = busy(SchedParams.DEFAULT);
        orphan.pause();
        final HostResources next = new HostResources(CgroupMounts.ofThisProcess().usable(), NAME);
        assertTrue(orphan.exit().orTimeout(10, TimeUnit.SECONDS).join().signalled());
        next.close();
    }

    @Test
    void shouldBindEveryThreadThatRunsAndEveryOneThatWill() throws Exception
    {
        open("nice");
        final LaunchedProcess process = busy(SchedParams.DEFAULT);
        await(process, SETTLED_NS);
        try (Stream<Path> threads = Files.list(Path.of("/proc/" + process.pid() + "/task")))
        {
            for (final Path thread : threads.toList())
            {
                assertTrue(Files.readAllLines(thread.resolve("status")).contains("Cpus_allowed_list:\t0"),
                    thread::toString);
            }
        }
    }

    private void open(final String mechanism)
    {
        final List<CgroupHierarchy> usable =
            mechanism.equals("nice") ? List.of() : CgroupMounts.ofThisProcess().usable();
        Assumptions.assumeFalse(mechanism.equals("cgroup") && usable.isEmpty(),
            "SKIPPED, no right to make control groups");
        host = new HostResources(usable, NAME);
        if (mechanism.equals("nice"))
        {
            assertEquals("nice", host.mechanism());
        }
    }

    private static void assumeController(final Controller controller)
    {
        Assumptions.assumeTrue(
            CgroupMounts.ofThisProcess().usable().stream().anyMatch(h -> h.controllers().contains(controller)),
            "SKIPPED, no control groups for " + controller);
    }

    private LaunchedProcess busy(final SchedParams params, final String... args)
    {
        final LaunchedProcess process = TestProcess.java(BusyProgram.class, args);
        host.admit("dom" + processes.size(), process, new ResourceLimits(params, 256L << 20, TASKS));
        processes.add(process);
        assertEquals(0, host.of(process).affinity(Affinity.same(1, ONE_CPU)));

        return process;
    }

    private static double shareOfFirst(final LaunchedProcess first, final LaunchedProcess second)
    {
        awaitBoth(first, second, first.cpuTimeNs() + second.cpuTimeNs() + SETTLED_NS);
        final long firstNs = first.cpuTimeNs();
        final long secondNs = second.cpuTimeNs();
        awaitBoth(first, second, firstNs + secondNs + MEASURED_NS);
        final double gotByFirst = first.cpuTimeNs() - firstNs;

        return gotByFirst / (gotByFirst + second.cpuTimeNs() - secondNs);
    }

    private static void awaitBoth(final LaunchedProcess first, final LaunchedProcess second, final long sumNs)
    {
        while (first.cpuTimeNs() + second.cpuTimeNs() < sumNs)
        {
            LockSupport.parkNanos(1_000_000);
        }
    }

    private static void await(final LaunchedProcess process, final long cpuNs)
    {
        final long endNs = process.cpuTimeNs() + cpuNs;
        while (process.cpuTimeNs() < endNs)
        {
            LockSupport.parkNanos(1_000_000);
        }
    }
}
