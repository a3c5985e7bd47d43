package org.skerry.perf.xenstore;

import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import org.skerry.perf.ring.MeasurementException;
import org.skerry.wire.xs.XsOp;

/**
 * How long clients of a host wait when its xenstore is killed: with 100,000 nodes, 1,000 watches and open transactions,
 * while one client reads without end.
 */
final class Pauses implements AutoCloseable
{
    private static final String XENSTORE = "org.skerry.xenstore.XenstoreDomain";
    private static final int DIRECTORIES = 1000;
    private static final int NODES_EACH = 100;
    private static final int WATCHES = 1000;
    private static final int OPEN_TRANSACTIONS = 50;
    private static final long AFTERWARDS_NS = TimeUnit.SECONDS.toNanos(2);

    private final PrintWriter out;
    private final Path directory;
    private final List<StoreLink> links = new ArrayList<>();

    Pauses(final PrintWriter out)
    {
        this.out = out;
        try
        {
            directory = Files.createTempDirectory("xenperf");
        }
        catch (final IOException e)
        {
            throw new MeasurementException("no directory for a host: " + e.getMessage());
        }
    }

    /**
     * @param count    of kills.
     * @param secondsBetween them: a process that stands by needs some to be ready again.
     */
    void measure(final int count, final double secondsBetween)
    {
        skerry("up");
        final StoreLink reader = connect();
        IntStream.range(0, DIRECTORIES).forEach(i -> reader.mustAll(XsOp.WRITE,
            IntStream.range(0, NODES_EACH).mapToObj(j -> "/perf/" + i + '/' + j + "|0123456789abcdef").toList()));
        connect().mustAll(XsOp.WATCH,
            IntStream.range(0, WATCHES).mapToObj(i -> "/perf/" + i % DIRECTORIES + "/0|" + i + '|').toList());
        for (int i = 0; i < OPEN_TRANSACTIONS; i++)
        {
            connect().must(XsOp.TRANSACTION_START, "|");
        }
        out.println("kill -9 of xenstore, 100,000 nodes, 1,000 watches, 50 open transactions");
        out.println("      pause, ms   resident before, MiB   standing by, MiB");
        for (int i = 0; i < count; i++)
        {
            LockSupport.parkNanos((long)(secondsBetween * TimeUnit.SECONDS.toNanos(1)));
            kill(reader);
        }
    }

    private void kill(final StoreLink reader)
    {
        final List<ProcessHandle> processes = processes();
        if (processes.isEmpty())
        {
            throw new MeasurementException("xenstore does not run");
        }
        final ProcessHandle serving = processes.getFirst();
        final String resident = String.format("%13.0f %17s", residentMib(serving),
            processes.size() > 1 ? String.format("%.0f", residentMib(processes.getLast())) : "none");
        serving.destroyForcibly();
        final long killedNs = System.nanoTime();
        long longestNs = 0;
        long beganNs = killedNs;
        while (beganNs - killedNs < AFTERWARDS_NS)
        {
            reader.must(XsOp.READ, "/perf/5/5|");
            final long endNs = System.nanoTime();
            longestNs = Math.max(longestNs, endNs - beganNs);
            beganNs = endNs;
        }
        out.printf("%15d %s%n", TimeUnit.NANOSECONDS.toMillis(longestNs), resident);
        out.flush();
    }

    /** The one that serves is the older. */
    private List<ProcessHandle> processes()
    {
        return ProcessHandle.allProcesses()
            .filter(process -> commandLine(process).contains(XENSTORE) && isOurs(process))
            .filter(process -> commandLine(process).split("\0")[0].endsWith("java"))
            .sorted(Comparator.comparing(process -> process.info().startInstant().orElse(Instant.MAX))).toList();
    }

    private boolean isOurs(final ProcessHandle process)
    {
        return Stream.iterate(process, parent -> parent != null, parent -> parent.parent().orElse(null))
            .anyMatch(parent -> read(parent, "environ").contains("SKERRY_RUN_DIR=" + directory + '\0'));
    }

    private static String commandLine(final ProcessHandle process)
    {
        return read(process, "cmdline");
    }

    private static double residentMib(final ProcessHandle process)
    {
        return read(process, "status").lines().filter(line -> line.startsWith("VmRSS:"))
            .mapToDouble(line -> Double.parseDouble(line.replaceAll("[^0-9]", "")) / 1024).sum();
    }

    private static String read(final ProcessHandle process, final String file)
    {
        try
        {
            return Files.readString(Path.of("/proc", Long.toString(process.pid()), file));
        }
        catch (final IOException e)
        {
            return "";                                           // it has just ended
        }
    }

    private StoreLink connect()
    {
        final StoreLink link = new StoreLink(directory.resolve("xenstored/socket"));
        links.add(link);
        return link;
    }

    private void skerry(final String command)
    {
        final File program = Path.of(System.getProperty("skerry.home", ""), "bin", "skerry").toFile();
        final ProcessBuilder builder = new ProcessBuilder(program.getPath(), command)
            .redirectErrorStream(true).redirectOutput(directory.resolve(command + ".txt").toFile());
        builder.environment().put("SKERRY_RUN_DIR", directory.toString());
        try
        {
            if (builder.start().waitFor() != 0)
            {
                throw new MeasurementException(
                    "skerry " + command + ": " + Files.readString(directory.resolve(command + ".txt")));
            }
        }
        catch (final IOException e)
        {
            throw new MeasurementException("cannot run " + program + ": " + e.getMessage());
        }
        catch (final InterruptedException e)
        {
            Thread.currentThread().interrupt();
            throw new MeasurementException("interrupted");
        }
    }

    @Override
    public void close()
    {
        links.forEach(StoreLink::close);
        skerry("down");
        try (Stream<Path> paths = Files.walk(directory))
        {
            paths.sorted(Comparator.reverseOrder()).map(Path::toFile).forEach(File::delete);
        }
        catch (final IOException e)
        {
            throw new MeasurementException("cannot remove " + directory + ": " + e.getMessage());
        }
    }
}
