package org.skerry.tests.system;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.skerry.guest.xenstore.XenstoreClient;
import org.skerry.guest.xenstore.XenstoreSocketClient;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** What is in xenstore and belongs to no domain outlives the host, when a file is named that keeps it. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class JournalSystemTest
{
    private final HostUnderTest host = new HostUnderTest();
    private final Path journal = host.folder().resolve("journal");

    @AfterEach
    void down() throws IOException
    {
        host.close();
    }

    @Test
    void shouldBeThereAgainAfterTheHostWasKilledOrWentDown() throws IOException
    {
        host.environment("SKERRY_XENSTORE_JOURNAL", journal.toString());
        host.ok(host.skerry("up"));
        write("/site/rack", "7");
        while (!Files.readString(journal).contains("+ /site/rack n0 7\n"))
        {
            Thread.onSpinWait();
        }
        ProcessHandle.of(host.pidOf("org.skerry.toolstack.host.Domain0")).orElseThrow().destroyForcibly();
        host.ok(host.skerry("up"));
        write("/site/row", read("/site/rack"));
        host.ok(host.skerry("down"));
        host.ok(host.skerry("up"));
        assertEquals("7", read("/site/row"));
        host.ok(host.skerry("down"));

        Files.writeString(journal, "mine\n");
        final HostUnderTest.Result refusal = host.skerry("up");
        assertNotEquals(0, refusal.exit());
        assertTrue(refusal.err().contains("cannot keep the xenstore journal " + journal +
            ": it is no xenstore journal; name another file"), refusal.toString());
    }

    private void write(final String path, final String value)
    {
        final XenstoreClient client = connect();
        client.write(path, value);
        client.close();
    }

    private String read(final String path)
    {
        final XenstoreClient client = connect();
        final String value = client.read(path);
        client.close();
        return value;
    }

    private XenstoreClient connect()
    {
        return XenstoreSocketClient.connect(host.runDirectory().resolve("xenstored").resolve("socket"));
    }
}
