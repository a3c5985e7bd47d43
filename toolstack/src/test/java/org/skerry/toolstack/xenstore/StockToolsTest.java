package org.skerry.toolstack.xenstore;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.skerry.guest.StockXen;

/**
 * Byte for byte what xenstore-utils of the distribution do: two stores, one of which only hears the stock programs and
 * the other only ours, and after each invocation the same output, the same exit status, and the same tree.
 */
@Timeout(300)
class StockToolsTest
{
    private static final List<String> NAMES = List.of("ls", "read", "write", "rm", "exists", "list", "chmod", "watch");

    private StoreFixture stock;
    private StoreFixture ours;

    @BeforeEach
    void start() throws Exception
    {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/xenstore")),
            "peer missing: xenstore (package xenstore-utils); our programs were not compared with it");
        stock = new StoreFixture();
        ours = new StoreFixture();
    }

    @AfterEach
    void stop() throws Exception
    {
        if (stock != null)
        {
            stock.close();
        }
        if (ours != null)
        {
            ours.close();
        }
    }

    /** Words of an invocation are divided by spaces; {@code ''} is an empty one and {@code ~} a space in one. */
    private void same(final String... invocations) throws Exception
    {
        for (final String invocation : invocations)
        {
            final List<String> words = new ArrayList<>();
            for (final String word : invocation.split(" "))
            {
                words.add("''".equals(word) ? "" : word.replace('~', ' '));
            }

            same(words);
        }
    }

    private void same(final List<String> argv) throws Exception
    {
        assertEquals(stock.stock(argv), ours.ours(argv), argv::toString);
        final List<String> tree = List.of("xenstore-ls", "-fp");
        assertEquals(ours.ours(tree), stock.ours(tree), argv::toString);
    }

    @Test
    void shouldUnderstandTheSameOptions() throws Exception
    {
        same("xenstore-write /a/b 1 n0 2");

        for (final String name : NAMES)
        {
            same("xenstore-" + name + " -h", "xenstore-" + name + " --help", "xenstore " + name + " -h");

            if (!"ls".equals(name))
            {
                same("xenstore-" + name, "xenstore " + name, "xenstore-" + name + " -Z");
            }
            for (final String option : "f p t u r R n3".split(" "))
            {
                if (!"watch".equals(name) || !"n3".equals(option))
                {
                    same("xenstore-" + name + " -s -" + option + ("watch".equals(name) ? "" : " /a/b") +
                        (name.equals("write") || name.equals("chmod") ? " n0" : ""));
                }
            }
        }

        same("xenstore", "xenstore nonsense", "xenstore -h", "xenstore ls -p /a", "xenstore-ls -Z", "xenstore-ls -ZfpY",
            "xenstore-ls --nonsense", "xenstore-ls --r", "xenstore-ls --re", "xenstore-ls --flat=1", "xenstore-ls -n",
            "xenstore-read --he=3", "xenstore-watch --number", "xenstore-watch -n", "xenstore-watch --num= /a",
            "xenstore-watch --number=x /a", "xenstore-read /a/b -p", "xenstore-read -- -p", "xenstore-read -",
            "xenstore-read -p -- /a/b -p", "xenstore-ls --pre --fl", "xenstore-ls -pf /a", "xenstore-ls -T 1");
    }

    @Test
    void shouldReadAndWriteTheSame() throws Exception
    {
        same("xenstore-write /a/b hello /a/c world", "xenstore-read /a/b", "xenstore-read /a/b /a/c",
            "xenstore-read -p /a/b /a", "xenstore-read -pR /a/b /a/c", "xenstore-read /missing",
            "xenstore-read /a/b /missing /a/c", "xenstore-read -p /a/b ''", "xenstore-read //a", "xenstore-read a~b",
            "xenstore-write /a", "xenstore-write /a 1 /b", "xenstore-write relative x", "xenstore-read relative",
            "xenstore-write // x", "xenstore-write /x 1 // 2", "xenstore-write '' 1", "xenstore-write / root",
            "xenstore-write @introduceDomain 1", "xenstore-write /a ''", "xenstore-read /a", "xenstore-read -R /a",
            "xenstore-exists /a", "xenstore-exists /a/b /a/c", "xenstore-exists /a /missing", "xenstore-exists //",
            "xenstore-list /a", "xenstore-list -p /a /", "xenstore-list /a /missing", "xenstore-list /a/b",
            "xenstore-list //");
        same(List.of("xenstore-write", "/long", "x".repeat(4090)));
        same(List.of("xenstore-write", "/long", "x".repeat(4091)));
        same(List.of("xenstore-read", "/" + "x".repeat(5000)));
        same(List.of("xenstore-ls", "/" + "x".repeat(5000)));
    }

    @Test
    void shouldEscapeTheSame() throws Exception
    {
        final String[] texts = {
            "a\\tb\\n\\r\\\\", "\\x41", "\\x4", "\\x", "\\xg", "\\x414", "\\0", "\\000", "\\1", "\\7a", "\\101",
            "\\777", "\\400", "\\18", "\\8", "\\9", "\\q", "\\\"", "\\x 41", "\\x \t4", "\\x  g", "\\x+4", "\\x-1",
            "\\x-", "\\x+g", "\\0x41", "\\x0x4", "\\x0X4", "\\x0", "\\x00z", "\\-1", "\\377", "\\0 1", "\\1+", "\"",
            "'", "%s", "\t\n\r", "\u0001\u007f", "a\\0b", "\\xE4\\xB8", "\\x0g"};
        for (final String text : texts)
        {
            same(List.of("xenstore-write", "/v", text));
            same("xenstore-read /v", "xenstore-read -R /v /v", "xenstore-ls", "xenstore-ls -f");
            same(List.of("xenstore-write", "-R", "/v", text));
            same("xenstore-read /v");
        }

        final StringBuilder all = new StringBuilder();
        IntStream.range(0, 256).forEach(i -> all.append(String.format("\\x%02x\\x%02x1", i, 255 - i)));
        same(List.of("xenstore-write", "/all", all.toString()));
        same("xenstore-read /all", "xenstore-read -R /all", "xenstore-ls -f", "xenstore-ls");
    }

    @Test
    void shouldShowTheSameTree() throws Exception
    {
        for (int i = 60; i <= 80; i++)
        {
            same(List.of("xenstore-write", "/w/x/n" + i, "v".repeat(i - 8), "/w/e" + i, "\\x01".repeat(i - 20),
                "/w/" + "n".repeat(i), "1"));
        }
        same(List.of("xenstore-write", "/d" + "/d".repeat(90) + "/deep", "value"));
        same("xenstore-ls", "xenstore-ls -p", "xenstore-ls -f", "xenstore-ls -fp", "xenstore-ls /w",
            "xenstore-ls -p /w", "xenstore-ls /w /missing /d", "xenstore-ls missing", "xenstore-ls ''",
            "xenstore-ls /w/", "xenstore-ls //");
    }

    @Test
    void shouldShowTheSameOnATerminal() throws Exception
    {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/script")),
            "missing: script (package bsdutils); output on a terminal was not compared");
        same(List.of("xenstore-write", "/w/x", "v".repeat(90), "/w/y", "short", "/w/z", "v".repeat(40)));

        for (final int columns : new int[] {12, 50, 132})
        {
            final StoreFixture.Ended shown = stock.run(new ProcessBuilder("script", "-qec",
                "stty cols " + columns + "; xenstore-ls -p", "/dev/null"));
            assertEquals(shown.out(), ours.ours(List.of("xenstore-ls", "-p"), columns).out().replace("\n", "\r\n"));
        }
    }

    @Test
    void shouldRemoveTheSame() throws Exception
    {
        same("xenstore-write /a/b/c 1 /a/b/d 2 /x/y/z 3 rel/a/b 4", "xenstore-rm /a/b/c", "xenstore-rm -t /a/b/d",
            "xenstore-rm -t /x/y/z", "xenstore-rm /missing", "xenstore-rm -t /missing/a", "xenstore-rm -t rel/a/b",
            "xenstore-rm /", "xenstore-rm ''", "xenstore-rm //", "xenstore-rm /tool /local //", "xenstore-ls",
            "xenstore-write /a/b 1 /c/d 1", "xenstore-rm --tidy /a/b /c/d", "xenstore-rm -t /tool/xenstored");
    }

    @Test
    void shouldChangePermissionsTheSame() throws Exception
    {
        same("xenstore-write /a/b/c 1 /a/d 2 rel/x 3");
        final String permissions =
            "r0 n n-1 nx n~5 n5x x5 w99999 '' n-5 n4294967296 n99999999999999999999 " +
            "rw rw5 bn3 n0r5 r~7 n65535 n+3 n- b7";
        for (final String permission : permissions.split(" "))
        {
            same("xenstore-chmod /a/b " + permission);
        }
        same("xenstore-chmod /a/b n0 r1 w2 b3", "xenstore-chmod /a", "xenstore-chmod /missing n0",
            "xenstore-chmod -r /a n1 r2", "xenstore-chmod -u /a/b/c n2 b3", "xenstore-chmod -ur /a/b n3",
            "xenstore-chmod -u / n0", "xenstore-chmod -r / n0", "xenstore-chmod -r /a/ n0",
            "xenstore-chmod -u rel/x n4", "xenstore-chmod '' n0", "xenstore-chmod --recurse --upto /a/b n0 r1",
            "xenstore-chmod /a n0 x1",
            "xenstore-chmod /a n0 r1 r2 r3 r4 r5 r6 r7 r8 r9 r10 r11 r12 r13 r14 r15 r16 r17");
    }

    @Test
    void shouldListMoreThanAMessageHolds() throws Exception
    {
        for (int i = 0; i < 1200; i += 100)
        {
            final int first = i;
            final List<String> argv = new ArrayList<>(List.of("xenstore-write"));
            IntStream.range(first, first + 100).forEach(n -> argv.addAll(
                Arrays.asList("/long/child-" + n, Integer.toString(n))));
            assertEquals(0, stock.ours(argv).status());
            assertEquals(0, ours.ours(argv).status());
        }

        same("xenstore-list -p /long", "xenstore-ls -f", "xenstore-ls -p /long", "xenstore-chmod -r /long n7",
            "xenstore-rm /long");
    }

    @Test
    void shouldWatchTheSame() throws Exception
    {
        same("xenstore-watch -n 1 /a", "xenstore-watch -n2 /a b", "xenstore-watch -n x /a", "xenstore-watch -n 1 //",
            "xenstore-watch -n 0 /a /a", "xenstore-watch -n 2 @introduceDomain @releaseDomain",
            "xenstore-watch -n 1 @nonsense", "xenstore-watch -s -n 1 ''");
    }

    @Test
    void shouldControlTheSame() throws Exception
    {
        assumeTrue(StockXen.program("xenstore-control").isPresent(), StockXen.missing("xenstore-control"));
        same("xenstore-control check", "xenstore-control help", "xenstore-control nonsense", "xenstore-control quota",
            "xenstore-control quota 0", "xenstore-control quota nodes", "xenstore-control print text",
            "xenstore-control quota set nodes 2000", "xenstore-control quota", "xenstore-control log on",
            "xenstore-control log off", "xenstore-control ''", "xenstore-control leftovers");
    }

    @Test
    void shouldSayTheSameWithoutAStore() throws Exception
    {
        final List<String> argv = List.of("xenstore-read", "/a");
        for (final String socket : List.of("/nonexistent", "", "/" + "x".repeat(150)))
        {
            final ProcessBuilder builder = new ProcessBuilder("env", "XENSTORED_PATH=" + socket, "xenstore-read", "/a");
            final ByteArrayOutputStream err = new ByteArrayOutputStream();
            final int status = new XenstoreTool(Map.of("XENSTORED_PATH", socket), err, err, () -> 0).run(argv);
            final StoreFixture.Ended ended = stock.run(builder);
            assertEquals(ended.err(), err.toString());
            assertEquals(ended.status(), status);
        }
    }
}
