package org.skerry.toolstack.xl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.skerry.toolstack.Distribution;
import org.skerry.toolstack.RunDirectory;
import org.skerry.toolstack.ToolstackException;
import org.skerry.toolstack.control.ControlServer;

@Timeout(60)
class HostStarterTest
{
    @TempDir
    private Path work;
    private RunDirectory runDirectory;
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    @BeforeEach
    void chooseDirectory()
    {
        runDirectory = new RunDirectory(work.resolve("run"));
    }

    @Test
    void shouldStartAProcessOfItsOwnSessionAndReturnWhenItTakesCommands() throws Exception
    {
        starter(little(), HostStarter.TIMEOUT_NS).start();

        assertTrue(ControlServer.isAlive(runDirectory.controlSocket()));
        assertEquals("rw-------", PosixFilePermissions.toString(
            Files.getPosixFilePermissions(runDirectory.domain0Log())));
        assertEquals("about to listen", Files.readString(runDirectory.domain0Log()).strip());

        assertEquals(0, xl("skerry", "up"));
        assertEquals("already up, run directory " + runDirectory + "\n", out.toString(StandardCharsets.UTF_8));
        assertEquals(0, xl("skerry", "down"));
        assertFalse(ControlServer.isAlive(runDirectory.controlSocket()));
    }

    @Test
    void shouldStartOneHostWhenTwoAskForIt() throws Exception
    {
        final Thread other = Thread.ofPlatform().start(() -> starter(little(), HostStarter.TIMEOUT_NS).start());
        final HostStarter refused = starter(List.of("/bin/sh", "-c", "exit 1"), HostStarter.TIMEOUT_NS);
        other.join();
        refused.start();

        assertEquals(0, xl("skerry", "down"));
    }

    @Test
    void shouldTellWhyTheHostDidNotStart()
    {
        final HostStarter starter = starter(List.of("/bin/sh", "-c", "echo first; echo no luck today >&2; exit 3"),
            HostStarter.TIMEOUT_NS);

        assertEquals("the host did not start (exit status 3): no luck today (all of it in " + runDirectory +
            "/domain0.log)", assertThrows(ToolstackException.class, starter::start).getMessage());
        assertEquals("cannot start /no/java: ENOENT", assertThrows(ToolstackException.class,
            starter(List.of("/no/java"), HostStarter.TIMEOUT_NS)::start).getMessage());
    }

    @Test
    void shouldNotWaitForEver()
    {
        final HostStarter starter =
            starter(List.of("/bin/sh", "-c", "echo thinking; exec sleep 60"), TimeUnit.MILLISECONDS.toNanos(300));

        assertTrue(assertThrows(ToolstackException.class, starter::start).getMessage().matches(
            "the host is not up after 0 s, process [0-9]+: thinking \\(all of it in .*/domain0.log\\)"));
    }

    @Test
    void shouldShowOnATerminalWhatHappensAndCleanUpAfterIt()
    {
        final HostStarter starter = new HostStarter(runDirectory, List.of("/bin/sh", "-c",
            "echo thinking hard about it; exec sleep 60"), new PrintStream(out, true, StandardCharsets.UTF_8), 40,
            TimeUnit.MILLISECONDS.toNanos(500));

        assertThrows(ToolstackException.class, starter::start);
        final String shown = out.toString(StandardCharsets.UTF_8);
        assertTrue(shown.startsWith("\r\033[Kstarting the host: thinking hard about \r"), shown);
        assertTrue(shown.endsWith("\r\033[K"), shown);
    }

    private HostStarter starter(final List<String> argv, final long timeoutNs)
    {
        return new HostStarter(runDirectory, argv, null, 0, timeoutNs);
    }

    private static List<String> little()
    {
        final List<String> argv = new ArrayList<>();
        argv.add(Distribution.java().toString());
        argv.addAll(Distribution.jvmFlags());
        argv.addAll(List.of("-cp", System.getProperty("java.class.path"), LittleDomain0.class.getName()));
        return argv;
    }

    private int xl(final String... argv)
    {
        out.reset();
        return new Xl(runDirectory, new PrintStream(out, true, StandardCharsets.UTF_8), System.err, 0, 0)
            .run(List.of(argv));
    }
}
