package org.skerry.perf.ring;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.skerry.perf.Xenperf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * The command as a user starts it, with real processes. Nothing here says how fast anything is.
 */
@Timeout(120)
class RingCommandSystemTest
{
    private static final int TABLE_WIDTH = 120;
    private static final Pattern RUN = Pattern.compile(
        "\"contender\": \"(\\w+)\", \"mode\": \"\\w+\", \"window\": \\d+, \"sent\": (\\d+), \"received\": (\\d+)");
    private static final Path SHARED_MEMORY = Path.of("/dev/shm");

    @TempDir
    private Path directory;
    private Path out;
    private Path json;

    @BeforeEach
    void nameFiles()
    {
        out = directory.resolve("out");
        json = directory.resolve("figures.json");
    }

    @Test
    void shouldMeasureAllContendersAndLoseNoMessage() throws IOException, InterruptedException
    {
        final Process command = start("--seconds", "1", "--rounds", "1", "--window", "8", "--json", json.toString());

        assertEquals(0, command.waitFor(), () -> read(out));

        final List<MatchResult> runs = RUN.matcher(read(json)).results().toList();
        assertEquals(ContenderKind.values().length * 2, runs.size());
        for (final MatchResult run : runs)
        {
            assertTrue(Long.parseLong(run.group(2)) > 0, run.group());
            assertEquals(run.group(2), run.group(3), run.group());
        }
        assertTrue(read(json).contains("\"confined\": true"));
        final String table = read(out);
        for (final ContenderKind kind : ContenderKind.values())
        {
            assertTrue(table.contains(kind.title()), table);
        }
        table.lines().forEach(line -> assertTrue(line.length() <= TABLE_WIDTH, line));
        assertNothingLeftBehind(command);
    }

    @Test
    void shouldLeaveNoProcessBehindWhenKilledAndItsFilesToTheNextRun() throws IOException, InterruptedException
    {
        final Process killed = startUntilDomainsAreThere("ring,aeron");
        final List<ProcessHandle> children = killed.descendants().toList();
        assertFalse(children.isEmpty());

        killed.destroyForcibly();

        children.forEach(child -> child.onExit().join());
        assertEquals(0, start("--seconds", "0.2", "--rounds", "1", "--window", "1", "--only", "aeron").waitFor());
        assertNothingLeftBehind(killed);
    }

    @Test
    void shouldLeaveNothingBehindWhenEnded() throws IOException, InterruptedException
    {
        final Process ended = startUntilDomainsAreThere("ring,aeron");
        final List<ProcessHandle> children = ended.descendants().toList();

        ended.destroy();

        children.forEach(child -> child.onExit().join());
        assertTrue(ended.waitFor() > 0);
        assertNothingLeftBehind(ended);
    }

    @Test
    void shouldFailWhenAProcessOfAContenderDies() throws IOException, InterruptedException
    {
        final Process command = builder("--seconds", "60", "--only", "ring")
            .redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
        final List<String> lines = new ArrayList<>();
        try (BufferedReader messages = command.errorReader())
        {
            String line = messages.readLine();
            while (line != null)
            {
                lines.add(line);
                if (line.contains("d2 created"))
                {
                    command.children().filter(RingCommandSystemTest::isDomain).forEach(ProcessHandle::destroyForcibly);
                }
                line = messages.readLine();
            }
        }

        assertEquals(1, command.waitFor());
        assertTrue(lines.getLast().startsWith("xenperf: "), lines.toString());
        assertNothingLeftBehind(command);
    }

    private static boolean isDomain(final ProcessHandle process)
    {
        return process.info().commandLine().orElse("").contains("DomainSide");
    }

    private static void assertNothingLeftBehind(final Process command) throws IOException
    {
        assertEquals(0, command.descendants().count());
        final String prefix = "skerry-xenperf-" + command.pid() + '-';
        ProcessHandle.allProcesses()
            .filter(process -> process.info().commandLine().orElse("").contains(prefix))
            .forEach(process -> process.onExit().join());
        if (Files.isDirectory(SHARED_MEMORY))
        {
            try (Stream<Path> files = Files.list(SHARED_MEMORY))
            {
                assertTrue(files.noneMatch(file -> file.getFileName().toString().startsWith(prefix)));
            }
        }
    }

    private Process start(final String... options) throws IOException, InterruptedException
    {
        final Process command = builder(options).redirectErrorStream(true).redirectOutput(out.toFile()).start();
        if (!command.waitFor(100, TimeUnit.SECONDS))
        {
            command.destroyForcibly();
        }

        return command;
    }

    private Process startUntilDomainsAreThere(final String contenders) throws IOException
    {
        final Process command = builder("--seconds", "60", "--only", contenders)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
        try (BufferedReader messages = command.errorReader())
        {
            String line = messages.readLine();
            while (!line.contains("d2 created"))
            {
                line = messages.readLine();
            }
        }

        return command;
    }

    private ProcessBuilder builder(final String... options) throws IOException
    {
        final List<String> command = new ArrayList<>(List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-XX:+UseSerialGC",
            "--add-opens=java.base/jdk.internal.misc=ALL-UNNAMED", "--enable-native-access=ALL-UNNAMED",
            "-cp", ClassPathOfJars.in(directory), Xenperf.class.getName(), "ring"));
        command.addAll(List.of(options));

        return new ProcessBuilder(command);
    }

    private static String read(final Path path)
    {
        try
        {
            return Files.readString(path);
        }
        catch (final IOException e)
        {
            return e.toString();
        }
    }
}
