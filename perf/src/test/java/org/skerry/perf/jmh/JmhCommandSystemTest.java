package org.skerry.perf.jmh;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.skerry.perf.Xenperf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * The command as a user starts it. Nothing here says how fast anything is.
 */
@Timeout(120)
class JmhCommandSystemTest
{
    @TempDir
    private Path directory;

    @Test
    void shouldRunEveryBenchmarkWithoutAnError() throws IOException, InterruptedException
    {
        final Path figures = directory.resolve("figures.csv");

        final int status = run(
            "-f", "0", "-wi", "0", "-i", "1", "-r", "50ms", "-rf", "csv", "-rff", figures.toString());

        assertEquals(0, status, this::output);
        final String text = Files.readString(figures);
        for (final Class<?> benchmark : List.of(
            RingBenchmark.class, RingPairBenchmark.class, BlkifCodecBenchmark.class, NetifCodecBenchmark.class,
            HypercallCodecBenchmark.class, BellBenchmark.class))
        {
            assertTrue(text.contains(benchmark.getName()), text);
        }
    }

    @Test
    void shouldMeasureAllocation() throws IOException, InterruptedException
    {
        assertEquals(0, run("RingBenchmark.batchUnchecked", "-wi", "0", "-i", "1", "-r", "50ms", "-prof", "gc"));

        assertTrue(output().contains("gc.alloc.rate.norm"), this::output);
    }

    @Test
    void shouldFailWhenThereIsNoSuchBenchmark() throws IOException, InterruptedException
    {
        assertEquals(1, run("Carrots"));
    }

    private int run(final String... options) throws IOException, InterruptedException
    {
        final List<String> command = new ArrayList<>(List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-XX:+UseSerialGC",
            "--add-opens=java.base/jdk.internal.misc=ALL-UNNAMED", "--enable-native-access=ALL-UNNAMED",
            "-cp", System.getProperty("java.class.path"), Xenperf.class.getName(), "jmh"));
        command.addAll(List.of(options));

        return new ProcessBuilder(command).redirectErrorStream(true)
            .redirectOutput(directory.resolve("out").toFile()).start().waitFor();
    }

    private String output()
    {
        try
        {
            return Files.readString(directory.resolve("out"));
        }
        catch (final IOException e)
        {
            return e.toString();
        }
    }
}
