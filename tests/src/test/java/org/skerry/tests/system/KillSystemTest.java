package org.skerry.tests.system;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * {@code kill -9} of anything is a normal event: the others live, the lists tell the truth, and nothing is left behind.
 */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class KillSystemTest
{
    private HostUnderTest host;

    @BeforeEach
    void up()
    {
        host = new HostUnderTest();
        host.ok(host.skerry("up"));
    }

    @AfterEach
    void down() throws IOException
    {
        host.close();
    }

    @ParameterizedTest
    @CsvSource({
        "org.skerry.blkback.BlkDriverDomain, driver-blk",
        "org.skerry.netback.NetDriverDomain, driver-net",
        "org.skerry.console.ConsoleDomain, console"})
    void shouldLoseOnlyTheServiceThatWasKilled(final String mainClass, final String service) throws Exception
    {
        final Path image = host.folder().resolve("disk.img");
        Files.write(image, new byte[1 << 20]);
        final Path config = host.config(
            "victim", "disk = [ 'file:" + image + ",xvda,w' ]", "vif = [ 'switch=sw0' ]");
        final List<String> interfacesBefore = interfaces();
        host.ok(host.xl("create", config.toString()));
        try (ConsoleDriver console = host.console("victim"))
        {
            console.expectPrompt();
        }
        final List<String> before = names();
        final String idBefore = idOf(service);
        host.killAndAwaitTheNext(mainClass);
        assertEquals(idBefore, idOf(service), "a service keeps its number");
        assertEquals(before.stream().sorted().toList(), names().stream().sorted().toList());

        final String victimBefore = idOf("victim");
        host.ok(host.xl("reboot", "victim"));
        String victim = idOf("victim");
        while (victim == null || victim.equals(victimBefore))
        {
            victim = idOf("victim");
        }
        host.ok(host.xl("destroy", "victim"));
        host.awaitGone("victim");
        assertFalse(host.processes().stream().anyMatch(process -> process.contains("GuestBoot")));
        assertTrue(interfacesBefore.containsAll(interfaces()), "an interface is left: " + interfaces());
        try (Stream<Path> files = Files.walk(host.runDirectory()))
        {
            assertEquals(List.of(), files.filter(path -> path.toString().contains("victim")).toList());
        }
    }

    @Test
    void shouldDestroyAGuestWhoseProcessWasKilled() throws Exception
    {
        host.ok(host.xl("create", host.config("killed").toString()));
        host.kill(host.awaitPidOf("GuestBoot"));
        host.awaitGone("killed");
        assertFalse(host.processes().stream().anyMatch(process -> process.contains("GuestBoot")));
    }

    @Test
    void shouldGoDownWhenTheGuestsHaveStopped() throws Exception
    {
        host.ok(host.xl("create", host.config("obedient").toString()));
        try (ConsoleDriver console = host.console("obedient"))
        {
            console.expectPrompt();
        }

        final String said = host.ok(host.skerry("down"));

        assertFalse((said + host.log()).contains("did not stop in time"), said + host.log());
        assertEquals(List.of(), host.processes());
    }

    @Test
    void shouldEndEveryProcessWhenTheHypervisorIsKilled() throws Exception
    {
        host.ok(host.xl("create", host.config("orphan").toString()));
        host.kill(host.pidOf("org.skerry.kernel.HypervisorMain"));
        while (!host.processes().isEmpty())
        {
            Thread.onSpinWait();
        }
        assertTrue(Files.notExists(host.runDirectory().resolve("xl.sock")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"-TERM", "-KILL"})
    void shouldEndEveryProcessWhenDomain0Ends(final String signal) throws Exception
    {
        host.ok(host.xl("create", host.config("orphan").toString()));
        final long pid = host.pidOf("org.skerry.toolstack.host.Domain0");
        assertEquals(0, new ProcessBuilder("kill", signal, Long.toString(pid)).start().waitFor());
        while (!host.processes().isEmpty())
        {
            Thread.onSpinWait();
        }
        assertEquals(signal.equals("-TERM"), Files.notExists(host.runDirectory().resolve("xl.sock")));

        host.ok(host.skerry("up"));
        assertTrue(names().contains("driver-blk"), "a host can be brought up where another was killed");
    }

    private List<String> names()
    {
        return host.ok(host.xl("list")).lines().skip(1).map(line -> line.split(" +")[0]).toList();
    }

    private String idOf(final String name)
    {
        return host.ok(host.xl("list")).lines().filter(line -> line.startsWith(name + " "))
            .map(line -> line.split(" +")[1]).findFirst().orElse(null);
    }

    private static List<String> interfaces() throws IOException
    {
        try (Stream<Path> paths = Files.list(Path.of("/sys/class/net")))
        {
            return paths.map(path -> path.getFileName().toString()).toList();
        }
    }
}
