package org.skerry.perf.kernel;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.skerry.perf.Xenperf;
import org.skerry.perf.ring.ClassPathOfJars;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Both commands as a user starts them, with real processes. Nothing here says how fast anything is. */
@Timeout(value = 200, unit = TimeUnit.SECONDS)
class KernelCommandSystemTest
{
    private static final Pattern ALLOCATED = Pattern.compile("allocated by the hypervisor for it +([0-9.]+) bytes");

    @TempDir
    private Path directory;

    @Test
    void shouldMeasureEveryRow() throws IOException, InterruptedException
    {
        final String out = run(0, "kernel", "--seconds", "0.1", "--rounds", "1", "--domains", "2");

        assertTrue(out.contains("bell round trip, p50"), out);
        assertTrue(out.contains("the same in C"), out);
        assertTrue(out.contains("hypercalls a second, 1 domain"), out);
        assertTrue(out.contains("hypervisor's own memory of an idle domain"), out);
        final Matcher allocated = ALLOCATED.matcher(out);
        assertTrue(allocated.find() && allocated.find(), out);
    }

    @Test
    void shouldMeasureTheVictimsOfEveryModeAndFindNoErrorWithThem() throws IOException, InterruptedException
    {
        final String out = run(0, "hostile", "--seconds", "0.1", "--rounds", "1");

        assertEquals(5, out.lines().filter(line -> line.contains(" 0 errors of others")).count(), out);
        assertEquals(0, out.lines().filter(line -> line.strip().startsWith("0 done by")).count(), out);
    }

    @Test
    void shouldSayWhatIsWrongWithItsOptions() throws IOException, InterruptedException
    {
        assertTrue(run(2, "kernel", "--only", "bell").contains("--only: no such row: bell"));
        assertTrue(run(2, "hostile", "--only", "noise").contains("--only: no such mode: noise"));
        assertTrue(run(2, "hostile", "--rounds", "0").contains("--rounds must be 1 to 100: 0"));
    }

    private String run(final int status, final String... words) throws IOException, InterruptedException
    {
        final Path out = directory.resolve("out");
        final List<String> command = new ArrayList<>(List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-XX:+UseSerialGC",
            "--add-opens=java.base/jdk.internal.misc=ALL-UNNAMED", "--enable-native-access=ALL-UNNAMED",
            "-cp", ClassPathOfJars.in(directory), Xenperf.class.getName()));
        command.addAll(List.of(words));
        final Process process = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(out.toFile())
            .start();
        if (!process.waitFor(120, TimeUnit.SECONDS))
        {
            process.destroyForcibly();
        }
        final String text = Files.readString(out);
        assertEquals(status, process.waitFor(), text);

        return text;
    }
}
