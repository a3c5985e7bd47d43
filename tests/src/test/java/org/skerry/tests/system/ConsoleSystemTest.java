package org.skerry.tests.system;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Consoles as users meet them: one writer, no byte lost, floods that cost only the one who makes them. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class ConsoleSystemTest
{
    private static final String ESCAPE = "\u001d";
    private static final String CTRL_C = "\u0003";

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
    void shouldNameTheHolderToASecondClientAndLetItInAfterwards() throws Exception
    {
        host.ok(host.xl("create", host.config("held").toString()));
        final Process first = host.start(host.command("xl", "console", "held"));
        try (ConsoleDriver console = new ConsoleDriver(first, host::log))
        {
            console.expectPrompt();
            final HostUnderTest.Result second = host.xl("console", "held");
            assertEquals(1, second.exit());
            assertTrue(second.err().matches(
                "(?s).*console 0 of domain \\d+ is held by pid " + first.pid() + " \\(uid \\d+\\) for \\d+ s\n"),
                second.toString());
            assertTrue(console.command("echo undisturbed").contains("undisturbed"));
            console.type(ESCAPE);
            assertEquals(0, console.awaitEnd());
        }
        try (ConsoleDriver console = host.console("held"))
        {
            console.expectPrompt();
            assertTrue(console.command("echo mine").contains("mine"));
        }
        host.ok(host.xl("destroy", "held"));
    }

    @Test
    void shouldNotLoseALineOfAFloodAndServeOthersMeanwhile() throws Exception
    {
        final int sectors = 400;
        final byte[] bytes = new byte[sectors * 512];
        new Random(7).nextBytes(bytes);                      // no two lines alike
        final Path image = Files.write(host.folder().resolve("flood.img"), bytes);
        host.ok(host.xl("create", host.config("flood", "disk = [ 'file:" + image + ",xvda,r' ]").toString()));
        host.ok(host.xl("create", host.config("calm").toString()));
        try (ConsoleDriver flood = host.console("flood"); ConsoleDriver calm = host.console("calm"))
        {
            flood.expectPrompt();
            calm.expectPrompt();
            flood.type("read xvda 0 " + sectors + "\r");
            for (int i = 0; i < 5; i++)
            {
                assertTrue(calm.command("echo calm " + i).contains("calm " + i));
            }
            final Matcher dump = flood.expect(Pattern.compile("(?s)00000000 .*?\r\n00032000\r\n"));
            final List<String> lines = dump.group().lines().toList();
            assertEquals(sectors * 32 + 1, lines.size());
            for (int i = 0; i < lines.size(); i++)
            {
                assertTrue(lines.get(i).startsWith(String.format("%08x", i * 16)), lines.get(i));
            }
            flood.expectPrompt();
            flood.type("read xvda 0 " + sectors + "\r");
            flood.expect(Pattern.compile("00000100 "));
            flood.type(CTRL_C);
            flood.expectPrompt();
        }
        host.ok(host.xl("destroy", "flood"));
        host.ok(host.xl("destroy", "calm"));
    }

    @Test
    void shouldKeepTheLastWordsOfAGuestThatCrashed() throws Exception
    {
        host.ok(host.xl("create", host.config("words", "on_crash = 'preserve'").toString()));
        try (ConsoleDriver console = host.console("words"))
        {
            console.expectPrompt();
            console.type("crash\r");
            console.expect(Pattern.compile("panic\r\n"));
            assertEquals(0, console.awaitEnd());
        }
        try (ConsoleDriver late = host.console("words"))
        {
            late.expect(Pattern.compile("panic\r\n"));
            assertEquals(0, late.awaitEnd());
        }
        host.ok(host.xl("destroy", "words"));
    }

    @Test
    void shouldShowEverythingToAPipe() throws Exception
    {
        host.ok(host.xl("create", host.config("piped").toString()));
        final Path script = Files.writeString(
            host.folder().resolve("script"), "echo one\necho two\nuptime\npoweroff\n");
        final HostUnderTest.Result result = host.run(List.of(
            "sh", "-c", String.join(" ", host.command("xl", "console", "piped")) + " < " + script));
        assertEquals(0, result.exit(), result.toString());
        assertTrue(result.out().contains("\r\none\r\n") && result.out().contains("\r\ntwo\r\n"), result.out());
        assertTrue(result.out().contains("piped up 0 days"), result.out());
        assertTrue(result.out().endsWith("power off\r\n"), result.out());
        host.awaitGone("piped");
        assertFalse(host.xl("list").out().contains("piped"));
    }
}
