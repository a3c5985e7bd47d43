package org.skerry.tests.system;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/**
 * A guest boots end to end through isolated domains.
 */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class BootSystemTest
{
    private static HostUnderTest host;

    @BeforeAll
    static void up()
    {
        host = new HostUnderTest();
        host.ok(host.skerry("up"));
    }

    @AfterAll
    static void down() throws IOException
    {
        host.close();
    }

    @Test
    void shouldBootToThePromptAndPowerOff() throws Exception
    {
        final Path config = host.config("boot", "vif = [ 'switch=sw0' ]", "extra = 'ip=10.9.0.2/24 greeting=\"a b\"'");
        final Process create = host.start(host.command("xl", "create", "-c", config.toString()));
        try (ConsoleDriver console = new ConsoleDriver(create, host::log))
        {
            console.expectPrompt();
            assertTrue(console.command("help").contains("poweroff"));
            assertTrue(console.command("ifconfig").contains("10.9.0.2"));
            assertTrue(host.ok(host.xl("list")).lines().anyMatch(
                line -> line.matches("boot +[0-9]+ +64 +1 +[r-][b-]---- +[0-9.]+ *")), host.xl("list").out());
            assertTrue(host.ok(host.xl("network-list", "boot")).matches("(?s).*/backend/vif/[0-9]+/0\\s.*"));
            console.type("poweroff\r");
            assertEquals(0, console.awaitEnd());
        }
        host.awaitGone("boot");
        assertFalse(Files.exists(host.runDirectory().resolve("log/boot.log")));
    }

    @Test
    void shouldKeepScrollbackForWhoAttachesLate() throws Exception
    {
        host.ok(host.xl("create", host.config("late").toString()));
        try (ConsoleDriver console = host.console("late"))
        {
            console.expectPrompt();
            assertTrue(console.command("echo seen by both").contains("seen by both"));
        }
        try (ConsoleDriver again = host.console("late"))
        {
            again.expect(Pattern.compile("seen by both"));
        }
        assertTrue(host.ok(host.xl("list", "late")).contains("late"), "leaving the console left the guest");
        host.ok(host.xl("destroy", "late"));
        host.awaitGone("late");
    }

    @Test
    void shouldFollowARequestToShutDown() throws Exception
    {
        host.ok(host.xl("create", host.config("polite").toString()));
        try (ConsoleDriver console = host.console("polite"))
        {
            console.expectPrompt();
        }
        host.ok(host.xl("shutdown", "-w", "polite"));
        host.awaitGone("polite");
    }

    @Test
    void shouldListTheCrashOfAGuest() throws Exception
    {
        host.ok(host.xl("create", host.config("crash", "on_crash = 'preserve'").toString()));
        try (ConsoleDriver console = host.console("crash"))
        {
            console.expectPrompt();
            console.type("crash\r");
            console.awaitEnd();
        }
        String row = host.ok(host.xl("list", "crash"));
        while (!row.contains("sc"))
        {
            row = host.ok(host.xl("list", "crash"));
        }
        host.ok(host.xl("destroy", "crash"));
        host.awaitGone("crash");
    }

    @Test
    void shouldDumpWhatTheConfinedHypervisorKnowsWhenAKeyIsPressed() throws Exception
    {
        host.ok(host.xl("create", host.config("dumped", "vif = [ 'switch=sw0' ]").toString()));

        host.ok(host.xl("debug-keys", "hegq"));

        final String said = host.ok(host.xl("dmesg"));
        assertTrue(said.contains("(XEN) Event channel information for domain 32001:"), said);
        assertTrue(said.contains("(XEN) gnttab_usage_print_all ] done"), said);
        assertTrue(said.contains("name=dumped"), said);
        host.ok(host.xl("destroy", "dumped"));
    }

    @Test
    void shouldServeStockXenstoreClients() throws Exception
    {
        assumeTrue(HostUnderTest.has("xenstore-ls"), "xenstore-utils is not installed");
        host.ok(host.xl("create", host.config("stock").toString()));
        final String socket = "XENSTORED_PATH=" + host.runDirectory().resolve("xenstored/socket");
        final String tree = host.ok(host.run(List.of("env", socket, "xenstore-ls", "-f", "/local/domain")));
        assertTrue(tree.contains("/name = \"stock\""), tree);
        host.ok(host.run(List.of("env", socket, "xenstore-write", "/tool/hello", "there")));
        assertEquals("there\n", host.ok(host.run(List.of("env", socket, "xenstore-read", "/tool/hello"))));
        host.ok(host.run(List.of("env", socket, "xenstore-rm", "/tool/hello")));
        assertNotEquals(0, host.run(List.of("env", socket, "xenstore-read", "/tool/hello")).exit());
        host.ok(host.xl("destroy", "stock"));
        host.awaitGone("stock");
        final String after = host.ok(host.run(List.of("env", socket, "xenstore-ls", "-f", "/")));
        assertFalse(after.contains("stock"), after);
    }
}
