package org.skerry.tests.system;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.skerry.wire.linux.Time;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * What domains have of the machine, as a user sets it and sees it. They must have it alone.
 */
@Timeout(value = 180, unit = TimeUnit.SECONDS)
@Isolated
class ResourceSystemTest
{
    private static final long PAUSE_CHECK_NS = TimeUnit.MILLISECONDS.toNanos(300);

    private HostUnderTest host;

    @BeforeEach
    void prepare()
    {
        host = new HostUnderTest();
    }

    @AfterEach
    void down() throws IOException
    {
        host.close();
    }

    @Test
    void shouldCreateAsManyAtOnceAsThereIsMemoryForAndRefuseTheOthersWithoutTrace() throws Exception
    {
        host.ok(host.skerry("up"));
        final long freeMb = Long.parseLong(host.ok(host.xl("info", "free_memory")).strip());
        final long memoryMb = freeMb / 5 - 1;
        final List<Path> configs = new ArrayList<>();
        for (int i = 0; i < 8; i++)
        {
            configs.add(Files.write(host.folder().resolve("p" + i + ".cfg"), List.of("name = \"p" + i + "\"",
                "memory = " + memoryMb, "kernel = \"" + HostUnderTest.KERNEL + "\"")));
        }
        final List<HostUnderTest.Result> results;
        try (ExecutorService together = Executors.newVirtualThreadPerTaskExecutor())
        {
            results = configs.stream()
                .map(config -> CompletableFuture.supplyAsync(
                    () -> host.xl("create", "-p", config.toString()), together))
                .toList().stream().map(CompletableFuture::join).toList();
        }
        final List<HostUnderTest.Result> refused = results.stream().filter(result -> result.exit() != 0).toList();
        assertEquals(3, refused.size(), results::toString);
        for (final HostUnderTest.Result result : refused)
        {
            final List<String> said = result.err().lines().filter(line -> !line.startsWith("Parsing config")).toList();
            assertEquals(1, said.size(), result::toString);
            assertTrue(said.getFirst().contains("not enough memory: the domain needs " + memoryMb + " MiB"),
                said::toString);
        }

        final List<String> guests = host.ok(host.xl("vm-list")).lines().skip(1).toList();
        assertEquals(5, guests.size(), guests::toString);
        assertEquals(freeMb - 5 * memoryMb, Long.parseLong(host.ok(host.xl("info", "free_memory")).strip()));
        final long processes = host.processes().stream().filter(line -> line.contains("GuestBoot")).count();
        assertTrue(processes == 5 || processes == 10, () -> "5, and 5 that build walls: " + host.processes());
        for (int i = 0; i < 8; i++)
        {
            assertEquals(results.get(i).exit() == 0 ? 0 : 1, host.xl("list", "p" + i).exit());
        }
    }

    @Test
    void shouldUseNoCpuTimeWhilePausedAndGoOnAfterwards() throws Exception
    {
        host.ok(host.xl("create", host.config("still").toString()));
        final int pid = (int)host.awaitPidOf("GuestBoot");
        host.ok(host.xl("pause", "still"));
        assertTrue(host.ok(host.xl("list", "still")).contains("     --p---  "));
        final long beforeNs = Time.processCpuTimeNs(pid);
        LockSupport.parkNanos(PAUSE_CHECK_NS);
        assertEquals(beforeNs, Time.processCpuTimeNs(pid));
        host.ok(host.xl("unpause", "still"));
        try (ConsoleDriver console = host.console("still"))
        {
            console.expectPrompt();
        }
        assertTrue(Time.processCpuTimeNs(pid) > beforeNs);
    }

    @Test
    void shouldDestroyWhatIsPaused() throws Exception
    {
        host.ok(host.xl("create", "-p", host.config("still").toString()));
        host.ok(host.xl("destroy", "still"));
        assertEquals(1, host.xl("list", "still").exit());
        assertEquals(-1, host.pidOf("GuestBoot"));
    }

    @Test
    void shouldRunWhereItsConfigSaysAndWhereItIsPinnedLater() throws Exception
    {
        host.ok(host.xl("create", host.config("bound", "cpus = \"0\"", "cpu_weight = 128", "cap = 300").toString()));
        final long pid = host.awaitPidOf("GuestBoot");
        assertEquals(List.of("Cpus_allowed_list:\t0"), allowed(pid));
        assertTrue(host.ok(host.xl("sched-credit", "-d", "bound")).matches("(?s).*bound +1 +128 +300\n"));
        host.ok(host.xl("vcpu-pin", "bound", "all", "all"));
        assertFalse(host.xl("vcpu-list", "bound").out().contains(" 0 / "));
        if (Runtime.getRuntime().availableProcessors() > 1)
        {
            assertTrue(!allowed(pid).contains("Cpus_allowed_list:\t0"), allowed(pid)::toString);
        }
        final HostUnderTest.Result refused = host.xl("create", host.config("nowhere", "cpus = \"1000\"").toString());
        assertEquals(1, refused.exit());
        assertTrue(refused.err().contains("nowhere.cfg:4:"), refused::toString);
    }

