package org.skerry.toolstack.xenstore;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.skerry.toolstack.xenstore.StoreFixture.Ended;

/** {@code xenstore-edit} on a real terminal, with a real store. */
@Timeout(120)
class XenstoreEditTest
{
    private StoreFixture store;

    @BeforeEach
    void start() throws IOException
    {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/tmux")),
            "missing: tmux; the editor was not looked at on a terminal");
        store = new StoreFixture();
        run("xenstore-write", "/a/b", "one", "/a/c", "two", "/utf", "h\u00c3\u00a9llo", "/raw", "\\x00\\xff");
    }

    @AfterEach
    void stop() throws IOException
    {
        if (store != null)
        {
            store.close();
        }
    }

    private String run(final String... argv)
    {
        final Ended ended = store.ours(List.of(argv));
        assertEquals(0, ended.status(), ended::toString);
        return ended.out();
    }

    /** The terminal's settings before and after, and then it stays. */
    private TmuxTerminal open(final int columns, final int rows, final String... arguments) throws Exception
    {
        final List<String> words = new ArrayList<>(StoreFixture.java());
        words.add("xenstore-edit");
        words.addAll(List.of(arguments));
        final String editor = "sh -c 'echo $$ > " + store.scratch("pid") + "; exec \"$@\"' sh '" +
            String.join("' '", words) + "'";
        return new TmuxTerminal(columns, rows, Map.of("XENSTORED_PATH", store.socket.toString(), "LC_ALL", "C.UTF-8"),
            "stty -g > " + store.scratch("before") + "; " + editor + "; echo ended with $?; stty -g > " +
            store.scratch("after") + "; cat");
    }

    private void assertTerminalIsAsItWas(final TmuxTerminal terminal, final String status) throws Exception
    {
        terminal.awaitText("ended with " + status);
        assertTrue(terminal.isPlain());
        terminal.await(lines -> Files.exists(store.scratch("after")) && store.scratch("after").toFile().length() > 0);
        assertEquals(Files.readString(store.scratch("before")), Files.readString(store.scratch("after")));
    }

    @Test
    void shouldShowChangeAndTakeBack() throws Exception
    {
        try (TmuxTerminal terminal = open(80, 24))
        {
            final List<String> first = terminal.awaitText("▸ a = \"\"");
            assertTrue(first.get(2).endsWith("(n0)"), first.get(2));
            terminal.type("Down", "Right");
            terminal.awaitText("b = \"one\"");
            terminal.type("Down", "e", "C-u", "n\u00fc \\x01", "Enter");
            terminal.awaitText("*      b = \"n\u00fc \\001\"");
            assertEquals("n\\xc3\\xbc \\001\n", run("xenstore-read", "/a/b"));
            terminal.type("p", "C-u", "n0,r7", "Enter");
            terminal.awaitText("(n0,r7)");
            terminal.type("u");
            terminal.awaitText("undone: permissions of /a/b");
            terminal.type("u");
            terminal.awaitText("b = \"one\"");
            assertEquals("one\n", run("xenstore-read", "/a/b"));

            terminal.type("a", "x/y", "Enter", "3", "Enter");
            terminal.awaitText("y = \"3\"");
            terminal.type("d", "y", "Enter");
            terminal.await(lines -> lines.stream().noneMatch(line -> line.contains("y = \"3\"")));
            terminal.type("u");
            terminal.awaitText("y = \"3\"");
            assertEquals("3\n", run("xenstore-read", "/a/b/x/y"));
            run("xenstore-write", "/a/b/x/other", "1");
            terminal.type("u");
            terminal.awaitText("not undone, somebody has changed it since: /a/b/x/other");
            terminal.type("q");
            assertTerminalIsAsItWas(terminal, "0");
        }
    }

    @Test
    void shouldMarkWhatOthersChangeAndFindWhatIsLookedFor() throws Exception
    {
        for (int i = 0; i < 10_000; i += 100)
        {
            final List<String> argv = new ArrayList<>(List.of("xenstore-write"));
            for (int n = i; n < i + 100; n++)
            {
                argv.addAll(List.of("/big/n" + n, "v" + n));
            }
            run(argv.toArray(String[]::new));
        }
        run("xenstore-write", "/long", "x".repeat(3000), "/deep" + "/d".repeat(60), "bottom");

        try (TmuxTerminal terminal = open(120, 40))
        {
            final List<String> first = terminal.awaitText("utf = \"h\u00e9llo\"");
            assertTrue(String.join("\n", first).contains("raw = \"\\000\\xff\""));
            assertTrue(String.join("\n", first).contains("x… (n0)"));
            run("xenstore-write", "/a/b", "new", "/raw", "1");
            terminal.awaitText("*    raw = \"1\"");
            terminal.type("/", "n9999", "Enter");
            terminal.awaitText("n9999 = \"v9999\"");
            terminal.type("/", "C-u", "bottom", "Enter");
            terminal.awaitText("d = \"bottom\"");
            terminal.resize(60, 12);
            final List<String> small = terminal.await(lines -> lines.size() == 12 && lines.get(11).contains("bottom"));
            assertTrue(small.stream().allMatch(line -> line.length() <= 60), small.toString());
            terminal.type("Escape");
            terminal.awaitText("▸ big");
            terminal.resize(3, 2);
            terminal.resize(80, 24);
            terminal.awaitText("xenstore-edit");
            terminal.type("C-c");
            assertTerminalIsAsItWas(terminal, "0");
        }
    }

    @Test
    void shouldLeaveTheTerminalAsItWasWhenItIsKilled() throws Exception
    {
        try (TmuxTerminal terminal = open(80, 24, "/a"))
        {
            terminal.awaitText("c = \"two\"");
            final long pid = Long.parseLong(Files.readString(store.scratch("pid")).strip());
            final ProcessHandle editor = ProcessHandle.of(pid).orElseThrow();
            assertTrue(editor.destroy());
            assertTerminalIsAsItWas(terminal, "143");
            assertFalse(editor.isAlive());
        }
    }

    @Test
    void shouldNeedATerminalAndANode() throws Exception
    {
        assertEquals(new Ended(1, "", "xenstore-edit: /nope: No such file or directory\n"),
            store.ours(List.of("xenstore-edit", "/nope")));
        final Process process = store.program("xenstore-edit").start();
        process.getOutputStream().close();
        assertTrue(process.waitFor(60, TimeUnit.SECONDS));
        assertEquals("xenstore-edit: this needs a terminal\n", new String(process.getErrorStream().readAllBytes()));
    }
}
