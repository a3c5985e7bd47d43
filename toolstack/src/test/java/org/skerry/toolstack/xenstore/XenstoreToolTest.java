package org.skerry.toolstack.xenstore;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.skerry.toolstack.RunDirectory;
import org.skerry.toolstack.xenstore.StoreFixture.Ended;

/** The programs against a real store where no stock ones are needed to know what is right. */
@Timeout(120)
class XenstoreToolTest
{
    @TempDir
    private Path directory;
    @RegisterExtension
    private final StoreFixture store = new StoreFixture();

    @Test
    void shouldReadWhatWasWritten()
    {
        assertEquals(new Ended(0, "", ""), store.ours("xenstore-write /a/b a\\n\\x07 /a/c 2"));
        assertEquals(new Ended(0, "a\\n\\007\n2\n", ""), store.ours("xenstore-read /a/b /a/c"));
        assertEquals(new Ended(0, "a\n\u0007", ""), store.ours("xenstore-read -R /a/b"));
        assertEquals(new Ended(0, "/a/b\n/a/c\n", ""), store.ours("xenstore list -p /a"));
        assertEquals(new Ended(0, "/a/b = \"a\\n\\007\"   (n0)\n/a/c = \"2\"   (n0)\n", ""),
            store.ours("xenstore-ls -fp /a"));
        assertEquals(new Ended(1, "", "xenstore-read: couldn't read path /c\n"), store.ours("xenstore-read /c"));
        assertEquals(0, store.ours("xenstore-chmod /a/c n3 r4").status());
        assertEquals("c = \"2\"  .   (n3,r4)",
            store.ours(List.of("xenstore-ls", "-p", "/a"), 13).out().lines().toList().getLast());
    }

    @Test
    void shouldListATreeThatTakesManyMessages()
    {
        final List<String> write = new ArrayList<>(List.of("xenstore-write"));
        final List<String> lines = new ArrayList<>();
        for (int i = 0; i < 300; i++)
        {
            final String path = "/t/" + i % 7 + "/" + (1000 + i) + "/leaf";
            write.addAll(List.of(path, "value \\x00 " + i));
            lines.add(path + " = \"value \\000 " + i + "\"");
        }
        write.addAll(List.of("/t/0/long", "v".repeat(4080)));
        lines.add("/t/0/long = \"" + "v".repeat(4080) + "\"");
        assertEquals(0, store.ours(write).status());

        final List<String> all = store.ours("xenstore-ls -f /t").out().lines().toList();
        assertEquals(lines.stream().sorted().toList(),
            all.stream().filter(line -> !line.endsWith(" = \"\"")).sorted().toList());
        assertEquals(all, all.stream().sorted((a, b) ->
            a.split(" ")[0].compareTo(b.split(" ")[0])).toList(), "each before those below it");
        assertEquals(store.ours("xenstore-ls -f /t/0").out(), all.stream().filter(line -> line.startsWith("/t/0/"))
            .map(line -> line + "\n").reduce("", String::concat));
    }

    @Test
    void shouldWriteAllOrNothing()
    {
        assertEquals(new Ended(1, "", "xenstore-write: could not write path //\n"),
            store.ours("xenstore-write /a 1 // 2"));
        assertEquals(1, store.ours("xenstore-exists /a").status());
    }

    @Test
    void shouldObeyControl()
    {
        assertEquals(new Ended(0, "OK\n", ""), store.ours("xenstore-control check"));
        assertEquals(new Ended(2, "", "Usage:\nxenstore-control <command> [<arg>...]\n"),
            store.ours("xenstore-control"));
        assertEquals(new Ended(2, "", "Missing binary specification\n"),
            store.ours("xenstore-control live-update -F -t 5"));
        final Ended refused = store.ours("xenstore-control nonsense");
        assertEquals(3, refused.status());
        assertTrue(refused.err().startsWith("Command not supported. Valid commands are:\ncheck "), refused.err());
    }

    @Test
    void shouldEndAWatchInTime() throws Exception
    {
        assertEquals(new Ended(1, "/a\n", ""), store.ours("xenstore-watch -T 1 -n 2 /a"));
        assertEquals(new Ended(0, "/a\n", ""), store.ours("xenstore-watch -T 100 -n 1 /a"));
    }