    @Test
    void shouldSetTheNiceValueOfAllThreadsAndOfTheirAutogroupWhereThereAreNoControlGroups() throws Exception
    {
        host.environment("SKERRY_CGROUP", "none");
        host.ok(host.xl("create", host.config("light", "cpu_weight = 128").toString()));
        final long pid = host.awaitPidOf("GuestBoot");
        final Path autogroup = Path.of("/proc/" + pid + "/autogroup");
        while (Files.exists(autogroup) && !Files.readString(autogroup).strip().endsWith(" nice 3"))
        {
            LockSupport.parkNanos(PAUSE_CHECK_NS);
        }
        try (Stream<Path> threads = Files.list(Path.of("/proc/" + pid + "/task")))
        {
            for (final Path thread : threads.toList())
            {
                final String stat = Files.readString(thread.resolve("stat"));
                assertEquals("3", stat.substring(stat.lastIndexOf(')') + 2).split(" ")[16], stat);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"namespaces, namespaces", "landlock, landlock+seccomp"})
    void shouldTellTheTruthAboutTheWall(final String wall, final String expected) throws Exception
    {
        host.environment("SKERRY_WALL", wall);
        host.ok(host.xl("create", host.config("walled").toString()));
        host.ok(host.xl("list", "-Z")).lines().skip(2).forEach(line -> assertTrue(line.contains(" " + expected), line));
        final long pid = host.awaitPidOf("GuestBoot");
        final String ownNamespace = Files.readSymbolicLink(Path.of("/proc/self/ns/net")).toString();
        final String itsNamespace = Files.readSymbolicLink(Path.of("/proc/" + pid + "/ns/net")).toString();
        assertEquals(wall.equals("namespaces"), !ownNamespace.equals(itsNamespace));
        assertTrue(Files.readAllLines(Path.of("/proc/" + pid + "/status")).contains("Seccomp:\t2"));
    }

    @Test
    void shouldRemoveTheControlGroupsOfAHostThatWasKilled() throws Exception
    {
        host.ok(host.skerry("up"));
        final List<Path> groups = groups();
        final long domain0 = host.pidOf("org.skerry.toolstack.host.Domain0");
        ProcessHandle.of(domain0).orElseThrow().destroyForcibly();
        while (!host.processes().isEmpty())
        {
            Thread.onSpinWait();
        }
        host.ok(host.skerry("up"));
        assertEquals(groups.size(), groups().size());
        host.ok(host.skerry("down"));
        assertEquals(List.of(), groups());
    }

    @ParameterizedTest
    @CsvSource({"org.skerry.kernel.HypervisorMain", "org.skerry.toolstack.host.Domain0"})
    void shouldRemoveTheControlGroupsOfAHostThatLosesItsHypervisorOrIsToldToEnd(final String mainClass)
        throws Exception
    {
        host.ok(host.xl("create", host.config("last").toString()));
        final ProcessHandle process = ProcessHandle.of(host.awaitPidOf(mainClass)).orElseThrow();
        if (mainClass.endsWith("Domain0"))
        {
            process.destroy();
        }
        else
        {
            process.destroyForcibly();
        }
        while (!host.processes().isEmpty())
        {
            Thread.onSpinWait();
        }
        assertEquals(List.of(), groups());
    }

    private static List<String> allowed(final long pid) throws IOException
    {
        try (Stream<Path> threads = Files.list(Path.of("/proc/" + pid + "/task")))
        {
            final List<String> lines = new ArrayList<>();
            for (final Path thread : threads.toList())
            {
                lines.addAll(Files.readAllLines(thread.resolve("status")).stream()
                    .filter(line -> line.startsWith("Cpus_allowed_list")).toList());
            }
            return lines.stream().distinct().toList();
        }
    }

    /** Of this host; a machine that gives us none has none to leave behind. */
    private List<Path> groups() throws IOException
    {
        final String name = "skerry-run-" + Integer.toHexString(host.runDirectory().toString().hashCode());
        try (Stream<Path> paths = Files.find(Path.of("/sys/fs/cgroup"), 6,
            (path, attributes) -> path.getFileName().toString().equals(name)))
        {
            return paths.toList();
        }
    }
}
