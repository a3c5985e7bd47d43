package org.skerry.tests.system;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/**
 * Disks are real: what the guest reads is what the image holds, what it writes stands at its place.
 */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class DiskSystemTest
{
    private static final Pattern SHA256 = Pattern.compile("\\b([0-9a-f]{64})\\b");
    private static final int SECTOR = 512;

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
    void shouldShowTheGuestTheImageAsItIs() throws Exception
    {
        assumeTrue(HostUnderTest.has("mkfs.ext4"), "e2fsprogs is not installed");
        final Path image = fileSystem("read.img");
        final String before = sha256(image);
        host.ok(host.xl("create", host.config("reader", disk(image, "w")).toString()));
        try (ConsoleDriver console = host.console("reader"))
        {
            console.expectPrompt();
            assertTrue(console.command("lsblk").contains("xvda"));
            final String answer = console.command("sha256 xvda");
            final Matcher matcher = SHA256.matcher(answer);
            assertTrue(matcher.find(), answer);
            assertEquals(before, matcher.group(1));
            console.type("poweroff\r");
            console.awaitEnd();
        }
        host.awaitGone("reader");
        assertEquals(before, sha256(image), "a guest that wrote nothing changed the image");
        assertEquals(0, host.run(List.of("e2fsck", "-fn", image.toString())).exit());
    }

    @Test
    void shouldPutASectorAtItsPlace() throws Exception
    {
        final Path image = host.folder().resolve("write.img");
        final byte[] content = new byte[1 << 20];
        new Random(1).nextBytes(content);
        Files.write(image, content);
        host.ok(host.xl("create", host.config("writer", disk(image, "w")).toString()));
        try (ConsoleDriver console = host.console("writer"))
        {
            console.expectPrompt();
            console.command("write xvda 77 written by the guest");
            assertTrue(console.command("read xvda 77").contains("written by"));
            console.type("poweroff\r");
            console.awaitEnd();
        }
        host.awaitGone("writer");

        final byte[] text = "written by the guest".getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(text, 0, content, 77 * SECTOR, text.length);
        final byte[] found = Files.readAllBytes(image);
        assertArrayEquals(
            Arrays.copyOfRange(content, 77 * SECTOR, 77 * SECTOR + text.length),
            Arrays.copyOfRange(found, 77 * SECTOR, 77 * SECTOR + text.length));
        assertArrayEquals(
            Arrays.copyOfRange(content, 0, 77 * SECTOR),
            Arrays.copyOfRange(found, 0, 77 * SECTOR));
        assertArrayEquals(
            Arrays.copyOfRange(content, 78 * SECTOR, content.length),
            Arrays.copyOfRange(found, 78 * SECTOR, found.length));
    }

    @Test
    void shouldRefuseToWriteAReadOnlyDisk() throws Exception
    {
        final Path image = host.folder().resolve("ro.img");
        Files.write(image, new byte[1 << 20]);
        host.ok(host.xl("create", host.config("ro", disk(image, "r")).toString()));
        try (ConsoleDriver console = host.console("ro"))
        {
            console.expectPrompt();
            console.command("write xvda 1 nonsense");
            console.type("poweroff\r");
            console.awaitEnd();
        }
        host.awaitGone("ro");
        assertArrayEquals(new byte[1 << 20], Files.readAllBytes(image));
    }

    @Test
    void shouldGiveAnImageToOneDomainOnly() throws Exception
    {
        final Path image = host.folder().resolve("shared.img");
        try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw"))
        {
            file.setLength(1 << 20);
        }
        final Path link = Files.createSymbolicLink(host.folder().resolve("link.img"), image);
        host.ok(host.xl("create", host.config("holder", disk(image, "w")).toString()));
        final HostUnderTest.Result second = host.xl("create", host.config("second", disk(link, "w")).toString());
        assertNotEquals(0, second.exit());
        assertTrue(second.err().contains("in use"), second.err());
        host.ok(host.xl("destroy", "holder"));
        host.awaitGone("holder");
        host.ok(host.xl("create", host.config("third", disk(link, "w")).toString()));
        host.ok(host.xl("destroy", "third"));
    }

    private static String disk(final Path image, final String access)
    {
        return "disk = [ 'file:" + image + ",xvda," + access + "' ]";
    }

    private static Path fileSystem(final String name) throws IOException
    {
        final Path source = Files.createDirectory(host.folder().resolve(name + ".d"));
        final byte[] bytes = new byte[3_000_000];
        new Random(7).nextBytes(bytes);
        Files.write(source.resolve("random"), bytes);
        Files.writeString(source.resolve("hello.txt"), "hello from the host\n");
        final Path image = host.folder().resolve(name);
        host.ok(host.run(List.of("mkfs.ext4", "-q", "-d", source.toString(), image.toString(), "64M")));

        return image;
    }

    private static String sha256(final Path image) throws Exception
    {
        final MessageDigest digest = MessageDigest.getInstance("SHA-256");
        return HexFormat.of().formatHex(digest.digest(Files.readAllBytes(image)));
    }
}
