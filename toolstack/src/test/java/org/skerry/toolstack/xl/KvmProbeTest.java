package org.skerry.toolstack.xl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KvmProbeTest
{
    @TempDir
    private Path directory;

    @Test
    void shouldSayThatThereIsNone()
    {
        assertEquals(new KvmProbe(KvmProbe.Verdict.MISSING, "ENOENT"),
            KvmProbe.examine(directory.resolve("kvm").toString()));
    }

    @Test
    void shouldNotTakeAFileForKvm() throws IOException
    {
        assertEquals(KvmProbe.Verdict.BROKEN,
            KvmProbe.examine(Files.createFile(directory.resolve("kvm")).toString()).verdict());
    }

    @Test
    void shouldRunItsGuestOnThisMachinesKvmWithinTwoSeconds()
    {
        assumeTrue(Files.isWritable(Path.of("/dev/kvm")), "/dev/kvm is missing or not permitted");
        final long startNs = System.nanoTime();
        final KvmProbe probe = KvmProbe.examine("/dev/kvm");

        assertTrue(System.nanoTime() - startNs < TimeUnit.SECONDS.toNanos(2), probe.toString());
        assertNotEquals(KvmProbe.Verdict.BROKEN, probe.verdict(), probe.toString());
        assertTrue(probe.detail().matches("200,000 instructions in \\d+ us"), probe.toString());
    }
}
