package org.skerry.tests.hostile;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;

import org.agrona.concurrent.UnsafeBuffer;
import org.jctools.queues.atomic.MpscAtomicArrayQueue;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.skerry.guest.Domain;
import org.skerry.toolstack.launch.BwrapLauncher;
import org.skerry.toolstack.launch.DomainLauncher;
import org.skerry.toolstack.launch.JavaHeap;
import org.skerry.toolstack.launch.JavaRuntime;
import org.skerry.toolstack.launch.LandlockLauncher;
import org.skerry.toolstack.launch.LaunchSpec;
import org.skerry.toolstack.launch.LaunchedProcess;
import org.skerry.wire.Errno;
import org.skerry.wire.ShutdownReason;
import org.skerry.wire.confinement.ConfinementProfile;
import org.skerry.wire.linux.Fcntl;
import org.skerry.wire.linux.SysSocket;
import org.skerry.wire.linux.Unistd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * A process of every kind, behind every wall that this machine has, tries to get out: {@link EscapeProbe}. It runs as
 * the same user as the domain that it attacks, which is more than it gets in earnest.
 */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class EscapeTest
{
    /** What every process of ours may call, whatever the arguments: all that a JVM cannot live without. */
    static final Set<String> ALLOWED_TO_ALL = Set.of(
        "SYS_READ", "SYS_WRITE", "SYS_CLOSE", "SYS_FSTAT", "SYS_LSEEK", "SYS_PREAD64", "SYS_PWRITE64", "SYS_READV",
        "SYS_WRITEV", "SYS_PREADV2", "SYS_MMAP", "SYS_MPROTECT", "SYS_MUNMAP", "SYS_MREMAP", "SYS_MADVISE", "SYS_MSYNC",
        "SYS_MINCORE", "SYS_BRK", "SYS_RT_SIGACTION", "SYS_RT_SIGPROCMASK", "SYS_RT_SIGRETURN", "SYS_SIGALTSTACK",
        "SYS_RESTART_SYSCALL", "SYS_FUTEX", "SYS_SCHED_YIELD", "SYS_NANOSLEEP", "SYS_CLOCK_NANOSLEEP",
        "SYS_SET_ROBUST_LIST", "SYS_RSEQ", "SYS_SET_TID_ADDRESS", "SYS_MEMBARRIER", "SYS_EXIT", "SYS_EXIT_GROUP",
        "SYS_GETPID", "SYS_GETTID", "SYS_GETPPID", "SYS_GETUID", "SYS_GETEUID", "SYS_GETGID", "SYS_GETEGID",
        "SYS_CLOCK_GETTIME", "SYS_CLOCK_GETRES", "SYS_GETTIMEOFDAY", "SYS_TIME", "SYS_TIMES", "SYS_GETRUSAGE",
        "SYS_SYSINFO", "SYS_UNAME", "SYS_GETRANDOM", "SYS_GETCPU", "SYS_SCHED_GETAFFINITY", "SYS_POLL", "SYS_PPOLL",
        "SYS_EPOLL_WAIT", "SYS_EPOLL_PWAIT", "SYS_EPOLL_CTL", "SYS_SENDMSG", "SYS_RECVMSG");

    /** What single kinds may call beside that. */
    private static final Map<ConfinementProfile, Set<String>> ALLOWED = Map.of(
        ConfinementProfile.GUEST, Set.of(),
        ConfinementProfile.VCPU_RUNNER, Set.of("SYS_TIMERFD_SETTIME"),
        ConfinementProfile.NET, Set.of(),
        ConfinementProfile.BLK, Set.of("SYS_FSYNC", "SYS_FDATASYNC", "SYS_FALLOCATE"),
        ConfinementProfile.XENSTORE,
        Set.of("SYS_ACCEPT4", "SYS_RECVMMSG", "SYS_SENDMMSG", "SYS_SHUTDOWN", "SYS_GETSOCKOPT"),
        ConfinementProfile.CONSOLE,
        Set.of("SYS_ACCEPT4", "SYS_RECVFROM", "SYS_SENDTO", "SYS_SHUTDOWN", "SYS_GETSOCKOPT"),
        ConfinementProfile.HYPERVISOR,
        Set.of("SYS_MEMFD_CREATE", "SYS_FTRUNCATE", "SYS_FCHMOD", "SYS_FALLOCATE", "SYS_EVENTFD2", "SYS_SHUTDOWN",
            "SYS_EPOLL_CREATE1", "SYS_TIMERFD_CREATE", "SYS_TIMERFD_SETTIME"));

    private static final int UID = 70_100;
    private static final int HEAP_MB = 48;
    private static final int PATIENCE_SECONDS = 40;

    private final TestHost host = new TestHost();
    private final List<Trial> trials = new ArrayList<>();
    private final List<Running> victims = new ArrayList<>();
    private final List<String> noWall = new ArrayList<>();
    private Path directory;
    private int listener;

    @BeforeAll
    void launchAll() throws IOException, URISyntaxException
    {
        directory = Files.createTempDirectory("skerry-escape");
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
        listener = SysSocket.socket(SysSocket.AF_UNIX, SysSocket.SOCK_STREAM, 0);
        assertEquals(0, SysSocket.bindUnix(listener, directory.resolve("socket").toString()));
        assertEquals(0, SysSocket.listen(listener, 8));
        final JavaRuntime runtime = JavaRuntime.of(jars(directory.resolve("lib")));

        final Map<DomainLauncher, String> launchers = new LinkedHashMap<>();
        launchers.put(new BwrapLauncher(runtime), BwrapLauncher.whyNot());
        launchers.put(new LandlockLauncher(runtime), LandlockLauncher.whyNot());
        for (final Map.Entry<DomainLauncher, String> launcher : launchers.entrySet())
        {
            if (launcher.getValue() != null)
            {
                noWall.add(launcher.getKey().confinement() + ": " + launcher.getValue());
                continue;
            }
            final Running victim = launch(launcher.getKey(), ConfinementProfile.GUEST, 0);
            victims.add(victim);
            for (final ConfinementProfile profile : EnumSet.allOf(ConfinementProfile.class))
            {
                final Running running = launch(launcher.getKey(), profile, victim.process.pid());
                trials.add(new Trial(launcher.getKey().confinement(), profile, running, new TreeMap<>()));
            }
        }
        for (final Trial trial : trials)
        {
            trial.running.process.exit().orTimeout(PATIENCE_SECONDS, TimeUnit.SECONDS).join();
            trial.results.putAll(trial.running.results());
        }
    }

    @AfterAll
    void shouldHaveLeftTheVictimsAlive() throws IOException
    {
        for (final Running victim : victims)
        {
            assertFalse(victim.process.exit().isDone(), victim::log);
            victim.process.kill();
            victim.process.exit().orTimeout(PATIENCE_SECONDS, TimeUnit.SECONDS).join();
        }
        host.close();
        Unistd.close(listener);
        try (Stream<Path> files = Files.walk(directory))
        {
            files.sorted(Comparator.reverseOrder()).forEach(EscapeTest::delete);
        }
    }

    @Test
    void shouldHaveEveryWall()
    {
        Assumptions.assumeTrue(noWall.isEmpty(), () -> "SKIPPED, this machine cannot build " + noWall);
        assertEquals(2 * ConfinementProfile.values().length, trials.size());
    }

    @Test
    void shouldHoldFromTheFirstInstruction()
    {
        forAll(trial -> trial.results("before ").forEach((name, result) ->
            assertTrue(Long.parseLong(result) < 0, trial + " " + name + "=" + result)));
    }

    @Test
    void shouldLeaveNoAttemptToAConfinedProcess()
    {
        forAll(trial -> trial.results("after ").forEach((name, result) ->
        {
            final Errno expected = name.equals("clone3") ? Errno.ENOSYS : Errno.EPERM;
            final boolean mayBe = trial.profile == ConfinementProfile.HYPERVISOR && name.equals("fcntl F_ADD_SEALS");
            if (!mayBe)
            {
                assertEquals(Integer.toString(expected.negative()), result, trial + " " + name);
            }
        }));
    }

    @Test
    void shouldRefuseEveryCallThatIsNotOnTheListOfItsKind()
    {
        forAll(trial ->
        {
            final Map<String, String> calls = trial.results("call ");
            assertTrue(calls.size() > 290, trial + " tried " + calls.size());
            calls.forEach((name, result) ->
            {
                final boolean isAllowed = ALLOWED.get(trial.profile).contains(name);
                final Errno refusal = name.equals("SYS_CLONE3") ? Errno.ENOSYS : Errno.EPERM;
                assertEquals(!isAllowed, result.equals(Integer.toString(refusal.negative())),
                    trial + " " + name + "=" + result);
            });
        });
    }

    @Test
    void shouldInheritItsFourDescriptorsAndNothingElse()
    {
        forAll(trial ->
        {
            final Map<String, String> fds = trial.results("fd ");
            assertEquals("20000:2", fds.remove("0"), trial + ": /dev/null");
            assertEquals("100000:1", fds.remove("1"), trial + ": log");
            assertEquals("100000:1", fds.remove("2"), trial + ": log");
            assertEquals("140000:2", fds.remove("3"), trial + ": connection");
            fds.forEach((fd, kind) -> assertEquals("100000:0", kind,
                trial + ": only the JVM's own jars and modules, fd=" + fd));
        });
    }

    @Test
    void shouldStillDoItsWork()
    {
        forAll(trial ->
        {
            final Map<String, String> works = trial.results("works ");
            assertEquals(10, works.size(), trial + " stopped early:\n" + trial.running.log());
            works.forEach((name, result) -> assertEquals("ok", result, trial + " " + name));
        });
    }

    @Test
    void shouldLetAGuestUseUpNoMoreOfTheHostThanItsShare()
    {
        forAll(trial ->
        {
            if (trial.profile == ConfinementProfile.GUEST)
            {
                assertEquals(Integer.toString(Errno.ENOMEM.negative()), trial.results("limit ").get("private memory"));
                assertEquals(4 << 20, trial.running.logFile.toFile().length(), trial + ": log");
            }
        });
    }

    @Test
    void shouldSayGoodbyeToTheHypervisorThroughTheWalls()
    {
        forAll(trial -> assertEquals(
            ShutdownReason.POWEROFF.code(), host.info(trial.running.domid).shutdownReason(), trial::toString));
    }

    private void forAll(final Consumer<Trial> check)
    {
        Assumptions.assumeFalse(trials.isEmpty(), () -> "SKIPPED, this machine cannot confine: " + noWall);
        trials.forEach(check);
    }

    private Running launch(final DomainLauncher launcher, final ConfinementProfile profile, final int victim)
    {
        final RawDomain domain = host.newUnattachedDomain("probe", 256, 0);
        final int domid = victims.size() + trials.size() + 1;
        final Path log = directory.resolve(launcher.confinement() + "-" + domid + ".log");
        final int logFd = Fcntl.open(log.toString(), Fcntl.O_CREAT | Fcntl.O_WRONLY | Fcntl.O_APPEND, 0600);
        final LaunchedProcess process = launcher.launch(new LaunchSpec(
            "probe-" + domid, EscapeProbe.class.getName(),
            List.of(profile.name(), Integer.toString(victim), directory.resolve("socket").toString()),
            null, new JavaHeap(HEAP_MB), UID, domain.fd(), logFd));
        Unistd.close(logFd);
        domain.close();

        return new Running(domid, process, log);
    }

    /** What a process of a domain runs on, and the probe, each in a jar. */
    static Path jars(final Path lib, final Class<?>... more) throws IOException, URISyntaxException
    {
        Files.createDirectory(lib);
        int number = 0;
        final List<Class<?>> types = new ArrayList<>(List.of(more));
        types.addAll(List.of(
            Errno.class, Domain.class, EscapeProbe.class, UnsafeBuffer.class, MpscAtomicArrayQueue.class));
        for (final Class<?> type : types)
        {
            final Path source = Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
            final Path jar = lib.resolve(number++ + ".jar");
            if (Files.isDirectory(source))
            {
                pack(source, jar);
            }
            else
            {
                Files.copy(source, jar);
            }
            Files.setPosixFilePermissions(jar, PosixFilePermissions.fromString("rw-r--r--"));
        }
        Files.setPosixFilePermissions(lib, PosixFilePermissions.fromString("rwxr-xr-x"));

        return lib;
    }

    private static void pack(final Path classes, final Path jar) throws IOException
    {
        try (OutputStream out = Files.newOutputStream(jar); JarOutputStream entries = new JarOutputStream(out);
            Stream<Path> files = Files.walk(classes))
        {
            for (final Path file : files.filter(Files::isRegularFile).toList())
            {
                entries.putNextEntry(new JarEntry(classes.relativize(file).toString()));
                Files.copy(file, entries);
                entries.closeEntry();
            }
        }
    }

    private static void delete(final Path path)
    {
        try
        {
            Files.delete(path);
        }
        catch (final IOException e)
        {
            throw new UncheckedIOException(e);
        }
    }

    private record Running(int domid, LaunchedProcess process, Path logFile)
    {
        String log()
        {
            try
            {
                return Files.readString(logFile);
            }
            catch (final IOException e)
            {
                throw new UncheckedIOException(e);
            }
        }

        Map<String, String> results()
        {
            final Map<String, String> results = new TreeMap<>();
            log().lines().filter(line -> line.contains("=")).forEach(line ->
                results.put(line.substring(0, line.lastIndexOf('=')), line.substring(line.lastIndexOf('=') + 1)));

            return results;
        }
    }

    private record Trial(String wall, ConfinementProfile profile, Running running, Map<String, String> results)
    {
        Map<String, String> results(final String stage)
        {
            final Map<String, String> some = new TreeMap<>();
            results.forEach((name, result) ->
            {
                if (name.startsWith(stage))
                {
                    some.put(name.substring(stage.length()), result);
                }
            });
            assertFalse(some.isEmpty(), () -> this + " said nothing:\n" + running.log());

            return some;
        }

        @Override
        public String toString()
        {
            return profile + " behind " + wall;
        }
    }
}
