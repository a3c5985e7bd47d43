package org.skerry.tests.hostile;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.skerry.pvh.PvhMain;
import org.skerry.tests.pvh.TinyImage;
import org.skerry.toolstack.launch.BwrapLauncher;
import org.skerry.toolstack.launch.DomainLauncher;
import org.skerry.toolstack.launch.JavaHeap;
import org.skerry.toolstack.launch.JavaRuntime;
import org.skerry.toolstack.launch.LandlockLauncher;
import org.skerry.toolstack.launch.LaunchSpec;
import org.skerry.toolstack.launch.LaunchedProcess;
import org.skerry.wire.Hypercalls;
import org.skerry.wire.ShutdownReason;
import org.skerry.wire.linux.Fcntl;
import org.skerry.wire.linux.Unistd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * A process as the block driver domain's, behind every wall that this machine has, serves a machine of KVM in another
 * process, which grants it one page. It sees that page, and of all other memory of that guest nothing:
 * {@link GuestMemoryProbe}. It runs as the same user as the runner, which is more than it gets in earnest.
 */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class GuestMemoryEscapeTest
{
    private static final int UID = 70_101;
    private static final int HEAP_MB = 48;
    private static final int GUEST_FRAMES = 0x400;
    private static final int GRANT_REF = 9;
    private static final int GRANTED_FRAME = 0x160;
    private static final long GRANTED_WORD = 0x6772_616E_7465_6421L;
    private static final long SECRET_WORD = 0x7365_6372_6574_2121L;
    private static final int PATIENCE_SECONDS = 40;

    @TempDir
    private Path directory;

    private TestHost host;

    private record Running(LaunchedProcess process, Path logFile)
    {
        Map<String, Long> results(final String stage)
        {
            final Map<String, Long> results = new LinkedHashMap<>();
            log().lines().filter(line -> line.startsWith(stage + " ")).forEach(line -> results.put(
                line.substring(stage.length() + 1, line.lastIndexOf('=')),
                Long.valueOf(line.substring(line.lastIndexOf('=') + 1))));

            return results;
        }

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
    }

    private record Trial(String wall, int guestDomid, Running guest, int probeDomid, Running probe)
    {
    }

    @Test
    void shouldShowADriverDomainNothingButThePageThatIsGranted() throws IOException, URISyntaxException
    {
        Assumptions.assumeTrue(Files.isWritable(Path.of("/dev/kvm")), "SKIPPED, /dev/kvm cannot be used here");
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
        final JavaRuntime runtime = JavaRuntime.of(EscapeTest.jars(directory.resolve("lib"), PvhMain.class));
        final Map<DomainLauncher, String> launchers = new LinkedHashMap<>();
        launchers.put(new BwrapLauncher(runtime), BwrapLauncher.whyNot());
        launchers.put(new LandlockLauncher(runtime), LandlockLauncher.whyNot());

        host = new TestHost();
        final List<Trial> trials = new ArrayList<>();
        try
        {
            for (final Map.Entry<DomainLauncher, String> launcher : launchers.entrySet())
            {
                if (launcher.getValue() == null)
                {
                    trials.add(launch(launcher.getKey(), 2 * trials.size() + 1));
                }
            }
            Assumptions.assumeFalse(trials.isEmpty(), () -> "SKIPPED, this machine cannot confine: " + launchers);
            trials.forEach(this::judge);
        }
        finally
        {
            trials.forEach(GuestMemoryEscapeTest::end);
            host.close();
        }
    }

    private void judge(final Trial trial)
    {
        trial.probe.process.exit().orTimeout(PATIENCE_SECONDS, TimeUnit.SECONDS).join();
        final String log = trial.wall + ":\n" + trial.probe.log() + trial.guest.log();
        assertEquals(1, trial.probe.results("end").get("reached"), log);

        final long start = (long)GRANTED_FRAME * Hypercalls.PAGE_SIZE;
        final Map<String, Long> granted = trial.probe.results("granted");
        assertEquals(GRANTED_WORD, granted.get("word"), log);
        assertEquals(GRANTED_WORD, granted.get("last word"), log);
        assertEquals((long)GUEST_FRAMES * Hypercalls.PAGE_SIZE, granted.get("window length"), log);
        assertEquals(
            Map.of("data", start, "hole", start + Hypercalls.PAGE_SIZE,
                "pages read", 1L, "pages mapped", 1L, "bytes behind its end", 0L, "what is mapped can be polled", 0L),
            trial.probe.results("window"), log);

        final Map<String, Long> attempts = trial.probe.results("attempt");
        assertTrue(attempts.size() > 600, log);
        attempts.forEach((name, result) -> assertTrue(result < 0, () -> name + "=" + result + " behind " + log));

        assertFalse(trial.guest.process.exit().isDone(), log);
        assertEquals(
            ShutdownReason.POWEROFF.code(), host.info(trial.probeDomid).shutdownReason(), log);
        assertEquals(Hypercalls.STILL_RUNNING, host.info(trial.guestDomid).shutdownReason(), log);
    }

    private static void end(final Trial trial)
    {
        for (final Running running : List.of(trial.probe, trial.guest))
        {
            running.process.kill();
            running.process.exit().orTimeout(PATIENCE_SECONDS, TimeUnit.SECONDS).join();
        }
    }

    private Trial launch(final DomainLauncher launcher, final int guestDomid) throws IOException
    {
        final RawDomain guest = host.newUnattachedDomain("guest", GUEST_FRAMES, guestDomid);
        final RawDomain probe = host.newUnattachedDomain("probe", 256, guestDomid + 1);
        final Path image = Files.write(directory.resolve("kernel" + guestDomid), TinyImage.granting(
            GRANT_REF, guestDomid + 1, GRANTED_FRAME, GRANTED_WORD, SECRET_WORD));
        give(guestDomid, "kernel", image, Fcntl.O_RDONLY);
        give(guestDomid, "kvm", Path.of("/dev/kvm"), Fcntl.O_RDWR);

        final Running guestProcess = launch(launcher, "guest-" + guestDomid, PvhMain.class, guest, List.of());
        final Running probeProcess = launch(launcher, "probe-" + guestDomid, GuestMemoryProbe.class, probe, List.of(
            Integer.toString(guestProcess.process.pid()), Integer.toString(guestDomid), Integer.toString(GRANT_REF)));

        return new Trial(launcher.confinement(), guestDomid, guestProcess, guestDomid + 1, probeProcess);
    }

    private void give(final int domid, final String tag, final Path path, final int flags)
    {
        final int fd = Fcntl.open(path.toString(), flags | Fcntl.O_CLOEXEC, 0);
        assertTrue(fd >= 0, () -> "cannot open " + path + ": " + fd);
        assertEquals(0, host.give(domid, tag, fd));
        Unistd.close(fd);
    }

    private Running launch(
        final DomainLauncher launcher, final String name, final Class<?> main, final RawDomain domain,
        final List<String> arguments)
    {
        final Path log = directory.resolve(name + ".log");
        final int logFd = Fcntl.open(log.toString(), Fcntl.O_CREAT | Fcntl.O_WRONLY | Fcntl.O_APPEND, 0600);
        final LaunchedProcess process = launcher.launch(new LaunchSpec(
            name, main.getName(), arguments, null, new JavaHeap(HEAP_MB), UID, domain.fd(), logFd));
        Unistd.close(logFd);
        domain.close();

        return new Running(process, log);
    }
}
