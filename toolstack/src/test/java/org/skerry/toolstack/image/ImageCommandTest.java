package org.skerry.toolstack.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.skerry.toolstack.Progress;
import org.skerry.toolstack.ToolstackException;
import picocli.CommandLine;

class ImageCommandTest
{
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    @TempDir
    private Path directory;

    @Test
    void shouldMakeAnExt4ImageThatHoldsTheDirectoryAndIsClean() throws IOException
    {
        assumeTrue(StockProgram.findOrNull("mkfs.ext4") != null && StockProgram.findOrNull("debugfs") != null,
            "mkfs.ext4 is not installed (Debian: apt install e2fsprogs)");
        final Path from = Files.createDirectories(directory.resolve("from/below")).getParent();
        Files.writeString(from.resolve("below/file"), "what it says\n");
        final Path image = directory.resolve("disk.img");

        assertEquals(0, run("make", "--from", from.toString(), "--out", image.toString(), "--size", "20"));

        assertEquals(image + "\n", out.toString(StandardCharsets.UTF_8));
        assertEquals(20 << 20, Files.size(image));
        assertEquals("what it says\n", StockProgram.find("debugfs", "e2fsprogs")
            .run(null, List.of("-R", "cat /below/file", image.toString())));
        StockProgram.find("e2fsck", "e2fsprogs").run(null, List.of("-f", "-n", image.toString()));
        assertTrue(StockProgram.find("debugfs", "e2fsprogs").run(null, List.of("-R", "stat /", image.toString()))
            .contains("User:     0"));
    }

    @Test
    void shouldLeaveNothingBehindWhenAnImageIsTooSmall() throws IOException
    {
        assumeTrue(StockProgram.findOrNull("mkfs.ext4") != null,
            "mkfs.ext4 is not installed (Debian: apt install e2fsprogs)");
        final Path from = Files.createDirectories(directory.resolve("from"));
        final byte[] data = new byte[8 << 20];            // zeros would take no room
        Arrays.fill(data, (byte)1);
        Files.write(from.resolve("big"), data);
        final Path to = Files.createDirectories(directory.resolve("to"));

        final ToolstackException refused = assertThrows(ToolstackException.class, () ->
            ExtImage.make(from, to.resolve("disk.img"), 4));
        assertTrue(refused.getMessage().startsWith("mkfs.ext4 fails: "), refused.getMessage());
        try (var left = Files.list(to))
        {
            assertEquals(List.of(), left.toList());
        }
    }

    @Test
    void shouldSayWhichDirectoryIsMissing()
    {
        final Path missing = directory.resolve("missing");
        assertEquals("no such directory: " + missing, assertThrows(ToolstackException.class, () ->
            ExtImage.make(missing, directory.resolve("disk.img"), 0)).getMessage());
    }

    @Test
    void shouldWantOneSourceOfAnImage()
    {
        assertThrows(CommandLine.ParameterException.class, () -> run("make", "--out", "x"));
        assertThrows(CommandLine.ParameterException.class, () -> run("make", "--from", "y", "--debian", "--out", "x"));
    }

    @Test
    void shouldNameTheProgramsThatAreNotThereWithTheirPackage()
    {
        final ToolstackException missing = assertThrows(
            ToolstackException.class, () -> StockProgram.find("no-such-program", "some-package"));
        assertEquals("no-such-program is not installed (Debian: apt install some-package)", missing.getMessage());
        assertEquals(ToolstackException.EXIT_UNAVAILABLE, missing.exitCode());
    }

    private int run(final String... arguments)
    {
        final PrintStream print = new PrintStream(out, true, StandardCharsets.UTF_8);
        return new CommandLine.RunLast().execute(
            new CommandLine(new ImageCommand(print, directory.resolve("cache"), Progress.SILENT)).parseArgs(arguments));
    }
}
