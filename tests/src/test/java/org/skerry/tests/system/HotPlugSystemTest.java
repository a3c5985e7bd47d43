package org.skerry.tests.system;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Disks are plugged into a guest that runs, and unplugged. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class HotPlugSystemTest
{
    private static HostUnderTest host;
    private static String disk;

    @BeforeAll
    static void up() throws IOException
    {
        host = new HostUnderTest();
        final Path image = Files.write(host.folder().resolve("disk.img"), new byte[1 << 20]);
        disk = "file:" + image + ",xvdb,w";
        host.ok(host.skerry("up"));
        host.ok(host.xl("create", host.config("one").toString()));
        host.ok(host.xl("create", host.config("two").toString()));
    }

    @AfterAll
    static void down() throws IOException
    {
        host.close();
    }

    @Test
    void shouldReturnWhenADiskIsConnectedAndWhenItIsGone()
    {
        host.ok(host.xl("block-attach", "one", disk));
        assertTrue(host.ok(host.xl("block-list", "one")).matches("(?s).*\n51728 +\\d+ +\\d+ +4 .*"), "connected");
        refuse("domain " + domid("one") + " has a disk xvdb already", "block-attach", "one", disk);
        refuse("is in use by another domain or program", "block-attach", "two", disk);

        host.ok(host.xl("block-detach", "one", "xvdb"));
        assertFalse(host.ok(host.xl("block-list", "one")).contains("51728"));
        refuse("domain " + domid("one") + " has no disk xvdb", "block-detach", "one", "xvdb");

        host.ok(host.xl("block-attach", "two", disk));
        host.ok(host.xl("block-detach", "two", "51728"));
    }

    @Test
    void shouldTakeApartADiskThatTheGuestDoesNotConnect()
    {
        host.ok(host.xl("pause", "two"));
        final String before = nodes();
        refuse(
            "does not connect xvdd within 10 s", "block-attach", "two", "file:" + host.folder() + "/disk.img,xvdd,r");
        assertEquals(before, nodes());
        host.ok(host.xl("unpause", "two"));
    }

    private static void refuse(final String why, final String... command)
    {
        final HostUnderTest.Result result = host.xl(command);
        assertEquals(1, result.exit(), result::toString);
        assertEquals(1, result.err().lines().count(), result.err());
        assertTrue(result.err().contains(why), result.err());
    }

    private static String domid(final String name)
    {
        return host.ok(host.xl("domid", name)).strip();
    }

    private static String nodes()
    {
        return host.ok(host.run(host.command("xenstore-ls", "/")));
    }
}