    @Test
    void shouldTellEachChangeAtOnce() throws Exception
    {
        final Process watch = store.program("xenstore-watch", "-n", "3", "-T", "60", "/w").start();

        try (BufferedReader out = watch.inputReader())
        {
            assertEquals("/w", out.readLine());
            store.ours("xenstore-write /w/a 1");
            assertEquals("/w/a", out.readLine());
            store.ours("xenstore-rm /w/a");
            assertEquals("/w/a", out.readLine());
        }

        assertEquals(0, watch.waitFor());
    }

    @Test
    void shouldEndWhenTheStoreHangsUp() throws Exception
    {
        final Path socket = directory.resolve("deaf");
        final ByteArrayOutputStream err = new ByteArrayOutputStream();

        try (ServerSocketChannel deaf = ServerSocketChannel.open(StandardProtocolFamily.UNIX))
        {
            deaf.bind(UnixDomainSocketAddress.of(socket));
            final Thread thread = Thread.ofPlatform().start(() -> hangUp(deaf));
            assertEquals(1, new XenstoreTool(Map.of("XENSTORED_PATH", socket.toString()), err, err, () -> 0)
                .run(List.of("xenstore-ls")));
            thread.join();
        }

        assertEquals("xenstore-ls: xs_directory (/): Input/output error\n", err.toString());
    }

    private static void hangUp(final ServerSocketChannel listener)
    {
        try
        {
            listener.accept().close();
        }
        catch (final IOException ex)
        {
            throw new IllegalStateException(ex);
        }
    }

    /** Neither text of the locale nor the JVM's idea of it comes between. */
    @Test
    void shouldTakeBytesAsTheyAreGiven() throws Exception
    {
        final List<String> shell = new ArrayList<>(List.of(
            "sh", "-c", "exec \"$@\" xenstore-write -R /v \"$(printf 'a\\377\\303\\050')\"", "sh"));
        shell.addAll(StoreFixture.java());
        assertEquals(new Ended(0, "", ""), store.run(new ProcessBuilder(shell)));
        assertEquals(new Ended(0, "a\u00FF\u00C3(", ""), store.ours("xenstore-read -R /v"));
        assertEquals(new Ended(0, "a\u00FF\u00C3(", ""), store.run(store.program("xenstore-read", "-R", "/v")));
        assertEquals(new Ended(0, "a\\xff\\xc3(\n", ""), store.run(store.program("xenstore-read", "/v")));
    }

    @Test
    void shouldFindTheStore() throws IOException
    {
        final ByteArrayOutputStream out = new ByteArrayOutputStream();
        final Path run = directory.resolve("run");
        Files.createDirectories(run.resolve("xenstored"));
        Files.createSymbolicLink(run.resolve("xenstored/socket"), store.socket);
        assertEquals(0, runIn(Map.of(RunDirectory.VARIABLE, run.toString()), out));
        assertEquals(0, runIn(Map.of("XENSTORED_RUNDIR", run.resolve("xenstored").toString()), out));
        assertEquals(0, runIn(Map.of("XENSTORED_PATH", store.socket.toString(), "XENSTORED_RUNDIR", "/nowhere"), out));
        assertEquals("", out.toString());
        assertEquals(1, runIn(Map.of("XENSTORED_PATH", directory.toString()), out));
        assertEquals(1, runIn(Map.of("XENSTORED_RUNDIR", run.toString()), out));
        assertTrue(out.toString().endsWith("xenstore-exists: xs_open: No such file or directory\n"), out.toString());
    }

    private static int runIn(final Map<String, String> environment, final ByteArrayOutputStream out)
    {
        return new XenstoreTool(environment, out, out, () -> 0).run(List.of("xenstore-exists", "/tool"));
    }

    @Test
    void shouldEndWhenNobodyReads()
    {
        final OutputStream closed = new OutputStream()
        {
            @Override
            public void write(final int b) throws IOException
            {
                throw new IOException("Broken pipe");
            }
        };
        assertEquals(1, new XenstoreTool(Map.of("XENSTORED_PATH", store.socket.toString()), closed, closed, () -> 0)
            .run(List.of("xenstore-ls")));
    }

    @Test
    void shouldBeTrainedWithoutAHost() throws Exception
    {
        ToolTraining.run(directory.resolve("socket"));
        assertFalse(Files.exists(directory.resolve("socket")));
    }
}
