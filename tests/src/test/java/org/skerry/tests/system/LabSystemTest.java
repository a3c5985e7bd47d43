package org.skerry.tests.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/**
 * One run of the lab, with a script in which a host and a guest come up; each test looks at some of its verdicts,
 * which are lines {@code verdict NAME VALUE}. The lab shares nothing with the other tests, so they go on beside it.
 */
@Execution(ExecutionMode.CONCURRENT)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(value = 1400, unit = TimeUnit.SECONDS)
class LabSystemTest
{
    private static final int BUILD_SECONDS = 400;
    private static final int RUN_SECONDS = 900;
    /** A program is not installed, or Debian cannot be reached. */
    private static final int UNAVAILABLE = 69;

    private String said;
    private int exit;
    private Map<String, String> verdicts;

    @BeforeAll
    void runTheLab(@TempDir final Path folder) throws IOException, InterruptedException
    {
        final Path out = folder.resolve("out");
        final int built = run(out, BUILD_SECONDS, "lab", "--build");
        assumeTrue(built != UNAVAILABLE, () -> "the lab cannot be made here: " + text(out).strip());
        assertEquals(0, built, () -> text(out));

        exit = run(out, RUN_SECONDS, "lab", "--", "bash", "-c", script());
        said = text(out);
        verdicts = said.lines().filter(line -> line.startsWith("verdict ")).map(line -> line.split(" ", 3))
            .collect(Collectors.toMap(words -> words[1], words -> words[2], (first, second) -> second));
    }

    @AfterAll
    void sayWhatTheLabSaid()
    {
        if (said != null)
        {
            System.out.println(said);
        }
    }

    @Test
    void shouldEndWithTheStatusOfItsCommand()
    {
        assertEquals(42, exit, said);
    }

    @Test
    void shouldHaveAKvmOnWhichGuestsRun()
    {
        assertTrue(verdicts.getOrDefault("kvm", "").startsWith("ok "), said);
    }

    @Test
    void shouldBringUpAHostAndAJavaGuest()
    {
        assertEquals("0", verdicts.get("up"), said);
        assertEquals("0", verdicts.get("java-create"), said);
        assertEquals("0", verdicts.get("java-ping"), said);
    }

    @Test
    void shouldBootLinuxOnTheBridgeOfAJavaGuest()
    {
        assertEquals("0", verdicts.get("linux-create"), said);
        assertEquals("0", verdicts.get("linux-ping"), said);
        assertEquals("3", verdicts.get("linux-pings"), said);
    }

    @Test
    void shouldGiveLinuxADiskThatIsRightOnBothSides()
    {
        assertEquals("1", verdicts.get("linux-reads"), said);
        assertEquals("written by the guest", verdicts.get("linux-wrote"), said);
        assertEquals("0", verdicts.get("linux-clean"), said);
    }

    @Test
    void shouldPlugADiskIntoARunningLinuxAndOutOfIt()
    {
        assertEquals("0", verdicts.get("hotplug"), said);
        assertEquals("0", verdicts.get("hotplug-written"), said);
        assertEquals("0", verdicts.get("unplug"), said);
        assertEquals("0", verdicts.get("unplug-gone"), said);
        assertEquals("plugged", verdicts.get("unplug-image"), said);
    }

    @Test
    void shouldShutBothGuestsDownInOrder()
    {
        assertEquals("0", verdicts.get("linux-shutdown"), said);
        assertEquals("0", verdicts.get("java-shutdown"), said);
        assertEquals("0", verdicts.get("down"), said);
    }

    private static int run(final Path out, final int seconds, final String... arguments)
        throws IOException, InterruptedException
    {
        final ProcessBuilder builder = new ProcessBuilder();
        builder.command().add(HostUnderTest.PROJECT.resolve("bin/skerry").toString());
        builder.command().addAll(List.of(arguments));
        builder.environment().put("SKERRY_DIST", HostUnderTest.PROJECT.resolve("target/dist").toString());
        builder.environment().merge("PATH", "/usr/sbin:/sbin", (path, more) -> path + ":" + more);
        final Process process = builder.redirectErrorStream(true).redirectOutput(out.toFile()).start();
        try
        {
            process.getOutputStream().close();
            assertTrue(process.waitFor(seconds, TimeUnit.SECONDS), () -> "the lab does not end: " + text(out));
            return process.exitValue();
        }
        finally
        {
            process.destroy();                             // it takes its machine with it
        }
    }

    private static String script() throws IOException
    {
        final Path scripts = HostUnderTest.PROJECT.resolve("tests/lab");
        return Files.readString(scripts.resolve("functions.sh")) + Files.readString(scripts.resolve("check.sh"));
    }

    private static String text(final Path file)
    {
        try
        {
            return Files.readString(file, StandardCharsets.ISO_8859_1);
        }
        catch (final IOException e)
        {
            return e.toString();
        }
    }
}
