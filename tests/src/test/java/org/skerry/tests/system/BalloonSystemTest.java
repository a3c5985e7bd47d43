package org.skerry.tests.system;

import java.io.IOException;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.skerry.guest.xenstore.XenstoreClient;
import org.skerry.guest.xenstore.XenstoreSocketClient;

import static org.junit.jupiter.api.Assertions.assertTrue;

/** A guest follows what Domain-0 writes into its {@code memory/target}. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class BalloonSystemTest
{
    private static final String TARGET = "/local/domain/1/memory/target";
    private static final long PATIENCE_NS = TimeUnit.SECONDS.toNanos(60);

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
    void shouldShrinkAndGrowWithItsTarget() throws Exception
    {
        host.ok(host.xl("create", host.config("balloon", "maxmem = 128").toString()));
        awaitMemory(64);
        try (XenstoreClient store = XenstoreSocketClient.connect(host.runDirectory().resolve("xenstored/socket")))
        {
            store.write(TARGET, Integer.toString(40 * 1024));
            awaitMemory(40);
            store.write(TARGET, Integer.toString(100 * 1024));
            awaitMemory(100);
            store.write(TARGET, "much");
            store.write(TARGET, Integer.toString(999 * 1024));
            awaitMemory(128);
            store.write(TARGET, Integer.toString(64 * 1024));
            awaitMemory(64);
        }
        try (ConsoleDriver console = host.console("balloon"))
        {
            console.expectPrompt();
        }
        host.ok(host.xl("destroy", "balloon"));
        host.awaitGone("balloon");
    }

    private static void awaitMemory(final int memoryMb)
    {
        final long deadline = System.nanoTime() + PATIENCE_NS;
        String row = host.ok(host.xl("list", "balloon"));
        while (row.lines().noneMatch(line -> line.matches("balloon +1 +" + memoryMb + " .*")))
        {
            assertTrue(System.nanoTime() < deadline, row);
            row = host.ok(host.xl("list", "balloon"));
        }
    }
}
