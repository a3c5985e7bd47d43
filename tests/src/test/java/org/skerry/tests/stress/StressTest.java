package org.skerry.tests.stress;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Runs jcstress in a process of its own. {@code -Dskerry.stress=MODE} is one of its modes, for as long as it takes. */
@Isolated
class StressTest
{
    private static final String JVM_FLAGS = "--add-opens=java.base/jdk.internal.misc=ALL-UNNAMED -Xmx256m";
    private static final int PATIENCE_MINUTES = 3;

    @TempDir
    Path directory;

    @Test
    @Tag("SEC-012")
    @Tag("SEC-043")
    @Tag("SEC-052")
    void shouldSeeNothingForbidden() throws IOException, InterruptedException
    {
        final String mode = System.getProperty("skerry.stress");
        final List<String> command = new ArrayList<>(List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(), "--enable-native-access=ALL-UNNAMED",
            "-cp", System.getProperty("java.class.path"), "org.openjdk.jcstress.Main",
            "-t", "org.skerry", "-r", directory.toString()));
        command.addAll(mode != null ? List.of("-m", mode, "-jvmArgsPrepend", JVM_FLAGS) :
            List.of("-f", "1", "-fsm", "1", "-iters", "3", "-time", "300", "-sc", "false", "-jvmArgs", JVM_FLAGS));
        final Path log = directory.resolve("log");
        final Process jcstress = new ProcessBuilder(command)
            .directory(directory.toFile()).redirectErrorStream(true).redirectOutput(log.toFile()).start();
        try
        {
            assertTrue(jcstress.waitFor(mode == null ? PATIENCE_MINUTES : Integer.MAX_VALUE, TimeUnit.MINUTES));
        }
        finally
        {
            jcstress.destroyForcibly();
        }

        final String said = Files.readString(log);
        assertEquals(0, jcstress.exitValue(), said);
        assertTrue(said.contains(" 0 failed, 0 soft errs, 0 hard errs)"), said);
    }
}
