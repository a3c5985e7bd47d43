package org.skerry.perf.xenstore;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

import org.skerry.perf.ring.MeasurementException;

/** Starts {@link OwnServerMain} with the flags that the xenstore domain has, and ends it. */
final class OwnServer implements AutoCloseable
{
    /** As the toolstack starts the domain. */
    private static final List<String> FLAGS = List.of(
        "-XX:+UseShenandoahGC", "-XX:SoftMaxHeapSize=96m", "-XX:ConcGCThreads=1", "-XX:+UnlockExperimentalVMOptions",
        "-XX:ShenandoahUncommitDelay=2000", "-XX:-UsePerfData", "-XX:-UseContainerSupport",
        "-Xms4m", "-Xmx256m", "-Xss512k",
        "-XX:CompressedClassSpaceSize=32m", "-XX:ReservedCodeCacheSize=32m",
        "--add-opens=java.base/jdk.internal.misc=ALL-UNNAMED", "--enable-native-access=ALL-UNNAMED");

    private static final long END_TIMEOUT_S = 5;

    private final Process process;
    private final Path directory;
    private final StoreServer server;

    OwnServer(final List<String> moreFlags)
    {
        try
        {
            directory = Files.createTempDirectory("xenperf");
            final Path socket = directory.resolve("socket");
            final List<String> command = new ArrayList<>();
            command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
            command.addAll(FLAGS);
            command.addAll(moreFlags);
            command.addAll(List.of(
                "-cp", System.getProperty("java.class.path"), OwnServerMain.class.getName(), socket.toString()));
            process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
            server = new StoreServer("skerry", socket, (int)process.pid(), StoreServer.Kind.WITH_DOMAINS);
            awaitReady();
        }
        catch (final IOException e)
        {
            throw new MeasurementException("cannot start our server: " + e.getMessage());
        }
    }

    private void awaitReady() throws IOException
    {
        final BufferedReader out = process.inputReader(StandardCharsets.UTF_8);

        for (String line = out.readLine(); !"ready".equals(line); line = out.readLine())
        {
            if (line == null)
            {
                throw new MeasurementException("our server ended at its start: socket=" + server.socket());
            }
        }
    }

    StoreServer server()
    {
        return server;
    }

    @Override
    public void close()
    {
        try
        {
            process.getOutputStream().close();

            if (!process.waitFor(END_TIMEOUT_S, TimeUnit.SECONDS))
            {
                process.destroyForcibly();
            }

            Files.deleteIfExists(server.socket());
            Files.deleteIfExists(directory);
        }
        catch (final IOException | InterruptedException e)
        {
            process.destroyForcibly();
        }
    }
}
