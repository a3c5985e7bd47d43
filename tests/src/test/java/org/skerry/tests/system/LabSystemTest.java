package org.skerry.tests.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.skerry.toolstack.ToolstackException;

/**
 * One run of the lab, with a script in which a host and a guest come up; each test looks at some of its verdicts,
 * which are lines {@code verdict NAME VALUE}, with a line {@code WRONG NAME: VALUE instead of VALUE} behind those that
 * are not as they should be. The lab shares nothing with the other tests, so they go on beside it.
 * <p>
 * Emulated machines hang, and guests of stock QEMU die in them, too, of a triple fault: a run to which that happened
 * is printed and done once more, and the tests look at the second. Whatever else goes wrong is not done again.
 */
@Execution(ExecutionMode.CONCURRENT)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(value = 2100, unit = TimeUnit.SECONDS)
class LabSystemTest
{
    private static final int BUILD_SECONDS = 400;
    private static final int RUN_SECONDS = 800;
    private static final int RUNS = 2;
    /** Status with which the script ends when nothing is wrong. */
    private static final int RIGHT = 42;
    private static final int ENDLESS = -1;

    private String said;
    private int exit;
    private Set<String> verdicts;
    private Set<String> wrong;

    @BeforeAll
    void runTheLab(@TempDir final Path folder) throws IOException, InterruptedException
    {
        final Path out = folder.resolve("out");
        final int built = run(out, BUILD_SECONDS, "lab", "--build");
        assumeTrue(built != ToolstackException.EXIT_UNAVAILABLE,
            () -> "the lab cannot be made here: " + text(out).strip());
        assertEquals(0, built, () -> text(out));

        boolean isSpoilt = true;
        for (int number = 1; number <= RUNS && isSpoilt; number++)
        {
            exit = run(out, RUN_SECONDS, "lab", "--", "bash", "-c", script());
            said = text(out);
            isSpoilt = exit == ToolstackException.EXIT_TRY_AGAIN || exit != RIGHT && said.contains("triple fault");
            System.out.println("run " + number + " of the lab ended with " + exit + ":\n" + said);
        }
        verdicts = words("verdict ").collect(Collectors.toSet());
        wrong = words("WRONG ").collect(Collectors.toSet());
    }

    @Test
    void shouldEndWithTheStatusOfItsCommand()
    {
        assertEquals(RIGHT, exit, said);
    }

    @Test
    void shouldHaveAKvmOnWhichGuestsRun()
    {
        assertRight("kvm");
    }

    @Test
    void shouldBringUpAHostAndAJavaGuest()
    {
        assertRight("up", "java-create", "java-ping");
    }

    @Test
    void shouldBootLinuxOnTheBridgeOfAJavaGuest()
    {
        assertRight("linux-create", "linux-ping", "linux-pings");
    }

    @Test
    void shouldGiveLinuxADiskThatIsRightOnBothSides()
    {
        assertRight("linux-reads", "linux-wrote", "linux-clean");
    }

    @Test
    void shouldPlugADiskIntoARunningLinuxAndOutOfIt()
    {
        assertRight("hotplug", "hotplug-written", "unplug", "unplug-gone", "unplug-image");
    }

    @Test
    void shouldShutBothGuestsDownInOrder()
    {
        assertRight("linux-shutdown", "java-shutdown", "down");
    }

    private void assertRight(final String... names)
    {
        for (final String name : names)
        {
            assertTrue(verdicts.contains(name) && !wrong.contains(name), () -> name + ":\n" + said);
        }
    }

    /** What follows the keyword in the lines that begin with it: a word. */
    private Stream<String> words(final String keyword)
    {
        return said.lines().filter(line -> line.startsWith(keyword)).map(line -> line.split("[ :]")[1]);
    }

    /** @return its exit status, or {@link #ENDLESS}. */
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
            return process.waitFor(seconds, TimeUnit.SECONDS) ? process.exitValue() : ENDLESS;
        }
        finally
        {
            process.destroy();                             // it takes its machine with it
            process.waitFor(10, TimeUnit.SECONDS);
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
