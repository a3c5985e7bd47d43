package org.skerry.toolstack.xenstore;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.skerry.toolstack.xenstore.StoreFixture.Ended;

/** What was: log, diff and ls --as-of against a real store. */
@Timeout(120)
class HistoryToolsTest
{
    @RegisterExtension
    private final StoreFixture store = new StoreFixture();

    /** Without what differs from run to run: version, time, process. */
    private List<String> log(final String arguments)
    {
        final Ended ended = store.ours("xenstore-log " + arguments);
        assertEquals(0, ended.status(), ended.toString());
        final String head = "\\d+  \\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d\\.\\d{3}  dom0 \\[" +
            ProcessHandle.current().pid() + "\\]  ";
        return ended.out().lines().map(line ->
        {
            assertTrue(line.matches(head + ".*"), line);
            return line.replaceFirst(head, "");
        }).toList();
    }

    @Test
    void shouldTellWhatBecameOfANode()
    {
        store.ours("xenstore-write /a/b one");
        store.ours("xenstore-write /a/b two\\x07");
        store.ours("xenstore-chmod /a/b n0 r5");
        store.ours("xenstore-write /a/b/c x");
        store.ours("xenstore-rm /a");

        assertEquals(List.of("+ /a/b = \"one\"  (n0)", "~ /a/b = \"one\" -> \"two\\007\"", "~ /a/b  (n0) -> (n0,r5)",
            "- /a/b = \"two\\007\"  (n0,r5)"), log("/a/b"));
        assertEquals(List.of("~ /a/b  (n0) -> (n0,r5)", "- /a/b = \"two\\007\"  (n0,r5)"), log("-n 2 /a/b"));
        assertEquals(8, log("-r /a").stream().filter(line -> line.contains("/a")).count());
        assertEquals(List.of(), log("/nowhere"));
        assertEquals("", store.ours("xenstore-log /a").err());
        store.ours("xenstore-control history limit 100");
        assertTrue(store.ours("xenstore-log /a").err().matches("xenstore-log: history begins at version \\d+, .*\n"));
        assertEquals(1, store.ours("xenstore-log").status());
    }

    @Test
    void shouldFollow() throws Exception
    {
        store.ours("xenstore-write /a 1");
        final Process log = store.program("xenstore-log", "-f", "-n", "1", "/a")
            .redirectError(ProcessBuilder.Redirect.DISCARD).start();

        try (BufferedReader out = log.inputReader())
        {
            assertTrue(out.readLine().endsWith("  + /a = \"1\"  (n0)"));
            store.ours("xenstore-write /a/below 1");
            store.ours("xenstore-write /a 2");
            assertTrue(out.readLine().endsWith("  ~ /a = \"1\" -> \"2\""));
        }
        finally
        {
            log.destroy();
            log.waitFor();
        }
    }

    @Test
    void shouldShowTheTreeOfEveryVersion()
    {
        final List<String> versions = new ArrayList<>();
        final List<Ended> trees = new ArrayList<>();
        for (final String line : List.of("write /a/b 1 /a/c 2", "write /x/y/z 3", "rm /a/b", "chmod /a n7 r1",
            "rm /x", "write /a/c 5", "write /a/b/d " + "v".repeat(4000), "rm /a", "write /a 1"))
        {
            assertEquals(0, store.ours("xenstore-" + line).status());
            versions.add(last());
            trees.add(store.ours("xenstore-ls -fp"));
        }

        for (int i = 0; i < versions.size(); i++)
        {
            assertEquals(trees.get(i), store.ours("xenstore-ls -fp --as-of " + versions.get(i)), versions.get(i));
            assertEquals(trees.get(i), store.ours("xenstore-ls -fp --as-of=" + versions.get(i) + " /"));
        }
        assertEquals(new Ended(0, "z = \"3\"\n", ""), store.ours("xenstore-ls --as-of " + versions.get(1) + " /x/y"));
        assertEquals("xenstore-ls: xs_directory (/x): No such file or directory\n",
            store.ours("xenstore-ls --as-of " + versions.getFirst() + " /x").err());
        assertEquals(trees.getLast(), store.ours("xenstore-ls -fp --as-of now"));
        assertTrue(store.ours("xenstore-ls --as-of 0").err()
            .startsWith("xenstore-ls: 0 is too long ago: history begins at version 1, "));
        assertTrue(store.ours("xenstore-ls --as-of -1h").err().startsWith("xenstore-ls: -1h is too long ago"));
        assertTrue(store.ours("xenstore-ls --as-of noon").err()
            .startsWith("xenstore-ls: neither a version nor a time: noon"));
    }

    @Test
    void shouldShowTheTreeOfATime() throws Exception
    {
        store.ours("xenstore-write /t 1");
        final String written = store.ours("xenstore-log -n 1 /t").out();
        final String moment = written.split("  ")[1].replace(' ', 'T');
        while (store.ours("xenstore-log -n 1 /t").out().contains(moment.substring(11)))
        {
            store.ours("xenstore-write /t " + System.nanoTime());         // until the clock has gone on
        }

        assertEquals("/t = \"1\"\n", store.ours("xenstore-ls -f --as-of " + moment).out().lines()
            .filter(line -> line.startsWith("/t ")).findFirst().orElse("") + "\n");
        assertEquals(1, store.ours("xenstore-diff " + moment + " now").status());
    }

    @Test
    void shouldTellWhatDiffers()
    {
        store.ours("xenstore-write /a/x 1 /a/y 2 /ab 1");
        final String first = last();
        store.ours("xenstore-write /a/x 3");
        store.ours("xenstore-chmod /a/y n0 r1");
        store.ours("xenstore-rm /ab");
        store.ours("xenstore-write /n/m 1 /a/z 1");
        store.ours("xenstore-rm /a/z");
        final String second = last();

        assertEquals(new Ended(1, "--- version " + first + "\n+++ version " + second + """

            -/a/x = "1"
            +/a/x = "3"
            -/a/y = "2"  (n0)
            +/a/y = "2"  (n0,r1)
            -/ab = "1"
            +/n = ""
            +/n/m = "1"
            """, ""), store.ours("xenstore-diff " + first + " " + second));
        assertEquals(new Ended(1, "--- version " + second + "\n+++ version " + first + """

            -/a/x = "3"
            +/a/x = "1"
            """, ""), store.ours("xenstore-diff " + second + " " + first + " /a/x"));
        assertEquals(new Ended(0, "", ""), store.ours("xenstore-diff " + first + " " + second + " /local"));
        assertEquals(2, store.ours("xenstore-diff 0 now").status());
        assertEquals(2, store.ours("xenstore-diff 1").status());
        assertEquals(2, store.ours("xenstore-diff -1h now").status());
    }

    private String last()
    {
        return store.ours("xenstore-control history").out().lines().filter(line -> line.startsWith("last "))
            .findFirst().orElseThrow().substring("last ".length());
    }
}
