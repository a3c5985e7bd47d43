package org.skerry.tests.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A driver domain or the console is killed and comes back: the guests that it served go on and see a pause. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class ReattachSystemTest
{
    private static final String BLK = "org.skerry.blkback.BlkDriverDomain";
    private static final String NET = "org.skerry.netback.NetDriverDomain";
    private static final String CONSOLE = "org.skerry.console.ConsoleDomain";
    private static final Pattern SHA256 = Pattern.compile("([0-9a-f]{64})");
    private static final int IMAGE_LENGTH = 96 << 20;
    private static final int SECTOR = 512;

    private HostUnderTest host;

    @BeforeEach
    void up()
    {
        host = new HostUnderTest();
        host.ok(host.skerry("up"));
    }

    @AfterEach
    void down() throws IOException
    {
        host.close();
    }

    @Test
    void shouldFinishWhatWasUnderWayWhenTheBlockDriverDied() throws Exception
    {
        final Path image = host.folder().resolve("disk.img");
        final byte[] content = new byte[IMAGE_LENGTH];
        new Random(7).nextBytes(content);
        Files.write(image, content);
        host.ok(host.xl("create", host.config("reader", "disk = [ 'file:" + image + ",xvda,w' ]").toString()));
        try (ConsoleDriver console = host.console("reader"))
        {
            console.expectPrompt();
            final long killed = host.pidOf(BLK);
            console.type("sha256 xvda\r");
            host.kill(killed);

            final Matcher sum = console.expect(SHA256);
            assertEquals(
                HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content)), sum.group(1));
            assertNotEquals(killed, host.pidOf(BLK), "it was served to the end by another process");
            console.expectPrompt();

            console.command("write xvda 77 written after the restart");
            assertTrue(console.command("read xvda 77").contains("written after"));
            host.killAndAwaitTheNext(BLK);
            assertTrue(console.command("read xvda 77").contains("written after"));
        }
        final byte[] text = "written after the restart".getBytes(StandardCharsets.US_ASCII);
        assertEquals(
            new String(text, StandardCharsets.US_ASCII),
            new String(Arrays.copyOfRange(Files.readAllBytes(image), 77 * SECTOR, 77 * SECTOR + text.length),
                StandardCharsets.US_ASCII));
    }

    @Test
    void shouldLetGuestsMeetAgainWhenTheNetworkDriverDied() throws Exception
    {
        host.ok(host.xl("create", host.config(
            "one", "vif = [ 'switch=sw0' ]", "extra = 'ip=10.9.1.2/24'").toString()));
        host.ok(host.xl("create", host.config(
            "two", "vif = [ 'switch=sw0' ]", "extra = 'ip=10.9.1.3/24'").toString()));
        try (ConsoleDriver console = host.console("one"))
        {
            console.expectPrompt();
            awaitAnswer(console, "10.9.1.3");
            host.killAndAwaitTheNext(NET);
            awaitAnswer(console, "10.9.1.3");
            final String answers = console.command("ping 10.9.1.3 3");
            assertTrue(answers.contains(" 0% packet loss"), answers);
        }
    }

    @Test
    void shouldTalkToTheGuestAgainWhenTheConsoleDied() throws Exception
    {
        host.ok(host.xl("create", host.config("talker").toString()));
        try (ConsoleDriver console = host.console("talker"))
        {
            console.expectPrompt();
            host.killAndAwaitTheNext(CONSOLE);
            console.awaitEnd();
        }

        try (ConsoleDriver console = host.console("talker"))
        {
            console.type("\r");
            console.expectPrompt();
            assertTrue(console.command("echo still here").contains("still here"));
        }
    }

    @Test
    void shouldServeNewGuestsBesideTheOldOnes() throws Exception
    {
        final Path image = host.folder().resolve("disk.img");
        Files.write(image, new byte[1 << 20]);
        final Path other = host.folder().resolve("other.img");
        Files.write(other, new byte[1 << 20]);
        host.ok(host.xl("create", host.config("old", "disk = [ 'file:" + image + ",xvda,w' ]").toString()));
        host.killAndAwaitTheNext(BLK);
        final HostUnderTest.Result refused =
            host.xl("create", host.config("thief", "disk = [ 'file:" + image + ",xvda,w' ]").toString());
        assertNotEquals(0, refused.exit(), "the image is the old guest's also while its driver was dead");

        host.ok(host.xl("create", host.config("new", "disk = [ 'file:" + other + ",xvda,w' ]").toString()));

        for (final String name : new String[]{"old", "new"})
        {
            try (ConsoleDriver console = host.console(name))
            {
                console.expectPrompt();
                console.command("write xvda 1 I am " + name);
            }
        }
        assertTrue(new String(Files.readAllBytes(image), StandardCharsets.ISO_8859_1).contains("I am old"));
        assertTrue(new String(Files.readAllBytes(other), StandardCharsets.ISO_8859_1).contains("I am new"));
    }

    private static void awaitAnswer(final ConsoleDriver console, final String address) throws IOException
    {
        while (!console.command("ping " + address + " 1").contains(" 0% packet loss"))
        {
            Thread.onSpinWait();                           // the test's time limit ends this
        }
    }
}
