package org.skerry.toolstack.xenstore;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.skerry.toolstack.ToolstackException;
import org.skerry.wire.linux.Unistd;

/** A store's nodes in a file, and in another store made of it. */
@Timeout(60)
class StoreJournalTest
{
    private static final String LONG = "v".repeat(4_080);

    @TempDir
    private Path directory;
    private final StoreFixture before = new StoreFixture();
    private final StoreFixture after = new StoreFixture();
    private final ByteArrayOutputStream logged = new ByteArrayOutputStream();

    @AfterEach
    void close() throws IOException
    {
        before.close();
        after.close();
    }

    @Test
    void shouldHaveAgainWhatBelongsToNoDomain()
    {
        keep(file(), before).close();
        before.ours("xenstore-write /site/rack 7 /site/empty/node  /site/odd \\x00\\xff\\t\\\\ /long " + LONG);
        before.ours("xenstore-write /mine/theirs/below x /local/domain/5/name g /vm/1 v /libxlish l /gone g");
        before.ours("xenstore-chmod /mine/theirs n5");
        before.ours("xenstore-chmod /site n0 b5 r32757");
        keep(file(), before).close();
        final StoreJournal journal = keep(file(), before);
        before.ours("xenstore-rm /gone");
        journal.close();

        keep(file(), after).close();

        assertEquals("/libxlish = \"l\"   (n0)\n/long = \"" + LONG + "\"   (n0)\n/mine = \"\"   (n0)\n" +
            "/site = \"\"   (n0,r32757)\n/site/empty = \"\"   (n0)\n/site/empty/node = \"\"   (n0)\n" +
            "/site/odd = \"\\000\\xff\\t\\\\\"   (n0)\n/site/rack = \"7\"   (n0)\n" +
            "/tool = \"\"   (n0)\n/tool/xenstored = \"\"   (n0)\n", after.ours("xenstore-ls -f -p").out());
        assertEquals("", logged.toString(StandardCharsets.UTF_8));
    }

    @Test
    @Timeout(value = 20, unit = TimeUnit.SECONDS)
    void shouldHaveOnTheDiskWithinASecondWhatChanged() throws IOException
    {
        try (StoreJournal journal = keep(file(), before))
        {
            before.ours("xenstore-write /a/b one");
            before.ours("xenstore-write /a/b two");
            before.ours("xenstore-rm /tool");
            while (!Files.readString(file()).contains("two"))
            {
                Thread.onSpinWait();
            }
            final Path asAfterACrash = Files.copy(file(), directory.resolve("copy"));

            keep(asAfterACrash, after).close();
            assertTrue(journal != null && after.ours("xenstore-read /a/b").out().equals("two\n"));
        }
    }

    @Test
    void shouldReadWhatIsWholeWhereverTheFileIsCut() throws IOException
    {
        final List<String> lines = List.of(
            JournalFile.line("/a", new PastNode("n0", "= 1\n")), JournalFile.line("/b", new PastNode("n0", "")));
        try (JournalFile file = JournalFile.open(file()))
        {
            try (JournalFile.Successor whole = file.successor())
            {
                whole.append(lines);
                whole.finish();
            }
            file.append(List.of(JournalFile.line("/a", null)));
        }
        final byte[] whole = Files.readAllBytes(file());
        final int second = new String(whole, StandardCharsets.ISO_8859_1).indexOf("\n- /a\n") + 1;

        for (int length = whole.length; length > "# xenstore journal of Skerry 1\n".length(); length--)
        {
            Files.write(file(), Arrays.copyOf(whole, length));
            final List<String> read = changes();
            final int expected = length >= whole.length - 1 ? 3 : length >= second - 1 ? 2 : 0;
            final int cut = length;
            assertEquals(expected, read.size(), () -> "cut at " + cut + ": " + read);
        }
        whole[second + 3] ^= 1;
        Files.write(file(), whole);
        assertEquals(List.of("/a=PastNode[permissions=n0, value== 1\n]", "/b=PastNode[permissions=n0, value=]"),
            changes());
    }

