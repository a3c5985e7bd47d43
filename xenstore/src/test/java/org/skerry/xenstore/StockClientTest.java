package org.skerry.xenstore;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.skerry.guest.StockXen;
import org.skerry.guest.xenstore.XenstoreClient;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/** Other people's programs against our socket: xenstore-utils of the distribution, unmodified. */
@Timeout(120)
class StockClientTest
{
    private static final long DEADLINE_S = 30;

    private SocketFixture fixture;

    private record Result(int status, String out)
    {
    }

    @BeforeEach
    void start() throws IOException
    {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/xenstore-ls")),
            "peer missing: xenstore-ls (package xenstore-utils); the tests with stock clients did not run");
        fixture = new SocketFixture();
    }

    @AfterEach
    void stop() throws IOException
    {
        if (fixture != null)
        {
            fixture.close();
        }
    }

    @Test
    void shouldReadWhatWasWritten() throws Exception
    {
        assertEquals(0, run("xenstore-write", "/a/b", "hello", "/a/c", "world").status);
        assertEquals(new Result(0, "hello\nworld\n"), run("xenstore-read", "/a/b", "/a/c"));
        assertEquals(new Result(0, "/a/b: hello\n"), run("xenstore-read", "-p", "/a/b"));
        assertEquals(1, run("xenstore-read", "/missing").status);
        assertEquals(new Result(0, "hello\n"), run("xenstore-read", "-s", "/a/b"));
    }

    @Test
    void shouldListAndTellWhatExists() throws Exception
    {
        run("xenstore-write", "/a/one", "1", "/a/two", "2");
        assertEquals(new Result(0, "one\ntwo\n"), run("xenstore-list", "/a"));
        assertEquals(0, run("xenstore-exists", "/a/one").status);
        assertEquals(1, run("xenstore-exists", "/a/three").status);
        assertEquals(1, run("xenstore-list", "/b").status);
    }

    @Test
    void shouldShowTheTreeWithPermissions() throws Exception
    {
        run("xenstore-write", "/a/b", "hello", "/a/c/d", "1");
        run("xenstore-chmod", "/a/b", "n0", "r5");
        assertEquals(
            List.of("b = \"hello\" (n0,r5)", "c = \"\" (n0)", "d = \"1\" (n0)"),
            run("xenstore-ls", "-p", "/a").out.lines().map(StockClientTest::withoutFiller).toList());
        assertEquals(new Result(0, "/a/b = \"hello\"\n/a/c = \"\"\n/a/c/d = \"1\"\n"), run("xenstore-ls", "-f", "/a"));
        final Result all = run("xenstore-ls");
        assertEquals(0, all.status);
        assertTrue(all.out.contains("tool = \"\"\n xenstored = \"\"\n"), all.out);
    }

    @Test
    void shouldListMoreChildrenThanAMessageHolds() throws Exception
    {
        try (XenstoreClient client = fixture.connect())
        {
            for (int i = 0; i < 1000; i++)
            {
                client.write("/long/child-" + i, Integer.toString(i));
            }
        }

        assertEquals(1000, run("xenstore-list", "/long").out.lines().count());
        assertEquals(1000, run("xenstore-ls", "-f", "/long").out.lines().count());
    }

    @Test
    void shouldRemove() throws Exception
    {
        run("xenstore-write", "/a/b/c", "1");
        assertEquals(0, run("xenstore-rm", "/a/b").status);
        assertEquals(1, run("xenstore-exists", "/a/b/c").status);
        assertEquals(0, run("xenstore-exists", "/a").status);
        run("xenstore-write", "/x/y/z", "1");
        assertEquals(0, run("xenstore-rm", "-t", "/x/y/z").status);
        assertEquals(1, run("xenstore-exists", "/x").status);
    }

    @Test
    void shouldChangePermissionsRecursively() throws Exception
    {
        run("xenstore-write", "/a/b/c", "1");
        assertEquals(0, run("xenstore-chmod", "-r", "/a", "n0", "r7").status);
        assertEquals("/a/b/c = \"1\" (n0,r7)", withoutFiller(run("xenstore-ls", "-fp", "/a/b").out));
    }

    @Test
    void shouldWatch() throws Exception
    {
        run("xenstore-write", "/w/a", "1");
        final Process watch = start("xenstore-watch", "-n", "3", "/w", "@introduceDomain");

        try (BufferedReader out = watch.inputReader(StandardCharsets.UTF_8))
        {
            assertEquals("/w", out.readLine());
            assertEquals("@introduceDomain", out.readLine());
            run("xenstore-write", "/w/a/deep", "1");
            assertEquals("/w/a/deep", out.readLine());
        }

        assertTrue(watch.waitFor(DEADLINE_S, TimeUnit.SECONDS));
        assertEquals(0, watch.exitValue());
    }

    @Test
    void shouldObeyXenstoreControl() throws Exception
    {
        final Optional<Path> control = StockXen.program("xenstore-control");
        assumeTrue(control.isPresent(), StockXen.missing("xenstore-control"));
        final String program = control.get().toString();
        assertEquals(new Result(0, "OK\n"), run(program, "check"));
        assertTrue(run(program, "quota").out.contains("nodes            :     1000 Nodes per domain"));
        assertEquals(3, run(program, "nonsense").status);
    }

    @Test
    void shouldServeManyStockClientsAtOnce() throws Exception
    {
        final List<Process> writers = IntStream.range(0, 16).mapToObj(i ->
        {
            try
            {
                return start("xenstore-write", "/many/" + i, Integer.toString(i));
            }
            catch (final IOException e)
            {
                throw new AssertionError(e);
            }
        }).toList();

        for (final Process writer : writers)
        {
            assertTrue(writer.waitFor(DEADLINE_S, TimeUnit.SECONDS));
            assertEquals(0, writer.exitValue());
        }

        assertEquals(16, run("xenstore-list", "/many").out.lines().count());
    }

    /** Between value and permissions xenstore-ls draws a line of dots. */
    private static String withoutFiller(final String line)
    {
        return line.strip().replaceAll("[ .]*  \\(", " (");
    }

    private Process start(final String... command) throws IOException
    {
        final ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put("XENSTORED_PATH", fixture.socket.toString());
        return builder.start();
    }

    private Result run(final String... command) throws IOException, InterruptedException
    {
        final Process process = start(command);
        process.getOutputStream().close();
        final String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertTrue(process.waitFor(DEADLINE_S, TimeUnit.SECONDS), () -> String.join(" ", command));
        return new Result(process.exitValue(), out);
    }
}
