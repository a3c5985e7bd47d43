package org.skerry.perf.xenstore;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

import org.skerry.perf.ring.MeasurementException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * {@code xenperf xenstore}.
 */
@Command(name = "xenperf xenstore", mixinStandardHelpOptions = true, sortOptions = false, description = {
    "Measure xenstore beside other servers, with the same clients in turns: medians of all rounds.",
    "The first figure of a row is what counts on a busy machine: CPU time of the server's process.", ""})
public final class StoreCommand implements Callable<Integer>
{
    private static final int MAX_ROUNDS = 100;
    private static final double MIN_SECONDS = 0.05;
    private static final double MAX_SECONDS = 60;
    private static final double QUICK_SECONDS = 0.3;
    private static final int QUICK_DOMAINS = 200;
    private static final int MIN_DOMAINS = 20;
    private static final int MAX_DOMAINS = 10_000;

    @Spec
    private CommandSpec spec;

    @Option(names = "--peer", paramLabel = "[NAME=]SOCKET[,PID]", description = {
        "Another server that listens there; may be given again. It must be empty and is left empty.",
        "PID is needed only where another process opened the socket."})
    private List<String> peers = new ArrayList<>();

    @Option(names = "--no-own", description = "Leave our own server out.")
    private boolean isOwnLeftOut;

    @Option(names = "--floor", description =
        "Beside them a program in C that only receives and sends: what no server on a socket can do without.")
    private boolean isFloorShown;

    @Option(names = "--rows", paramLabel = "REGEX", defaultValue = "",
        description = "Only rows whose name has this in it.")
    private String rows;

    @Option(names = "--rounds", paramLabel = "N", defaultValue = "3",
        description = "How often each server has its turn at a row (default: ${DEFAULT-VALUE}).")
    private int rounds;

    @Option(names = "--seconds", paramLabel = "N", defaultValue = "1",
        description = "Length of a turn, after half as much to warm up (default: ${DEFAULT-VALUE}).")
    private double seconds;

    @Option(names = "--domains", paramLabel = "N", defaultValue = "1000",
        description = "Domains made one after another (default: ${DEFAULT-VALUE}).")
    private int domains;

    @Option(names = "--quick", description = "Turns of 0.3 s and 200 domains.")
    private boolean isQuick;

    @Option(names = "--warm-up", paramLabel = "N", defaultValue = "5", description =
        "Seconds in which each server serves a bit of everything before the first row (default: ${DEFAULT-VALUE}).")
    private double warmUpSeconds;

    @Option(names = "--kill", paramLabel = "N", defaultValue = "0", description = {
        "No rows: start a host, fill its xenstore, and kill that N times; tell how long clients waited."})
    private int kills;

    @Option(names = "--kill-pause", paramLabel = "S", defaultValue = "8",
        description = "Seconds before each kill (default: ${DEFAULT-VALUE}).")
    private double secondsBeforeKill;

    @Option(names = "--jvm-flag", paramLabel = "FLAG",
        description = "A further flag for our server; may be given again.")
    private List<String> jvmFlags = new ArrayList<>();

    @Override
    public Integer call()
    {
        require(rounds >= 1 && rounds <= MAX_ROUNDS, "--rounds must be 1 to 100: " + rounds);
        require(seconds >= MIN_SECONDS && seconds <= MAX_SECONDS, "--seconds must be 0.05 to 60: " + seconds);
        require(domains >= MIN_DOMAINS && domains <= MAX_DOMAINS, "--domains must be 20 to 10000: " + domains);
        require(warmUpSeconds >= 0 && warmUpSeconds <= MAX_SECONDS, "--warm-up must be 0 to 60: " + warmUpSeconds);
        require(!isOwnLeftOut || !peers.isEmpty(), "--no-own leaves nothing to measure without --peer");
        require(kills >= 0 && kills <= MAX_ROUNDS, "--kill must be 0 to 100: " + kills);
        require(secondsBeforeKill >= 0 && secondsBeforeKill <= MAX_SECONDS,
            "--kill-pause must be 0 to 60: " + secondsBeforeKill);
        return kills > 0 ? measurePauses() : measureRows(chosenRows());
    }

    private int measurePauses()
    {
        try (Pauses pauses = new Pauses(spec.commandLine().getOut()))
        {
            pauses.measure(kills, secondsBeforeKill);
            return 0;
        }
        catch (final MeasurementException e)
        {
            spec.commandLine().getErr().println("xenperf: " + e.getMessage());
            return 1;
        }
    }

    private int measureRows(final List<Row> chosen)
    {
        final PrintWriter out = spec.commandLine().getOut();

        try (OwnServer own = isOwnLeftOut ? null : new OwnServer(jvmFlags);
            FloorServer floor = isFloorShown ? new FloorServer() : null)
        {
            final List<StoreServer> servers = new ArrayList<>();

            if (own != null)
            {
                servers.add(own.server());
            }

            peers.forEach(peer -> servers.add(StoreServer.peer(peer)));
            servers.forEach(this::warmUp);

            if (floor != null)
            {
                servers.add(floor.server());
            }

            final StoreReport report = new StoreReport(out, servers);
            chosen.forEach(row -> report.print(row, measure(row, servers)));
            return 0;
        }
        catch (final MeasurementException e)
        {
            spec.commandLine().getErr().println("xenperf: " + e.getMessage());
            return 1;
        }
    }

    private List<Row> chosenRows()
    {
        final double turn = isQuick ? QUICK_SECONDS : seconds;
        final List<Row> all = new ArrayList<>(new TripRows(turn).rows());
        all.addAll(new CrowdRows(turn).rows());
        all.addAll(new DomainRows(isQuick ? QUICK_DOMAINS : domains).rows());

        try
        {
            final Pattern pattern = Pattern.compile(rows);
            all.removeIf(row -> !pattern.matcher(row.name()).find());
        }
        catch (final PatternSyntaxException e)
        {
            throw new ParameterException(spec.commandLine(), "--rows: " + e.getDescription() + ": " + rows);
        }

        require(!all.isEmpty(), "--rows: no row has this in its name: " + rows);
        return all;
    }

    private void warmUp(final StoreServer server)
    {
        final TripRows trips = new TripRows(warmUpSeconds / 10);
        trips.rows().stream().filter(row -> row.name().matches(".*(mix|own).*")).forEach(row ->
            row.measure().with(server));
        final Row commit = new CrowdRows(seconds).rows().stream()
            .filter(row -> row.name().startsWith("commit")).findFirst().orElseThrow();

        for (int i = 0; i < warmUpSeconds * 4; i++)
        {
            commit.measure().with(server);
        }
    }

    private List<List<List<Figure>>> measure(final Row row, final List<StoreServer> servers)
    {
        final List<List<List<Figure>>> figures = new ArrayList<>();
        servers.forEach(server -> figures.add(new ArrayList<>()));

        for (int round = 0; round < rounds; round++)
        {
            for (int i = 0; i < servers.size(); i++)
            {
                if (servers.get(i).canDo(row))
                {
                    figures.get(i).add(row.measure().with(servers.get(i)));
                }
            }
        }

        return figures;
    }

    private void require(final boolean condition, final String message)
    {
        if (!condition)
        {
            throw new ParameterException(spec.commandLine(), message);
        }
    }
}