    private List<String> changes() throws IOException
    {
        final List<String> changes = new ArrayList<>();
        try (JournalFile file = JournalFile.open(file()))
        {
            file.read((path, node) -> changes.add(path + '=' + node));
        }

        return changes;
    }

    @Test
    void shouldRefuseAFileThatIsNotItsOwn() throws IOException
    {
        Files.writeString(file(), "something else\n");
        assertRefused(file(), "it is no xenstore journal; name another file");
        assertEquals("something else\n", Files.readString(file()));
        assertRefused(Path.of("relative"), "its path must begin with /");
        assertRefused(Path.of("/none/such"), "NoSuchFileException: /none/such.lock");

        Files.delete(file());
        try (StoreJournal journal = keep(file(), before))
        {
            assertTrue(journal != null);
            assertRefused(file(), "another host uses it");
        }
        keep(file(), after).close();
    }

    @Test
    void shouldGoOnWhenAFullDiskHasRoomAgain() throws IOException, InterruptedException
    {
        assumeTrue(Unistd.getuid() == 0, "needs root: a file system of its own");
        final Path disk = Files.createDirectory(directory.resolve("disk"));
        run("mount", "-t", "tmpfs", "-o", "size=64k", "none", disk.toString());
        try
        {
            final Path small = disk.resolve("journal");
            before.ours("xenstore-write /early e");
            final StoreJournal journal = keep(small, before);
            final Path ballast = disk.resolve("ballast");
            fill(ballast);
            before.ours("xenstore-write /large " + LONG);
            before.ours("xenstore-write /late l");
            waitForLog("xenstore journal: No space left on device\n");
            assertEquals("l\n", before.ours("xenstore-read /late").out());
            assertRefused(disk.resolve("second"), "No space left on device");
            assertEquals(List.of(ballast, small), filesWithoutLocks(disk));

            final Path asAfterACrash = Files.copy(small, directory.resolve("copy"));
            Files.delete(ballast);
            waitForLog("xenstore journal: goes on\n");
            journal.close();
            keep(asAfterACrash, after).close();
            assertEquals("e\n", after.ours("xenstore-read /early").out());
            assertEquals(1, after.ours("xenstore-exists /late").status());
            keep(small, after).close();
            assertEquals(LONG + "\nl\n", after.ours("xenstore-read /large /late").out());
        }
        finally
        {
            run("umount", "-l", disk.toString());
        }
    }

    private static void run(final String... command) throws IOException, InterruptedException
    {
        assertEquals(0, new ProcessBuilder(command).inheritIO().start().waitFor());
    }

    private static void fill(final Path ballast) throws IOException
    {
        try (FileChannel out = FileChannel.open(
            ballast, StandardOpenOption.CREATE, StandardOpenOption.WRITE))
        {
            assertThrows(IOException.class, () ->
            {
                while (out.write(ByteBuffer.allocate(1024)) > 0)
                {
                    Thread.onSpinWait();
                }
            });
        }
    }

    private static List<Path> filesWithoutLocks(final Path folder) throws IOException
    {
        try (Stream<Path> files = Files.list(folder))
        {
            return files.filter(file -> !file.toString().endsWith(".lock")).sorted().toList();
        }
    }

    private void waitForLog(final String line)
    {
        while (!logged.toString(StandardCharsets.UTF_8).endsWith(line))
        {
            Thread.onSpinWait();
        }
    }

    private void assertRefused(final Path path, final String why)
    {
        final ToolstackException refusal = assertThrows(ToolstackException.class, () -> keep(path, after));
        assertEquals("cannot keep the xenstore journal " + path + ": " + why, refusal.getMessage());
    }

    private StoreJournal keep(final Path path, final StoreFixture store)
    {
        return StoreJournal.keep(path, store.socket, new PrintStream(logged, true, StandardCharsets.UTF_8));
    }

    private Path file()
    {
        return directory.resolve("journal");
    }
}
