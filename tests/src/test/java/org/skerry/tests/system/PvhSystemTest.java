package org.skerry.tests.system;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.skerry.tests.pvh.TinyImage;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Kernels for a virtual machine as {@code kernel =} of a config file, on this machine's /dev/kvm. */
@Timeout(value = 180, unit = TimeUnit.SECONDS)
class PvhSystemTest
{
    private static HostUnderTest host;

    @BeforeAll
    static void up() throws IOException
    {
        Assumptions.assumeTrue(Files.isWritable(Path.of("/dev/kvm")), "SKIPPED, /dev/kvm cannot be used here");
        host = new HostUnderTest();
        Files.write(file("print"), TinyImage.printing("console=hvc0 quiet".length(), "ramdisk".length()));
        Files.write(file("sleep"), TinyImage.sleeping());
        Files.write(file("greet"), TinyImage.greeting());
        Files.write(file("fault"), TinyImage.faulting());
        Files.write(file("crash"), TinyImage.shuttingDown(3));
        Files.write(file("reboot"), TinyImage.shuttingDown(1));
        Files.writeString(file("initrd"), "ramdisk, and more");
        host.ok(host.skerry("up"));
    }

    @AfterAll
    static void down() throws IOException
    {
        if (host != null)
        {
            host.close();
        }
    }

    @Test
    void shouldBootAKernelWithItsCommandLineAndRamdiskUntilItPowersOff() throws IOException
    {
        host.ok(host.xl("dmesg", "-c"));
        host.ok(host.xl(
            "create", config("print", "extra = 'console=hvc0 quiet'", "ramdisk = '" + file("initrd") + "'")));
        host.awaitGone("print");

        final String messages = host.ok(host.xl("dmesg"));
        assertTrue(messages.contains(") console=hvc0 quiet\n"), messages);
        assertTrue(messages.contains(") ramdisk\n"), messages);
        assertTrue(messages.contains("reason=POWEROFF"), messages);
    }

    @Test
    void shouldLetAPausedGuestRunWhenItIsUnpaused() throws IOException
    {
        host.ok(host.xl("create", "-p", config("print", "name = 'held'", "extra = 'held until it is unpaused'")));
        assertTrue(host.ok(host.xl("list", "held")).contains(" --p"), "paused");
        assertFalse(host.ok(host.xl("dmesg")).contains("held until it is"));

        host.ok(host.xl("unpause", "held"));
        host.awaitGone("held");

        assertTrue(host.ok(host.xl("dmesg")).contains(") held until it is u"), "it ran");
    }

    @Test
    void shouldServeItsConsoleAndShowItAsWhatItIs() throws IOException
    {
        host.ok(host.xl("create", config("greet", "vcpus = 2")));
        try (ConsoleDriver console = host.console("greet"))
        {
            console.expect(Pattern.compile("hi!"));
        }
        assertTrue(host.ok(host.xl("list", "-l", "greet")).contains("\"type\": \"pvh\""));
        assertTrue(host.ok(host.xl("list", "greet")).matches("(?s).*greet +\\d+ +16 +2 .*"));
        host.ok(host.xl("sysrq", "greet", "h"));
        host.ok(host.xl("pause", "greet"));
        host.ok(host.xl("unpause", "greet"));
        host.ok(host.xl("destroy", "greet"));
        assertNotEquals(0, host.xl("list", "greet").exit());
    }

    @ParameterizedTest
    @CsvSource({"fault, CRASH, triple fault", "crash, CRASH, the guest says that it crashed", "reboot, REBOOT, ''"})
    void shouldTellWhyAGuestEnded(final String kernel, final String reason, final String why) throws IOException
    {
        host.ok(host.xl("create", config(kernel, "on_crash = 'preserve'", "on_reboot = 'preserve'")));
        final Pattern ended = Pattern.compile(
            "\\(" + kernel + "\\) has shut down, reason code \\d \\(" + reason + "\\).*" + why);
        while (!ended.matcher(host.log()).find())
        {
            Thread.onSpinWait();
        }
        assertTrue(host.ok(host.xl("list", kernel)).contains(reason.equals("CRASH") ? "---sc" : "---sr"));
        host.ok(host.xl("destroy", kernel));
    }

    @Test
    void shouldRefuseInOneLineWhatCannotBeBootedAndLeaveNothing() throws IOException
    {
        final byte[] sleeping = TinyImage.sleeping();
        Files.writeString(file("text"), "not a kernel");
        Files.write(file("empty"), new byte[0]);
        Files.write(file("short"), Arrays.copyOf(sleeping, sleeping.length / 2));
        sleeping[0x108] = 0;
        Files.write(file("noteless"), sleeping);
        Files.write(file("big"), new byte[17 << 20]);

        refuse("text: not a kernel: it is neither an ELF file nor a bzImage; name", config("text", "type = 'pvh'"));
        refuse("is empty; fetch or build it again", config("empty", "type = 'pvh'"));
        refuse("short: the kernel is truncated or damaged", config("short"));
        refuse("noteless: the kernel cannot boot as a PVH guest: it has no Xen note", config("noteless"));
        refuse("the ramdisk is too big for the memory", config("sleep", "ramdisk = '" + file("big") + "'"));
        refuse("the memory is too small for any kernel", config("sleep", "memory = 1"));
        refuse("a Linux guest has at most 4 vCPUs", config("sleep", "vcpus = 5"));
        refuse("2048 bytes, Linux takes 2047", config("sleep", "extra = '" + "x".repeat(2048) + "'"));
    }

    private static void refuse(final String why, final String config) throws IOException
    {
        final String before = state();
        final HostUnderTest.Result result = host.xl("create", config);
        assertEquals(1, result.exit());
        final List<String> problems = result.err().lines().filter(line -> !line.startsWith("Parsing config ")).toList();
        assertEquals(1, problems.size(), result.err());
        assertTrue(problems.getFirst().startsWith(config + ":") && problems.getFirst().contains(why), result.err());
        assertEquals(before, state());
    }

    /** @return domains, nodes, files and processes: what must not change. */
    private static String state() throws IOException
    {
        try (Stream<Path> files = Files.walk(host.runDirectory()))
        {
            return host.ok(host.xl("list")).replaceAll("[r-][b-]---- +[0-9.]+", "") +
                host.ok(host.run(host.command("xenstore-ls", "/local/domain"))) +
                files.filter(path -> !path.toString().endsWith(".log")).sorted().toList() +
                host.processes().stream().map(line -> line.replaceAll(".* (\\S+)$", "$1")).sorted().toList();
        }
    }

    /** @return a config file with these lines, and a name and some memory where none of them says so. */
    private static String config(final String kernel, final String... lines) throws IOException
    {
        final List<String> text = new ArrayList<>(List.of("kernel = '" + file(kernel) + "'"));
        if (Stream.of(lines).noneMatch(line -> line.startsWith("name ")))
        {
            text.add("name = '" + kernel + "'");
        }
        if (Stream.of(lines).noneMatch(line -> line.startsWith("memory ")))
        {
            text.add("memory = 16");
        }
        text.addAll(Arrays.asList(lines));

        return Files.write(host.folder().resolve(kernel + ".cfg"), text).toString();
    }

    private static Path file(final String name)
    {
        return host.folder().resolve(name);
    }
}
